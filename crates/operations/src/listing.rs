//! Which contexts a list shows, and how old it says they are.

use glob::MatchOptions;
use glob::Pattern;

use crate::choose::find::Words;

/// What says that only labels are looked at.
const LABEL: &str = "label:";

/// Lengths of time, in seconds, from the longest.
const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")];

/// A pattern that none of the contexts fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// No context has this label.
    Label(String),
    /// It is no part of a name, no alias, and no pattern that fits one.
    Name(String),
}

/// The names that fit any of the patterns, in their order; all without patterns.
///
/// # Errors
/// The first pattern that fits nothing.
pub fn select<'a>(
    names: &[&'a str],
    patterns: &[String],
    words: Words<'_>,
) -> Result<Vec<&'a str>, Unfit> {
    if patterns.is_empty() {
        return Ok(names.to_vec());
    }
    let mut chosen = vec![false; names.len()];
    for pattern in patterns {
        let filter = Filter::new(pattern);
        let mut fits = false;
        for (name, chosen) in names.iter().zip(&mut chosen) {
            if filter.fits(name, words) {
                fits = true;
                *chosen = true;
            }
        }
        if !fits {
            return Err(match pattern.strip_prefix(LABEL) {
                Some(word) => Unfit::Label(word.to_owned()),
                None => Unfit::Name(pattern.clone()),
            });
        }
    }
    let both = names.iter().zip(chosen);
    Ok(both
        .filter_map(|(name, chosen)| chosen.then_some(*name))
        .collect())
}

/// What a pattern asks for.
struct Filter<'a> {
    typed: &'a str,
    lower: String,
    glob: Option<Pattern>,
}

impl<'a> Filter<'a> {
    fn new(typed: &'a str) -> Self {
        let is_glob = typed.contains(['*', '?', '[']);
        Self {
            typed,
            lower: typed.to_lowercase(),
            // What is no pattern, such as `[`, may still be a part of a name.
            glob: is_glob.then(|| Pattern::new(typed).ok()).flatten(),
        }
    }

    fn fits(&self, name: &str, words: Words<'_>) -> bool {
        if name == self.typed {
            return true;
        }
        if let Some(label) = self.typed.strip_prefix(LABEL) {
            let labels = words.labels.get(name);
            return labels
                .is_some_and(|labels| labels.iter().any(|it| it.eq_ignore_ascii_case(label)));
        }
        if let Some(glob) = &self.glob {
            let options = MatchOptions {
                case_sensitive: false,
                require_literal_separator: false,
                require_literal_leading_dot: false,
            };
            return glob.matches_with(name, options);
        }
        let meant = words.aliases.get(self.typed);
        meant.is_some_and(|meant| meant == name) || name.to_lowercase().contains(&self.lower)
    }
}

/// A length of time in its largest unit, as kubectl's tables have it: `5d`, `3h`.
pub fn age(seconds: u64) -> String {
    let unit = UNITS.iter().find(|(length, _)| seconds >= *length);
    unit.map_or_else(
        || "0s".to_owned(),
        |(length, name)| format!("{}{name}", seconds / length),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_pattern_is_a_part_a_glob_an_alias_or_a_label() {
        let names = ["Prod-eu", "[odd", "label:x", "prod-us", "prod*", "日本"];
        let aliases = BTreeMap::from([("p".to_owned(), "日本".to_owned())]);
        let labels = BTreeMap::from([("prod-us".to_owned(), vec!["Hot".to_owned()])]);
        let words = Words {
            aliases: &aliases,
            labels: &labels,
        };
        let chosen = |patterns: &[&str]| {
            let patterns: Vec<_> = patterns.iter().map(ToString::to_string).collect();
            select(&names, &patterns, words)
        };
        for (patterns, expected) in [
            (&[][..], &names[..]),
            (&["PROD"], &["Prod-eu", "prod-us", "prod*"]),
            (&["prod-?u"], &["Prod-eu"]),
            (&["*-us", "*-EU"], &["Prod-eu", "prod-us"]),
            (&["[odd"], &["[odd"]),
            (&["label:hot"], &["prod-us"]),
            (&["label:x"], &["label:x"]),
            (&["本"], &["日本"]),
            (&["prod*", "odd"], &["Prod-eu", "[odd", "prod-us", "prod*"]),
        ] {
            assert_eq!(chosen(patterns).unwrap(), expected, "{patterns:?}");
        }
        // An alias, and what has it in its name.
        assert_eq!(
            chosen(&["p"]).unwrap(),
            ["Prod-eu", "prod-us", "prod*", "日本"]
        );
        let label = Unfit::Label("cold".to_owned());
        assert_eq!(chosen(&["prod", "label:cold"]), Err(label));
        assert_eq!(chosen(&["x*"]), Err(Unfit::Name("x*".to_owned())));
    }

    #[test]
    fn an_age_is_in_its_largest_unit() {
        for (seconds, text) in [
            (0, "0s"),
            (59, "59s"),
            (3599, "59m"),
            (86_399, "23h"),
            (86_400, "1d"),
            (86_400 * 400, "400d"),
        ] {
            assert_eq!(age(seconds), text);
        }
    }
}
