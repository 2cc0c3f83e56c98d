//! When the next address may be tried.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Time between two addresses: 250 a second.
const INTERVAL: Duration = Duration::from_millis(4);

/// How many may go at once after a rest: half of a /24.
const BURST: u32 = 128;

/// A pace that a neighbour table bears: no more than 250 a second, and no more unanswered than the budget.
#[derive(Debug)]
pub(super) struct Pace {
    /// How many may be unanswered.
    budget: usize,
    /// How long one counts as unanswered.
    hold: Duration,
    /// When they were tried, those within `hold` of now.
    recent: VecDeque<Instant>,
    /// When everything tried so far is due at 250 a second.
    due: Option<Instant>,
}

impl Pace {
    pub(super) fn new(budget: usize, hold: Duration) -> Self {
        Self {
            budget,
            hold,
            recent: VecDeque::new(),
            due: None,
        }
    }

    /// Changes how many may be unanswered.
    pub(super) fn set_budget(&mut self, budget: usize) {
        self.budget = budget;
    }

    pub(super) fn budget(&self) -> usize {
        self.budget
    }

    /// Takes a turn, or says when to ask again.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), Instant> {
        while self.recent.front().is_some_and(|&at| at + self.hold <= now) {
            self.recent.pop_front();
        }
        if self.recent.len() >= self.budget {
            let oldest = self.recent.front().copied().unwrap_or(now);
            return Err(oldest + self.hold);
        }
        let due = self.due.unwrap_or(now).max(now);
        let ahead = INTERVAL * BURST;
        if due >= now + ahead {
            return Err(due - ahead + INTERVAL);
        }
        self.due = Some(due + INTERVAL);
        self.recent.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many go in each hundredth of a second.
    fn simulate(pace: &mut Pace, hundredths: u32) -> Vec<u32> {
        let start = Instant::now();
        (0..hundredths)
            .map(|n| {
                let now = start + Duration::from_millis(10) * n;
                let mut count = 0;
                while pace.take(now).is_ok() {
                    count += 1;
                }
                count
            })
            .collect()
    }

    #[test]
    fn a_burst_then_250_a_second() {
        let mut pace = Pace::new(10_000, Duration::from_secs(3));
        let counts = simulate(&mut pace, 401);
        assert_eq!(counts[0], 128);
        let later: u32 = counts[1..].iter().sum();
        assert!((999..=1001).contains(&later), "{later}");
        assert!(
            counts[1..].iter().all(|count| (2..=3).contains(count)),
            "{counts:?}"
        );
    }

    #[test]
    fn never_more_unanswered_than_the_budget() {
        let mut pace = Pace::new(300, Duration::from_secs(3));
        let counts = simulate(&mut pace, 1200);
        for window in counts.windows(300) {
            assert!(window.iter().sum::<u32>() <= 300);
        }
        assert_eq!(counts.iter().sum::<u32>(), 1200);
    }

    #[test]
    fn says_when_to_ask_again() {
        let start = Instant::now();
        let mut pace = Pace::new(1, Duration::from_secs(3));
        assert_eq!(pace.take(start), Ok(()));
        assert_eq!(pace.take(start), Err(start + Duration::from_secs(3)));
        assert_eq!(pace.take(start + Duration::from_secs(3)), Ok(()));
        let mut pace = Pace::new(1000, Duration::from_secs(3));
        while pace.take(start).is_ok() {}
        let again = pace.take(start).unwrap_err();
        assert!(
            again > start && again <= start + INTERVAL,
            "{:?}",
            again - start
        );
        assert_eq!(pace.take(again), Ok(()));
        pace.set_budget(0);
        assert!(pace.take(again + INTERVAL).is_err());
    }
}
