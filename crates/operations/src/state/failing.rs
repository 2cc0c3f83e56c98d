//! Since when nothing answers where an entry says: what `prune` goes by.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use super::Question;
use super::State;

/// Looks closer together than this are one: a command that is tried again and again says nothing new.
const APART: u64 = 60 * 60;

/// What nobody has looked at for so long is forgotten.
const LONGEST: u64 = 800 * 24 * 60 * 60;

/// So many looks, apart from each other, are the least that is believed: a clock that jumps makes two of one.
const LEAST: u32 = 3;

/// An entry whose server did not answer at any look since a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// The first look that failed, seconds since the Unix epoch.
    pub since: u64,
    /// The last one.
    pub last: u64,
    /// How many there were, an hour apart or more.
    pub looks: u32,
}

impl Failing {
    /// For how long it was seen to fail: up to the last look, not up to now. `None` where there were too few looks.
    pub fn seen_for(self) -> Option<Duration> {
        (self.looks >= LEAST).then(|| Duration::from_secs(self.last.saturating_sub(self.since)))
    }

    pub(super) fn is_worth_keeping(self, now: Duration) -> bool {
        self.last.saturating_add(LONGEST) >= now.as_secs()
    }
}

impl State {
    /// Since when nothing answers for an entry.
    pub fn failing(&self, question: &Question) -> Option<Failing> {
        self.failing.get(&question.server).copied()
    }

    /// Remembers that the cluster of an entry answered.
    pub fn reached(&mut self, question: &Question) {
        self.failing.remove(&question.server);
    }

    /// Remembers a look at which nothing answered. Something that answers and is refused is no such look.
    pub fn unreached(&mut self, question: &Question, now: Duration) {
        let now = now.as_secs();
        let first = Failing {
            since: now,
            last: now,
            looks: 1,
        };
        let failing = self.failing.entry(question.server.clone()).or_insert(first);
        // One in the future was written under another clock: counted anew.
        if failing.last > now {
            *failing = first;
        } else if now - failing.last >= APART {
            failing.last = now;
            failing.looks = failing.looks.saturating_add(1);
        }
    }

    /// The newest time in the state. A clock that is before it is wrong, or was.
    pub fn newest(&self) -> Duration {
        let proved = self.clusters.values().flat_map(|known| &known.endpoints);
        let seconds = proved
            .map(|endpoint| endpoint.proved.max(endpoint.asked))
            .chain(self.failing.values().map(|failing| failing.last));
        let verdicts = self.verdicts.values().map(super::Verdict::made);
        verdicts
            .chain(seconds.map(Duration::from_secs))
            .max()
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use kubeconfig::Cluster;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn a_few_looks_are_believed_and_one_answer_ends_it() {
        let cluster = Cluster {
            server: "https://10.0.0.1:16443".to_owned(),
            certificate_authority_data: Some(b"ca".to_vec()),
            ..Cluster::default()
        };
        let question = Question::of_entry(Path::new("config"), "dev", &cluster).unwrap();
        let mut state = State::default();
        let begin = HOUR * 1000;
        let seen = |state: &State| state.failing(&question).and_then(Failing::seen_for);
        assert_eq!(seen(&state), None);
        for _ in 0..9 {
            state.unreached(&question, begin);
        }
        assert_eq!(seen(&state), None, "one look");
        state.unreached(&question, begin + HOUR * 24 * 40);
        assert_eq!(seen(&state), None, "a clock that jumped");
        state.unreached(&question, begin + HOUR * 24 * 41);
        assert_eq!(seen(&state), Some(HOUR * 24 * 41));
        assert_eq!(state.newest(), begin + HOUR * 24 * 41);
        state.unreached(&question, begin + HOUR);
        assert_eq!(seen(&state), None, "the clock went back");
        state.reached(&question);
        assert_eq!(state.failing(&question), None);
        let json = serde_json::to_string(&state).unwrap();
        assert!(!json.contains("failing"), "{json}");
    }
}
