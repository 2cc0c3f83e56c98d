//! Searches that found nothing: a machine that is switched off must not cost every command a search.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use super::Question;
use super::State;

/// How long after the first search that found nothing another one is worth its cost.
const FIRST: Duration = Duration::from_secs(30);

/// However often nothing was found.
const LONGEST: Duration = Duration::from_mins(10);

/// How often, and when last, nothing was found for an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// Seconds since the Unix epoch.
    at: u64,
    times: u32,
}

impl Lost {
    fn pause(self) -> Duration {
        let doublings = self.times.saturating_sub(1).min(8);
        (FIRST * 2u32.pow(doublings)).min(LONGEST)
    }

    fn left(self, now: Duration) -> Option<Duration> {
        // One in the future was written under another clock.
        let age = now.as_secs().checked_sub(self.at)?;
        self.pause()
            .checked_sub(Duration::from_secs(age))
            .filter(|left| !left.is_zero())
    }

    pub(super) fn is_worth_keeping(self, now: Duration) -> bool {
        now.as_secs()
            .checked_sub(self.at)
            .is_some_and(|age| age <= 2 * LONGEST.as_secs())
    }
}

impl State {
    /// How long no costly search is worth making for an entry: nothing was found a moment ago.
    pub fn backs_off(&self, question: &Question, now: Duration) -> Option<Duration> {
        self.lost.get(&question.server)?.left(now)
    }

    /// Remembers that a search found nothing. One that was not made in full does not count.
    pub fn lose(&mut self, question: &Question, now: Duration) {
        let times = self.lost.get(&question.server).map_or(0, |lost| lost.times);
        self.lost.insert(
            question.server.clone(),
            Lost {
                at: now.as_secs(),
                times: times.saturating_add(1),
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use kubeconfig::Cluster;

    use super::*;

    #[test]
    fn pauses_grow_to_ten_minutes_and_a_proof_ends_them() {
        let cluster = Cluster {
            server: "https://10.0.0.1:16443".to_owned(),
            certificate_authority_data: Some(b"ca".to_vec()),
            ..Cluster::default()
        };
        let question = Question::of_entry(Path::new("config"), "dev", &cluster).unwrap();
        let mut state = State::default();
        let mut now = Duration::from_secs(1_000_000);
        assert_eq!(state.backs_off(&question, now), None);
        for seconds in [30, 60, 120, 240, 480, 600, 600, 600, 600, 600] {
            state.lose(&question, now);
            let pause = Duration::from_secs(seconds);
            assert_eq!(state.backs_off(&question, now), Some(pause));
            assert_eq!(
                state.backs_off(&question, Duration::from_mins(16_650)),
                None,
                "clock went back"
            );
            now += pause;
            assert_eq!(state.backs_off(&question, now), None);
        }
        state.lose(&question, now);
        let verdict = crate::state::Verdict::new(None, None, Duration::ZERO, now);
        state.decide(&question, verdict);
        assert_eq!(state.backs_off(&question, now), None);
        state.lose(&question, now);
        assert_eq!(state.backs_off(&question, now), Some(FIRST), "counted anew");
    }
}
