//! What a template consists of (client-go `util/jsonpath/node.go`).

/// A part of a template.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    /// `{…}`: each node is applied to the results of the one before.
    List(Vec<Node>),
    /// Text outside braces, or quoted.
    Text(Vec<u8>),
    /// `.name` or `['name']`.
    Field(String),
    /// `[1]`, `[1:3:2]`, `[*]`.
    Slice(Slice),
    /// `[?(left operator right)]`.
    Filter {
        left: Vec<Node>,
        operator: String,
        right: Vec<Node>,
    },
    /// `[?(…)]` without an operator.
    Exists(Vec<Node>),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// `.*`
    Wildcard,
    /// `..`
    Recursive,
    /// `[0,2]`
    Union(Vec<Vec<Node>>),
    /// `range`, `end`, or a mistake.
    Identifier(String),
}

/// What to take of a list. Negative indexes count from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slice {
    pub(crate) start: Option<i64>,
    pub(crate) end: End,
    pub(crate) step: Option<i64>,
}

/// Where a slice ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// After the start: `[1]` is no slice but one element.
    Single,
    /// With the list: `[1:]`.
    Open,
    /// Before this index.
    Before(i64),
}
