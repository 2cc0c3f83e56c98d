//! The answer of the script that reads files: lines, of which those that begin with `:` say what the base64
//! lines below them are. So neither a name nor a file's bytes can look like the frame.
//!
//! ```text
//! :machine-reply 1
//! :entry
//! <base64 of "SIZE MODE UID GID MTIME /USER:GROUP:PATH:", as of `stat -c "%s %f %u %g %Y /%U:%G:%n:">`
//! :file | :public | :link | :folder | :odd | :large | :denied | :failed
//! <base64 of the bytes, of the public key, of where the link points; nothing otherwise>
//! :end 1
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::tree::Entry;
use crate::tree::Kind;
use crate::tree::Owner;
use crate::tree::Tree;

/// The largest file that is read.
pub const LARGEST_FILE: usize = 1024 * 1024;
/// The longest answer.
pub const LARGEST_REPLY: usize = 64 * 1024 * 1024;
/// The most entries.
pub const MOST_ENTRIES: usize = 100_000;

/// What [`Kind::Unreadable`] says of a file that is larger than [`LARGEST_FILE`].
pub(crate) const LARGE: &str = "larger than 1 MiB";
/// What it says of one that its mode forbids.
pub const DENIED: &str = "permission denied";
/// What it says of sockets, pipes and devices.
pub(crate) const ODD: &str = "not a regular file";
/// What it says of a name that is not UTF-8.
pub(crate) const FOREIGN_NAME: &str = "its name is not UTF-8";

/// Why an answer is not one of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// It has no beginning: the script did not run.
    #[error("it has no beginning")]
    NoBeginning,
    /// It has no end: the script was cut off.
    #[error("it has no end")]
    NoEnd,
    /// Something in between is none of the format.
    #[error("line {line} is {what}")]
    Damaged {
        /// Counted from the beginning.
        line: usize,
        /// In words.
        what: &'static str,
    },
    /// The number at the end is not that of the entries.
    #[error("it has {found} entries, and says that it has {said}")]
    Incomplete {
        /// Entries read.
        found: usize,
        /// What the end says.
        said: String,
    },
    /// More than any honest answer.
    #[error("it is longer than any honest answer")]
    TooMuch,
}

/// Reads an answer. What stands before its beginning (a greeting of a login shell) is passed over.
///
/// # Errors
/// [`ReplyError`] when it is damaged or not complete.
pub fn parse(reply: &[u8]) -> Result<Tree, ReplyError> {
    if reply.len() > LARGEST_REPLY {
        return Err(ReplyError::TooMuch);
    }
    let mut lines = reply.split(|&byte| byte == b'\n').map(trimmed).enumerate();
    if !lines.any(|(_, line)| line == b":machine-reply 1") {
        return Err(ReplyError::NoBeginning);
    }
    let mut tree = Tree::default();
    let mut found = 0;
    let mut draft: Option<Draft> = None;
    for (number, line) in lines {
        let damaged = |what| ReplyError::Damaged {
            line: number + 1,
            what,
        };
        if let Some(word) = line.strip_prefix(b":") {
            let word = std::str::from_utf8(word).map_err(|_| damaged("not text"))?;
            if (word == "entry" || word.starts_with("end"))
                && let Some(draft) = draft.take()
            {
                let (path, entry) = draft.finish().map_err(damaged)?;
                insert(&mut tree, path, entry);
                found += 1;
            }
            if let Some(said) = word.strip_prefix("end") {
                let said = said.trim_start();
                return if said.parse() == Ok(found) {
                    Ok(tree)
                } else {
                    Err(ReplyError::Incomplete {
                        found,
                        said: said.chars().take(20).flat_map(char::escape_debug).collect(),
                    })
                };
            }
            if word == "entry" {
                if found >= MOST_ENTRIES {
                    return Err(ReplyError::TooMuch);
                }
                draft = Some(Draft::default());
            } else {
                let draft = draft
                    .as_mut()
                    .ok_or_else(|| damaged("no part of an entry"))?;
                draft.part(word).map_err(damaged)?;
            }
        } else if !line.is_empty() {
            let draft = draft
                .as_mut()
                .ok_or_else(|| damaged("not part of an entry"))?;
            draft.text().extend_from_slice(line);
        }
    }
    Err(ReplyError::NoEnd)
}

/// Two patterns may name one path. That a folder may not be read says more than that it is one.
fn insert(tree: &mut Tree, path: String, entry: Entry) {
    let known = tree.entries.get(&path).map(|known| &known.kind);
    if entry.kind == Kind::Folder && matches!(known, Some(Kind::Unreadable(_))) {
        return;
    }
    tree.entries.insert(path, entry);
}

/// Without a carriage return, which a client on Windows may have put in.
fn trimmed(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// What a part's word says about the entry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    File,
    Public,
    Link,
    Folder,
    Unreadable(&'static str),
}

/// An entry that is being read.
#[derive(Default)]
struct Draft {
    about: Vec<u8>,
    part: Option<Part>,
    content: Zeroizing<Vec<u8>>,
}

impl Draft {
    fn part(&mut self, word: &str) -> Result<(), &'static str> {
        let part = match word {
            "file" => Part::File,
            "public" => Part::Public,
            "link" => Part::Link,
            "folder" => Part::Folder,
            "odd" => Part::Unreadable(ODD),
            "large" => Part::Unreadable(LARGE),
            "denied" => Part::Unreadable(DENIED),
            "failed" => Part::Unreadable("it could not be read"),
            _ => return Err("an unknown part"),
        };
        // Reading may fail after it began.
        if self.part.is_some() && word != "failed" {
            return Err("a second part of one entry");
        }
        self.part = Some(part);
        Ok(())
    }

    fn text(&mut self) -> &mut Vec<u8> {
        if self.part.is_some() {
            &mut self.content
        } else {
            &mut self.about
        }
    }

    fn finish(self) -> Result<(String, Entry), &'static str> {
        let about = STANDARD
            .decode(&self.about)
            .map_err(|_| "the end of an entry that is not base64")?;
        let content = Zeroizing::new(
            STANDARD
                .decode(&*self.content)
                .map_err(|_| "the end of a content that is not base64")?,
        );
        let about =
            About::read(&about).ok_or("the end of an entry that does not say what it is")?;
        let kind = match self.part.ok_or("the end of an entry without a part")? {
            Part::File if content.len() > LARGEST_FILE => Kind::Unreadable(LARGE.to_owned()),
            Part::File => Kind::File(content),
            Part::Public => Kind::PrivateKey(is_public(&content).then(|| content.to_vec())),
            Part::Link => match std::str::from_utf8(&content) {
                Ok(to) => Kind::Link(to.to_owned()),
                Err(_) => Kind::Unreadable("what it points to is not UTF-8".to_owned()),
            },
            Part::Folder => Kind::Folder,
            Part::Unreadable(why) => Kind::Unreadable(why.to_owned()),
        };
        let (path, kind) = match String::from_utf8(about.path) {
            Ok(path) => (path, kind),
            Err(error) => (
                String::from_utf8_lossy(error.as_bytes()).into_owned(),
                Kind::Unreadable(FOREIGN_NAME.to_owned()),
            ),
        };
        let entry = Entry {
            kind,
            mode: about.mode,
            owner: about.owner,
            group: about.group,
            modified: about.modified,
        };
        Ok((path, entry))
    }
}

/// Nothing but a public key may come through, whatever openssl printed.
fn is_public(pem: &[u8]) -> bool {
    pem.len() <= 64 * 1024
        && pem.starts_with(b"-----BEGIN PUBLIC KEY-----")
        && pem.windows(5).filter(|w| w == b"BEGIN").count() == 1
}

struct About {
    path: Vec<u8>,
    mode: Option<u32>,
    owner: Option<Owner>,
    group: Option<Owner>,
    modified: i64,
}

impl About {
    /// `SIZE MODE UID GID MTIME /USER:GROUP:PATH:`, with `-` for what is not known.
    fn read(about: &[u8]) -> Option<Self> {
        let mut fields = about.splitn(6, |&byte| byte == b' ');
        let _size = fields.next()?;
        let mode = number(fields.next()?, 16)?;
        let uid = number(fields.next()?, 10)?;
        let gid = number(fields.next()?, 10)?;
        let modified = match fields.next()? {
            b"-" => 0,
            digits => std::str::from_utf8(digits).ok()?.parse().ok()?,
        };
        // `stat` ends its line; the script may not.
        let rest = fields.next()?.strip_prefix(b"/")?;
        let rest = rest
            .strip_suffix(b"\n")
            .unwrap_or(rest)
            .strip_suffix(b":")?;
        let mut names = rest.splitn(3, |&byte| byte == b':');
        let user = names.next()?;
        let group = names.next()?;
        let path = names.next()?;
        if !path.starts_with(b"/") {
            return None;
        }
        Some(Self {
            path: path.to_vec(),
            mode: mode.map(|mode| mode & 0o7777),
            owner: owner(uid, user),
            group: owner(gid, group),
            modified,
        })
    }
}

/// A number, or `-`.
#[expect(clippy::option_option, reason = "not a number, or none")]
fn number(digits: &[u8], radix: u32) -> Option<Option<u32>> {
    if digits == b"-" {
        return Some(None);
    }
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix)
        .ok()
        .map(Some)
}

/// `stat` says `UNKNOWN` of a number without a name.
fn owner(id: Option<u32>, name: &[u8]) -> Option<Owner> {
    let name = std::str::from_utf8(name)
        .ok()
        .filter(|name| !name.is_empty() && *name != "UNKNOWN" && name.len() <= 256)
        .map(str::to_owned);
    Some(Owner { id: id?, name })
}

#[cfg(test)]
#[path = "reply/tests.rs"]
mod tests;
