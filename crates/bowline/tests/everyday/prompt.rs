//! The prompt: what it prints, and that it never fails.

use crate::support::Sandbox;

const DEV: &str = "current-context: dev\ncontexts:\n- {name: dev, context: {cluster: c, user: u, namespace: team}}\n";

#[test]
fn it_says_what_is_chosen_and_what_is_protected() {
    let sandbox = Sandbox::with(DEV);
    let prompt = |arguments: &[&str]| {
        let said = sandbox.bowline(&[&["prompt"], arguments].concat());
        let said = said.expect(0);
        assert_eq!(said.stderr, "");
        said.stdout
    };
    assert_eq!(prompt(&[]), "dev:team\n");
    let format = ["--format", "({!}{context}/{namespace})"];
    assert_eq!(prompt(&format), "(dev/team)\n");
    sandbox.settings("[protect.'d*']\n");
    assert_eq!(prompt(&format), "(!dev/team)\n");
    sandbox.write(DEV.replace(", namespace: team", ""));
    assert_eq!(prompt(&[]), "!dev\n");
    sandbox.write("");
    assert_eq!(prompt(&[]), "");
}

#[test]
fn it_never_fails_and_debug_says_why_it_is_silent() {
    let sandbox = Sandbox::with("contexts: [");
    let silent = |arguments: &[&str]| {
        let said = sandbox.bowline(arguments).expect(0);
        assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("", ""));
    };
    silent(&["prompt"]);
    silent(&["prompt", "--format", "{x}"]);
    silent(&["prompt", "--nonsense"]);
    let said = sandbox.bowline(&["prompt", "--debug"]).expect(0);
    assert!(said.stderr.contains("config"), "{said:#?}");
}
