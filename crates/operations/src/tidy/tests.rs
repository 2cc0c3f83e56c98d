//! What another program does between a plan and its files.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use kubeconfig::Edit;
use store::Store;
use tempfile::TempDir;

use super::Place;
use super::Plan;
use super::Sight;
use super::Steps;
use super::TidyError;
use super::rename;

const FIRST: &str = "contexts:\n- {name: a, context: {cluster: c}}\n";
const SECOND: &str =
    "clusters:\n- {name: c, cluster: {server: 'https://10.0.0.1'}}\ncurrent-context: a\n";

struct Scene {
    folder: TempDir,
    place: Place,
    store: Store,
}

impl Scene {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let paths: Vec<PathBuf> = ["1", "2"].map(|name| folder.path().join(name)).to_vec();
        fs::write(&paths[0], FIRST).unwrap();
        fs::write(&paths[1], SECOND).unwrap();
        let place = Place {
            paths,
            settings: folder.path().join("config.toml"),
            ..Place::default()
        };
        let store = Store::new(folder.path().join("state"));
        Self {
            folder,
            place,
            store,
        }
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }
}

fn decide(sight: &Sight) -> Result<Steps<rename::Renaming>, TidyError> {
    let request = rename::Request {
        from: "a".into(),
        to: "z".into(),
        all: true,
        shared: false,
    };
    rename::decide(sight, &request)
}

fn planned(scene: &Scene) -> Plan<rename::Renaming> {
    let plan = super::plan(&scene.place, decide).unwrap();
    assert_eq!(plan.changes.len(), 2);
    plan
}

#[test]
fn what_another_program_added_meanwhile_stays() {
    let scene = Scene::new();
    let plan = planned(&scene);
    scene.write(
        "1",
        &format!("# new\n{FIRST}- {{name: b, context: {{}}}}\n"),
    );
    let applied = super::apply(&scene.store, &plan, "rename", decide).unwrap();
    assert!(applied.group.is_some());
    assert_eq!(
        scene.text("1"),
        "# new\ncontexts:\n- {name: z, context: {cluster: z}}\n- {name: b, context: {}}\n"
    );
    assert!(scene.text("2").ends_with("current-context: z\n"));
}

#[test]
fn what_became_another_matter_meanwhile_is_refused() {
    let scene = Scene::new();
    let plan = planned(&scene);
    let now = format!("{FIRST}- {{name: b, context: {{cluster: c}}}}\n");
    scene.write("1", &now);
    let error = super::apply(&scene.store, &plan, "rename", decide).unwrap_err();
    assert!(matches!(error, TidyError::SharedEntry { .. }), "{error}");
    assert_eq!(scene.text("1"), now);
    assert_eq!(scene.text("2"), SECOND);

    // In a later file too, before the first is written.
    let scene = Scene::new();
    let plan = planned(&scene);
    for now in ["a: [", "clusters:\n- {name: z, cluster: {}}\n"] {
        scene.write("2", now);
        let error = super::apply(&scene.store, &plan, "rename", decide).unwrap_err();
        assert!(!matches!(error, TidyError::Halfway { .. }), "{error}");
        assert_eq!(scene.text("1"), FIRST);
        assert_eq!(scene.text("2"), now);
    }
}

#[test]
fn what_was_done_before_another_file_failed_is_told() {
    let scene = Scene::new();
    let plan = planned(&scene);
    scene.write("2.lock", "");
    let store = scene.store.clone().lock_wait(Duration::from_millis(10));
    let error = super::apply(&store, &plan, "rename", decide).unwrap_err();
    assert!(matches!(&error, TidyError::Halfway { done, .. } if done.len() == 1));
    assert!(error.to_string().contains("bowline undo"), "{error}");
    assert_eq!(scene.text("2"), SECOND);
}

#[test]
fn a_later_file_is_left_where_nothing_is_to_be_done_there_any_more() {
    let scene = Scene::new();
    let plan = planned(&scene);
    // The first was to be renamed with its cluster, which is not there any more and nobody's.
    scene.write("2", "# mine\n");
    let error = super::apply(&scene.store, &plan, "rename", decide).unwrap_err();
    assert!(matches!(error, TidyError::Dangling { .. }), "{error}");
    let decide = |sight: &Sight| {
        let mut steps = Steps::new(());
        for file in sight.files.iter().filter(|file| file.exists) {
            if !file.config().current_context.is_empty() || file.config().context("a").is_some() {
                steps.edit(&file.path, Edit::SetCurrentContext("q".into()));
            }
        }
        Ok::<_, TidyError>(steps)
    };
    scene.write("2", SECOND);
    let plan = super::plan(&scene.place, decide).unwrap();
    assert_eq!(plan.changes.len(), 2);
    scene.write("2", "# mine\n");
    let applied = super::apply(&scene.store, &plan, "edit", decide).unwrap();
    assert!(applied.value.is_some());
    assert!(scene.text("1").contains("current-context: q"));
    assert_eq!(scene.text("2"), "# mine\n");
    assert_eq!(scene.store.history().unwrap().len(), 1);
}

#[test]
fn a_new_content_replaces_only_what_was_seen() {
    let scene = Scene::new();
    let decide = |sight: &Sight| {
        let mut steps = Steps::new(());
        let path = sight.files[0].path.clone();
        steps.contents.insert(path, b"kind: Config\n".to_vec());
        let second = sight.files[1].path.clone();
        steps.edit(&second, Edit::SetCurrentContext("q".into()));
        Ok::<_, TidyError>(steps)
    };
    let plan = super::plan(&scene.place, decide).unwrap();
    scene.write("1", "# another\n");
    let error = super::apply(&scene.store, &plan, "edit", decide).unwrap_err();
    assert!(matches!(error, TidyError::ChangedMeanwhile { .. }));
    assert_eq!(scene.text("1"), "# another\n");
    let plan = super::plan(&scene.place, decide).unwrap();
    super::apply(&scene.store, &plan, "edit", decide).unwrap();
    assert_eq!(scene.text("1"), "kind: Config\n");
    assert!(scene.text("2").ends_with("current-context: q\n"));
}
