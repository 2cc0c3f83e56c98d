//! How far two words are apart: for "did you mean".

/// Words of at most this many letters are compared.
const LONGEST: usize = 128;

/// How many names are proposed.
const PROPOSED: usize = 3;

/// The names that are nearest to a word, if any is near.
pub(super) fn near<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let word: Vec<char> = word.to_lowercase().chars().collect();
    if word.is_empty() || word.len() > LONGEST {
        return Vec::new();
    }
    let far = word.len() / 3 + 1;
    let mut near: Vec<(usize, &str)> = names
        .filter(|name| name.len() <= 4 * LONGEST)
        .filter_map(|name| {
            let letters: Vec<char> = name.to_lowercase().chars().collect();
            if letters.len().abs_diff(word.len()) > far {
                return None;
            }
            let distance = distance(&word, &letters);
            // Another letter for each is no likeness.
            (distance <= far && distance < word.len()).then_some((distance, name))
        })
        .collect();
    near.sort_unstable();
    near.truncate(PROPOSED);
    near.into_iter().map(|(_, name)| name).collect()
}

/// How many letters must be added, removed, replaced or exchanged with their neighbour.
fn distance(from: &[char], to: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (row, letter) in from.iter().enumerate() {
        let mut now = vec![row + 1];
        for (column, other) in to.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX);
            let replaced = at(&last, column) + usize::from(letter != other);
            let removed = at(&last, column + 1) + 1;
            let added = at(&now, column) + 1;
            let mut best = replaced.min(removed).min(added);
            let (Some(row), Some(column)) = (row.checked_sub(1), column.checked_sub(1)) else {
                now.push(best);
                continue;
            };
            if from.get(row) == Some(other) && to.get(column) == Some(letter) {
                best = best.min(at(&before_last, column).saturating_add(1));
            }
            now.push(best);
        }
        before_last = std::mem::replace(&mut last, now);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_a_hand_gets_wrong() {
        for (from, to, expected) in [
            ("", "", 0),
            ("abc", "abc", 0),
            ("abc", "acb", 1),
            ("prod", "pord", 1),
            ("prod", "prd", 1),
            ("prod", "prood", 1),
            ("prod", "prad", 1),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
        ] {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            assert_eq!(
                distance(&letters(from), &letters(to)),
                expected,
                "{from} {to}"
            );
            assert_eq!(
                distance(&letters(to), &letters(from)),
                expected,
                "{to} {from}"
            );
        }
    }

    #[test]
    fn proposes_the_nearest_and_nothing_far() {
        let names = ["production", "prod", "brod", "dev", "staging"];
        assert_eq!(near("pord", names.into_iter()), ["prod", "brod"]);
        assert_eq!(near("xyz", names.into_iter()), [""; 0]);
        assert_eq!(near(&"x".repeat(5000), names.into_iter()), [""; 0]);
    }
}
