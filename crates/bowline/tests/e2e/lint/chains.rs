//! Several files: what KUBECONFIG makes of them.

use super::Material;
use super::lint;
use super::rules;
use super::write;
use crate::support::Sandbox;

/// Two MicroK8s, whose entries have the same names.
fn microk8s(server: &str, context: &str) -> String {
    let node = Material::new();
    format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- cluster:\n    certificate-authority-data: {}\n    server: {server}\n  name: microk8s-cluster\ncontexts:\n- context:\n    cluster: microk8s-cluster\n    user: admin\n  name: {context}\ncurrent-context: {context}\nusers:\n- name: admin\n  user:\n    token: hunter2{context}\n",
        node.authority
    )
}

#[test]
fn a_second_microk8s_silently_leads_to_the_first() {
    let sandbox = Sandbox::new();
    let (one, two) = (
        sandbox.path("home/.kube/one"),
        sandbox.path("home/.kube/two"),
    );
    write(&one, microk8s("https://10.0.0.1:16443", "one"));
    write(&two, microk8s("https://10.0.0.2:16443", "two"));
    let list = format!("{}:{}", one.display(), two.display());

    // What the finding says is what kubectl does.
    let mut command = sandbox.settle(std::process::Command::new(sandbox.kubectl_path()));
    command.env("KUBECONFIG", &list).args([
        "--context=two",
        "config",
        "view",
        "--minify",
        "-o",
        "jsonpath={.clusters[0].cluster.server}",
    ]);
    assert_eq!(
        crate::support::run(command, b"").expect(0).stdout,
        "https://10.0.0.1:16443"
    );

    let told = sandbox.bowline_on(&list, &["lint"]).expect(8);
    told.says("context two: its cluster microk8s-cluster is that of")
        .says("HIGH")
        .never_says("hunter2");
    // In the other order it is the other one.
    let list = format!("{}:{}", two.display(), one.display());
    sandbox
        .bowline_on(&list, &["lint"])
        .expect(8)
        .says("context one: its cluster microk8s-cluster is that of");
    // Each alone is right, and so are both when they are named so.
    for file in [&one, &two] {
        assert!(lint(&sandbox, &[file.to_str().unwrap()]).is_empty());
    }
    let both = lint(&sandbox, &[one.to_str().unwrap(), two.to_str().unwrap()]);
    assert_eq!(rules(&both), ["context-of-two-files"]);
}

#[test]
fn the_same_entries_in_two_files_are_no_fault() {
    let sandbox = Sandbox::new();
    let text = microk8s("https://10.0.0.1:16443", "one");
    let (one, two) = (
        sandbox.path("home/.kube/one"),
        sandbox.path("home/.kube/two"),
    );
    write(&one, &text);
    write(&two, &text);
    let both = lint(&sandbox, &[one.to_str().unwrap(), two.to_str().unwrap()]);
    assert!(both.is_empty(), "{both:#?}");
}

#[test]
fn files_that_make_sense_together_only_are_told_as_such() {
    let sandbox = Sandbox::new();
    let text = microk8s("https://10.0.0.1:16443", "one");
    let at = text.find("contexts:").unwrap();
    let end = text.find("users:").unwrap();
    let (one, two) = (
        sandbox.path("home/.kube/one"),
        sandbox.path("home/.kube/two"),
    );
    write(&one, &text[at..end]);
    write(&two, format!("{}{}", &text[..at], &text[end..]));
    let both = lint(&sandbox, &[one.to_str().unwrap(), two.to_str().unwrap()]);
    assert_eq!(rules(&both), ["context-across-files"]);
    let alone = lint(&sandbox, &[one.to_str().unwrap()]);
    assert_eq!(
        rules(&alone),
        ["context-cluster-missing", "context-user-missing"]
    );
    let alone = lint(&sandbox, &[two.to_str().unwrap()]);
    assert_eq!(rules(&alone), ["unused-cluster", "unused-user"]);
}

/// A chain whose second file is broken is linted all the same: kubectl would tell of that file only.
#[test]
fn one_broken_file_hides_nothing_of_the_others() {
    let sandbox = Sandbox::new();
    let (one, two) = (
        sandbox.path("home/.kube/one"),
        sandbox.path("home/.kube/two"),
    );
    let text = microk8s("http://10.0.0.1:16443", "one");
    write(&one, text);
    write(&two, "- a\n");
    let both = lint(&sandbox, &[two.to_str().unwrap(), one.to_str().unwrap()]);
    assert_eq!(rules(&both), ["not-a-kubeconfig", "plain-http"]);
}
