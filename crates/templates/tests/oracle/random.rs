//! Random templates, the same ones for the same seed.

/// A small generator (`SplitMix64`): good enough to choose words, and the same everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let mixed = mixed ^ (mixed >> 31);
        usize::try_from(mixed % u64::try_from(limit).unwrap()).unwrap()
    }

    pub(crate) fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

/// The seed and the number of templates, from the environment or as given.
pub(crate) fn settings(seed: u64, count: usize) -> (u64, usize) {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse().unwrap());
    let seed = number("TEMPLATES_SEED").unwrap_or(seed);
    let count = number("TEMPLATES_COUNT").map_or(count, |count| usize::try_from(count).unwrap());
    println!("seed {seed}, {count} templates");
    (seed, count)
}
