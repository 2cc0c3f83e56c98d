//! The last answer to "is this entry's server the cluster?", so that not every `k` has to ask.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use identity::Proof;
use identity::SpkiHash;
use kubeconfig::Cluster;
use serde::Deserialize;
use serde::Serialize;

use super::Release;
use super::State;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;
use crate::kubeconfigs::ca_data;

/// How long a verdict is trusted.
pub const FRESH: Duration = Duration::from_secs(30);

/// An entry as far as what is known of it depends on it, hashed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    /// Server, `tls-server-name` and CA.
    pub(crate) server: String,
    /// The same, and which entry it is. Where a CA signs for several clusters, two entries may come to name one
    /// address: what was proved for one is not proved for the other.
    pub(super) entry: String,
}

impl Question {
    /// The question about a target; `None` where nothing can be proved about it.
    pub fn of(target: &Target) -> Option<Self> {
        match &target.trust {
            Trust::Authority { pem, .. } => Some(Self::about(
                &target.file,
                &target.name,
                &target.cluster,
                pem,
            )),
            Trust::Insecure | Trust::System | Trust::Plain => None,
        }
    }

    /// The same question, from the entry as it stands: parsing its CA would cost `k` more than all the rest.
    /// `None` also where the entry cannot be read; reading it as a [`Target`] then says why.
    pub fn of_entry(file: &Path, name: &str, cluster: &Cluster) -> Option<Self> {
        let proxied = cluster
            .proxy_url
            .as_deref()
            .is_some_and(|url| !url.is_empty());
        if cluster.insecure_skip_tls_verify || proxied {
            return None;
        }
        let ca = ca_data(file, name, cluster).ok()??;
        Some(Self::about(file, name, cluster, &ca))
    }

    /// A name for what only one program should do about it at a time.
    pub fn name(&self) -> String {
        format!("search {}", self.server)
    }

    fn about(file: &Path, name: &str, cluster: &Cluster, ca: &[u8]) -> Self {
        let checked = cluster.tls_server_name.as_deref().unwrap_or_default();
        let server = hash(&[cluster.server.as_bytes(), checked.as_bytes(), ca]);
        // KUBECONFIG may name it from where the user stands.
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let file = file.as_os_str().as_encoded_bytes();
        let entry = hash(&[server.as_bytes(), file, name.as_bytes()]);
        Self { server, entry }
    }
}

fn hash(parts: &[&[u8]]) -> String {
    let mut text = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        text.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        text.extend_from_slice(part);
    }
    SpkiHash::of(&text).to_string()
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// When, milliseconds since the Unix epoch.
    at: u64,
    /// `None`: the entry's own server is the cluster. Otherwise it is gone, and a sibling answers there.
    pub instead: Option<Instead>,
    /// A name that was proved but that the entry does not have, so that kubectl has to be told to check it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enforce: Option<String>,
    /// How long the TCP connection took, milliseconds.
    #[serde(default)]
    connect: u64,
    /// Which release of Kubernetes answered, where it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Release>,
}

/// A sibling that answers in place of the entry's own server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instead {
    /// Where.
    pub address: SocketAddr,
    /// The name that was proved there.
    pub name: String,
    /// Whether it ought to stand in the entry, which could not be written.
    #[serde(default)]
    pub unwritten: bool,
}

impl Verdict {
    /// A verdict of now; `connect` is how long the TCP connection took.
    pub fn new(
        instead: Option<Instead>,
        enforce: Option<String>,
        connect: Duration,
        now: Duration,
    ) -> Self {
        let milliseconds =
            |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self {
            at: milliseconds(now),
            instead,
            enforce,
            connect: milliseconds(connect),
            release: None,
        }
    }

    /// How long a connection may take now before the verdict is doubted: four times what it took, within
    /// what a machine next door and one at a round trip of 900 ms need.
    pub fn patience(&self) -> Duration {
        Duration::from_millis(self.connect.saturating_mul(4).clamp(40, 920))
    }

    /// When it was made, since the Unix epoch.
    pub(super) fn made(&self) -> Duration {
        Duration::from_millis(self.at)
    }

    fn age(&self, now: Duration) -> Option<Duration> {
        // A verdict from the future was written under another clock: it has no age.
        now.checked_sub(Duration::from_millis(self.at))
    }

    pub(super) fn is_worth_keeping(&self, now: Duration) -> bool {
        self.age(now).is_some_and(|age| age <= FRESH)
    }
}

impl State {
    /// The verdict on a question, if it is fresh.
    pub fn verdict(&self, question: &Question, now: Duration) -> Option<&Verdict> {
        self.verdicts
            .get(&question.entry)
            .filter(|verdict| verdict.age(now).is_some_and(|age| age <= FRESH))
    }

    /// Records a verdict.
    pub fn decide(&mut self, question: &Question, verdict: Verdict) {
        self.lost.remove(&question.server);
        self.reached(question);
        self.verdicts.insert(question.entry.clone(), verdict);
    }

    /// Notes with the verdict on a question of which release the server is, as far as it is known: `k` must not look
    /// for the cluster's key to learn it.
    pub fn note_release(&mut self, question: &Question, proof: &Proof) -> Option<Release> {
        let known = self.clusters.get(&proof.authority.to_string());
        let release = known.and_then(|known| {
            let mut endpoints = known.endpoints.iter();
            endpoints
                .find(|endpoint| endpoint.address == proof.address)?
                .release
        });
        if let Some(verdict) = self.verdicts.get_mut(&question.entry) {
            verdict.release = release;
        }
        release
    }

    /// Forgets a verdict that turned out wrong.
    pub fn revoke(&mut self, question: &Question) {
        self.verdicts.remove(&question.entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(server: &str, name: Option<&str>) -> Cluster {
        Cluster {
            server: server.to_owned(),
            tls_server_name: name.map(str::to_owned),
            ..Cluster::default()
        }
    }

    #[test]
    fn a_verdict_is_trusted_for_a_while_and_only_for_its_question() {
        let about =
            |cluster: &Cluster, ca: &[u8]| Question::about(Path::new("/kc"), "a", cluster, ca);
        let question = about(&cluster("https://a", None), b"ca");
        let now = Duration::from_secs(1_000_000);
        let mut state = State::default();
        state.decide(&question, Verdict::new(None, None, Duration::ZERO, now));
        assert!(state.verdict(&question, now + FRESH).is_some());
        assert!(
            state
                .verdict(&question, now + FRESH + Duration::from_millis(1))
                .is_none()
        );
        assert!(
            state
                .verdict(&question, Duration::from_secs(999_999))
                .is_none(),
            "clock went back"
        );
        for other in [
            about(&cluster("https://b", None), b"ca"),
            about(&cluster("https://a", Some("x")), b"ca"),
            about(&cluster("https://a", None), b"other"),
            Question::about(Path::new("/kc"), "b", &cluster("https://a", None), b"ca"),
            Question::about(Path::new("/other"), "a", &cluster("https://a", None), b"ca"),
        ] {
            assert!(state.verdict(&other, now).is_none());
        }
    }
}
