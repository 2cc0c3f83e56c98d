//! What a picker knows: the choices, what was typed, what fits it, what is highlighted. Knows no terminal.

use super::Choice;
use super::score::Scorer;
use super::score::fold;

/// More than anybody types.
const LONGEST_QUERY: usize = 200;
/// Below every match of a name.
const BY_NOTE: i32 = i32::MIN;

/// A key, as far as the picker cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Letter(char),
    Backspace,
    /// Ctrl-W.
    DeleteWord,
    /// Ctrl-U.
    Clear,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Enter,
    /// Escape, ctrl-C.
    Leave,
}

/// What a key leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Go on: draw.
    Draw,
    /// This choice.
    Choose(usize),
    /// None.
    Leave,
}

/// The state of a picker.
#[derive(Debug)]
pub(crate) struct Model<'a> {
    pub(super) title: &'a str,
    pub(super) choices: &'a [Choice],
    /// The names as they are compared.
    folded: Vec<Box<[char]>>,
    pub(super) query: String,
    /// The words of the query as they are compared.
    words: Vec<Box<[char]>>,
    /// What fits, best first.
    pub(super) fitting: Vec<usize>,
    /// Which of those is highlighted.
    pub(super) highlighted: usize,
    /// The first of those that is shown.
    pub(super) first_shown: usize,
    /// How many are shown at once, since the last frame.
    pub(super) page: usize,
    scorer: Scorer,
}

impl<'a> Model<'a> {
    /// A picker that has just been opened.
    pub(crate) fn new(title: &'a str, choices: &'a [Choice], query: &str) -> Self {
        let mut model = Self {
            title,
            choices,
            folded: choices.iter().map(|choice| fold(&choice.name)).collect(),
            query: query.chars().take(LONGEST_QUERY).collect(),
            words: Vec::new(),
            fitting: (0..choices.len()).collect(),
            highlighted: 0,
            first_shown: 0,
            page: 1,
            scorer: Scorer::default(),
        };
        if !query.is_empty() {
            model.filter();
        }
        model
    }

    /// The choice that is highlighted, if any fits.
    pub(crate) fn current(&self) -> Option<usize> {
        self.fitting.get(self.highlighted).copied()
    }

    /// Takes a key.
    pub(crate) fn press(&mut self, key: Key) -> Action {
        let last = self.fitting.len().saturating_sub(1);
        match key {
            Key::Letter(letter) => self.add(letter),
            Key::Backspace => {
                self.query.pop();
                self.filter();
            }
            Key::DeleteWord => {
                let kept = self.query.trim_end();
                let kept = kept.rfind(' ').map_or(0, |at| at + 1);
                self.query.truncate(kept);
                self.filter();
            }
            Key::Clear => {
                self.query.clear();
                self.filter();
            }
            Key::Up => self.highlighted = self.highlighted.saturating_sub(1),
            Key::Down => self.highlighted = (self.highlighted + 1).min(last),
            Key::PageUp => self.highlighted = self.highlighted.saturating_sub(self.page),
            Key::PageDown => self.highlighted = (self.highlighted + self.page).min(last),
            Key::First => self.highlighted = 0,
            Key::Last => self.highlighted = last,
            Key::Enter => return self.current().map_or(Action::Draw, Action::Choose),
            Key::Leave => return Action::Leave,
        }
        Action::Draw
    }

    fn add(&mut self, letter: char) {
        if letter.is_control() || self.query.len() + letter.len_utf8() > LONGEST_QUERY {
            return;
        }
        self.query.push(letter);
        // What did not fit fewer letters does not fit more.
        let candidates = std::mem::take(&mut self.fitting);
        self.filter_among(candidates);
    }

    fn filter(&mut self) {
        self.filter_among((0..self.choices.len()).collect());
    }

    fn filter_among(&mut self, mut candidates: Vec<usize>) {
        self.words = self.query.split_whitespace().map(fold).collect();
        self.highlighted = 0;
        self.first_shown = 0;
        if self.words.is_empty() {
            candidates.sort_unstable();
            self.fitting = candidates;
            return;
        }
        let mut scored: Vec<(i32, usize, usize)> = candidates
            .into_iter()
            .filter_map(|index| {
                let length = self.folded.get(index)?.len();
                Some((-self.score(index)?, length, index))
            })
            .collect();
        scored.sort_unstable();
        self.fitting = scored.into_iter().map(|(_, _, index)| index).collect();
    }

    /// How well a choice fits all words; a word that the name does not have may be in the note.
    fn score(&mut self, index: usize) -> Option<i32> {
        let name = self.folded.get(index)?;
        let mut sum = 0_i32;
        for word in &self.words {
            match self.scorer.score(name, word) {
                Some(score) => sum = sum.saturating_add(score),
                None if has(&self.choices.get(index)?.note, word) => {
                    sum = sum.saturating_add(BY_NOTE / 2);
                }
                None => return None,
            }
        }
        // Its negative is a number too.
        Some(sum.max(-i32::MAX))
    }

    /// The places in a choice's name that the query takes.
    pub(super) fn places(&mut self, index: usize) -> Vec<usize> {
        let Some(name) = self.folded.get(index) else {
            return Vec::new();
        };
        let words = self.words.iter();
        words
            .flat_map(|word| self.scorer.places(name, word))
            .collect()
    }
}

/// Whether a note has a word in it.
fn has(note: &str, word: &[char]) -> bool {
    fold(note).windows(word.len()).any(|part| part == word)
}
