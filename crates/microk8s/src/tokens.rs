//! `known_tokens.csv`: static tokens and whom they stand for, as kube-apiserver reads them
//! (kubernetes/kubernetes `staging/src/k8s.io/apiserver/pkg/authentication/token/tokenfile/tokenfile.go`).
//!
//! kube-apiserver reads the file once, when it starts. One malformed line or one with fewer than three
//! columns, and it refuses the whole file and does not start. [`KnownTokens`] reads what can be read, says
//! what is wrong at which line, and edits single lines without touching another byte.

mod csv;
mod edit;
mod made;
mod problem;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use kubeconfig::Secret;
use zeroize::Zeroizing;

pub use self::edit::EditError;
pub use self::edit::NewUser;
pub use self::made::is_made_by_microk8s;
pub use self::made::new_token;
pub use self::problem::Problem;
pub use self::problem::ProblemKind;

/// A line that gives a token to a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenUser {
    /// The line it begins on, from 1.
    pub line: usize,
    /// The bearer token.
    pub token: Secret,
    /// Who the bearer is for RBAC.
    pub name: String,
    /// The UID.
    pub uid: String,
    /// The groups, without empty ones.
    pub groups: Vec<String>,
}

impl TokenUser {
    /// Whether whoever holds the token may do anything, whatever RBAC says.
    pub fn is_cluster_admin(&self) -> bool {
        self.groups.iter().any(|group| group == "system:masters")
    }
}

/// The file: its bytes and what they say.
#[derive(Clone)]
pub struct KnownTokens {
    bytes: Zeroizing<Vec<u8>>,
    users: Vec<TokenUser>,
    /// Where each user's line and its token are.
    places: Vec<Place>,
    problems: Vec<Problem>,
}

#[derive(Clone, Debug)]
struct Place {
    record: Range<usize>,
    token: Range<usize>,
}

impl fmt::Debug for KnownTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownTokens")
            .field("bytes", &self.bytes.len())
            .field("users", &self.users)
            .field("problems", &self.problems)
            .finish_non_exhaustive()
    }
}

impl KnownTokens {
    /// Reads a file. It never fails as a whole: see [`KnownTokens::problems`] and [`KnownTokens::fatal`].
    pub fn parse(bytes: &[u8]) -> Self {
        let mut tokens = Self {
            bytes: Zeroizing::new(bytes.to_vec()),
            users: Vec::new(),
            places: Vec::new(),
            problems: Vec::new(),
        };
        if bytes.starts_with(b"\xef\xbb\xbf") {
            tokens.problem(1, ProblemKind::ByteOrderMark);
        }
        for record in csv::read(bytes) {
            tokens.record(record);
        }
        tokens.compare();
        tokens.problems.sort_by_key(|problem| problem.line);
        tokens
    }

    fn problem(&mut self, line: usize, kind: ProblemKind) {
        self.problems.push(Problem { line, kind });
    }

    fn record(&mut self, record: csv::Record) {
        let line = record.line;
        let unfinished = record.span.end == self.bytes.len() && self.bytes.last() != Some(&b'\n');
        let fields = match record.fields {
            Ok(fields) => fields,
            Err(error) => return self.problem(line, error.into()),
        };
        let [token, name, uid, rest @ ..] = fields.as_slice() else {
            let found = fields.len();
            return self.problem(line, ProblemKind::TooFewColumns { found, unfinished });
        };
        if unfinished {
            self.problem(line, ProblemKind::NoLineBreak);
        }
        if token.value.is_empty() {
            return self.problem(line, ProblemKind::EmptyToken);
        }
        let groups = rest.first();
        let text = |field: &csv::Field| String::from_utf8(field.value.to_vec()).ok();
        let (Some(name), Some(uid), Some(groups_text)) = (
            text(name),
            text(uid),
            groups.map_or(Some(String::new()), text),
        ) else {
            return self.problem(line, ProblemKind::NotUtf8);
        };
        if rest.len() > 1 {
            self.problem(line, ProblemKind::MoreColumns);
        }
        let all: Vec<&str> = groups_text.split(',').collect();
        if all.iter().any(|group| group.trim() != *group) {
            self.problem(line, ProblemKind::SpaceInGroup);
        }
        self.places.push(Place {
            record: record.span,
            token: token.span.clone(),
        });
        self.users.push(TokenUser {
            line,
            token: Secret::new(token.value.to_vec()),
            name,
            uid,
            // kube-apiserver keeps an empty group; no binding can name it.
            groups: all
                .into_iter()
                .filter(|group| !group.is_empty())
                .map(str::to_owned)
                .collect(),
        });
    }

    /// Finds tokens and names that occur twice.
    fn compare(&mut self) {
        let mut tokens: BTreeMap<&[u8], usize> = BTreeMap::new();
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        let mut found = Vec::new();
        for user in &self.users {
            if let Some(earlier) = tokens.insert(user.token.expose(), user.line) {
                found.push((user.line, ProblemKind::DuplicateToken { earlier }));
            }
            if let Some(earlier) = names.insert(&user.name, user.line) {
                found.push((user.line, ProblemKind::DuplicateName { earlier }));
            }
        }
        for (line, kind) in found {
            self.problem(line, kind);
        }
    }

    /// The file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The lines that give a token to a user, in the order of the file; also in a file that kube-apiserver
    /// refuses.
    pub fn users(&self) -> &[TokenUser] {
        &self.users
    }

    /// The lines of one user.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a TokenUser> {
        self.users.iter().filter(move |user| user.name == name)
    }

    /// Whom kube-apiserver takes the bearer of a token for: the last line with it counts.
    pub fn bearer(&self, token: &Secret) -> Option<&TokenUser> {
        self.users.iter().rev().find(|user| user.token == *token)
    }

    /// What is wrong, in the order of the file.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The first problem for which kube-apiserver refuses the whole file, and does not start.
    pub fn fatal(&self) -> Option<&Problem> {
        self.problems.iter().find(|problem| problem.kind.is_fatal())
    }
}
