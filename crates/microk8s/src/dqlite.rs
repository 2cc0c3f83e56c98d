//! dqlite's own files: `cluster.yaml`, `info.yaml`, `localnode.yaml` (canonical/go-dqlite `client.NodeInfo`).
//!
//! They are written by go-yaml in one shape, and a wrong guess about them would break a cluster. So the
//! reader takes that shape and nothing else, and says at which line a file has another.

use std::fmt;
use std::net::SocketAddr;
use std::ops::Range;

use serde::Serialize;

/// What a member does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Keeps the data and votes.
    Voter,
    /// Keeps the data and does not vote.
    Standby,
    /// Neither.
    Spare,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Voter => "voter",
            Self::Standby => "standby",
            Self::Spare => "spare",
        })
    }
}

/// A member of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Member {
    /// Its number, which it keeps for life.
    pub id: u64,
    /// Where it listens, `ADDRESS:19001`.
    pub address: String,
    /// What it does.
    pub role: Role,
    /// Where the address stands in the file, without quotes.
    #[serde(skip)]
    span: Range<usize>,
}

impl Member {
    /// The address as one, where it is not a name.
    pub fn socket(&self) -> Option<SocketAddr> {
        self.address.parse().ok()
    }
}

/// Why one of the files is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {why}")]
pub struct DqliteError {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub why: &'static str,
}

/// A file's members: of `cluster.yaml` and `localnode.yaml` a list, of `info.yaml` one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    /// In the order of the file.
    pub members: Vec<Member>,
}

/// More than any cluster has.
const MOST: usize = 1000;

#[derive(Default)]
struct Draft {
    line: usize,
    id: Option<u64>,
    address: Option<(String, Range<usize>)>,
    role: Option<Role>,
}

impl Members {
    /// Reads a file; `file` is its name for messages.
    ///
    /// # Errors
    /// [`DqliteError`] for anything that dqlite does not write.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, DqliteError> {
        let fail = |line: usize, why| DqliteError {
            file: file.to_owned(),
            line,
            why,
        };
        let text = std::str::from_utf8(bytes).map_err(|_| fail(1, "not UTF-8"))?;
        let mut drafts: Vec<Draft> = Vec::new();
        let mut list = None;
        let mut at = 0;
        for (index, whole) in text.split_inclusive('\n').enumerate() {
            let (line, start) = (index + 1, at);
            at += whole.len();
            let content = whole.trim_end();
            if content.is_empty() || content.trim_start().starts_with('#') || content == "---" {
                continue;
            }
            let (begins, inner) = match content.strip_prefix("- ") {
                Some(inner) => (true, inner),
                None => (drafts.is_empty(), content),
            };
            let listed = *list.get_or_insert(content.starts_with("- "));
            let in_place = match (listed, content.starts_with("- ")) {
                (true, true) => true,
                (true, false) => content.starts_with("  ") && !content.starts_with("   "),
                (false, dash) => !dash && !content.starts_with(' '),
            };
            if !in_place {
                return Err(fail(line, "not the form that dqlite writes"));
            }
            if begins {
                if drafts.len() == MOST {
                    return Err(fail(line, "more members than any cluster has"));
                }
                drafts.push(Draft {
                    line,
                    ..Draft::default()
                });
            }
            let Some(draft) = drafts.last_mut() else {
                return Err(fail(line, "not the form that dqlite writes"));
            };
            let pair = inner.trim_start().split_once(": ");
            let (key, value) = pair.ok_or_else(|| fail(line, "neither Address, ID nor Role"))?;
            let value = value.trim_start();
            let offset = start + content.len() - value.len();
            let (value, offset) = unquoted(value, offset)
                .ok_or_else(|| fail(line, "a value that dqlite does not write"))?;
            let twice = match key {
                "Address" => {
                    let span = offset..offset + value.len();
                    draft.address.replace((value.to_owned(), span)).is_some()
                }
                "ID" => {
                    let id = value
                        .parse()
                        .map_err(|_| fail(line, "the ID is not a number"))?;
                    draft.id.replace(id).is_some()
                }
                "Role" => {
                    let role = match value {
                        "0" => Role::Voter,
                        "1" => Role::Standby,
                        "2" => Role::Spare,
                        _ => return Err(fail(line, "a role that dqlite does not have")),
                    };
                    draft.role.replace(role).is_some()
                }
                _ => return Err(fail(line, "neither Address, ID nor Role")),
            };
            if twice {
                return Err(fail(line, "the same key twice"));
            }
        }
        let member = |draft: Draft| {
            let line = draft.line;
            let (address, span) = draft
                .address
                .ok_or_else(|| fail(line, "a member without Address"))?;
            Ok(Member {
                id: draft.id.ok_or_else(|| fail(line, "a member without ID"))?,
                address,
                // Written by go-dqlite since 1.0; without it a member is a voter.
                role: draft.role.unwrap_or(Role::Voter),
                span,
            })
        };
        let members = drafts.into_iter().map(member).collect::<Result<_, _>>()?;
        Ok(Self { members })
    }

    /// The file with another address for the members that have `old`; every other byte stays. `None` when
    /// no member has it. `bytes` are those that were parsed.
    pub fn readdress(&self, bytes: &[u8], old: &str, new: &str) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(bytes.len() + new.len());
        let mut from = 0;
        let mut found = false;
        for member in self.members.iter().filter(|member| member.address == old) {
            out.extend_from_slice(bytes.get(from..member.span.start)?);
            out.extend_from_slice(new.as_bytes());
            from = member.span.end;
            found = true;
        }
        out.extend_from_slice(bytes.get(from..)?);
        found.then_some(out)
    }
}

/// A plain or quoted scalar without escapes, and where it begins.
fn unquoted(value: &str, offset: usize) -> Option<(&str, usize)> {
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote) {
            let inner = inner.strip_suffix(quote)?;
            return (!inner.contains(['"', '\'', '\\'])).then_some((inner, offset + 1));
        }
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]%@".contains(c);
    (!value.is_empty() && value.chars().all(plain)).then_some((value, offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLUSTER: &str = "\
- Address: 10.211.205.122:19001
  ID: 3297041220608546238
  Role: 0
- Address: 10.211.205.253:19001
  ID: 9373968242441247628
  Role: 1
- Address: \"10.211.205.221:19001\"
  ID: 3349965773726029294
  Role: 2
";

    #[test]
    fn reads_what_dqlite_writes() {
        let members = Members::parse("cluster.yaml", CLUSTER.as_bytes())
            .unwrap()
            .members;
        let shown: Vec<_> = members
            .iter()
            .map(|m| format!("{} {} {}", m.id, m.address, m.role))
            .collect();
        assert_eq!(
            shown,
            [
                "3297041220608546238 10.211.205.122:19001 voter",
                "9373968242441247628 10.211.205.253:19001 standby",
                "3349965773726029294 10.211.205.221:19001 spare",
            ]
        );
        let info = Members::parse(
            "info.yaml",
            b"Address: 127.0.0.1:19001\r\nID: 7\r\nRole: 0\r\n",
        )
        .unwrap();
        assert_eq!(info.members[0].socket().unwrap().port(), 19001);
        assert!(
            Members::parse("cluster.yaml", b"")
                .unwrap()
                .members
                .is_empty()
        );
    }

    #[test]
    fn only_the_address_changes() {
        let members = Members::parse("c", CLUSTER.as_bytes()).unwrap();
        let change = |old, new| members.readdress(CLUSTER.as_bytes(), old, new);
        assert_eq!(
            change("10.211.205.221:19001", "[fd00::1]:19001"),
            Some(
                CLUSTER
                    .replace("10.211.205.221:19001", "[fd00::1]:19001")
                    .into_bytes()
            )
        );
        assert_eq!(change("10.211.205.22:19001", "x"), None);
    }

    #[test]
    fn garbage_is_refused_with_its_line() {
        for (text, says) in [
            (
                "- Address: a:1\n  ID: x\n",
                "cluster.yaml, line 2: the ID is not a number",
            ),
            (
                "- Address: a:1\n",
                "cluster.yaml, line 1: a member without ID",
            ),
            (
                "- ID: 1\n",
                "cluster.yaml, line 1: a member without Address",
            ),
            (
                "- Address: a:1\n  ID: 1\n  Role: 3\n",
                "cluster.yaml, line 3: a role that dqlite does not have",
            ),
            (
                "- Address: a:1\n   ID: 1\n",
                "cluster.yaml, line 2: not the form that dqlite writes",
            ),
            (
                "Address: a:1\nID: 1\n- Address: b:1\n",
                "cluster.yaml, line 3: not the form that dqlite writes",
            ),
            (
                "- Address: a:1\n  ID: 1\n  ID: 2\n",
                "cluster.yaml, line 3: the same key twice",
            ),
            (
                "- Address: *x\n",
                "cluster.yaml, line 1: a value that dqlite does not write",
            ),
            (
                "- {Address: a}\n",
                "cluster.yaml, line 1: a value that dqlite does not write",
            ),
            (
                "\u{0}\n",
                "cluster.yaml, line 1: neither Address, ID nor Role",
            ),
        ] {
            let error = Members::parse("cluster.yaml", text.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), says, "{text:?}");
        }
        assert!(Members::parse("x", b"\xff").is_err());
    }
}
