//! What is not taken, and why.

use std::fs;

use testnode::Node;

use super::everything;
use super::machines::CLIENT_CONFIG;
use super::machines::LOOPBACK;
use super::machines::Machines;
use super::machines::started;
use super::microk8s;
use super::mine;
use crate::support::Sandbox;
use crate::support::place;

#[test]
fn what_is_not_proved_is_not_written() {
    let (cluster, node) = started();
    let (_, stranger) = started();
    let before = mine();
    let sandbox = Sandbox::with(&before);
    let multipass = Machines::multipass(&sandbox);
    multipass.write("dev", CLIENT_CONFIG, &cluster.kubeconfig(LOOPBACK));
    let nobody = place();
    multipass.runs("dev", &[nobody]);
    let untouched = everything(&sandbox);
    sandbox
        .bowline(&["add", "multipass:dev"])
        .expect(3)
        .says("nothing was written")
        .says(&format!("{nobody}: connection refused"))
        .says("bowline add multipass:dev --at ADDRESS");
    multipass.runs("dev", &[stranger.address()]);
    sandbox
        .bowline(&["add", "multipass:dev"])
        .expect(4)
        .says(&stranger.address().to_string());
    assert_eq!(stranger.records().credential_bytes(), 0);
    multipass.runs("dev", &[]);
    sandbox.bowline(&["add", "multipass:dev"]).expect(3);
    assert_eq!(everything(&sandbox), untouched);
    // Its owner knows better.
    let at = node.address().to_string();
    sandbox
        .bowline(&["add", "multipass:dev", "--at", &at])
        .expect(0)
        .says(&format!("proved at {at}"));
    // Two machines that show different keys are not chosen between.
    let twin = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::new();
    let multipass = Machines::multipass(&sandbox);
    multipass.write("dev", CLIENT_CONFIG, &cluster.kubeconfig(LOOPBACK));
    multipass.runs("dev", &[node.address(), twin.address()]);
    sandbox
        .bowline(&["add", "multipass:dev"])
        .expect(6)
        .says("several nodes")
        .says(&twin.address().to_string());
}

#[test]
fn a_machine_that_cannot_give_anything_says_why() {
    let (cluster, node) = started();
    let sandbox = Sandbox::with(mine());
    let untouched = everything(&sandbox);
    sandbox
        .bowline(&["add", "multipass:dev"])
        .expect(3)
        .says("multipass");
    let multipass = Machines::multipass(&sandbox);
    sandbox
        .bowline(&["add", "multipass:gone"])
        .expect(3)
        .says("multipass:gone");
    multipass.stopped("off");
    sandbox
        .bowline(&["add", "multipass:off"])
        .expect(3)
        .says("multipass:off");
    multipass.runs("empty", &[node.address()]);
    sandbox
        .bowline(&["add", "multipass:empty"])
        .expect(6)
        .says("multipass:empty has no kubeconfig of MicroK8s, k3s");
    microk8s(&multipass, "worker", &cluster, &node);
    let lock = "/var/snap/microk8s/current/var/lock/clustered.lock";
    multipass.write("worker", lock, "");
    let provider = "/var/snap/microk8s/current/args/traefik/provider.yaml";
    multipass.write(
        "worker",
        provider,
        "        - address: \"10.0.0.5:16443\"\n",
    );
    sandbox
        .bowline(&["add", "multipass:worker"])
        .expect(6)
        .says("multipass:worker is a worker node")
        .says("10.0.0.5");
    multipass.runs("broken", &[node.address()]);
    multipass.write("broken", CLIENT_CONFIG, "clusters: [\u{1b}[31m");
    sandbox
        .bowline(&["add", "multipass:broken"])
        .expect(6)
        .says("not a kubeconfig")
        .stays_plain();
    for name in ["--help", "a b", "x';id;'", "-", "", "a\nb"] {
        let what = format!("multipass:{name}");
        let outcome = sandbox.bowline(&["add", "--", &what]).stays_plain();
        assert!(
            matches!(outcome.code, Some(2 | 3)),
            "{name:?}: {outcome:#?}"
        );
    }
    assert_eq!(everything(&sandbox), untouched);
    assert_eq!(node.records().credential_bytes(), 0);
}

#[test]
fn settings_that_are_damaged_or_newer_keep_everything_as_it_is() {
    let (cluster, node) = started();
    let sandbox = Sandbox::new();
    let multipass = Machines::multipass(&sandbox);
    microk8s(&multipass, "dev", &cluster, &node);
    for text in ["version = 2\n", "clusters = 3\n", "[clusters.dev\n"] {
        sandbox.settings(text);
        let untouched = everything(&sandbox);
        sandbox.bowline(&["add", "multipass:dev"]).expect(7);
        assert_eq!(everything(&sandbox), untouched, "{text}");
    }
    // What people write stays as they wrote it.
    let mine = "# mine\nmultipass   = true # yes\n\n[clusters.office] # ssh -L\nfollow = false\n";
    sandbox.settings(mine);
    sandbox.bowline(&["add", "multipass:dev"]).expect(0);
    let text = fs::read_to_string(sandbox.path("config.toml")).unwrap();
    assert_eq!(
        text,
        format!("{mine}\n[clusters.dev]\nmachine = \"multipass:dev\"\n")
    );
    sandbox
        .bowline(&["history", "show", "1"])
        .expect(0)
        .says("+machine = \"multipass:dev\"");
    // A later change by hand stands in the way of an undo, and is named.
    sandbox.settings(&text.replace("yes", "no"));
    let with_dev = sandbox.bytes();
    sandbox.bowline(&["undo"]).expect(1).says("config.toml");
    assert_eq!(sandbox.bytes(), with_dev);
}

#[test]
fn a_program_that_hangs_is_given_up() {
    let sandbox = Sandbox::new();
    sandbox.script("multipass", "exec /bin/sleep 60\n");
    let untouched = everything(&sandbox);
    let outcome = sandbox
        .bowline(&["add", "multipass:dev"])
        .expect(3)
        .says("did not answer within 10 s")
        .says("`multipass list` must answer");
    assert!(outcome.elapsed.as_secs() < 20, "{outcome:?}");
    assert_eq!(everything(&sandbox), untouched);
}
