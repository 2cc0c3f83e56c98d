//! `bowline split`: one file for each context, of a name that is safe everywhere.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::Sandbox;
use crate::support::names;

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
