//! `bowline label`, `bowline alias`, and what is said of a name that does not exist.

use std::fs;

use serde_json::Value;

use crate::support::Sandbox;

const FILE: &str = "\
contexts:
- name: prod-eu
  context: {cluster: a}
- name: prod-us
  context: {cluster: a}
- name: $(touch owned)
  context: {cluster: a}
clusters:
- name: a
  cluster: {server: 'https://127.0.0.1:1'}
current-context: prod-eu
";

fn json(sandbox: &Sandbox, arguments: &[&str]) -> Value {
    let said = sandbox.bowline(arguments).expect(0);
    serde_json::from_str(&said.stdout).unwrap()
}

#[test]
fn labels_are_kept_in_the_settings_and_in_no_kubeconfig() {
    let sandbox = Sandbox::with(FILE);
    let before = fs::read(sandbox.path("config.toml")).unwrap();
    sandbox.bowline(&["label"]).expect(0).says("no labels");
    sandbox
        .bowline(&["label", "prod-eu", "eu", "hot"])
        .expect(0)
        .says("prod-eu: eu, hot");
    sandbox
        .bowline(&["label", "prod-eu", "eu"])
        .expect(0)
        .says("nothing changed");
    sandbox
        .bowline(&["label", "$(touch owned)", "eu"])
        .expect(0);
    let value = json(&sandbox, &["label", "-o", "json"]);
    assert_eq!(value["labels"][1]["context"], "prod-eu");
    assert_eq!(
        value["labels"][1]["labels"],
        serde_json::json!(["eu", "hot"])
    );
    sandbox
        .bowline(&["label", "prod-eu", "--remove", "eu"])
        .expect(0)
        .says("prod-eu: hot");
    sandbox
        .bowline(&["label", "prod-eu", "--remove"])
        .expect(0)
        .says("no labels");
    assert_eq!(sandbox.text(), FILE);
    for _ in 0..4 {
        sandbox.bowline(&["undo"]).expect(0);
    }
    assert_eq!(fs::read(sandbox.path("config.toml")).unwrap(), before);
}

#[test]
fn labels_of_what_does_not_exist_are_refused() {
    let sandbox = Sandbox::with(FILE);
    sandbox
        .bowline(&["label", "prod-e", "x"])
        .expect(6)
        .says("did you mean prod-eu");
    sandbox
        .bowline(&["label", "prod-eu", "two words"])
        .expect(2)
        .says("one word");
    // Those of a context that is gone can go.
    sandbox.settings("[labels]\ngone = ['x']\n");
    sandbox.bowline(&["label", "gone", "y"]).expect(6);
    sandbox.bowline(&["label", "gone", "--remove"]).expect(0);
}

#[test]
fn aliases_are_made_listed_and_forgotten() {
    let sandbox = Sandbox::with(FILE);
    sandbox
        .bowline(&["alias", "p", "prod-eu"])
        .expect(0)
        .says("p is prod-eu");
    sandbox.bowline(&["alias"]).expect(0).says("prod-eu");
    let value = json(&sandbox, &["alias", "-o", "json"]);
    assert_eq!(
        value["aliases"][0],
        serde_json::json!({"alias": "p", "context": "prod-eu"})
    );
    sandbox
        .bowline(&["label", "p", "eu"])
        .expect(0)
        .says("prod-eu: eu");
    sandbox.bowline(&["alias", "--remove", "p"]).expect(0);
    sandbox
        .bowline(&["alias", "--remove", "p"])
        .expect(6)
        .says("no alias p");
    for (arguments, code, said) in [
        (
            ["alias", "prod-us", "prod-eu"],
            6,
            "a context has that name",
        ),
        (["alias", "q", "prd-us"], 6, "did you mean prod-us"),
        (["alias", "prod*", "prod-eu"], 2, "pattern"),
        (["alias", "", "prod-eu"], 2, "could not be typed"),
    ] {
        sandbox.bowline(&arguments).expect(code).says(said);
    }
}
