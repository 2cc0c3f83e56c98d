//! When a race is over, whoever still runs.

use std::time::Duration;

use tokio::time::Instant;

/// The end of a race, which a sweep puts off while it goes on: it alone may take longer than everybody else
/// together, and what it finds at its end still has to be proved.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    end: Instant,
    patience: Duration,
    sweeping: Option<Instant>,
}

impl Deadline {
    pub(super) fn new(start: Instant, patience: Duration) -> Self {
        Self {
            end: start + patience,
            patience,
            sweeping: None,
        }
    }

    /// A sweep begins, and may take this long.
    pub(super) fn sweep_begins(&mut self, now: Instant, limit: Duration) {
        self.sweeping = Some(now + limit);
    }

    /// A sweep found an address, which has as much time as those that were there from the beginning.
    pub(super) fn sweep_found(&mut self, now: Instant) {
        self.end = self.end.max(now + self.patience);
    }

    /// The sweep is over.
    pub(super) fn sweep_ends(&mut self) {
        self.sweeping = None;
    }

    /// The end, as far as it is known now.
    pub(super) fn end(self) -> Instant {
        self.sweeping.map_or(self.end, |end| end.max(self.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_sweep_puts_the_end_off() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut deadline = Deadline::new(start, Duration::from_millis(2700));
        assert_eq!(deadline.end(), at(2700));
        deadline.sweep_begins(at(500), Duration::from_secs(20));
        assert_eq!(deadline.end(), at(20_500));
        deadline.sweep_ends();
        assert_eq!(deadline.end(), at(2700), "it found nothing");
    }

    #[test]
    fn what_a_sweep_finds_is_given_time() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut deadline = Deadline::new(start, Duration::from_millis(2700));
        deadline.sweep_begins(at(500), Duration::from_secs(20));
        deadline.sweep_found(at(10_000));
        assert_eq!(deadline.end(), at(20_500), "others may follow");
        deadline.sweep_found(at(20_400));
        assert_eq!(deadline.end(), at(23_100));
        deadline.sweep_ends();
        assert_eq!(deadline.end(), at(23_100));
    }
}
