//! Takes a kubeconfig in: what `microk8s config` prints, k3s' file, kind's.
//!
//! Cluster, user and context are renamed together. Every MicroK8s calls them `microk8s-cluster`, `admin`
//! and `microk8s`; merged with only the context renamed, a second cluster silently answers with the first
//! one's server and user.

use std::path::Path;
use std::path::PathBuf;

use identity::Limits;
use kubeconfig::Cluster;
use kubeconfig::Context;
use kubeconfig::Document;
use kubeconfig::Edit;
use kubeconfig::EditError;
use kubeconfig::Named;
use kubeconfig::ParseError;
use kubeconfig::User;
use kubeconfig::chain;
use kubeconfig::redact::escape;
use kubeconfig::server::Host;

use crate::check::Checked;
use crate::check::check;
use crate::failure::argument;
use crate::heal::plan::Change;
use crate::kubeconfigs::KubeconfigError;
use crate::kubeconfigs::Kubeconfigs;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;
use crate::world::World;

/// What is to be taken in.
#[derive(Clone, Debug)]
pub struct Request {
    /// The text.
    pub text: Vec<u8>,
    /// What to call it in messages: its path, or `standard input`.
    pub label: String,
    /// The folder that relative paths in it start from.
    pub folder: PathBuf,
    /// The context to take; `None` takes its current or only one.
    pub context: Option<String>,
    /// The name that cluster, user and context get.
    pub name: Option<String>,
    /// Whether to make it the current context.
    pub switch: bool,
    /// Whether the user agreed to what [`AddError::Consent`] lists.
    pub consent: bool,
}

/// What will be added.
#[derive(Debug)]
pub struct Addition {
    /// The name of the new cluster, user and context.
    pub name: String,
    /// The change.
    pub change: Change,
    /// Whether it becomes the current context.
    pub switches: bool,
    /// The entry as it will be.
    pub target: Target,
    /// Whether its server was proved, and why not.
    pub checked: Checked,
}

/// Why nothing can be taken in.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// Not a kubeconfig.
    #[error("{label} is not a kubeconfig: {source}")]
    NotAKubeconfig {
        /// The text's name.
        label: String,
        /// Why.
        source: ParseError,
    },
    /// What `microk8s config` prints on a worker, with exit code 0.
    #[error(
        "{label} is not a kubeconfig but the answer of a worker node: run `microk8s config` on a control-plane node of that cluster"
    )]
    Worker {
        /// The text's name.
        label: String,
    },
    /// Nothing at all: the command before the pipe failed.
    #[error("{label} is empty: the command that should print a kubeconfig printed nothing")]
    Empty {
        /// The text's name.
        label: String,
    },
    /// A kubeconfig without entries.
    #[error("{label} has no context{}", .asked.as_deref().map(|name| format!(" {}", escape(name))).unwrap_or_default())]
    NoContext {
        /// The text's name.
        label: String,
        /// The context that was asked for.
        asked: Option<String>,
    },
    /// Several contexts and none is current.
    #[error("{label} has several contexts ({}): choose one with --context", .names.join(", "))]
    Several {
        /// The text's name.
        label: String,
        /// Their names, escaped.
        names: Vec<String>,
    },
    /// `https://none:16443`, what `microk8s config` prints on a machine without a default route.
    #[error(
        "{label}: its server is https://none, which `microk8s config` prints when the node has no default route: set the address, `microk8s config -l | sed s/127.0.0.1/ADDRESS/`"
    )]
    NoAddress {
        /// The text's name.
        label: String,
    },
    /// It does things that a kubeconfig from elsewhere should be asked about.
    #[error("{label} {}: take it in with --yes if you trust it", .what.join(" and "))]
    Consent {
        /// The text's name.
        label: String,
        /// What it does.
        what: Vec<String>,
    },
    /// The name is taken.
    #[error("the {kind} {} exists already in {}: choose another --name", escape(.name), .file.display())]
    NameTaken {
        /// `cluster`, `user` or `context`.
        kind: &'static str,
        /// The name.
        name: String,
        /// Where it is.
        file: PathBuf,
    },
    /// This cluster with this credential is there already.
    #[error("the same cluster with the same credential is there already, as context {context} in {}: {}", .file.display(), if *.moved { format!("if it moved, `bowline heal {context}`") } else { "nothing to do".to_owned() })]
    Known {
        /// The context, as an argument.
        context: String,
        /// Where it is.
        file: PathBuf,
        /// Whether it is there with another server.
        moved: bool,
    },
    /// Something in it cannot be used.
    #[error(transparent)]
    Kubeconfig(#[from] KubeconfigError),
    /// There is no file to add to.
    #[error("there is no kubeconfig to add to: set KUBECONFIG")]
    NoDestination,
    /// The destination cannot be edited.
    #[error("{}: {source}", .path.display())]
    Edit {
        /// The file.
        path: PathBuf,
        /// Why.
        source: EditError,
    },
}

/// Prepares an addition: reads, judges, names, probes. Changes nothing.
///
/// # Errors
/// [`AddError`].
pub async fn prepare(
    world: &World,
    kubeconfigs: &Kubeconfigs,
    request: &Request,
    limits: &Limits,
) -> Result<Addition, AddError> {
    let label = || request.label.clone();
    let document = parse(request)?;
    let config = document.config();
    let context = chosen_context(&document, request)?;
    let missing = |kind, name: &str| KubeconfigError::Dangling {
        context: context.name.clone(),
        file: PathBuf::from(&request.label),
        kind,
        name: name.to_owned(),
    };
    let cluster = config
        .cluster(&context.value.cluster)
        .ok_or_else(|| missing("cluster", &context.value.cluster))?;
    let user = config
        .user(&context.value.user)
        .ok_or_else(|| missing("user", &context.value.user))?;
    let source_file = request.folder.join("kubeconfig");
    let mut cluster = absolute_cluster(cluster, &source_file);
    let user = absolute_user(user, &source_file);

    let target = Target::read(Path::new(&request.label), &context.value.cluster, &cluster)?;
    if matches!(&target.server.host, Host::Name(name) if name == "none") {
        return Err(AddError::NoAddress { label: label() });
    }
    let doubts = doubts(&target, &user);
    if !doubts.is_empty() && !request.consent {
        return Err(AddError::Consent {
            label: label(),
            what: doubts,
        });
    }
    let name = match &request.name {
        Some(name) => match taken(kubeconfigs, name) {
            Some((kind, file)) => {
                return Err(AddError::NameTaken {
                    kind,
                    name: name.clone(),
                    file,
                });
            }
            None => name.clone(),
        },
        None => match known_as(kubeconfigs, &target, &user) {
            Some(known) => return Err(known),
            None => free_name(kubeconfigs, &context.name),
        },
    };

    let checked = check(world, &target, limits).await;
    if let Checked::Proved(_, proof) = &checked
        && let Some(pin) = proof.name_to_write()
        && cluster
            .tls_server_name
            .as_deref()
            .unwrap_or_default()
            .is_empty()
    {
        cluster.tls_server_name = Some(pin.to_owned());
    }

    let destination = kubeconfigs
        .destination()
        .ok_or(AddError::NoDestination)?
        .to_owned();
    let switches = request.switch || kubeconfigs.chain.current_context().is_none();
    let mut edits = vec![Edit::Insert {
        cluster: Named::new(name.clone(), cluster.clone()),
        user: Named::new(name.clone(), user),
        context: Named::new(
            name.clone(),
            Context {
                cluster: name.clone(),
                user: name.clone(),
                namespace: context.value.namespace.clone(),
                ..Context::default()
            },
        ),
    }];
    if switches {
        edits.push(Edit::SetCurrentContext(name.clone()));
    }
    let empty = Document::empty();
    let into = kubeconfigs
        .chain
        .members()
        .iter()
        .find(|(path, _)| *path == destination);
    let into = into.map_or(&empty, |(_, document)| document);
    let after = into.edit(&edits).map_err(|source| AddError::Edit {
        path: destination.clone(),
        source,
    })?;
    let target = Target {
        file: destination.clone(),
        name: name.clone(),
        cluster,
        ..target
    };
    let change = Change {
        path: destination,
        edits,
        before: into.bytes().to_vec(),
        after,
    };
    Ok(Addition {
        name,
        change,
        switches,
        target,
        checked,
    })
}

fn parse(request: &Request) -> Result<Document, AddError> {
    let worker = String::from_utf8_lossy(&request.text).contains("acting as a node in a cluster");
    if request.text.trim_ascii().is_empty() {
        let label = request.label.clone();
        return Err(AddError::Empty { label });
    }
    match Document::parse(request.text.clone()) {
        Ok(_) | Err(_) if worker => Err(AddError::Worker {
            label: request.label.clone(),
        }),
        Ok(document) => Ok(document),
        Err(source) => Err(AddError::NotAKubeconfig {
            label: request.label.clone(),
            source,
        }),
    }
}

fn chosen_context(document: &Document, request: &Request) -> Result<Named<Context>, AddError> {
    let config = document.config();
    let asked = request.context.clone();
    let by_name = |name: &str| {
        config
            .contexts
            .iter()
            .find(|context| context.name == name)
            .cloned()
    };
    let none = || AddError::NoContext {
        label: request.label.clone(),
        asked: asked.clone(),
    };
    if let Some(name) = &asked {
        return by_name(name).ok_or_else(none);
    }
    if let Some(current) = by_name(&config.current_context) {
        return Ok(current);
    }
    match config.contexts.as_slice() {
        [] => Err(none()),
        [only] => Ok(only.clone()),
        several => {
            let names = several
                .iter()
                .map(|context| escape(&context.name).into_owned())
                .collect();
            Err(AddError::Several {
                label: request.label.clone(),
                names,
            })
        }
    }
}

/// What in the text a user should be asked about.
fn doubts(target: &Target, user: &User) -> Vec<String> {
    let mut doubts = Vec::new();
    if let Some(exec) = &user.exec {
        doubts.push(format!(
            "runs a program, {}, on each use",
            escape(&exec.command)
        ));
    }
    if user.auth_provider.is_some() {
        doubts.push("uses an auth provider".to_owned());
    }
    if let Some(file) = &user.token_file {
        doubts.push(format!(
            "sends the contents of {} as its token",
            escape(file)
        ));
    }
    match target.trust {
        Trust::Insecure => {
            doubts.push("does not check the server (insecure-skip-tls-verify)".to_owned());
        }
        Trust::Plain => doubts.push("sends credentials in the clear (http://)".to_owned()),
        Trust::Authority { .. } | Trust::System => {}
    }
    if let Some(proxy) = target
        .cluster
        .proxy_url
        .as_deref()
        .filter(|url| !url.is_empty())
    {
        doubts.push(format!(
            "goes through the proxy {}",
            kubeconfig::redact::url(proxy)
        ));
    }
    doubts
}

fn taken(kubeconfigs: &Kubeconfigs, name: &str) -> Option<(&'static str, PathBuf)> {
    let chain = &kubeconfigs.chain;
    let context = chain
        .context(name)
        .map(|entry| ("context", entry.file.to_owned()));
    let cluster = || {
        chain
            .cluster(name)
            .map(|entry| ("cluster", entry.file.to_owned()))
    };
    let user = || {
        chain
            .user(name)
            .map(|entry| ("user", entry.file.to_owned()))
    };
    context.or_else(cluster).or_else(user)
}

fn free_name(kubeconfigs: &Kubeconfigs, wanted: &str) -> String {
    let wanted = if wanted.is_empty() { "cluster" } else { wanted };
    let numbered = (2_u32..).map(|n| format!("{wanted}-{n}"));
    let mut names = std::iter::once(wanted.to_owned()).chain(numbered);
    // The range outlasts any kubeconfig.
    names
        .find(|name| taken(kubeconfigs, name).is_none())
        .unwrap_or_else(|| wanted.to_owned())
}

fn known_as(kubeconfigs: &Kubeconfigs, target: &Target, user: &User) -> Option<AddError> {
    let Trust::Authority { authority, .. } = &target.trust else {
        return None;
    };
    kubeconfigs.chain.contexts().find_map(|context| {
        let known = kubeconfigs.connection(Some(context.name)).ok()?;
        let Trust::Authority {
            authority: theirs, ..
        } = &known.target.trust
        else {
            return None;
        };
        let (_, their_user) = known.user.as_ref()?;
        let same = theirs.keys() == authority.keys() && their_user == user;
        same.then(|| AddError::Known {
            context: argument(context.name),
            file: context.file.to_owned(),
            moved: known.target.server.to_string() != target.server.to_string(),
        })
    })
}

fn absolute(file: &Path, path: Option<&String>) -> Option<String> {
    let path = path.filter(|path| !path.is_empty())?;
    Some(chain::resolve(file, path).to_string_lossy().into_owned())
}

fn absolute_cluster(cluster: &Cluster, file: &Path) -> Cluster {
    let mut cluster = cluster.clone();
    cluster.certificate_authority = absolute(file, cluster.certificate_authority.as_ref());
    cluster
}

fn absolute_user(user: &User, file: &Path) -> User {
    let mut user = user.clone();
    user.client_certificate = absolute(file, user.client_certificate.as_ref());
    user.client_key = absolute(file, user.client_key.as_ref());
    user.token_file = absolute(file, user.token_file.as_ref());
    if let Some(exec) = &mut user.exec
        && exec.command.contains(std::path::is_separator)
    {
        exec.command = chain::resolve(file, &exec.command)
            .to_string_lossy()
            .into_owned();
    }
    user
}
