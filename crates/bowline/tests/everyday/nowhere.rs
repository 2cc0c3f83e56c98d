//! KUBECONFIG names what is not there, or no file: it is said, with what mends it, and nothing is made.

use std::fs;
use std::time::Duration;

use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::run;

/// What asks for a context, and its exit code.
const ASKING: [(&[&str], i32); 16] = [
    (&["use"], 6),
    (&["use", "dev"], 6),
    (&["use", "-n", "team"], 6),
    (&["use", "--global", "dev"], 6),
    (&["ns"], 6),
    (&["ns", "team"], 6),
    (&["ns", "--list"], 6),
    (&["ls", "dev"], 6),
    (&["ls"], 0),
    (&["ls", "-o", "json"], 0),
    (&["shell"], 6),
    (&["shell", "dev"], 6),
    (&["exec", "--", "true"], 6),
    (&["exec", "dev", "--", "true"], 6),
    (&["rm", "dev"], 6),
    (&["rename", "dev", "prod"], 6),
];

/// A sandbox without a kubeconfig.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("folder")).unwrap();
    sandbox
}

/// Everything that lies there.
fn lying(sandbox: &Sandbox) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![sandbox.path("")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            found.push(path.display().to_string());
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Bowline in a terminal with this KUBECONFIG.
#[track_caller]
fn bowline(sandbox: &Sandbox, list: &str, arguments: &[&str]) -> Outcome {
    let mut command = sandbox.command(arguments);
    command.env("KUBECONFIG", list);
    command.env("BOWLINE_SHELL_PID", std::process::id().to_string());
    command.env("SHELL", "/bin/false");
    run(command, b"")
}

#[test]
fn a_file_that_does_not_exist_is_named_with_what_mends_it() {
    let sandbox = sandbox();
    let at = |name: &str| sandbox.path(name).display().to_string();
    let (one, two) = (at("absent"), at("none/absent"));
    let home = sandbox.file().display().to_string();
    let before = lying(&sandbox);
    for (list, named) in [
        (one.clone(), vec![&one]),
        (format!("{one}:{two}"), vec![&one, &two]),
        (String::new(), vec![&home]),
        ("::".to_owned(), vec![&home]),
    ] {
        for (arguments, code) in ASKING {
            let said = bowline(&sandbox, &list, arguments).expect(code);
            for name in &named {
                let missing = format!("{name} (no such file)");
                // Where `use` would make the usual file, others have none.
                let none = list == "::" && said.stderr.contains("KUBECONFIG, which names no file");
                assert!(
                    said.stderr.contains(&missing) || none,
                    "{arguments:?}: {said:#?}"
                );
            }
            let said = said.says("`bowline add FILE`");
            assert!(!said.stdout.contains("KUBECONFIG"), "{said:#?}");
        }
        let said = bowline(&sandbox, &list, &["use", "-"]).expect(6);
        said.says("nothing was chosen before in this terminal");
        assert_eq!(lying(&sandbox), before, "{list}");
    }
    // Beside one that exists, too: it may be a slip.
    sandbox.write("contexts: [{name: dev, context: {cluster: c, user: u}}]\n");
    let said = bowline(&sandbox, &format!("{one}:{home}"), &["use", "dve"]).expect(6);
    said.says("absent (no such file), ")
        .says("did you mean dev?");
}

#[test]
fn a_folder_is_no_file_and_one_is_told_how_to_take_it_in() {
    let sandbox = sandbox();
    let folder = sandbox.path("folder").display().to_string();
    fs::write(
        sandbox.path("folder/dev.yaml"),
        "contexts: [{name: dev, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: 'https://192.0.2.1'}}]\nusers: [{name: u, user: {}}]\ncurrent-context: dev\n",
    )
    .unwrap();
    sandbox.write("");
    let home = sandbox.file().display().to_string();
    let before = lying(&sandbox);
    for list in [&folder, &format!("{home}:{folder}")] {
        for (arguments, _) in ASKING {
            bowline(&sandbox, list, arguments)
                .expect(6)
                .says(&format!("{folder} is a folder, not a file"))
                .says("`bowline dirs add FOLDER`");
        }
        for arguments in [
            &["use", "-"][..],
            &["copy", "dev", "prod"],
            &["export", "dev"],
            &["dedupe"],
            &["prune"],
        ] {
            bowline(&sandbox, list, arguments)
                .expect(6)
                .says("is a folder");
        }
        assert_eq!(lying(&sandbox), before);
    }
    // What is said mends it.
    sandbox.bowline(&["dirs", "add", &folder]).expect(0);
    sandbox.bowline(&["ls", "dev"]).expect(0).says("dev.yaml");
}

#[test]
fn the_prompt_is_silent_and_debug_says_why() {
    let sandbox = sandbox();
    let at = |name: &str| sandbox.path(name).display().to_string();
    for (list, why) in [
        (at("absent"), "no context is chosen"),
        (String::new(), "no context is chosen"),
        (at("folder"), "is a folder"),
        (
            format!("{}:{}", at("absent"), at("none/absent")),
            "no context is chosen",
        ),
    ] {
        let said = bowline(&sandbox, &list, &["prompt"]).expect(0);
        assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("", ""));
        assert!(said.elapsed < Duration::from_secs(5), "{said:#?}");
        let said = bowline(&sandbox, &list, &["prompt", "--debug"]).expect(0);
        said.says(why);
    }
    assert!(!sandbox.path("absent").exists() && !sandbox.path("none").exists());
    assert!(!sandbox.file().exists());
}
