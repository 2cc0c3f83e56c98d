//! What other programs wrote into a session is brought to the user's own kubeconfig.
//!
//! kubectl puts new entries into the first file of KUBECONFIG, and cloud tools (`gcloud container clusters
//! get-credentials`, `aws eks update-kubeconfig`) write there even what stands in another file already. So where
//! the user's files have an entry of the same name, the session's is the later word of that terminal, which saw no
//! other: it takes the place of the old one, as one change that can be undone. Only where that file was written after
//! the session, who was later is not known: what stands there stays, and the session's gets another name.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::path::Path;
use std::path::PathBuf;

use kubeconfig::Cluster;
use kubeconfig::Config;
use kubeconfig::Context;
use kubeconfig::List;
use kubeconfig::Named;
use kubeconfig::User;
use kubeconfig::chain;
use kubeconfig::redact::escape;
use store::Store;

use super::ages::Ages;
use super::file::SessionError;
use super::file::is_choice;
use super::file::is_marked;
use super::file::keep_the_choice;
use super::file::unmarked;
use super::name::is_guard_context;
use crate::modify;
use crate::modify::Files;
use crate::modify::Located;
use crate::modify::Merged;
use crate::modify::ModifyError;
use crate::modify::Wanted;

/// What was brought into the user's kubeconfigs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Harvested {
    /// The entries, by list and name.
    pub entries: Vec<(List, String)>,
    /// The change's number in the history; `None` when everything was so already.
    pub group: Option<u64>,
    /// Those that got another name, because the kubeconfig's own may be newer.
    pub renamed: Vec<Renamed>,
}

/// An entry that is called something else in the kubeconfig than in the session that it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// Its list.
    pub list: List,
    /// Its name in the session.
    pub from: String,
    /// Its name in the kubeconfig.
    pub to: String,
}

/// How many entries a summary names.
const NAMED: usize = 4;

impl Harvested {
    /// The entries in words.
    pub fn summary(&self) -> String {
        let named = self.entries.iter().take(NAMED);
        let mut words: Vec<String> = named
            .map(|(list, name)| format!("{} {}", list.entry(), escape(name)))
            .collect();
        let more = self.entries.len().saturating_sub(NAMED);
        if more > 0 {
            words.push(format!("{more} more"));
        }
        words.join(", ")
    }

    /// That entries got other names, in words; `None` where none did.
    pub fn renames(&self) -> Option<String> {
        let named = self.renamed.iter().take(NAMED);
        let words: Vec<String> = named
            .map(|it| {
                let (from, to) = (escape(&it.from), escape(&it.to));
                format!("{} {from} as {to}", it.list.entry())
            })
            .collect();
        (!words.is_empty()).then(|| words.join(", "))
    }
}

/// Brings what is in a session beyond the choice into the user's files; `None` when there is nothing.
///
/// # Errors
/// What keeps it from being brought there; nothing is lost then.
pub(super) fn harvest(
    store: &Store,
    file: &Path,
    session: &Config,
    own: &[PathBuf],
    ages: &mut Ages,
) -> Result<Option<Harvested>, HarvestError> {
    if own.iter().any(|own| is_same(own, file)) {
        return Err(HarvestError::Same(file.to_owned()));
    }
    let foreign = foreign(file, session);
    // What KUBECONFIG=<(command) names cannot be written.
    let own: Vec<_> = own
        .iter()
        .filter(|path| path.is_file() || !path.exists())
        .cloned()
        .collect();
    let mut harvested = Harvested {
        entries: names(&foreign),
        group: None,
        renamed: Vec::new(),
    };
    if harvested.entries.is_empty() && foreign.preferences == Config::default().preferences {
        return Ok(None);
    }
    if own.is_empty() {
        return Err(HarvestError::Nowhere);
    }
    let files = Files {
        paths: own,
        explicit: false,
    };
    let summary = format!("from a terminal's session: {}", harvested.summary());
    let wanted = |_: &modify::Chain| Wanted::entries(harvested.entries.iter().cloned());
    let later = ages.later(file, &files.paths);
    let marked = session.contexts.iter().filter(|it| is_marked(&it.value));
    let chosen: BTreeSet<&str> = marked.map(|it| it.name.as_str()).collect();
    let modified = modify::modify(store, &files, &summary, wanted, |merged| {
        Ok::<_, Infallible>(bring(merged, &foreign, &chosen, &later))
    })?;
    if modified.group.is_some() {
        ages.harvested(file, &files.paths);
    }
    harvested.group = modified.group;
    harvested.renamed = modified.value;
    for renamed in &harvested.renamed {
        let is_it = |(list, name): &&mut (List, String)| {
            (*list, name.as_str()) == (renamed.list, renamed.from.as_str())
        };
        if let Some((_, name)) = harvested.entries.iter_mut().find(is_it) {
            name.clone_from(&renamed.to);
        }
    }
    Ok(Some(harvested))
}

/// Whether two paths lead to one file.
fn is_same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

/// `harvest`, and takes out of the session what was brought home: it must not hide there what becomes of the
/// entries later. Its choice stays.
///
/// # Errors
/// [`HarvestError`]; nothing is lost then.
pub fn tidy(
    store: &Store,
    file: &Path,
    session: &Config,
    own: &[PathBuf],
) -> Result<Option<Harvested>, HarvestError> {
    tidy_at(store, file, session, own, &mut Ages::default())
}

/// [`tidy`] of one session among several.
pub(super) fn tidy_at(
    store: &Store,
    file: &Path,
    session: &Config,
    own: &[PathBuf],
    ages: &mut Ages,
) -> Result<Option<Harvested>, HarvestError> {
    let Some(harvested) = harvest(store, file, session, own, ages)? else {
        return Ok(None);
    };
    keep_the_choice(store, file, session)?;
    Ok(Some(harvested))
}

/// Why what is in a session could not be brought home.
#[derive(Debug, thiserror::Error)]
pub enum HarvestError {
    /// The user's files cannot be changed.
    #[error(transparent)]
    Modify(#[from] ModifyError<Infallible>),
    /// There is no file for it.
    #[error("there is no kubeconfig to bring its entries into: set HOME or KUBECONFIG")]
    Nowhere,
    /// A link of the user's leads to the session.
    #[error("{} is also what a kubeconfig of yours leads to: give that a file of its own", .0.display())]
    Same(PathBuf),
    /// The session cannot be changed.
    #[error(transparent)]
    Session(#[from] SessionError),
}

/// What is in a session that is no choice, as it has to be written elsewhere.
fn foreign(file: &Path, session: &Config) -> Config {
    let mut foreign = session.clone();
    foreign.current_context = String::new();
    // A context of the guard's name would make it one of those that exist.
    let is_foreign = |named: &Named<Context>| !is_choice(named) && !is_guard_context(&named.name);
    foreign.contexts.retain(is_foreign);
    for named in &mut foreign.contexts {
        named.value = unmarked(std::mem::take(&mut named.value));
    }
    for named in &mut foreign.clusters {
        resolve(file, &mut named.value.certificate_authority);
    }
    for named in &mut foreign.users {
        let user = &mut named.value;
        resolve(file, &mut user.client_certificate);
        resolve(file, &mut user.client_key);
        resolve(file, &mut user.token_file);
        // Only one with a separator is a path (client-go `tools/clientcmd/loader.go`, `ResolveLocalPaths`).
        if let Some(exec) = &mut user.exec
            && exec.command.contains(std::path::is_separator)
        {
            let command = chain::resolve(file, &exec.command);
            exec.command = command.to_string_lossy().into_owned();
        }
    }
    foreign
}

/// kubectl writes paths relative to the file that they stand in.
fn resolve(file: &Path, path: &mut Option<String>) {
    if let Some(path) = path {
        *path = chain::resolve(file, path).to_string_lossy().into_owned();
    }
}

fn names(config: &Config) -> Vec<(List, String)> {
    let clusters = config.clusters.iter().map(|it| (List::Clusters, &it.name));
    let users = config.users.iter().map(|it| (List::Users, &it.name));
    let contexts = config.contexts.iter().map(|it| (List::Contexts, &it.name));
    clusters
        .chain(users)
        .chain(contexts)
        .map(|(list, name)| (list, name.clone()))
        .collect()
}

/// `chosen` are contexts whose namespace was chosen for the terminal, `later` the files that were written after the
/// session. Returns what got other names.
fn bring(
    merged: &mut Merged,
    foreign: &Config,
    chosen: &BTreeSet<&str>,
    later: &[PathBuf],
) -> Vec<Renamed> {
    let mut renamed = Vec::new();
    for named in &foreign.clusters {
        let list = List::Clusters;
        put::<Cluster>(&mut merged.clusters, named, list, later, &mut renamed);
    }
    for named in &foreign.users {
        let list = List::Users;
        put::<User>(&mut merged.users, named, list, later, &mut renamed);
    }
    for named in &foreign.contexts {
        let mut named = named.clone();
        let Context { cluster, user, .. } = &mut named.value;
        for it in &renamed {
            match it.list {
                List::Clusters if it.from == *cluster => cluster.clone_from(&it.to),
                List::Users if it.from == *user => user.clone_from(&it.to),
                _ => {}
            }
        }
        let before = merged.contexts.get(&named.name);
        if let Some(before) = before.filter(|_| chosen.contains(named.name.as_str())) {
            named.value.namespace.clone_from(&before.value.namespace);
        }
        // A tool that wrote the entry anew, with another namespace, chose.
        if !before.is_some_and(|before| is_same_but_for_namespace(&before.value, &named.value)) {
            let list = List::Contexts;
            put::<Context>(&mut merged.contexts, &named, list, later, &mut renamed);
        }
    }
    merged.preferences.colors |= foreign.preferences.colors;
    for (name, value) in &foreign.preferences.extensions.0 {
        let extensions = &mut merged.preferences.extensions.0;
        extensions.insert(name.clone(), value.clone());
    }
    renamed
}

fn is_same_but_for_namespace(one: &Context, other: &Context) -> bool {
    one.cluster == other.cluster && one.user == other.user && one.extensions == other.extensions
}

fn put<T: Clone + PartialEq>(
    entries: &mut BTreeMap<String, Located<T>>,
    named: &Named<T>,
    list: List,
    later: &[PathBuf],
    renamed: &mut Vec<Renamed>,
) {
    let Named { name, value, .. } = named;
    let is_later = |found: &Located<T>| {
        let file = found.file.as_ref();
        file.is_some_and(|file| later.contains(file))
    };
    match entries.get_mut(name) {
        Some(found) if found.value == *value => {}
        Some(found) if is_later(found) => {
            let to = other_name(entries, name, value);
            let new = || Located::new(value.clone());
            entries.entry(to.clone()).or_insert_with(new);
            let from = name.clone();
            renamed.push(Renamed { list, from, to });
        }
        Some(found) => found.value.clone_from(value),
        None => {
            entries.insert(name.clone(), Located::new(value.clone()));
        }
    }
}

/// A name with a number that nothing else has.
fn other_name<T: PartialEq>(
    entries: &BTreeMap<String, Located<T>>,
    name: &str,
    value: &T,
) -> String {
    let mut names = (2_u32..).map(|number| format!("{name}-{number}"));
    let fits = |name: &String| entries.get(name).is_none_or(|found| found.value == *value);
    // The range outlasts any kubeconfig.
    names.find(fits).unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use kubeconfig::Document;

    use super::*;
    use crate::choose::Selection;
    use crate::session;

    const OWN: &str = "\
# mine
clusters:
- name: c # keep
  cluster: {server: 'https://10.0.0.1'}
contexts:
- name: dev
  context: {cluster: c, user: u, namespace: own}
users:
- name: u
  user: {token: old}
current-context: dev
";

    struct Scene {
        folder: tempfile::TempDir,
        store: Store,
    }

    impl Scene {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("config"), OWN).unwrap();
            let store = Store::new(folder.path().join("state"));
            Self { folder, store }
        }

        fn harvest(&self, session: &Config) -> Option<Harvested> {
            let own = [self.folder.path().join("config")];
            let file = self.folder.path().join("state/sessions/s");
            harvest(&self.store, &file, session, &own, &mut Ages::default()).unwrap()
        }

        fn text(&self) -> String {
            std::fs::read_to_string(self.folder.path().join("config")).unwrap()
        }

        /// A session that chose a namespace of dev.
        fn session(&self) -> Config {
            let file = self.folder.path().join("state/sessions/s");
            let document = Document::parse(OWN).unwrap();
            let selection = Selection {
                context: "dev".to_owned(),
                namespace: Some("team".to_owned()),
            };
            let entry = document.config().context("dev");
            session::write(&self.store, &file, &selection, entry).unwrap();
            session::read(&file).unwrap().unwrap()
        }
    }

    #[test]
    fn a_choice_is_not_brought_anywhere() {
        let scene = Scene::new();
        let mut session = scene.session();
        assert_eq!(scene.harvest(&session), None);
        // kubectl config set-context --current --namespace=x
        session.contexts[0].value.namespace = Some("x".to_owned());
        assert_eq!(scene.harvest(&session), None);
        // kubectl config use-context other
        session.current_context = "other".to_owned();
        assert_eq!(scene.harvest(&session), None);
        assert_eq!(scene.text(), OWN);
    }

    #[test]
    fn new_entries_are_added_and_changed_ones_changed_in_one_change() {
        let scene = Scene::new();
        let mut session = scene.session();
        let cluster = |server: &str| Cluster {
            server: server.to_owned(),
            certificate_authority: Some("ca.crt".to_owned()),
            ..Cluster::default()
        };
        session.clusters = vec![
            Named::new("c", cluster("https://10.0.0.2")),
            Named::new("new", cluster("https://10.0.0.3")),
        ];
        session.contexts.push(Named::new("new", Context::default()));
        let harvested = scene.harvest(&session).unwrap();
        assert_eq!(harvested.summary(), "cluster c, cluster new, context new");
        assert_eq!(harvested.group, Some(1));
        let text = scene.text();
        let after = Document::parse(text.as_bytes()).unwrap();
        let config = after.config();
        assert_eq!(config.cluster("c").unwrap().server, "https://10.0.0.2");
        assert!(config.context("new").is_some());
        // What is relative to the session's folder would be another file there.
        let authority = config
            .cluster("new")
            .unwrap()
            .certificate_authority
            .as_ref();
        let expected = scene.folder.path().join("state/sessions/ca.crt");
        assert_eq!(authority.unwrap(), &expected.to_string_lossy());
        assert!(
            text.starts_with("# mine\n") && text.contains("# keep"),
            "{text}"
        );
        assert!(!text.contains("bowline-session"), "{text}");
        assert_eq!(config.current_context, "dev");
        assert_eq!(
            config.context("dev").unwrap().namespace.as_deref(),
            Some("own")
        );
        // A second harvest of the same finds everything there.
        assert_eq!(scene.harvest(&session).unwrap().group, None);
        scene.store.undo(Some(1), false).unwrap();
        assert_eq!(scene.text(), OWN);
    }

    #[test]
    fn a_choice_that_was_made_another_entry_is_brought() {
        let scene = Scene::new();
        let mut session = scene.session();
        // kubectl config set-context --current --cluster=d
        session.contexts[0].value.cluster = "d".to_owned();
        assert_eq!(scene.harvest(&session).unwrap().summary(), "context dev");
        let after = Document::parse(scene.text()).unwrap();
        let dev = after.config().context("dev").unwrap();
        assert_eq!(
            (dev.cluster.as_str(), dev.extensions.is_empty()),
            ("d", true)
        );
        // That was chosen for the terminal only.
        assert_eq!(dev.namespace.as_deref(), Some("own"));
    }

    #[test]
    fn an_entry_that_a_tool_wrote_anew_with_another_namespace_is_a_choice() {
        let scene = Scene::new();
        let mut session = Config::default();
        let context = Context {
            cluster: "c".to_owned(),
            user: "u".to_owned(),
            ..Context::default()
        };
        session.contexts.push(Named::new("dev", context));
        assert_eq!(scene.harvest(&session).unwrap().group, None);
        assert_eq!(scene.text(), OWN);
    }

    #[test]
    fn what_was_written_later_in_the_kubeconfig_stays() {
        let scene = Scene::new();
        let mut session = scene.session();
        let user = User {
            token: Some("older".into()),
            ..User::default()
        };
        session.users.push(Named::new("u", user));
        let context = Context {
            cluster: "c".to_owned(),
            user: "u".to_owned(),
            ..Context::default()
        };
        session.contexts.push(Named::new("new", context));
        let file = scene.folder.path().join("state/sessions/s");
        let hour = std::time::Duration::from_hours(1);
        let touch = |path: &Path, at| {
            let file = std::fs::File::options().write(true).open(path).unwrap();
            file.set_modified(at).unwrap();
        };
        let now = std::time::SystemTime::now();
        touch(&file, now - hour);
        touch(&scene.folder.path().join("config"), now);
        let harvested = scene.harvest(&session).unwrap();
        assert_eq!(harvested.renames().as_deref(), Some("user u as u-2"));
        assert_eq!(harvested.summary(), "user u-2, context new");
        let after = Document::parse(scene.text()).unwrap();
        let token = |name| {
            let user = after.config().user(name).unwrap();
            user.token.as_ref().and_then(|it| it.expose_str()).unwrap()
        };
        assert_eq!((token("u"), token("u-2")), ("old", "older"));
        // What the terminal's own context used, it uses still.
        assert_eq!(after.config().context("new").unwrap().user, "u-2");
        // The same once more finds it there.
        touch(&scene.folder.path().join("config"), now + hour);
        let again = scene.harvest(&session).unwrap();
        assert_eq!((again.group, again.renamed.len()), (None, 1));
        // A session that is later has the word.
        touch(&file, now + 2 * hour);
        assert_eq!(scene.harvest(&session).unwrap().renamed, []);
        let after = Document::parse(scene.text()).unwrap();
        let user = after.config().user("u").unwrap();
        assert_eq!(user.token.as_ref().unwrap().expose_str(), Some("older"));
    }

    #[test]
    #[cfg(unix)]
    fn a_session_that_is_the_users_own_file_is_left_alone() {
        let scene = Scene::new();
        let session = scene.session();
        let file = scene.folder.path().join("state/sessions/s");
        let own = scene.folder.path().join("link");
        std::os::unix::fs::symlink(&file, &own).unwrap();
        let before = std::fs::read(&file).unwrap();
        let error = tidy(&scene.store, &file, &session, &[own]).unwrap_err();
        assert!(matches!(error, HarvestError::Same(_)), "{error}");
        assert_eq!(std::fs::read(&file).unwrap(), before);
    }

    #[test]
    fn a_context_of_the_guards_name_goes_nowhere() {
        let scene = Scene::new();
        let mut session = scene.session();
        let named = Named::new(session::GUARD_CONTEXT, Context::default());
        session.contexts.push(named);
        assert_eq!(scene.harvest(&session), None);
    }

    #[test]
    fn nothing_secret_is_in_the_summary() {
        let scene = Scene::new();
        let mut session = Config::default();
        for number in 0..9 {
            let user = User {
                token: Some("s3cret".into()),
                ..User::default()
            };
            session.users.push(Named::new(format!("u{number}\n"), user));
        }
        let summary = scene.harvest(&session).unwrap().summary();
        assert_eq!(
            summary,
            "user u0\\n, user u1\\n, user u2\\n, user u3\\n, 5 more"
        );
    }
}
