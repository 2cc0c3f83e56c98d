//! `bowline split`: one file for each context, of a name that is safe everywhere.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use crate::support::Sandbox;
use crate::support::names;
use crate::support::run;

const TEXT: &str = "\
clusters:
- {name: c, cluster: {server: 'https://10.0.0.1'}}
users:
- {name: u, user: {token: s3cr3t}}
contexts:
- {name: dev, context: {cluster: c, user: u}}
- {name: DEV, context: {cluster: c, user: u}}
- {name: ../../owned, context: {cluster: c}}
- {name: '$(touch owned)', context: {cluster: c}}
- {name: con, context: {cluster: c}}
";

#[test]
fn each_context_gets_a_private_file() {
    let sandbox = Sandbox::with(TEXT);
    sandbox
        .bowline(&["split", "out", "--dry-run"])
        .expect(0)
        .never_says("s3cr3t");
    assert!(!sandbox.path("out").exists());
    sandbox
        .bowline(&["split", "out"])
        .expect(0)
        .never_says("s3cr3t");
    let out = sandbox.path("out");
    assert_eq!(
        names(&out),
        [
            "DEV.yaml",
            "_.._owned.yaml",
            "__touch_owned_.yaml",
            "_con.yaml",
            "dev-2.yaml"
        ]
        .map(|name| if name == "_.._owned.yaml" {
            "_.._.._owned.yaml"
        } else {
            name
        })
    );
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(out.clone()), 0o700);
    for name in names(&out) {
        assert_eq!(mode(out.join(name)), 0o600);
    }
    assert_eq!(sandbox.text(), TEXT);
    let file = format!("--kubeconfig={}", out.join("dev-2.yaml").display());
    let current = sandbox.kubectl(&["config", "current-context", &file]);
    assert_eq!(current.stdout, "dev\n");

    fs::remove_file(out.join("DEV.yaml")).unwrap();
    sandbox.bowline(&["split", "out"]).expect(6).says("--force");
    assert!(!out.join("DEV.yaml").exists(), "nothing was written");
    sandbox.bowline(&["split", "out", "--force"]).expect(0);
    assert!(out.join("DEV.yaml").exists());
    sandbox
        .bowline(&["split", "one", "--context", "d*"])
        .expect(0);
    assert_eq!(names(&sandbox.path("one")), ["dev.yaml"]);
    sandbox
        .bowline(&["split", "two", "--context", "z*"])
        .expect(6);
}

#[test]
fn what_is_wrong_is_named() {
    let sandbox = Sandbox::with(
        "contexts:\n- {name: bare, context: {}}\nclusters:\n- {name: c, cluster: {server: 'https://10.0.0.1'}}\n",
    );
    sandbox.settings("[aliases]\nb = \"bare\"\n");
    let file = sandbox.file().display().to_string();
    let folder = sandbox.path("home").display().to_string();
    for (arguments, word) in [
        (&["export", "bare"][..], "it names no cluster"),
        (&["split", "out"], "it names no cluster"),
        (&["split", &file], "it is a file"),
        (&["edit", &folder], "is a folder: name a file in it"),
        (&["edit", "b"], "b is an alias of the context bare"),
        (&["rename", "b", "x"], "b is an alias of the context bare"),
        (&["rm", "b"], "b is an alias of the context bare"),
        (&["use", "label:zz"], "no context has the label zz"),
    ] {
        sandbox.bowline(arguments).expect(6).says(word);
    }
    sandbox
        .bowline(&["copy", "bare", "x"])
        .expect(0)
        .says("no cluster, no user");
    let twice = "contexts:\n- {name: a, context: {}}\n- {name: a, context: {}}\n";
    sandbox.write(twice);
    for arguments in [&["rm", "a"][..], &["ls"], &["status"]] {
        let word = format!("rename or remove one of them: bowline edit {file}");
        sandbox.bowline(arguments).expect(6).says(&word);
    }
    for chain in ["/nonexistent", &folder] {
        for arguments in [&["split", "out"][..], &["rm", "a"], &["ls"], &["edit", "a"]] {
            if chain != "/nonexistent" || arguments[0] != "ls" {
                sandbox.bowline_on(chain, arguments).expect(6);
            }
        }
    }
    sandbox
        .bowline_on("/nonexistent", &["split", "out"])
        .says("there are no contexts");
}

#[test]
fn one_that_cannot_stand_alone_keeps_no_other() {
    let broken = "- {name: broken, context: {cluster: gone}}\n";
    let sandbox = Sandbox::with(format!("{TEXT}{broken}"));
    sandbox
        .bowline(&["split", "out"])
        .expect(6)
        .says("left out: context broken")
        .says("wrote context dev");
    assert_eq!(names(&sandbox.path("out")).len(), 5);
}

#[test]
fn what_is_replaced_comes_back_with_one_undo() {
    let sandbox = Sandbox::with(TEXT);
    let out = sandbox.path("out");
    fs::create_dir(&out).unwrap();
    for name in ["dev-2.yaml", "_con.yaml"] {
        fs::write(out.join(name), format!("# mine: {name}\n")).unwrap();
    }
    sandbox.bowline(&["split", "out"]).expect(6).says("--force");
    assert_eq!(names(&out).len(), 2);
    sandbox
        .bowline(&["split", "out", "--force"])
        .expect(0)
        .says("brings back what was replaced");
    assert_eq!(names(&out).len(), 5);
    assert_eq!(sandbox.history().len(), 1);
    // What is there already as it should be is left alone.
    sandbox
        .bowline(&["split", "out", "--force"])
        .expect(0)
        .never_says("brings back");
    sandbox.bowline(&["undo"]).expect(0);
    for name in ["dev-2.yaml", "_con.yaml"] {
        let text = fs::read_to_string(out.join(name)).unwrap();
        assert_eq!(text, format!("# mine: {name}\n"));
    }
}

#[test]
fn a_new_folder_comes_to_be_whole_or_not_at_all() {
    let contexts = 300;
    let mut text = TEXT.to_owned();
    for number in 0..contexts {
        writeln!(
            text,
            "- {{name: many-{number}, context: {{cluster: c, user: u}}}}"
        )
        .unwrap();
    }
    let sandbox = Sandbox::with(text);
    let parent = sandbox.path("far/away");
    let out = parent.join("out");
    let command = || sandbox.command(&["split", "far/away/out"]);
    for delay in 0..20 {
        let mut child = command().stdout(Stdio::null()).spawn().unwrap();
        // At a moment of its work: what it has begun has its number in its name.
        let number = format!("-{}-", child.id());
        let has_begun = || names(&parent).iter().any(|name| name.contains(&number));
        while !has_begun() && child.try_wait().unwrap().is_none() {}
        thread::sleep(Duration::from_micros(delay * 500));
        child.kill().unwrap();
        child.wait().unwrap();
        let there = names(&out).len();
        assert!(there == 0 || there == 5 + contexts, "{there}");
        if there > 0 {
            fs::remove_dir_all(&out).unwrap();
        }
    }
    run(command(), b"").expect(0);
    assert_eq!(names(&out).len(), 5 + contexts);
    // What those that were killed had begun is gone.
    assert_eq!(names(&parent), ["out"]);
    assert!(sandbox.history().is_empty());
    // One lock for all of them.
    assert!(names(&sandbox.path("state/locks")).len() < 5);
}
