//! What is known of a context without asking anybody, for the picker. Nothing secret.

use std::cell::OnceCell;
use std::path::Path;

use kubeconfig::List;
use kubeconfig::User;
use kubeconfig::redact;
use kubeconfig::redact::escape;
use operations::State;
use operations::kubeconfigs::Target;
use operations::kubeconfigs::Trust;
use operations::modify::Chain;
use operations::modify::Wanted;
use operations::status::expiry;

use crate::output;

/// Looks up contexts, one at a time, in files that were surveyed.
pub(crate) struct Preview<'a> {
    chain: &'a Chain,
    state_file: &'a Path,
    state: OnceCell<State>,
}

impl<'a> Preview<'a> {
    pub(crate) fn new(chain: &'a Chain, state_file: &'a Path) -> Self {
        Self {
            chain,
            state_file,
            state: OnceCell::new(),
        }
    }

    /// Lines about a context; none where its files cannot be read any more.
    pub(crate) fn of(&self, name: &str) -> Vec<String> {
        self.lines(name).unwrap_or_default()
    }

    fn lines(&self, name: &str) -> Option<Vec<String>> {
        let line = self.chain.context(name)?;
        let (cluster, user) = (line.cluster.to_owned(), line.user.to_owned());
        let merged = self.chain.look(&Wanted::entries([
            (List::Contexts, name.to_owned()),
            (List::Clusters, cluster.clone()),
            (List::Users, user.clone()),
        ]));
        let context = merged.contexts.get(name)?;
        let mut lines = Vec::new();
        match merged.clusters.get(&cluster) {
            None => lines.push(format!(
                "server     cluster {} does not exist",
                escape(&cluster)
            )),
            Some(entry) => {
                let server = redact::url(&entry.value.server);
                lines.push(format!("server     {}", escape(&server)));
                let file = entry.file.as_deref().unwrap_or(Path::new(""));
                if let Ok(target) = Target::read(file, &cluster, &entry.value) {
                    lines.extend(self.proved(&target));
                }
            }
        }
        match merged.users.get(&user) {
            None if user.is_empty() => lines.push("user       none".to_owned()),
            None => lines.push(format!("user       {} does not exist", escape(&user))),
            Some(entry) => {
                let kind = kind(&entry.value);
                let file = entry.file.as_deref().unwrap_or(Path::new(""));
                let ends = expiry::of_user(file, &entry.value, None);
                let ends = ends.iter().map(|ending| ending.expires).min();
                let ends = ends.map(|at| format!(", until {}", output::day(at)));
                let ends = ends.unwrap_or_default();
                lines.push(format!("user       {}, {kind}{ends}", escape(&user)));
            }
        }
        let namespace = context.value.namespace.as_deref().unwrap_or("default");
        lines.push(format!("namespace  {}", escape(namespace)));
        if let Some(file) = &context.file {
            lines.push(format!("file       {}", escape(&file.to_string_lossy())));
        }
        Some(lines)
    }

    /// Where and when its cluster was proved last.
    fn proved(&self, target: &Target) -> Option<String> {
        let Trust::Authority { authority, .. } = &target.trust else {
            return None;
        };
        let state = self
            .state
            .get_or_init(|| State::load(self.state_file).unwrap_or_default());
        let last = state
            .endpoints(authority)
            .max_by_key(|endpoint| endpoint.proved)?;
        let at = i64::try_from(last.proved).ok()?;
        let (address, day) = (last.address, output::second(at));
        Some(format!("proved     at {address}, {day}"))
    }
}

/// What a user logs in with (client-go `tools/clientcmd`: what wins where there are several).
fn kind(user: &User) -> &'static str {
    let given = |text: Option<&str>| text.is_some_and(|text| !text.is_empty());
    if user.exec.is_some() {
        "an exec plugin"
    } else if user.auth_provider.is_some() {
        "an auth provider"
    } else if user.token.is_some() || given(user.token_file.as_deref()) {
        "a token"
    } else if user.client_certificate_data.is_some() || given(user.client_certificate.as_deref()) {
        "a client certificate"
    } else if given(user.username.as_deref()) {
        "a password"
    } else {
        "no credential"
    }
}
