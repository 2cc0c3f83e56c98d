//! Reports what one source says: in its time, the likely first, and nothing that leads back to this machine.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::timeout;

use super::Event;
use super::ask::Answer;
use crate::candidate::Candidate;
use crate::found::Found;
use crate::likely::Likely;
use crate::source::Source;

/// The most candidates of one source that are not likely ones: no source may fill the race alone.
const MOST_OF_A_SOURCE: usize = 32;
/// The most likely ones.
const MOST_LIKELY: usize = 64;

/// The most that are told of those that are this machine itself.
const MOST_HERE: usize = 4;

/// This machine's own addresses, asked for once.
#[derive(Clone)]
pub(super) struct OwnAddresses {
    pub(super) ask: fn() -> Vec<IpAddr>,
    pub(super) told: Arc<OnceCell<Vec<IpAddr>>>,
}

impl OwnAddresses {
    async fn get(&self) -> &[IpAddr] {
        let ask = self.ask;
        // Off this thread: a machine with many containers has many.
        let asked = || async move {
            let asked = tokio::task::spawn_blocking(ask);
            asked.await.unwrap_or_default()
        };
        self.told.get_or_init(asked).await
    }
}

/// Reports what one source says.
pub(super) struct Report {
    pub(super) source: Source,
    pub(super) port: u16,
    pub(super) likely: Likely,
    pub(super) own: OwnAddresses,
    pub(super) events: UnboundedSender<Event>,
}

impl Report {
    /// Asks within the source's stagger and time limit.
    pub(super) async fn on(self, answer: Answer) {
        let facts = self.source.facts();
        tokio::time::sleep(facts.stagger).await;
        let reason = match timeout(facts.limit, answer).await {
            Ok(Ok(found)) => {
                let (candidates, here) = self.candidates(found).await;
                for candidate in candidates {
                    let _ = self.events.send(Event::Found(candidate));
                }
                for candidate in here {
                    let reason = leads_back(&candidate);
                    let _ = self.events.send(Event::Failed(self.source, reason));
                }
                return;
            }
            Ok(Err(reason)) => reason,
            Err(_) => format!("no answer within {}", seconds(facts.limit)),
        };
        let _ = self.events.send(Event::Failed(self.source, reason));
    }

    /// The likely ones first, those that every machine has alike last, each group in the order of the source.
    /// After them, the likely ones that are this machine itself: a relay on it would prove as the cluster, and the
    /// entry would be tied to it. Those that know what they publish here are believed.
    async fn candidates(&self, found: Vec<Found>) -> (Vec<Candidate>, Vec<Candidate>) {
        let (mut likely, mut others, mut inner) = (Vec::new(), Vec::new(), Vec::new());
        let mut here = Vec::new();
        let may_be_here = self.source.is_chosen() || self.source.facts().publishes;
        let own: &[IpAddr] = if may_be_here || found.is_empty() {
            &[]
        } else {
            self.own.get().await
        };
        for found in found {
            // `::ffff:10.0.0.1` is an IPv4 address.
            let address = found.address.to_canonical();
            let of_containers = is_of_containers(address);
            let candidate = Candidate {
                address: SocketAddr::new(address, found.port.unwrap_or(self.port)),
                source: self.source,
                name: found.name,
                mac: found.mac,
            };
            if !candidate.is_plausible() {
                continue;
            }
            if own.contains(&address) {
                // A source names the host mostly, too: worth a word only where it is taken for the cluster's.
                if self.likely.fits(&candidate) && here.len() < MOST_HERE {
                    here.push(candidate);
                }
                continue;
            }
            let group = if of_containers {
                &mut inner
            } else if self.likely.fits(&candidate) {
                &mut likely
            } else {
                &mut others
            };
            if !group
                .iter()
                .any(|known: &Candidate| known.address == candidate.address)
                && group.len() < MOST_LIKELY
            {
                group.push(candidate);
            }
        }
        others.extend(inner);
        others.truncate(MOST_OF_A_SOURCE);
        likely.extend(others);
        (likely, here)
    }
}

fn leads_back(candidate: &Candidate) -> String {
    format!(
        "{} is at {}, it says, which is this machine itself: passed over",
        candidate.name.as_deref().unwrap_or("the machine"),
        candidate.address.ip()
    )
}

fn is_of_containers(address: IpAddr) -> bool {
    machines::is_of_containers(address)
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f32())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(likely: Likely) -> Report {
        Report {
            source: Source::Multipass,
            port: 16443,
            likely,
            own: OwnAddresses {
                ask: || vec!["192.168.7.2".parse().unwrap()],
                told: Arc::default(),
            },
            events: tokio::sync::mpsc::unbounded_channel().0,
        }
    }

    #[tokio::test]
    async fn what_leads_back_to_this_machine_is_passed_over() {
        let found = || {
            vec![
                Found::at("192.168.7.2".parse().unwrap()).named("laptop"),
                Found::at("::ffff:192.168.7.2".parse().unwrap()).named("vm"),
                Found::at("::ffff:192.168.7.3".parse().unwrap()).named("vm"),
            ]
        };
        let likely = Likely {
            macs: vec![],
            names: vec!["vm".to_owned()],
        };
        let (candidates, here) = report(likely).candidates(found()).await;
        let shown = |list: Vec<Candidate>| -> Vec<String> {
            list.iter().map(|c| c.address.to_string()).collect()
        };
        assert_eq!(shown(candidates), ["192.168.7.3:16443"]);
        assert_eq!(
            here.iter().map(leads_back).collect::<Vec<_>>(),
            ["vm is at 192.168.7.2, it says, which is this machine itself: passed over"]
        );
        for source in [Source::Docker, Source::Machine] {
            let report = Report {
                source,
                ..report(Likely::default())
            };
            let (candidates, here) = report.candidates(found()).await;
            assert_eq!(
                shown(candidates),
                ["192.168.7.2:16443", "192.168.7.3:16443"]
            );
            assert_eq!(here, []);
        }
    }

    #[tokio::test]
    async fn likely_ones_come_first_however_many_there_are_before_them() {
        let mut found: Vec<Found> = (0..2000_u32)
            .map(|i| Found::at(IpAddr::V4((0x0a02_0000 + i).into())).named("other"))
            .collect();
        found.insert(0, Found::at("172.17.0.1".parse().unwrap()));
        found.insert(0, Found::at("127.0.0.1".parse().unwrap()));
        found.push(Found::at("172.28.40.7".parse().unwrap()).named("microk8s-vm"));
        let likely = Likely {
            macs: vec![],
            names: vec!["microk8s-vm.mshome.net".to_owned()],
        };
        let (candidates, _) = report(likely).candidates(found).await;
        let shown: Vec<_> = candidates.iter().map(|c| c.address.to_string()).collect();
        assert_eq!(shown.len(), MOST_OF_A_SOURCE + 1);
        assert_eq!(shown[..2], ["172.28.40.7:16443", "10.2.0.0:16443"]);
    }

    #[tokio::test]
    async fn addresses_of_container_networks_come_last_and_nothing_twice() {
        let found = ["172.17.0.1", "172.28.40.7", "172.28.40.7", "10.1.76.0"];
        let found = found.map(|text| Found::at(text.parse().unwrap())).to_vec();
        let (candidates, _) = report(Likely::default()).candidates(found).await;
        let shown: Vec<_> = candidates.iter().map(|c| c.address.to_string()).collect();
        assert_eq!(
            shown,
            ["172.28.40.7:16443", "172.17.0.1:16443", "10.1.76.0:16443"]
        );
    }
}
