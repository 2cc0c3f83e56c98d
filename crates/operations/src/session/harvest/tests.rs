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
