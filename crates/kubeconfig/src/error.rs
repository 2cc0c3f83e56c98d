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
    pub problem: Problem,
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
    AliasCycle,
    /// Base64 that Go's `base64.StdEncoding` refuses.
    #[error("`{field}` is not valid base64: illegal data at byte {offset}")]
    Base64 {
        /// The field.
        field: String,
        /// Go's offset into the encoded text.
        offset: usize,
    },
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
    /// An escape in a double-quoted text that go-yaml v2 does not read: `\/` or half of a
    /// surrogate pair.
    #[error("a quoted text has an escape that kubectl cannot read (`\\/` or a surrogate pair)")]
    Escape,
    /// A file of another kind or version.
    #[error("`{field}` is \"{}\", where a kubeconfig has \"{expected}\"", escape(.found))]
    Header {
        /// `kind` or `apiVersion`.
        field: &'static str,
        /// What the file says.
        found: String,
        /// What it has to say.
        expected: &'static str,
    },
    /// A line break of YAML 1.1 that is none in YAML 1.2: NEL, LS or PS.
    #[error(
        "the text contains U+{code:04X}, which kubectl reads as a line break: write it escaped"
    )]
    LineSeparator {
        /// The code point.
        code: u32,
    },
    /// A mapping key that is not a scalar, or is null.
    #[error("this cannot be the key of a mapping")]
    MapKey,
    /// `<<` with something that is not a mapping or a list of mappings.
    #[error("`<<` needs a mapping or a list of mappings")]
    Merge,
    /// A whole file that is a list or a scalar.
    #[error("not a kubeconfig: the file holds {found}, not a mapping")]
    NotAMapping {
        /// What it is instead.
        found: &'static str,
    },
    /// A number that JSON cannot express (`.nan`, `.inf`), on which kubectl gives up.
    #[error("not a number or infinite: kubectl cannot read this value")]
    NotJson,
    /// Bytes that are not UTF-8 (and no UTF-16 with a byte order mark).
    #[error("the file is not valid UTF-8")]
    NotUtf8,
    /// A UTF-16 byte order mark before something that is not UTF-16.
    #[error("the file is not valid UTF-16")]
    NotUtf16,
    /// What the YAML parser says; fixed texts without content of the file.
    #[error("{0}")]
    Syntax(String),
    /// 4 GiB or more.
    #[error("the file is too large")]
    TooLarge,
    /// A value of a type that the field does not have (client-go decodes through JSON).
    #[error("`{field}` is {found} where {expected} is due{}", hint(.found, .expected))]
    WrongType {
        /// The field, with its way from the top of the file.
        field: String,
        /// What is due.
        expected: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// A `%YAML` directive other than 1.1.
    #[error("kubectl reads only YAML 1.1, and a %YAML directive says otherwise")]
    YamlVersion,
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
            problem,
        }
    }
}
