//! Changes of single lines. Every other byte stays as it is.

use std::ops::Range;

use kubeconfig::Secret;
use zeroize::Zeroizing;

use super::KnownTokens;
use super::Problem;
use super::TokenUser;
use super::csv;

/// Longer names are refused by nobody and meant by nobody.
const LONGEST: usize = 253;

/// By these words `MicroK8s` finds its own lines: `grep admin known_tokens.csv | cut -d, -f1`
/// (canonical/microk8s, `update_configs` in `microk8s-resources/actions/common/utils.sh`). With a second
/// line that has the word, `refresh-certs` would write broken kubeconfigs.
const WORDS: &[&str] = &[
    "admin",
    "kube-proxy",
    "kubelet-0",
    "kube-controller-manager",
    "kube-scheduler",
];

/// A user to add.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The bearer token.
    pub token: Secret,
    /// The name.
    pub name: String,
    /// The UID.
    pub uid: String,
    /// The groups.
    pub groups: Vec<String>,
}

/// Why a change of `known_tokens.csv` is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// kube-apiserver refuses the file as it is.
    #[error(
        "known_tokens.csv, {0}: kube-apiserver refuses the whole file for it; mend or remove that line first"
    )]
    Damaged(Problem),
    /// No such user.
    #[error("known_tokens.csv has no user {0:?}")]
    UnknownUser(String),
    /// The name is on several lines.
    #[error(
        "known_tokens.csv has several lines for {name:?} ({}); remove those that should not be there", numbers(.lines)
    )]
    Ambiguous {
        /// The name.
        name: String,
        /// Its lines.
        lines: Vec<usize>,
    },
    /// The user exists.
    #[error("known_tokens.csv has a user {name:?} already, at line {line}")]
    Exists {
        /// The name.
        name: String,
        /// Its line.
        line: usize,
    },
    /// The token is another line's.
    #[error("the token is that of line {0} already")]
    TokenTaken(usize),
    /// A token that no client could send.
    #[error("a token may have letters, digits and -._~+/= only (RFC 6750), and must not be empty")]
    BadToken,
    /// A text that cannot be a name, UID or group.
    #[error("{what} {text:?} {why}")]
    BadText {
        /// Name, UID or group.
        what: &'static str,
        /// The text.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A text with one of the words by which `MicroK8s` finds its own lines.
    #[error(
        "{what} {text:?} has the word {word:?}, by which MicroK8s finds its own line in known_tokens.csv: `microk8s refresh-certs` would write broken kubeconfigs. Choose another"
    )]
    Confuses {
        /// Name, UID, group or token.
        what: &'static str,
        /// The text; empty for a token.
        text: String,
        /// The word.
        word: &'static str,
    },
}

fn numbers(lines: &[usize]) -> String {
    let lines: Vec<_> = lines.iter().map(ToString::to_string).collect();
    lines.join(", ")
}

impl KnownTokens {
    /// Adds a user in a line at the end.
    ///
    /// # Errors
    /// [`EditError`]; nothing is changed then.
    pub fn add(&mut self, user: &NewUser) -> Result<(), EditError> {
        self.intact()?;
        if let Some(known) = self.named(&user.name).next() {
            return Err(EditError::Exists {
                name: user.name.clone(),
                line: known.line,
            });
        }
        text("the name", &user.name, true)?;
        text("the uid", &user.uid, false)?;
        self.token(&user.token)?;
        self.unconfusing("the name", &user.name)?;
        self.unconfusing("the uid", &user.uid)?;
        self.groups(&user.groups)?;
        let line_break = self.line_break();
        let mut line = Zeroizing::new(Vec::new());
        if self.bytes.last().is_some_and(|last| *last != b'\n') {
            // `\r` alone at the end is half a line break already.
            let had = self.bytes.last() == Some(&b'\r');
            line.extend_from_slice(if had { b"\n" } else { line_break });
        }
        line.extend_from_slice(user.token.expose());
        line.push(b',');
        csv::write(&mut line, &user.name, false);
        line.push(b',');
        csv::write(&mut line, &user.uid, false);
        if !user.groups.is_empty() {
            line.push(b',');
            csv::write(&mut line, &user.groups.join(","), true);
        }
        line.extend_from_slice(line_break);
        let end = self.bytes.len();
        self.splice(end..end, &line);
        Ok(())
    }

    /// Gives a user another token.
    ///
    /// # Errors
    /// [`EditError`]; nothing is changed then.
    pub fn set_token(&mut self, name: &str, token: &Secret) -> Result<(), EditError> {
        self.intact()?;
        let at = self.only(name)?;
        self.token(token)?;
        let place = self.places.get(at).map(|place| place.token.clone());
        self.splice(place.unwrap_or_default(), token.expose());
        Ok(())
    }

    /// Removes a user: all lines with the name.
    ///
    /// # Errors
    /// [`EditError`]; nothing is changed then.
    pub fn remove(&mut self, name: &str) -> Result<(), EditError> {
        self.intact()?;
        let spans: Vec<Range<usize>> = std::iter::zip(&self.users, &self.places)
            .filter(|(user, _)| user.name == name)
            .map(|(_, place)| place.record.clone())
            .collect();
        if spans.is_empty() {
            return Err(EditError::UnknownUser(name.to_owned()));
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.bytes.len()));
        let mut from = 0;
        for span in spans {
            bytes.extend_from_slice(self.bytes.get(from..span.start).unwrap_or_default());
            from = span.end;
        }
        bytes.extend_from_slice(self.bytes.get(from..).unwrap_or_default());
        *self = Self::parse(&bytes);
        Ok(())
    }

    fn splice(&mut self, span: Range<usize>, with: &[u8]) {
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.bytes.len() + with.len()));
        bytes.extend_from_slice(self.bytes.get(..span.start).unwrap_or_default());
        bytes.extend_from_slice(with);
        bytes.extend_from_slice(self.bytes.get(span.end..).unwrap_or_default());
        *self = Self::parse(&bytes);
    }

    fn intact(&self) -> Result<(), EditError> {
        match self.fatal() {
            Some(problem) => Err(EditError::Damaged(problem.clone())),
            None => Ok(()),
        }
    }

    /// The index of the one line of a user.
    fn only(&self, name: &str) -> Result<usize, EditError> {
        let found: Vec<(usize, &TokenUser)> = self
            .users
            .iter()
            .enumerate()
            .filter(|(_, user)| user.name == name)
            .collect();
        match found.as_slice() {
            [] => Err(EditError::UnknownUser(name.to_owned())),
            [(at, _)] => Ok(*at),
            several => Err(EditError::Ambiguous {
                name: name.to_owned(),
                lines: several.iter().map(|(_, user)| user.line).collect(),
            }),
        }
    }

    /// That of the last whole line.
    fn line_break(&self) -> &'static [u8] {
        let end = self.bytes.iter().rposition(|byte| *byte == b'\n');
        let before = end.and_then(|end| end.checked_sub(1));
        match before.and_then(|at| self.bytes.get(at)) {
            Some(b'\r') => b"\r\n",
            _ => b"\n",
        }
    }

    fn token(&self, token: &Secret) -> Result<(), EditError> {
        let bytes = token.expose();
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte);
        if bytes.is_empty() || !bytes.iter().all(plain) {
            return Err(EditError::BadToken);
        }
        if let Some(user) = self.bearer(token) {
            return Err(EditError::TokenTaken(user.line));
        }
        match WORDS.iter().find(|word| contains(bytes, word)) {
            Some(word) => Err(EditError::Confuses {
                what: "the token",
                text: String::new(),
                word,
            }),
            None => Ok(()),
        }
    }

    /// A word of `MicroK8s` may come in once, where its own line is missing.
    fn unconfusing(&self, what: &'static str, text: &str) -> Result<(), EditError> {
        let taken = |word: &&&str| text.contains(**word) && contains(&self.bytes, word);
        match WORDS.iter().find(taken) {
            Some(word) => Err(EditError::Confuses {
                what,
                text: text.to_owned(),
                word,
            }),
            None => Ok(()),
        }
    }

    fn groups(&self, groups: &[String]) -> Result<(), EditError> {
        for group in groups {
            text("the group", group, true)?;
            if group.contains(',') {
                return Err(EditError::BadText {
                    what: "the group",
                    text: group.clone(),
                    why: "has a comma, which separates groups",
                });
            }
            self.unconfusing("the group", group)?;
        }
        Ok(())
    }
}

fn contains(bytes: &[u8], word: &str) -> bool {
    bytes
        .windows(word.len())
        .any(|window| window == word.as_bytes())
}

fn text(what: &'static str, text: &str, needed: bool) -> Result<(), EditError> {
    let why = if needed && text.is_empty() {
        "is empty"
    } else if text.len() > LONGEST {
        "is longer than 253 bytes"
    } else if text.chars().any(char::is_control) {
        "has a line break or another control character"
    } else if text.trim() != text {
        "begins or ends with a space"
    } else {
        return Ok(());
    };
    Err(EditError::BadText {
        what,
        text: text.to_owned(),
        why,
    })
}
