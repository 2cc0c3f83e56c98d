//! The name that may be meant by one that does not exist.

/// Longer names are not compared: the work grows with the square.
const LONGEST: usize = 128;

/// The name that is written most like `name`, if one is much like it.
pub fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.to_lowercase().chars().collect();
    if wanted.is_empty() || wanted.len() > LONGEST {
        return None;
    }
    // One slip in three letters, and at least one.
    let most = (wanted.len() / 3).max(1);
    let scored = names.filter_map(|candidate| {
        let letters: Vec<char> = candidate.to_lowercase().chars().collect();
        let apart = letters.len().abs_diff(wanted.len());
        if letters.len() > LONGEST {
            return None;
        }
        let distance = if apart > most {
            usize::MAX
        } else {
            distance(&wanted, &letters)
        };
        // Half of a name is how people abbreviate it.
        let part = wanted.len() >= 3 && letters.windows(wanted.len()).any(|part| part == wanted);
        match (distance <= most, part) {
            (true, _) => Some((distance, candidate)),
            (false, true) => Some((most + 1, candidate)),
            (false, false) => None,
        }
    });
    scored.min().map(|(_, candidate)| candidate)
}

/// How many letters have to be added, removed, changed or exchanged with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX - 1);
            let changed = at(&above, j) + usize::from(x != y);
            let mut least = changed.min(at(&above, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                least = least.min(at(&before, j - 1) + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or(a.len())
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_understood_and_a_stranger_is_not() {
        let names = ["dev", "prod-eu", "prod-us", "microk8s", "日本語"];
        for (typed, meant) in [
            ("dve", Some("dev")),
            ("DEV", Some("dev")),
            ("prod-ue", Some("prod-eu")),
            ("mikrok8s", Some("microk8s")),
            ("prod", Some("prod-eu")),
            ("日本", Some("日本語")),
            ("staging", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(nearest(typed, names.into_iter()), meant, "{typed}");
        }
        let long = "x".repeat(4000);
        assert_eq!(nearest(&long, names.into_iter()), None);
        assert_eq!(nearest("dev", [long.as_str()].into_iter()), None);
    }
}
