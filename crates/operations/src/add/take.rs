//! Reads what is to be taken in: one context of a text, with its cluster and its user.

use std::path::Path;
use std::path::PathBuf;

use kubeconfig::Cluster;
use kubeconfig::Context;
use kubeconfig::Document;
use kubeconfig::Named;
use kubeconfig::User;
use kubeconfig::chain;
use kubeconfig::redact::escape;
use kubeconfig::server::Host;

use super::AddError;
use super::Request;
use crate::kubeconfigs::KubeconfigError;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;
use crate::near;

/// What a text says.
pub(super) struct Taken {
    pub(super) context: Named<Context>,
    pub(super) user: User,
    /// What the text calls the user.
    pub(super) user_name: String,
    pub(super) target: Target,
}

/// Reads a request's text.
pub(super) fn take(request: &Request) -> Result<Taken, AddError> {
    let document = parse(request)?;
    let config = document.config();
    let context = chosen_context(&document, request)?;
    let missing = |kind, name: &str, meant| KubeconfigError::Dangling {
        context: context.name.clone(),
        file: PathBuf::from(&request.label),
        kind,
        name: name.to_owned(),
        meant,
    };
    let Context { cluster, user, .. } = &context.value;
    let clusters = || config.clusters.iter().map(|named| named.name.as_str());
    let users = || config.users.iter().map(|named| named.name.as_str());
    let cluster = config
        .cluster(cluster)
        .ok_or_else(|| missing("cluster", cluster, near::guess(cluster, clusters())))?;
    let user = config
        .user(user)
        .ok_or_else(|| missing("user", user, near::guess(user, users())))?;
    let source_file = request.folder.join("kubeconfig");
    let cluster = absolute_cluster(cluster, &source_file);
    let user = absolute_user(user, &source_file);
    let target = Target::read(Path::new(&request.label), &context.value.cluster, &cluster)?;
    if matches!(&target.server.host, Host::Name(name) if name == "none") {
        return Err(AddError::NoAddress {
            label: request.label.clone(),
        });
    }
    let doubts = doubts(&target, &user);
    if !doubts.is_empty() && !request.consent {
        return Err(AddError::Consent {
            label: request.label.clone(),
            what: doubts,
        });
    }
    Ok(Taken {
        user_name: context.value.user.clone(),
        context,
        user,
        target,
    })
}

/// What `microk8s config` prints on a worker is shorter.
const MOST_OF_A_SENTENCE: usize = 1024;

fn parse(request: &Request) -> Result<Document, AddError> {
    // It is one sentence; elsewhere, in a program for example, the words mean nothing.
    let worker = request.text.expose().len() <= MOST_OF_A_SENTENCE
        && String::from_utf8_lossy(request.text.expose()).contains("acting as a node in a cluster");
    if request.text.expose().trim_ascii().is_empty() {
        let label = request.label.clone();
        return Err(AddError::Empty { label });
    }
    match Document::parse(request.text.expose()) {
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
pub(crate) fn doubts(target: &Target, user: &User) -> Vec<String> {
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

fn absolute(file: &Path, path: Option<&String>) -> Option<String> {
    let path = path.filter(|path| !path.is_empty())?;
    Some(chain::resolve(file, path).to_string_lossy().into_owned())
}

pub(crate) fn absolute_cluster(cluster: &Cluster, file: &Path) -> Cluster {
    let mut cluster = cluster.clone();
    cluster.certificate_authority = absolute(file, cluster.certificate_authority.as_ref());
    cluster
}

pub(crate) fn absolute_user(user: &User, file: &Path) -> User {
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
