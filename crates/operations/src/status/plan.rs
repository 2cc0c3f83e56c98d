//! Which questions a look at many contexts comes down to: contexts that share a server and its CA share a probe,
//! and those that share the user too share the question whether it is accepted.

use std::collections::HashMap;
use std::path::PathBuf;

use kubeconfig::User;

use super::Survey;
use super::expiry;
use super::expiry::Expiry;
use crate::kubeconfigs::Connection;
use crate::kubeconfigs::KubeconfigError;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;
use crate::second_fact::Record;
use crate::state::Question;

/// A server to probe, once.
pub(super) struct Endpoint {
    pub(super) target: Target,
    /// One for each entry; none where nothing can be proved.
    pub(super) questions: Vec<Question>,
    /// Whether the CA signs, or may sign, for other clusters too.
    pub(super) shared: bool,
    /// Those to ask it about.
    pub(super) logins: Vec<usize>,
}

/// A user at a server, to be asked about once the server is proved.
pub(super) struct Login {
    pub(super) endpoint: usize,
    /// The cluster entry's name, by which config.toml knows it.
    pub(super) cluster: String,
    pub(super) user: Option<(PathBuf, User)>,
    pub(super) expiries: Vec<Expiry>,
    /// How many contexts wait for it.
    pub(super) contexts: usize,
}

/// A context, as its login or the reason why it cannot be read.
pub(super) struct Entry {
    pub(super) login: Result<usize, KubeconfigError>,
    pub(super) user: Option<String>,
    /// The file of its cluster entry.
    pub(super) file: Option<PathBuf>,
}

#[derive(Default)]
pub(super) struct Plan {
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) logins: Vec<Login>,
    pub(super) entries: Vec<Entry>,
}

#[derive(PartialEq, Eq, Hash)]
enum Server {
    /// By server, name and CA, and by the proxy before it; where the CA is shared, by the entry as well.
    Provable(String, Option<String>, Option<Question>),
    /// By the entry: nothing is sent anyway.
    Unprovable(PathBuf, String),
}

/// An endpoint, a cluster entry by its name, and a user entry by its file and name.
type Who = (usize, String, Option<(PathBuf, String)>);

/// Whether it takes more than the CA to say which cluster an entry is.
fn is_shared(survey: &Survey<'_>, target: &Target) -> bool {
    let Trust::Authority { authority, .. } = &target.trust else {
        return false;
    };
    let hinted = survey.world.settings.hints(&target.name).shared_ca;
    Record::of(target, authority, survey.kubeconfigs, survey.state, hinted).shared
}

impl Plan {
    pub(super) fn of(survey: &Survey<'_>, contexts: &[String]) -> Self {
        let mut plan = Self::default();
        let mut servers: HashMap<Server, usize> = HashMap::new();
        let mut known: HashMap<Who, usize> = HashMap::new();
        for context in contexts {
            let connection = match survey.kubeconfigs.connection(Some(context)) {
                Ok(connection) => connection,
                Err(error) => {
                    plan.entries.push(Entry {
                        login: Err(error),
                        user: None,
                        file: None,
                    });
                    continue;
                }
            };
            let Connection { target, user, .. } = connection;
            let user_name = survey
                .kubeconfigs
                .chain
                .context(context)
                .map(|entry| entry.value.user.clone());
            let (cluster, file) = (target.name.clone(), target.file.clone());
            let endpoint = plan.endpoint(survey, &mut servers, target);
            let entry = user.as_ref().map(|(file, _)| {
                let name = user_name.clone().unwrap_or_default();
                (file.clone(), name)
            });
            let login = *known
                .entry((endpoint, cluster.clone(), entry))
                .or_insert_with(|| {
                    let hints = survey.world.settings.hints(&cluster);
                    let expiries = match &user {
                        Some((file, user)) => expiry::of_user(file, user, hints.machine.as_deref()),
                        None => Vec::new(),
                    };
                    plan.endpoints[endpoint].logins.push(plan.logins.len());
                    plan.logins.push(Login {
                        endpoint,
                        cluster,
                        user,
                        expiries,
                        contexts: 0,
                    });
                    plan.logins.len() - 1
                });
            plan.logins[login].contexts += 1;
            plan.entries.push(Entry {
                login: Ok(login),
                user: user_name,
                file: Some(file),
            });
        }
        plan
    }

    fn endpoint(
        &mut self,
        survey: &Survey<'_>,
        servers: &mut HashMap<Server, usize>,
        target: Target,
    ) -> usize {
        let question = Question::of(&target);
        let shared = is_shared(survey, &target);
        let server = match &question {
            Some(question) => Server::Provable(
                question.server.clone(),
                target.cluster.proxy_url.clone(),
                shared.then(|| question.clone()),
            ),
            None => Server::Unprovable(target.file.clone(), target.name.clone()),
        };
        let number = *servers.entry(server).or_insert_with(|| {
            self.endpoints.push(Endpoint {
                target,
                questions: Vec::new(),
                shared,
                logins: Vec::new(),
            });
            self.endpoints.len() - 1
        });
        let questions = &mut self.endpoints[number].questions;
        questions.extend(question.filter(|question| !questions.contains(question)));
        number
    }
}
