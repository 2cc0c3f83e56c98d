//! How well typed letters fit a name: all of them in their order, best at the beginnings of words and in one piece.

/// Names are longer only to harm.
const MOST_LETTERS: usize = 256;

const MATCH: i32 = 16;
const NAME_BEGINS: i32 = 12;
const WORD_BEGINS: i32 = 8;
const IN_ONE_PIECE: i32 = 12;
const GAP: i32 = 3;
/// No way leads here.
const NEVER: i32 = i32::MIN / 2;

/// Letters to compare: one for each character of the text, in lower case.
pub(crate) fn fold(text: &str) -> Box<[char]> {
    text.chars().take(MOST_LETTERS).map(lower).collect()
}

fn lower(letter: char) -> char {
    if letter.is_ascii() {
        return letter.to_ascii_lowercase();
    }
    // One for one, so that places stay: what becomes several letters (`İ`) keeps the first.
    letter.to_lowercase().next().unwrap_or(letter)
}

/// Room for [`Scorer::score`], used again and again.
#[derive(Debug, Default)]
pub(crate) struct Scorer {
    /// For each letter that was typed and each place in the name: the best way to have it there.
    ways: Vec<i32>,
}

impl Scorer {
    /// How well it fits; `None` if it does not.
    pub(crate) fn score(&mut self, name: &[char], typed: &[char]) -> Option<i32> {
        if typed.is_empty() {
            return Some(0);
        }
        if !is_within(name, typed) {
            return None;
        }
        self.fill(name, typed);
        let last = self.row(typed.len() - 1, name.len());
        let best = last.iter().copied().max().unwrap_or(NEVER);
        let whole = if name.len() == typed.len() { MATCH } else { 0 };
        Some(best + whole)
    }

    /// The places in the name that the letters take.
    pub(crate) fn places(&mut self, name: &[char], typed: &[char]) -> Vec<usize> {
        if typed.is_empty() || !is_within(name, typed) {
            return Vec::new();
        }
        self.fill(name, typed);
        let mut places = Vec::with_capacity(typed.len());
        // From the last letter back: the best place, where it stands before the one behind it.
        let mut behind: Option<usize> = None;
        for letter in (0..typed.len()).rev() {
            let row = self.row(letter, name.len());
            let end = behind.unwrap_or(name.len());
            let reached = |place: usize, ways: i32| {
                let joined = behind.is_some_and(|behind| place + 1 == behind);
                ways + if joined { IN_ONE_PIECE } else { -GAP }
            };
            let before = row.iter().take(end).enumerate();
            // Of equals the first, which is what a reader would take.
            let best = before
                .rev()
                .max_by_key(|(place, ways)| reached(*place, **ways));
            let Some((place, _)) = best else { break };
            places.push(place);
            behind = Some(place);
        }
        places.reverse();
        places
    }

    fn fill(&mut self, name: &[char], typed: &[char]) {
        self.ways.clear();
        self.ways.resize(name.len() * typed.len(), NEVER);
        for (number, letter) in typed.iter().enumerate() {
            let (above, here) = self.ways.split_at_mut(number * name.len());
            let above = number
                .checked_sub(1)
                .and_then(|row| above.get(row * name.len()..));
            // The best way to have the letters before it anywhere before this place, and just before it.
            let (mut anywhere, mut just_before) = (NEVER, NEVER);
            let mut previous = None;
            for (place, (found, way)) in name.iter().zip(here.iter_mut()).enumerate() {
                if found == letter {
                    let own = MATCH + beginning(previous);
                    *way = match above {
                        None => own,
                        Some(_) => own + (anywhere - GAP).max(just_before + IN_ONE_PIECE),
                    };
                }
                if let Some(up) = above.and_then(|above| above.get(place)) {
                    anywhere = anywhere.max(*up);
                    just_before = *up;
                }
                previous = Some(*found);
            }
        }
    }

    fn row(&self, number: usize, width: usize) -> &[i32] {
        let start = number * width;
        self.ways.get(start..start + width).unwrap_or_default()
    }
}

fn beginning(previous: Option<char>) -> i32 {
    match previous {
        None => NAME_BEGINS,
        Some(letter) if !letter.is_alphanumeric() => WORD_BEGINS,
        Some(_) => 0,
    }
}

/// Whether all letters occur in their order.
fn is_within(name: &[char], typed: &[char]) -> bool {
    let mut name = name.iter();
    typed.iter().all(|letter| name.any(|found| found == letter))
}

#[cfg(test)]
mod tests {
    use super::Scorer;
    use super::fold;

    fn best<'a>(typed: &str, names: &[&'a str]) -> Vec<&'a str> {
        let mut scorer = Scorer::default();
        let typed = fold(typed);
        let mut fitting: Vec<_> = names
            .iter()
            .filter_map(|name| Some((scorer.score(&fold(name), &typed)?, *name)))
            .collect();
        fitting.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        fitting.into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn beginnings_of_words_and_whole_pieces_come_first() {
        assert_eq!(
            best("prod", &["p-r-o-d", "my-prod", "prod"]),
            ["prod", "my-prod", "p-r-o-d"]
        );
        assert_eq!(
            best("ks", &["kube-system", "tasks", "maker"]),
            ["kube-system", "tasks"]
        );
        assert_eq!(best("x", &["a", "b"]), Vec::<&str>::new());
        assert_eq!(best("Ü", &["über", "uber"]), ["über"]);
        assert_eq!(best("", &["a", "b"]), ["a", "b"]);
        assert_eq!(best("longer than the name", &["the"]), Vec::<&str>::new());
    }

    #[test]
    fn places_are_those_of_the_best_way() {
        let places = |name, typed| Scorer::default().places(&fold(name), &fold(typed));
        assert_eq!(places("kube-system", "ks"), [0, 5]);
        assert_eq!(places("a-prod-prod", "prod"), [2, 3, 4, 5]);
        assert_eq!(places("東京-dev", "dev"), [3, 4, 5]);
        assert_eq!(places("abc", "x"), Vec::<usize>::new());
    }

    #[test]
    fn places_add_up_to_the_score_for_any_name() {
        use proptest::prelude::*;
        proptest!(|(name in "[ab-]{0,12}", typed in "[ab]{0,4}")| {
            let (name, typed) = (fold(&name), fold(&typed));
            let mut scorer = Scorer::default();
            let places = scorer.places(&name, &typed);
            prop_assert!(places.is_sorted_by(|one, next| one < next));
            if scorer.score(&name, &typed).is_some() {
                let taken: Vec<char> = places.iter().map(|place| name[*place]).collect();
                prop_assert_eq!(&taken[..], &typed[..]);
            } else {
                prop_assert!(places.is_empty());
            }
        });
    }
}
