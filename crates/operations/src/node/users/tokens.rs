//! Users by static tokens: `known_tokens.csv`, and whatever else carries a token of it.

use std::fmt::Write as _;

use kubeconfig::Secret;
use machines::MachineError;
use microk8s::paths;
use microk8s::tokens::EditError;
use microk8s::tokens::KnownTokens;
use microk8s::tokens::NewUser;
use microk8s::tokens::new_token;
use ring::rand::SecureRandom as _;
use ring::rand::SystemRandom;
use zeroize::Zeroizing;

use super::super::access::Access;
use super::super::ours;
use super::super::ours::Credential;
use super::super::ours::Old;
use super::super::ours::OursError;

/// The group whose members may do anything, whatever RBAC says.
pub const ADMINISTRATORS: &str = "system:masters";

/// A change of the users of a node, not made yet.
#[derive(Debug)]
pub struct TokenPlan {
    /// The files of the node that change, in the order of writing.
    pub files: Vec<NodeFile>,
    /// The tokens that are not accepted any more.
    pub old: Vec<Secret>,
    /// The user's new token.
    pub new: Option<Secret>,
    /// The other nodes of the cluster, which keep lists of their own.
    pub others: Vec<String>,
}

/// A file of a node, as it is and as it will be.
pub struct NodeFile {
    /// Its path there.
    pub path: String,
    /// Its bytes.
    pub before: Zeroizing<Vec<u8>>,
    /// What they will be.
    pub after: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for NodeFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Its bytes are tokens.
        f.debug_struct("NodeFile")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Why users cannot be changed so.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The node's API server reads no static tokens.
    #[error("{machine}: its API server reads no static tokens (no --token-auth-file)")]
    NoTokens {
        /// The machine, escaped.
        machine: String,
    },
    /// The flag is there, the file is not.
    #[error("{machine}: credentials/known_tokens.csv is not there, or cannot be read")]
    NoFile {
        /// The machine, escaped.
        machine: String,
    },
    /// Its API server reads another list.
    #[error(
        "{machine}: its API server reads its tokens from {file}, and not from credentials/known_tokens.csv: edit that file by hand"
    )]
    OtherFile {
        /// The machine, escaped.
        machine: String,
        /// What `--token-auth-file` says, escaped.
        file: String,
    },
    /// The list cannot be changed so.
    #[error("{machine}: {source}{}", if matches!(.source, EditError::UnknownUser(_)) { "; `bowline node users list` shows those that it has" } else { "" })]
    Edit {
        /// The machine, escaped.
        machine: String,
        /// Why.
        source: EditError,
    },
    /// Nobody could administer the cluster any more.
    #[error(
        "{machine}: {user} is the last user in system:masters: without one nobody can administer the cluster. --force removes it all the same"
    )]
    LastAdministrator {
        /// The machine, escaped.
        machine: String,
        /// The user, escaped.
        user: String,
    },
    /// The node itself logs in with it.
    #[error(
        "{machine}: {file} logs in as {user}: without it that service stops working. --force removes it all the same"
    )]
    InUse {
        /// The machine, escaped.
        machine: String,
        /// The user, escaped.
        user: String,
        /// The file of the node.
        file: String,
    },
    /// A kubeconfig of the node cannot be changed.
    #[error("{machine}: {source}")]
    Kubeconfig {
        /// The machine, escaped.
        machine: String,
        /// Why.
        source: OursError,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: no token was made")]
    NoRandom,
}

/// Why a plan was not carried out, or only in part.
#[derive(Debug, thiserror::Error)]
#[error("{}{}", .source.told(), state(.put_back, .left))]
pub struct ApplyTokensError {
    /// Why.
    pub source: MachineError,
    /// The files that were written before, and are again as they were.
    pub put_back: Vec<String>,
    /// The files that may be changed.
    pub left: Vec<String>,
}

fn state(put_back: &[String], left: &[String]) -> String {
    let mut text = String::new();
    if !put_back.is_empty() {
        let files = put_back.join(", ");
        let _ = write!(text, "\n  as before again: {files}");
    }
    if !left.is_empty() {
        let files = left.join(", ");
        let _ = write!(
            text,
            "\n  changed perhaps, which nobody could look at: {files}; `bowline node credentials` shows what each file carries and whether the list has it"
        );
    }
    text
}

/// Whether a file may be changed although its replacement failed.
fn is_uncertain(error: &MachineError) -> bool {
    matches!(
        error,
        MachineError::TimedOut { .. }
            | MachineError::Unreachable { .. }
            | MachineError::Garbled { .. }
    )
}

/// Reads the list of a node.
///
/// # Errors
/// [`TokenError::NoTokens`], [`TokenError::OtherFile`], [`TokenError::NoFile`].
pub fn tokens(access: &Access) -> Result<&KnownTokens, TokenError> {
    let machine = || access.name();
    if !access.node.reads_tokens() {
        return Err(TokenError::NoTokens { machine: machine() });
    }
    if let Some(file) = other_list(access) {
        return Err(TokenError::OtherFile {
            machine: machine(),
            file: kubeconfig::redact::escape(file).into_owned(),
        });
    }
    access
        .node
        .tokens
        .as_ref()
        .ok_or_else(|| TokenError::NoFile { machine: machine() })
}

/// The list that the API server reads, where it is not that of MicroK8s.
fn other_list(access: &Access) -> Option<&str> {
    let node = &access.node;
    let file = node.apiserver()?.get("token-auth-file")?;
    let of_microk8s = file
        .strip_prefix(paths::REVISIONS)
        .and_then(|rest| rest.strip_prefix('/'))
        .and_then(|rest| rest.split_once('/'))
        .is_some_and(|(revision, name)| {
            let running = node.revision.as_deref().is_none_or(|it| it == revision);
            (revision == "current" || running) && name == "credentials/known_tokens.csv"
        });
    (!of_microk8s).then_some(file)
}

/// Adds a user with a new token.
///
/// # Errors
/// [`TokenError`].
pub fn add(access: &Access, name: &str, groups: &[String]) -> Result<TokenPlan, TokenError> {
    let token = fresh()?;
    let mut list = tokens(access)?.clone();
    let user = NewUser {
        token: token.clone(),
        name: name.to_owned(),
        uid: name.to_owned(),
        groups: groups.to_vec(),
    };
    list.add(&user).map_err(|source| edit(access, source))?;
    let mut plan = plan(access, &list);
    plan.new = Some(token);
    Ok(plan)
}

/// Gives a user a new token, in the kubeconfigs that the node itself logs in with too.
///
/// # Errors
/// [`TokenError`].
pub fn rotate(access: &Access, name: &str) -> Result<TokenPlan, TokenError> {
    let token = fresh()?;
    let before = tokens(access)?;
    let mut list = before.clone();
    list.set_token(name, &token)
        .map_err(|source| edit(access, source))?;
    let old: Vec<Secret> = before.named(name).map(|user| user.token.clone()).collect();
    let mut plan = plan(access, &list);
    let new = Credential::Token(token.clone());
    for (file, bytes) in kubeconfigs(access) {
        let mut after = bytes.to_vec();
        for token in &old {
            let replaced = ours::replaced(file.as_ref(), &after, &Old::Token(token.clone()), &new)
                .map_err(|source| TokenError::Kubeconfig {
                    machine: access.name(),
                    source,
                })?;
            after = replaced.unwrap_or(after);
        }
        if after != bytes {
            plan.files.push(NodeFile {
                path: file,
                before: Zeroizing::new(bytes.to_vec()),
                after: Zeroizing::new(after),
            });
        }
    }
    plan.old = old;
    plan.new = Some(token);
    Ok(plan)
}

/// Takes a user's token away. `force` overrules what keeps the cluster and the node running.
///
/// # Errors
/// [`TokenError`].
pub fn remove(access: &Access, name: &str, force: bool) -> Result<TokenPlan, TokenError> {
    let before = tokens(access)?;
    let mut list = before.clone();
    list.remove(name).map_err(|source| edit(access, source))?;
    let old: Vec<Secret> = before.named(name).map(|user| user.token.clone()).collect();
    let user = || kubeconfig::redact::escape(name).into_owned();
    if !force {
        let administers = |list: &KnownTokens| {
            list.users()
                .iter()
                .any(microk8s::tokens::TokenUser::is_cluster_admin)
        };
        if administers(before) && !administers(&list) {
            return Err(TokenError::LastAdministrator {
                machine: access.name(),
                user: user(),
            });
        }
        let olds: Vec<Old> = old.iter().cloned().map(Old::Token).collect();
        let holds = |bytes: &[u8]| {
            kubeconfig::Document::parse(bytes.to_vec()).is_ok_and(|document| {
                let users = &document.config().users;
                users
                    .iter()
                    .any(|user| olds.iter().any(|old| old.is_in(&user.value)))
            })
        };
        if let Some((file, _)) = kubeconfigs(access).find(|(_, bytes)| holds(bytes)) {
            return Err(TokenError::InUse {
                machine: access.name(),
                user: user(),
                file,
            });
        }
    }
    let mut plan = plan(access, &list);
    plan.old = old;
    Ok(plan)
}

impl TokenPlan {
    /// Writes the files, each only if it still is what the plan saw. When one cannot be written, those before it
    /// are put back: a node whose own services carry another token than its list does not start again.
    ///
    /// # Errors
    /// [`ApplyTokensError`] says what was put back, and what may be left.
    pub async fn write(
        &self,
        access: &Access,
        tell: &dyn Fn(&str),
    ) -> Result<(), ApplyTokensError> {
        for (at, file) in self.files.iter().enumerate() {
            let done = access
                .replace(&file.path, Some(&file.before), &file.after, tell)
                .await;
            if let Err(source) = done {
                let concerned = self.files.iter().take(at + 1).rev();
                return Err(put_back(access, source, concerned, tell).await);
            }
        }
        Ok(())
    }
}

/// Undoes what was written; the first of `files` is the one that failed.
async fn put_back(
    access: &Access,
    source: MachineError,
    files: impl Iterator<Item = &NodeFile>,
    tell: &dyn Fn(&str),
) -> ApplyTokensError {
    let skipped = usize::from(!is_uncertain(&source));
    let mut error = ApplyTokensError {
        source,
        put_back: Vec::new(),
        left: Vec::new(),
    };
    for file in files.skip(skipped) {
        if !error.left.is_empty() {
            error.left.push(file.path.clone());
            continue;
        }
        let back = access
            .replace(&file.path, Some(&file.after), &file.before, tell)
            .await;
        match back {
            Ok(()) => error.put_back.push(file.path.clone()),
            // It was not written at all.
            Err(MachineError::Changed { .. }) if is_uncertain(&error.source) => {}
            Err(_) => error.left.push(file.path.clone()),
        }
    }
    error
}

/// The other members of the datastore: each reads a list of its own.
fn other_nodes(access: &Access) -> Vec<String> {
    let own = access.node.own_member.as_ref().map(|own| &own.address);
    let others = access.node.members.iter();
    others
        .map(|member| &member.address)
        .filter(|address| Some(*address) != own)
        .map(|address| kubeconfig::redact::escape(address).into_owned())
        .collect()
}

fn plan(access: &Access, list: &KnownTokens) -> TokenPlan {
    let path = format!("{}/credentials/known_tokens.csv", paths::DATA);
    let before = access.tree.bytes(&path).unwrap_or_default().to_vec();
    TokenPlan {
        files: vec![NodeFile {
            path,
            before: Zeroizing::new(before),
            after: Zeroizing::new(list.bytes().to_vec()),
        }],
        old: Vec::new(),
        new: None,
        others: other_nodes(access),
    }
}

/// The kubeconfigs that the node itself logs in with, and the administrator's.
fn kubeconfigs(access: &Access) -> impl Iterator<Item = (String, &[u8])> {
    let folder = format!("{}/credentials", paths::DATA);
    access
        .tree
        .children(&folder)
        .filter(|(name, _)| name.ends_with(".config"))
        .filter_map(move |(name, _)| {
            let path = format!("{}/credentials/{name}", paths::DATA);
            let bytes = access.tree.bytes(&path)?;
            Some((path, bytes))
        })
        .collect::<Vec<_>>()
        .into_iter()
}

fn edit(access: &Access, source: EditError) -> TokenError {
    TokenError::Edit {
        machine: access.name(),
        source,
    }
}

fn fresh() -> Result<Secret, TokenError> {
    let mut random = Zeroizing::new([0; 32]);
    SystemRandom::new()
        .fill(random.as_mut())
        .map_err(|_| TokenError::NoRandom)?;
    Ok(new_token(&random))
}
