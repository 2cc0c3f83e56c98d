//! `bowline copy`: a second context beside one that is there.

use testnode::Cluster;
use testnode::Node;

use crate::support::Sandbox;
use crate::support::place;

#[test]
fn a_copy_has_its_namespace_and_works() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let before = cluster.kubeconfig(&node.url());
    let sandbox = Sandbox::with(&before);
    sandbox
        .bowline(&["copy", "microk8s", "shop", "-n", "web", "--dry-run"])
        .expect(0)
        .says("namespace: web")
        .never_says(cluster.admin_token());
    assert_eq!(sandbox.text(), before);
    sandbox
        .bowline(&["copy", "microk8s", "shop", "-n", "web"])
        .expect(0)
        .says("cluster microk8s-cluster, user admin, namespace web");
    sandbox
        .bowline(&["copy", "microk8s", "own", "--with-entries"])
        .expect(0)
        .says("cluster own, user own")
        .never_says(cluster.admin_token());
    for context in ["shop", "own"] {
        let get = ["--context", context, "get", "ns"];
        sandbox.kubectl(&get).expect(0).says("kube-system");
    }
    let view = [
        "config",
        "view",
        "-o",
        "jsonpath={.contexts[?(@.name=='shop')].context.namespace}",
    ];
    assert_eq!(sandbox.kubectl(&view).stdout, "web");
    for (arguments, word) in [
        (["microk8s", "own"], "exists already"),
        (["mikrok8s", "x"], "did you mean microk8s?"),
    ] {
        let outcome = sandbox.bowline(&[&["copy"][..], &arguments].concat());
        outcome.expect(6).says(word);
    }
    sandbox.bowline(&["undo"]).expect(0);
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(sandbox.text(), before);
}
