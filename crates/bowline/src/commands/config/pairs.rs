//! `NAME=VALUE` sets, `NAME-` removes (kubectl `cmd/util/helpers.go`, `ParsePairs`).

use kubeconfig::Secret;

/// Named values to set and names to remove.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pairs {
    /// What to set, in the order given, each name once. Any value may be secret.
    pub(crate) set: Vec<(String, Secret)>,
    /// What to remove.
    pub(crate) remove: Vec<String>,
}

impl Pairs {
    /// Reads them; of a name that is set twice the last value counts.
    ///
    /// # Errors
    /// Those that are neither, in kubectl's words, which call them `kind`.
    pub(super) fn read(texts: &[String], kind: &str) -> Result<Self, String> {
        let mut pairs = Self::default();
        let mut wrong = Vec::new();
        for text in texts {
            match text.split_once('=') {
                Some((name, value)) if !name.is_empty() => pairs.put(name, value),
                _ => match text.strip_suffix('-') {
                    Some(name) if !name.is_empty() => pairs.remove.push(name.to_owned()),
                    _ => wrong.push(text.as_str()),
                },
            }
        }
        if wrong.is_empty() {
            Ok(pairs)
        } else {
            Err(format!("invalid {kind} format: {}", wrong.join(", ")))
        }
    }

    fn put(&mut self, name: &str, value: &str) {
        match self.set.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value.into(),
            None => self.set.push((name.to_owned(), value.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[&str]) -> Result<Pairs, String> {
        let texts: Vec<_> = texts.iter().map(|&text| text.to_owned()).collect();
        Pairs::read(&texts, "exec-env")
    }

    #[test]
    fn sets_and_removes() {
        let pairs = read(&["A=1", "B-", "C==x=", "A=2", "D-=3", "E="]).unwrap();
        let set: Vec<_> = pairs
            .set
            .iter()
            .map(|(name, value)| (name.as_str(), value.expose_str().unwrap()))
            .collect();
        assert_eq!(set, [("A", "2"), ("C", "=x="), ("D-", "3"), ("E", "")]);
        assert_eq!(pairs.remove, ["B"]);
        assert_eq!(read(&[]), Ok(Pairs::default()));
        // No name, so it is taken for one to remove.
        assert_eq!(read(&["=a-"]).unwrap().remove, ["=a"]);
    }

    #[test]
    fn names_all_that_are_wrong() {
        for (texts, wrong) in [
            (&["A"][..], "A"),
            (&["=v"], "=v"),
            (&["-"], "-"),
            (&["A=1", ""], ""),
            (&["", "A"], ", A"),
            (&["A", "X=1", "", "B"], "A, , B"),
        ] {
            assert_eq!(
                read(texts),
                Err(format!("invalid exec-env format: {wrong}"))
            );
        }
    }

    #[test]
    fn values_do_not_show() {
        let pairs = read(&["TOKEN=hunter2"]).unwrap();
        assert!(!format!("{pairs:?}").contains("hunter2"));
    }
}
