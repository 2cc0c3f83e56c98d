use super::*;
use crate::choose::Selection;

const OWN: &str = "contexts:\n- name: dev\n  context: {cluster: c, user: u}\n";

struct Scene {
    folder: tempfile::TempDir,
    store: Store,
    sessions: Sessions,
    own: Vec<PathBuf>,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = vec![folder.path().join("config")];
        fs::write(&own[0], OWN).unwrap();
        let state = folder.path().join("state");
        let sessions = Sessions::new(&state);
        let store = Store::new(state);
        Self {
            folder,
            store,
            sessions,
            own,
        }
    }

    /// A session of this process, of a dead one with the same number, or of another machine.
    fn session(&self, change: impl Fn(&str) -> String) -> PathBuf {
        let me = Shell::of(std::process::id(), None).unwrap();
        let name = change(&me.name());
        let file = self
            .sessions
            .folder()
            .join(format!("{name}{}", super::super::SESSION_SUFFIX));
        let selection = Selection {
            context: "dev".to_owned(),
            namespace: None,
        };
        file::write(&self.store, &file, &selection, None).unwrap();
        file
    }

    fn sweep(&self) -> Swept {
        sweep(&self.store, &self.sessions, &self.own, SystemTime::now())
    }

    fn put_cluster(file: &Path) {
        let text = fs::read_to_string(file).unwrap();
        let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let entry = serde_json::json!({"name": "new", "cluster": {"server": "https://10.0.0.9"}});
        json["clusters"] = serde_json::json!([entry]);
        fs::write(file, json.to_string()).unwrap();
    }
}

fn other_start(name: &str) -> String {
    let mut parts: Vec<_> = name.split('-').collect();
    parts[1] = "1";
    parts.join("-")
}

#[test]
fn only_sessions_of_the_dead_go() {
    let scene = Scene::new();
    assert_eq!(scene.sweep(), Swept::default());
    let mine = scene.session(str::to_owned);
    let reused = scene.session(other_start);
    let elsewhere = scene.session(|name| {
        let mut parts: Vec<_> = name.split('-').collect();
        parts[2] = "0";
        parts.join("-")
    });
    let stray = scene.sessions.folder().join("notes.txt");
    fs::write(&stray, "").unwrap();
    fs::write(scene.sessions.memory(&reused), "{").unwrap();
    assert_eq!(scene.sweep(), Swept::default());
    assert!(mine.exists() && elsewhere.exists() && stray.exists());
    assert!(!reused.exists() && !scene.sessions.memory(&reused).exists());
    assert_eq!(fs::read_to_string(&scene.own[0]).unwrap(), OWN);
    // Nobody comes back after so long.
    let later = SystemTime::now() + FORGOTTEN + Duration::from_mins(1);
    sweep(&scene.store, &scene.sessions, &scene.own, later);
    assert!(mine.exists() && !elsewhere.exists());
    // Of the dead there are no locks either, of which there would be more every day.
    let locks = fs::read_dir(scene.folder.path().join("state/locks")).unwrap();
    let locks: Vec<_> = locks.map(|lock| lock.unwrap().file_name()).collect();
    // That of the session that is left, and the guard's.
    assert_eq!(locks.len(), 2, "{locks:?}");
}

#[test]
fn what_was_written_there_goes_where_that_terminal_had_its_kubeconfig() {
    let scene = Scene::new();
    let session = scene.session(other_start);
    Scene::put_cluster(&session);
    let other = scene.folder.path().join("other");
    let memory = scene.sessions.memory(&session);
    Memory::update(&scene.store, &memory, |memory| {
        memory.files = vec![other.clone()];
    })
    .unwrap();
    let swept = scene.sweep();
    assert_eq!(swept.harvested[0].summary(), "cluster new");
    assert!(fs::read_to_string(&other).unwrap().contains("10.0.0.9"));
    assert!(!session.exists() && !memory.exists());
}

#[test]
fn each_run_of_a_process_that_was_killed_is_brought_home() {
    let scene = Scene::new();
    let runs: Vec<_> = (0..3)
        .map(|number| scene.session(|name| format!("{}.{number}", other_start(name))))
        .collect();
    Scene::put_cluster(&runs[0]);
    let text = fs::read_to_string(&runs[0]).unwrap();
    fs::write(&runs[2], text.replace("new", "newer")).unwrap();
    fs::write(&runs[1], "clusters: [").unwrap();
    let swept = scene.sweep();
    let summaries: Vec<_> = swept.harvested.iter().map(Harvested::summary).collect();
    assert_eq!(summaries, ["cluster new", "cluster newer"]);
    // One that cannot be brought home does not take the others with it.
    assert_eq!(swept.kept.len(), 1);
    let left: Vec<_> = runs.iter().map(|run| run.exists()).collect();
    assert_eq!(left, [false, false, false]);
    let mut damaged = runs[1].clone().into_os_string();
    damaged.push(".damaged");
    assert_eq!(fs::read_to_string(damaged).unwrap(), "clusters: [");
    let own = fs::read_to_string(&scene.own[0]).unwrap();
    assert_eq!(own.matches("10.0.0.9").count(), 2, "{own}");
}

#[test]
fn nothing_is_lost_where_the_kubeconfig_cannot_be_written() {
    let scene = Scene::new();
    let session = scene.session(other_start);
    Scene::put_cluster(&session);
    let lock = scene.folder.path().join("config.lock");
    fs::write(&lock, "").unwrap();
    let swept = scene.sweep();
    assert!(swept.kept[0].message().contains("config.lock"), "{swept:?}");
    assert!(session.exists());
    // It is not tried, waited for and told with each command.
    assert_eq!(scene.sweep(), Swept::default());
    fs::remove_file(&lock).unwrap();
    let later = SystemTime::now() + PAUSE + Duration::from_secs(1);
    let swept = sweep(&scene.store, &scene.sessions, &scene.own, later);
    assert_eq!(swept.harvested.len(), 1);
    assert!(!session.exists());
}

#[test]
fn what_kubectl_is_about_to_write_is_waited_for_while_it_may_live() {
    let scene = Scene::new();
    let mine = scene.session(str::to_owned);
    let dead = scene.session(other_start);
    for session in [&mine, &dead] {
        fs::write(kubectls_lock(session), "").unwrap();
    }
    let store = scene.store.clone().lock_wait(Duration::ZERO);
    let error = end(&store, &scene.sessions, &mine, &scene.own).unwrap_err();
    assert!(error.to_string().contains("bowline unlock"), "{error}");
    let selection = Selection {
        context: "prod".to_owned(),
        namespace: None,
    };
    let error = file::write(&store, &mine, &selection, None).unwrap_err();
    assert!(error.to_string().contains("bowline unlock"), "{error}");
    assert_eq!(scene.sweep(), Swept::default());
    assert!(mine.exists() && dead.exists());
    // One that was killed removes it no more.
    let lock = fs::File::options()
        .write(true)
        .open(kubectls_lock(&dead))
        .unwrap();
    let old = SystemTime::now() - 2 * STALE;
    lock.set_modified(old).unwrap();
    assert_eq!(scene.sweep(), Swept::default());
    assert!(mine.exists() && !dead.exists() && !kubectls_lock(&dead).exists());
    fs::remove_file(kubectls_lock(&mine)).unwrap();
    end(&scene.store, &scene.sessions, &mine, &scene.own).unwrap();
    assert!(!mine.exists());
}

#[test]
fn what_is_in_a_living_terminals_session_is_brought_home_before_something_newer_is_written() {
    let scene = Scene::new();
    let session = scene.session(str::to_owned);
    Scene::put_cluster(&session);
    let swept = scene.sweep();
    assert_eq!(swept.harvested[0].summary(), "cluster new");
    let left = file::read(&session).unwrap().unwrap();
    assert_eq!(
        (left.clusters.len(), left.current_context.as_str()),
        (0, "dev")
    );
    let newer = fs::read_to_string(&scene.own[0]).unwrap();
    let newer = newer.replace("10.0.0.9", "10.0.0.10");
    fs::write(&scene.own[0], &newer).unwrap();
    assert_eq!(scene.sweep(), Swept::default());
    assert_eq!(fs::read_to_string(&scene.own[0]).unwrap(), newer);
}

#[test]
fn of_several_sessions_the_one_that_was_written_last_has_the_last_word() {
    let scene = Scene::new();
    let hour = Duration::from_hours(1);
    let sessions = [(0, "10.0.0.3", 1), (1, "10.0.0.1", 3), (2, "10.0.0.2", 2)];
    for (number, server, age) in sessions {
        let session = scene.session(|name| format!("{}.{number}", other_start(name)));
        Scene::put_cluster(&session);
        let text = fs::read_to_string(&session).unwrap();
        fs::write(&session, text.replace("10.0.0.9", server)).unwrap();
        let file = fs::File::options().write(true).open(&session).unwrap();
        file.set_modified(SystemTime::now() - hour * age).unwrap();
    }
    let own = fs::File::options().write(true).open(&scene.own[0]).unwrap();
    own.set_modified(SystemTime::now() - hour * 9).unwrap();
    let swept = scene.sweep();
    assert!(swept.harvested.iter().all(|it| it.renamed.is_empty()));
    let text = fs::read_to_string(&scene.own[0]).unwrap();
    assert!(
        text.contains("10.0.0.3") && !text.contains("new-2"),
        "{text}"
    );
}

#[test]
fn the_guard_stands_while_a_terminal_may_need_it() {
    let scene = Scene::new();
    let guard = scene.sessions.guard();
    assert_eq!(scene.sweep(), Swept::default());
    assert!(!guard.exists());
    scene.session(str::to_owned);
    assert_eq!(scene.sweep(), Swept::default());
    assert!(guard.exists());
    fs::remove_file(guard).unwrap();
    fs::write(guard, "users: [{name: lost, user: {}}]\n").unwrap();
    assert_eq!(scene.sweep().harvested[0].summary(), "user lost");
}

#[test]
fn a_link_to_the_users_file_is_put_aside_and_what_it_leads_to_stays() {
    let scene = Scene::new();
    let session = scene.session(other_start);
    fs::remove_file(&session).unwrap();
    std::os::unix::fs::symlink(&scene.own[0], &session).unwrap();
    let swept = scene.sweep();
    assert!(
        swept.kept[0].message().contains("no plain file"),
        "{swept:?}"
    );
    assert!(session.symlink_metadata().is_err());
    assert_eq!(fs::read_to_string(&scene.own[0]).unwrap(), OWN);
}

#[test]
fn a_damaged_session_stays_and_is_told() {
    let scene = Scene::new();
    let session = scene.session(other_start);
    fs::write(&session, "clusters: [").unwrap();
    let swept = scene.sweep();
    assert!(swept.kept[0].message().contains("damaged"), "{swept:?}");
    let kept = swept.kept[0].file.clone();
    assert!(!session.exists() && kept != session);
    assert_eq!(fs::read_to_string(&kept).unwrap(), "clusters: [");
    // Once, and it stays.
    assert_eq!(scene.sweep(), Swept::default());
    assert!(kept.exists());
    // Nor does another one take its place.
    fs::write(&session, "contexts: [").unwrap();
    let again = scene.sweep().kept[0].file.clone();
    assert_ne!(again, kept);
    assert_eq!(fs::read_to_string(&kept).unwrap(), "clusters: [");
}
