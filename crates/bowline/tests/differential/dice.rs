//! Random choices from a seed, and a record of which were made.

use std::collections::BTreeMap;

/// A generator of numbers (xorshift64*), which counts what was generated with it.
pub(crate) struct Dice {
    state: u64,
    covered: Coverage,
}

/// How often each production of the generator was used.
pub(crate) type Coverage = BTreeMap<String, usize>;

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            state: seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            covered: Coverage::new(),
        }
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let high = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap() % bound
    }

    /// True once in `bound` times.
    pub(crate) fn once_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len())]
    }

    /// True once in `bound` times, which is then counted as the use of a production.
    pub(crate) fn produces(&mut self, production: &str, bound: usize) -> bool {
        let produces = self.once_in(bound);
        if produces {
            self.cover(production);
        }
        produces
    }

    /// One of the productions, counted.
    pub(crate) fn production<'a>(&mut self, productions: &[&'a str]) -> &'a str {
        let production = self.pick(productions);
        self.cover(production);
        production
    }

    pub(crate) fn cover(&mut self, production: &str) {
        *self.covered.entry(production.to_owned()).or_default() += 1;
    }

    pub(crate) fn covered(self) -> Coverage {
        self.covered
    }
}
