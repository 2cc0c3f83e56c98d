//! What a person types, and the context that is meant.
//!
//! The first rule by which anything is found decides; a weaker rule is not asked where a stronger one finds
//! several.

use std::collections::BTreeMap;

use glob::MatchOptions;
use glob::Pattern;

use crate::near;

/// What says that only labels are looked at.
const LABEL: &str = "label:";

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// One context is meant.
    One(String),
    /// It may be each of these.
    Several(Vec<String>),
    /// Nothing is meant; these names look like it.
    None(Vec<String>),
    /// It is an alias of a context that does not exist.
    Gone {
        /// The context that config.toml names.
        context: String,
    },
}

/// Names that the user gave to contexts in config.toml.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// Other names: what is typed, and the context's name.
    pub aliases: &'a BTreeMap<String, String>,
    /// Words by the context's name.
    pub labels: &'a BTreeMap<String, Vec<String>>,
}

/// Finds the context that is meant by `typed` among the names: exactly that name, an alias, the name but for
/// case, a part of it, a pattern, a label, its letters in that order.
pub fn find<'a>(
    typed: &str,
    names: impl Iterator<Item = &'a str> + Clone,
    words: Words<'a>,
) -> Found {
    if let Some(label) = typed.strip_prefix(LABEL) {
        let labelled = names.clone().filter(|name| has_label(words, name, label));
        let all = words.labels.values().flatten().map(String::as_str);
        return decide(labelled)
            .unwrap_or_else(|| Found::None(proposed(label, all, |name| format!("{LABEL}{name}"))));
    }
    if names.clone().any(|name| name == typed) {
        return Found::One(typed.to_owned());
    }
    if let Some(context) = words.aliases.get(typed) {
        let context = context.clone();
        if names.clone().any(|name| name == context) {
            return Found::One(context);
        }
        return Found::Gone { context };
    }
    let lower = typed.to_lowercase();
    let same = |name: &&str| name.to_lowercase() == lower;
    let part = |name: &&str| !lower.is_empty() && name.to_lowercase().contains(&lower);
    let pattern = Pattern::new(typed)
        .ok()
        .filter(|_| typed.contains(['*', '?', '[']));
    let options = MatchOptions {
        case_sensitive: false,
        require_literal_separator: false,
        require_literal_leading_dot: false,
    };
    let fits = |name: &&str| {
        let pattern = pattern.as_ref();
        pattern.is_some_and(|pattern| pattern.matches_with(name, options))
    };
    decide(names.clone().filter(same))
        .or_else(|| decide(names.clone().filter(part)))
        .or_else(|| decide(names.clone().filter(fits)))
        .or_else(|| decide(names.clone().filter(|name| has_label(words, name, typed))))
        .or_else(|| decide(names.clone().filter(|name| has_letters(name, &lower))))
        .unwrap_or_else(|| {
            let known = names.chain(words.aliases.keys().map(String::as_str));
            Found::None(proposed(typed, known, str::to_owned))
        })
}

fn decide<'a>(mut found: impl Iterator<Item = &'a str>) -> Option<Found> {
    let first = found.next()?.to_owned();
    let mut several = vec![first.clone()];
    several.extend(found.map(str::to_owned));
    Some(if several.len() == 1 {
        Found::One(first)
    } else {
        Found::Several(several)
    })
}

fn has_label(words: Words<'_>, name: &str, label: &str) -> bool {
    let labels = words.labels.get(name);
    labels.is_some_and(|labels| labels.iter().any(|it| it.eq_ignore_ascii_case(label)))
}

/// Whether a name has these letters in this order, with others in between.
fn has_letters(name: &str, lower: &str) -> bool {
    if lower.is_empty() {
        return false;
    }
    let mut letters = name.chars().flat_map(char::to_lowercase);
    lower
        .chars()
        .all(|wanted| letters.any(|letter| letter == wanted))
}

fn proposed<'a>(
    typed: &str,
    names: impl Iterator<Item = &'a str>,
    shown: impl Fn(&str) -> String,
) -> Vec<String> {
    let mut near: Vec<_> = near::nearest(typed, names).into_iter().map(shown).collect();
    near.dedup();
    near
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str) -> Found {
        Found::One(name.to_owned())
    }

    fn several(names: &[&str]) -> Found {
        Found::Several(names.iter().map(ToString::to_string).collect())
    }

    fn none(names: &[&str]) -> Found {
        Found::None(names.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_strongest_rule_decides() {
        let names = [
            "Dev",
            "arn:aws:eks:eu-west-1:123:cluster/web",
            "dev",
            "dev-a",
            "dev-b",
            "prod*",
            "production",
            "$(touch x)",
            "two words",
            "日本",
        ];
        let aliases = BTreeMap::from([
            ("p".to_owned(), "production".to_owned()),
            ("gone".to_owned(), "removed".to_owned()),
            // A name that exists is never hidden by an alias.
            ("dev".to_owned(), "production".to_owned()),
        ]);
        let labels = BTreeMap::from([
            ("dev-a".to_owned(), vec!["Blue".to_owned(), "eu".to_owned()]),
            ("dev-b".to_owned(), vec!["eu".to_owned()]),
        ]);
        let words = Words {
            aliases: &aliases,
            labels: &labels,
        };
        let gone = Found::Gone {
            context: "removed".to_owned(),
        };
        for (typed, expected) in [
            ("dev", one("dev")),
            ("p", one("production")),
            ("gone", gone),
            ("DEV", several(&["Dev", "dev"])),
            ("DEV-A", one("dev-a")),
            ("dev-", several(&["dev-a", "dev-b"])),
            ("EKS", one("arn:aws:eks:eu-west-1:123:cluster/web")),
            ("prod*", one("prod*")),
            ("prod?", one("prod*")),
            ("*-b", one("dev-b")),
            ("DEV-?", several(&["dev-a", "dev-b"])),
            ("[", none(&[])),
            ("blue", one("dev-a")),
            ("label:eu", several(&["dev-a", "dev-b"])),
            ("label:dev", none(&[])),
            ("label:bleu", none(&["label:Blue"])),
            ("pdtn", one("production")),
            ("$(", one("$(touch x)")),
            ("words", one("two words")),
            ("本", one("日本")),
            ("porduction", none(&["production"])),
            ("", none(&[])),
        ] {
            assert_eq!(find(typed, names.into_iter(), words), expected, "{typed}");
        }
    }
}
