mod client_go;

use crate::redact::escape;

/// Why a file is not a kubeconfig, and where.
///
/// Neither the text nor the fields hold a value out of the file that could be a secret: only
/// names of fields, names of entries, and positions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {problem}", .column.map(|c| format!(", column {c}")).unwrap_or_default())]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1, when known.
    pub column: Option<usize>,
    /// What is wrong there.
    #[source]
    pub problem: Box<Problem>,
}

/// What can be wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// An expansion of aliases that grows out of proportion (go-yaml v2's `allowedAliasRatio`).
    #[error("the document uses aliases excessively")]
    AliasBomb,
    /// An anchored node that contains an alias to itself.
    #[error("an anchored value contains itself")]
    AliasCycle {
        /// The anchor's name.
        anchor: String,
    },
    /// Base64 that Go's `base64.StdEncoding` refuses.
    #[error("`{field}` is not valid base64: illegal data at byte {offset}")]
    Base64 {
        /// The field.
        field: String,
        /// Go's offset into the encoded text.
        offset: usize,
    },
    /// The same under the tag `!!binary`.
    #[error("a `!!binary` value is not valid base64")]
    Binary,
    /// A character that YAML 1.1 forbids, such as NUL.
    #[error("control character U+{code:04X} is not allowed")]
    ControlCharacter {
        /// The code point.
        code: u32,
    },
    /// More levels than any kubeconfig needs.
    #[error("nested more than {limit} levels deep")]
    Depth {
        /// The limit.
        limit: usize,
    },
    /// Two entries of one list with the same name (client-go `api/v1/conversion.go`).
    #[error("`{list}` has two entries named \"{}\"", escape(.name))]
    DuplicateName {
        /// `clusters`, `users`, `contexts` or `extensions`.
        list: &'static str,
        /// The name that occurs twice.
        name: String,
    },
    /// A file of another kind or version.
    #[error("`{field}` is \"{}\", where a kubeconfig has \"{expected}\"", escape(.found))]
    Header {
        /// `kind` or `apiVersion`.
        field: &'static str,
        /// What the file says.
        found: String,
        /// What it has to say.
        expected: &'static str,
        /// The `kind` that both fields and the defaults make.
        kind: String,
    },
    /// A mapping key that is not a scalar, or is null.
    #[error("this cannot be the key of a mapping")]
    MapKey {
        /// The key's type in Go.
        found: &'static str,
    },
    /// `<<` with something that is not a mapping or a list of mappings.
    #[error("`<<` needs a mapping or a list of mappings")]
    Merge,
    /// A whole file that is a list or a scalar.
    #[error("not a kubeconfig: the file holds {found}, not a mapping")]
    NotAMapping {
        /// What it is instead.
        found: &'static str,
        /// The same in JSON's terms.
        json: &'static str,
    },
    /// A number that JSON cannot express (`.nan`, `.inf`), on which kubectl gives up.
    #[error("not a number or infinite: kubectl cannot read this value")]
    NotJson {
        /// As Go writes it: `NaN`, `+Inf` or `-Inf`.
        value: &'static str,
    },
    /// Bytes that are not UTF-8 (and no UTF-16 with a byte order mark).
    #[error("the file is not valid UTF-8")]
    NotUtf8 {
        /// What go-yaml's reader says.
        reason: &'static str,
    },
    /// A UTF-16 byte order mark before something that is not UTF-16.
    #[error("the file is not valid UTF-16")]
    NotUtf16 {
        /// What go-yaml's reader says.
        reason: &'static str,
    },
    /// What the YAML parser says; fixed texts without content of the file.
    #[error("{message}")]
    Syntax {
        /// libyaml's words.
        message: &'static str,
        /// The line that go-yaml names, which is not always where the reader stood.
        line: Option<usize>,
    },
    /// A scalar that is not what its tag says.
    #[error("this value does not fit its tag `{due}`")]
    Tag {
        /// The tag of what is there.
        found: &'static str,
        /// The tag as written.
        due: &'static str,
    },
    /// 4 GiB or more.
    #[error("the file is too large")]
    TooLarge,
    /// An alias to nothing.
    #[error("an alias (`*`) to an anchor that does not exist before it")]
    UnknownAnchor {
        /// What it is called; `None` where it may be the beginning of a secret that lacks its
        /// quotes.
        name: Option<String>,
    },
    /// A value of a type that the field does not have (client-go decodes through JSON).
    #[error("`{field}` is {found} where {expected} is due{}", hint(.found, .expected))]
    WrongType {
        /// The field, with its way from the top of the file.
        field: String,
        /// What is due.
        expected: &'static str,
        /// What is there.
        found: &'static str,
        /// The field as Go's `encoding/json` names it, with the type that is due.
        go: String,
    },
}

fn hint(found: &str, expected: &str) -> &'static str {
    if expected == "a string" && (found == "a boolean" || found == "a number") {
        " (put it in quotes)"
    } else {
        ""
    }
}

impl ParseError {
    pub(crate) fn new(line: usize, column: usize, problem: Problem) -> Self {
        Self {
            line,
            column: Some(column),
            problem: Box::new(problem),
        }
    }
}
