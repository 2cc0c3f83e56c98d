//! `bowline add` from the machine that a cluster runs on.

pub(crate) mod machines;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use testnode::Cluster;
use testnode::Node;

use self::machines::CLIENT_CONFIG;
use self::machines::LOOPBACK;
use self::machines::Machines;
use self::machines::started;
use crate::add::assert_only_added;
use crate::support::Sandbox;
use crate::support::names;
use crate::support::odd;
use crate::support::place;
use crate::support::utf16;

/// A machine with MicroK8s at the address of a node.
fn microk8s(machines: &Machines<'_>, name: &str, cluster: &Cluster, node: &Node) {
    machines.runs(name, &[node.address()]);
    machines.write(name, CLIENT_CONFIG, &cluster.kubeconfig(LOOPBACK));
}

/// A kubeconfig that a person wrote, in which no name of these tests is taken.
fn mine() -> String {
    odd(&Cluster::new(), "https://10.0.0.1:16443")
        .replace("current-context: 'dev'", "current-context: 'mine'")
        .replace("{name: dev,", "{name: mine,")
}

/// Everything that a command must not touch when it refuses.
fn everything(sandbox: &Sandbox) -> (Vec<u8>, Vec<u8>, Vec<String>, Vec<String>) {
    (
        fs::read(sandbox.file()).unwrap_or_default(),
        fs::read(sandbox.path("config.toml")).unwrap_or_default(),
        sandbox.beside(),
        names(&sandbox.path("state/journal")),
    )
}

#[test]
fn two_clusters_of_the_same_names_are_both_at_hand() {
    let (dev, dev_node) = started();
    let (lab, lab_node) = started();
    let before = mine();
    let sandbox = Sandbox::with(&before);
    fs::remove_file(sandbox.path("config.toml")).unwrap();
    // The installer's copy, of before the last reboot.
    let copy = sandbox.path("home/.microk8s/config");
    fs::create_dir(sandbox.path("home/.microk8s")).unwrap();
    let stale = dev
        .kubeconfig("https://172.28.40.7:16443")
        .replace("172.28.40.7", &place().ip().to_string());
    fs::write(&copy, &stale).unwrap();
    let multipass = Machines::multipass(&sandbox);
    microk8s(&multipass, "dev", &dev, &dev_node);
    microk8s(&multipass, "lab", &lab, &lab_node);

    sandbox
        .bowline(&["add", "multipass:dev"])
        .expect(0)
        .says("added context dev")
        .says("dev runs on multipass:dev")
        .says(&format!("proved at {}", dev_node.address()))
        .never_says(dev.admin_token());
    let with_dev = sandbox.text();
    let settings = fs::read_to_string(sandbox.path("config.toml")).unwrap();
    assert_eq!(
        settings,
        "version = 1\n\n[clusters.dev]\nmachine = \"multipass:dev\"\n"
    );
    let mode = fs::metadata(sandbox.path("config.toml")).unwrap();
    assert_eq!(mode.permissions().mode() & 0o7777, 0o600);
    sandbox.bowline(&["add", "multipass:lab"]).expect(0);

    // Both at once, with nothing but kubectl.
    for (context, cluster) in [("dev", &dev), ("lab", &lab)] {
        let uid = [
            "--context",
            context,
            "get",
            "ns",
            "kube-system",
            "-o=jsonpath={.metadata.uid}",
        ];
        assert_eq!(sandbox.kubectl(&uid).expect(0).stdout, cluster.uid());
        for list in ["clusters", "users"] {
            let name = format!("-o=jsonpath={{.{list}[?(@.name==\"{context}\")].name}}");
            let listed = sandbox.kubectl(&["config", "view", &name]).expect(0);
            assert_eq!(listed.stdout, context);
        }
    }
    assert_only_added(&before, &sandbox.text());
    // The copy: its server, and the name that kubectl needs there.
    let mended = fs::read_to_string(&copy).unwrap();
    let old = stale.lines().find(|line| line.contains("server:")).unwrap();
    let new = format!(
        "    server: {}\n    tls-server-name: kubernetes.default.svc",
        dev_node.url()
    );
    assert_eq!(mended, stale.replace(old, &new));
    assert_eq!(sandbox.history().len(), 2, "each is one change");

    // One undo takes all of an addition back.
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(sandbox.text(), with_dev);
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(sandbox.text(), before);
    assert_eq!(fs::read_to_string(&copy).unwrap(), stale);
    assert!(!sandbox.path("config.toml").exists());
}

#[test]
fn an_addition_goes_back_beneath_a_later_one() {
    let (dev, dev_node) = started();
    let (lab, lab_node) = started();
    let sandbox = Sandbox::with(mine());
    fs::remove_file(sandbox.path("config.toml")).unwrap();
    let multipass = Machines::multipass(&sandbox);
    microk8s(&multipass, "dev", &dev, &dev_node);
    microk8s(&multipass, "lab", &lab, &lab_node);
    let before = sandbox.text();
    sandbox.bowline(&["add", "multipass:dev"]).expect(0);
    // Into a file of its own: only config.toml is common to both.
    let other = sandbox.path("other");
    sandbox
        .bowline_on(&other, &["add", "multipass:lab"])
        .expect(0);
    let settings = || fs::read_to_string(sandbox.path("config.toml")).unwrap();
    let both = settings();
    sandbox.bowline(&["undo", "1"]).expect(0);
    assert_eq!(sandbox.text(), before);
    assert_eq!(
        settings(),
        "\n[clusters.lab]\nmachine = \"multipass:lab\"\n"
    );
    sandbox.bowline(&["redo"]).expect(0);
    assert_eq!(settings(), both);
}

#[test]
fn the_one_machine_that_runs_it_is_found() {
    let (cluster, node) = started();
    let sandbox = Sandbox::new();
    let multipass = Machines::multipass(&sandbox);
    multipass.runs("empty", &[]);
    multipass.stopped("old");
    sandbox
        .bowline(&["add", "microk8s"])
        .expect(3)
        .says("no MicroK8s was found")
        .says("multipass:empty: there is no")
        .says("multipass:old: it does not run")
        .says("bowline add ssh:");
    microk8s(&multipass, "microk8s-vm", &cluster, &node);
    sandbox
        .bowline(&["add", "microk8s"])
        .expect(0)
        .says("MicroK8s runs on multipass:microk8s-vm")
        .says("added context microk8s-vm");
    let (other, other_node) = started();
    let lxd = Machines::lxd(&sandbox);
    microk8s(&lxd, "lab", &other, &other_node);
    let before = everything(&sandbox);
    sandbox
        .bowline(&["add", "microk8s"])
        .expect(6)
        .says("choose one:\n  bowline add multipass:microk8s-vm\n  bowline add lxd:lab\n");
    assert_eq!(everything(&sandbox), before);
    sandbox
        .bowline(&["add", "lxd:lab"])
        .expect(0)
        .says("added context lab");
    sandbox
        .kubectl(&["--context", "lab", "get", "ns"])
        .expect(0);
}

#[test]
fn a_machine_that_is_added_again_is_brought_up_to_date() {
    let (cluster, node) = started();
    let sandbox = Sandbox::with(mine());
    let multipass = Machines::multipass(&sandbox);
    microk8s(&multipass, "dev", &cluster, &node);
    sandbox.bowline(&["add", "multipass:dev"]).expect(0);
    let added = sandbox.text();
    let old_token = cluster.admin_token().to_owned();
    sandbox
        .bowline(&["add", "multipass:dev"])
        .expect(0)
        .says("context dev is up to date");
    assert_eq!(sandbox.text(), added);
    assert_eq!(sandbox.history().len(), 1);

    // It moves, and its token is rotated there.
    node.move_to(place()).unwrap();
    let fresh = "bmV3LXRva2VuLW9mLXRoZS1hZG1pbi1vZi10aGlzLWNsdXN0ZXIK";
    cluster.set_known_tokens(&cluster.known_tokens().replace(&old_token, fresh));
    multipass.runs("dev", &[node.address()]);
    let config = cluster.kubeconfig(LOOPBACK).replace(&old_token, fresh);
    multipass.write("dev", CLIENT_CONFIG, &config);
    sandbox
        .bowline(&["add", "multipass:dev"])
        .expect(0)
        .says("refreshed context dev: server, credential changed")
        .never_says(fresh);
    sandbox
        .kubectl(&["--context", "dev", "get", "ns"])
        .expect(0);
    let refreshed = sandbox.text();
    assert!(!refreshed.contains(&old_token));
    assert_eq!(
        refreshed.lines().count(),
        added.lines().count(),
        "two values, nothing else"
    );
    sandbox.bowline(&["undo"]).expect(1).says("--reinstate");
    sandbox.bowline(&["undo", "--reinstate"]).expect(0);
    assert_eq!(sandbox.text(), added);
}

#[test]
fn a_credential_that_the_cluster_does_not_accept_replaces_none() {
    let (cluster, node) = started();
    let sandbox = Sandbox::with(cluster.kubeconfig(&node.url()));
    // A machine that claims another one's CA and address, and a node whose API server reads its new list later.
    let multipass = Machines::multipass(&sandbox);
    microk8s(&multipass, "odd", &cluster, &node);
    let config = cluster.kubeconfig(LOOPBACK);
    let config = config.replace(cluster.admin_token(), "of-nobody");
    multipass.write("odd", CLIENT_CONFIG, &config);
    let before = everything(&sandbox);
    sandbox
        .bowline(&["add", "multipass:odd"])
        .expect(5)
        .says("not accepted by the cluster")
        .never_says("of-nobody");
    assert_eq!(everything(&sandbox), before);
    sandbox.kubectl(&["get", "ns"]).expect(0);
}

#[test]
fn a_cluster_set_up_anew_takes_the_place_only_when_told() {
    let (old, old_node) = started();
    let sandbox = Sandbox::new();
    let multipass = Machines::multipass(&sandbox);
    microk8s(&multipass, "dev", &old, &old_node);
    sandbox.bowline(&["add", "multipass:dev"]).expect(0);
    let (new, new_node) = started();
    microk8s(&multipass, "dev", &new, &new_node);
    let before = everything(&sandbox);
    sandbox
        .bowline(&["add", "multipass:dev"])
        .expect(6)
        .says("another cluster now")
        .says("--replace");
    assert_eq!(everything(&sandbox), before);
    sandbox
        .bowline(&["add", "multipass:dev", "--replace"])
        .expect(0)
        .says("refreshed context dev");
    let uid = ["get", "ns", "kube-system", "-o=jsonpath={.metadata.uid}"];
    assert_eq!(sandbox.kubectl(&uid).expect(0).stdout, new.uid());
    assert_eq!(sandbox.text().matches("name: dev\n").count(), 3);
}

#[test]
fn another_node_of_a_known_cluster_gets_an_entry_of_its_own() {
    let (cluster, node) = started();
    let sibling = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::new();
    let multipass = Machines::multipass(&sandbox);
    // The first came in without its machine.
    sandbox
        .feed(
            &["add", "-", "--name", "n1"],
            cluster.kubeconfig(&node.url()),
        )
        .expect(0);
    microk8s(&multipass, "n2", &cluster, &sibling);
    sandbox
        .bowline(&["add", "multipass:n2"])
        .expect(0)
        .says("added context n2");
    let text = sandbox.text();
    assert!(text.contains(&node.url()) && text.contains(&sibling.url()));
    // Now the first is told where it lives, and stays what it is.
    microk8s(&multipass, "n1", &cluster, &node);
    sandbox
        .bowline(&["add", "multipass:n1"])
        .expect(0)
        .says("context n1 is up to date")
        .says("n1 runs on multipass:n1");
    assert_eq!(sandbox.text(), text);
}

#[test]
fn heal_asks_the_machine_where_it_is() {
    let (cluster, node) = started();
    let sandbox = Sandbox::new();
    let multipass = Machines::multipass(&sandbox);
    microk8s(&multipass, "dev", &cluster, &node);
    sandbox.bowline(&["add", "multipass:dev"]).expect(0);
    let before = sandbox.text();
    let from = node.url();
    node.move_to(place()).unwrap();
    // Docker's address first, as Multipass lists them.
    multipass.runs(
        "dev",
        &["127.255.0.1:16443".parse().unwrap(), node.address()],
    );
    sandbox.bowline(&["heal"]).expect(0).says("moved from");
    assert_eq!(sandbox.text(), before.replace(&from, &node.url()));
    let status = sandbox.bowline(&["status", "-o", "json"]).expect(0);
    let status: serde_json::Value = serde_json::from_str(&status.stdout).unwrap();
    assert_eq!(status["contexts"][0]["reachable"], true);
    let state = fs::read_to_string(sandbox.state_file()).unwrap();
    assert!(state.contains("\"machine\""), "{state}");

    // Nobody is asked who must not be.
    let settings = fs::read_to_string(sandbox.path("config.toml")).unwrap();
    sandbox.settings(&format!("multipass = false\n{settings}"));
    node.move_to(place()).unwrap();
    multipass.runs("dev", &[node.address()]);
    sandbox
        .bowline(&["heal"])
        .expect(3)
        .says("machine: multipass:dev: config.toml says `multipass = false`");
    sandbox
        .bowline(&["add", "multipass:dev"])
        .expect(6)
        .says("multipass = false");
}

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
fn a_dry_run_shows_every_file_and_no_secret() {
    let (cluster, node) = started();
    let sandbox = Sandbox::new();
    let multipass = Machines::multipass(&sandbox);
    microk8s(&multipass, "dev", &cluster, &node);
    fs::create_dir(sandbox.path("home/.microk8s")).unwrap();
    let copy = sandbox.path("home/.microk8s/config");
    let stale =
        cluster.kubeconfig_token(&format!("https://{}", place()), "an-old-token-of-the-admin");
    fs::write(&copy, &stale).unwrap();
    let untouched = everything(&sandbox);
    sandbox
        .bowline(&["add", "multipass:dev", "--dry-run"])
        .expect(0)
        .says(&format!("+    server: {}", node.url()))
        .says("home/.microk8s/config")
        .says("+machine = \"multipass:dev\"")
        .says("nothing was changed")
        .never_says(cluster.admin_token())
        .never_says("an-old-token");
    assert_eq!(everything(&sandbox), untouched);
    assert_eq!(fs::read_to_string(&copy).unwrap(), stale);
    // The admin's credential is renewed there too.
    sandbox.bowline(&["add", "multipass:dev"]).expect(0);
    let mended = fs::read_to_string(&copy).unwrap();
    assert!(mended.contains(cluster.admin_token()) && mended.contains(&node.url()));
}

#[test]
fn a_copy_that_works_or_is_of_another_cluster_stays() {
    let (cluster, node) = started();
    let second = Node::start(&cluster, place()).unwrap();
    let (other, _other_node) = started();
    let sandbox = Sandbox::new();
    let multipass = Machines::multipass(&sandbox);
    microk8s(&multipass, "dev", &cluster, &node);
    fs::create_dir(sandbox.path("home/.microk8s")).unwrap();
    let copy = sandbox.path("home/.microk8s/config");
    for text in [
        other.kubeconfig("https://172.28.40.7:16443"),
        cluster.kubeconfig(&second.url()),
        "not: [a kubeconfig".to_owned(),
    ] {
        fs::write(&copy, &text).unwrap();
        sandbox.bowline(&["add", "multipass:dev"]).expect(0);
        assert_eq!(fs::read_to_string(&copy).unwrap(), text);
    }
}

#[test]
fn what_else_runs_there_is_taken_and_named() {
    let (cluster, node) = started();
    let sandbox = Sandbox::new();
    let multipass = Machines::multipass(&sandbox);
    multipass.runs("pi", &[node.address()]);
    let k3s = cluster.kubeconfig("https://127.0.0.1:16443");
    multipass.write("pi", "/etc/rancher/k3s/k3s.yaml", &k3s);
    sandbox
        .bowline(&["add", "multipass:pi"])
        .expect(0)
        .says("takes /etc/rancher/k3s/k3s.yaml of k3s")
        .says("added context pi");
    sandbox.kubectl(&["get", "ns"]).expect(0);
    // k0s calls itself localhost.
    let (cluster, node) = started();
    multipass.runs("zero", &[node.address()]);
    let k0s = cluster.kubeconfig("https://localhost:16443");
    multipass.write("zero", "/var/lib/k0s/pki/admin.conf", &k0s);
    sandbox.bowline(&["add", "multipass:zero"]).expect(0);
    sandbox
        .kubectl(&["--context", "zero", "get", "ns"])
        .expect(0);
    // kubeadm names an address that means the same everywhere: it stays.
    let (cluster, node) = started();
    multipass.runs("adm", &[]);
    let kubeadm = cluster.kubeconfig(&node.url());
    multipass.write("adm", "/etc/kubernetes/admin.conf", &kubeadm);
    sandbox.bowline(&["add", "multipass:adm"]).expect(0);
    sandbox
        .kubectl(&["--context", "adm", "get", "ns"])
        .expect(0);
}

#[test]
fn root_is_asked_for_only_where_it_must_be_and_that_is_said() {
    let (cluster, node) = started();
    let sandbox = Sandbox::new();
    let ssh = Machines::ssh(&sandbox);
    microk8s(&ssh, "lab1", &cluster, &node);
    let untouched = everything(&sandbox);
    sandbox
        .bowline(&["add", "ssh:me@lab1"])
        .expect(1)
        .says("uses sudo on ssh:me@lab1 to read /var/snap/microk8s/current/credentials")
        .says("sudo refuses");
    assert_eq!(everything(&sandbox), untouched);
    fs::write(ssh.root("lab1").join("../sudoer"), "").unwrap();
    sandbox
        .bowline(&["add", "ssh:me@lab1"])
        .expect(0)
        .says("uses sudo on ssh:me@lab1")
        .says("added context lab1")
        .says("lab1 runs on ssh:me@lab1");
    sandbox.kubectl(&["get", "ns"]).expect(0);
    // Its addresses are asked for as the user who logs in.
    node.move_to(place()).unwrap();
    ssh.runs("lab1", &[node.address()]);
    sandbox
        .bowline(&["heal"])
        .expect(0)
        .says("moved from")
        .never_says("sudo");
}

#[test]
fn this_machine_keeps_its_loopback_address() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, "127.0.0.1:0".parse().unwrap()).unwrap();
    let sandbox = Sandbox::new();
    let local = Machines::local(&sandbox);
    local.runs("this", &[]);
    sandbox.bowline(&["add", "k3s"]).expect(6).says(
        "local has no kubeconfig of k3s: /etc/rancher/k3s/k3s.yaml is not there; only a server",
    );
    local.write("this", CLIENT_CONFIG, &cluster.kubeconfig(&node.url()));
    sandbox
        .bowline(&["add", "microk8s"])
        .expect(0)
        .says("MicroK8s runs on local")
        .says("added context microk8s");
    assert!(sandbox.text().contains(&node.url()));
    sandbox.kubectl(&["get", "ns"]).expect(0);
    let (k3s, k3s_node) = (Cluster::new(), place());
    let k3s_node = Node::start(&k3s, k3s_node).unwrap();
    local.write(
        "this",
        "/etc/rancher/k3s/k3s.yaml",
        &k3s.kubeconfig(&k3s_node.url()),
    );
    sandbox
        .bowline(&["add", "k3s"])
        .expect(0)
        .says("added context k3s");
    // Both are this machine's, and neither is in the other's way.
    sandbox
        .bowline(&["add", "local"])
        .expect(0)
        .says("context microk8s is up to date");
    sandbox
        .bowline(&["add", "k3s"])
        .expect(0)
        .says("context k3s is up to date");
}

#[test]
fn a_copy_in_a_folder_needs_an_address_and_is_not_remembered() {
    let (cluster, node) = started();
    let sandbox = Sandbox::new();
    let folder = sandbox.path("backup");
    fs::create_dir_all(folder.join("credentials")).unwrap();
    fs::write(
        folder.join("credentials/client.config"),
        cluster.kubeconfig(LOOPBACK),
    )
    .unwrap();
    let what = format!("folder:{}", folder.display());
    let untouched = everything(&sandbox);
    sandbox
        .bowline(&["add", &what])
        .expect(3)
        .says("--at ADDRESS");
    assert_eq!(everything(&sandbox), untouched);
    let at = node.address().to_string();
    sandbox
        .bowline(&["add", &what, "--at", &at])
        .expect(0)
        .says("added context microk8s")
        .says("it comes from a copy");
    sandbox.kubectl(&["get", "ns"]).expect(0);
    let settings = fs::read_to_string(sandbox.path("config.toml")).unwrap();
    assert_eq!(settings, sandbox.default_settings());
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

#[test]
fn kind_and_minikube_write_their_own_entries() {
    let (cluster, node) = started();
    let sandbox = Sandbox::new();
    sandbox
        .bowline(&["add", "kind:dev"])
        .expect(6)
        .says("has no context kind-dev")
        .says("kind export kubeconfig --name dev");
    sandbox
        .bowline(&["add", "minikube"])
        .expect(6)
        .says("minikube update-context -p minikube");
    let text = cluster
        .kubeconfig(&node.url())
        .replace("name: microk8s\n", "name: kind-dev\n");
    sandbox.write(&text);
    sandbox
        .bowline(&["add", "kind:dev"])
        .expect(6)
        .says("there already, as context kind-dev");
    assert_eq!(sandbox.text(), text);
    // Into another file it is taken.
    let other = sandbox.path("other");
    sandbox
        .bowline_on(&other, &["add", "kind:dev"])
        .expect(0)
        .says("added context kind-dev");
    assert!(fs::read_to_string(&other).unwrap().contains(&node.url()));
    // A file of that name is a file when it is written as one.
    fs::write(sandbox.path("microk8s"), cluster.kubeconfig(&node.url())).unwrap();
    sandbox
        .bowline(&["add", "./microk8s", "--name", "mine"])
        .expect(0)
        .says("added context mine");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig {
        failure_persistence: None,
        ..proptest::prelude::ProptestConfig::with_cases(24)
    })]

    /// Whatever a kubeconfig looks like: what was in it stays in its place, and `undo` gives it back to the
    /// byte.
    #[test]
    fn the_rest_of_the_file_stays(
        encoding in 0..4_usize,
        comments in proptest::collection::vec("[ a-z:#'\"-]{0,20}", 0..4),
        indent in 0..3_usize,
        name in "[a-z]([a-z0-9-]{0,10}[a-z0-9])?",
    ) {
        let (cluster, node) = started();
        let mut text = mine();
        for comment in &comments {
            text = format!("{}# {comment}\n{text}# {comment}\n", " ".repeat(indent));
        }
        let bytes = match encoding {
            0 => text.clone().into_bytes(),
            1 => text.replace('\n', "\r\n").into_bytes(),
            2 => {
                text.truncate(text.trim_end().len());
                text.clone().into_bytes()
            }
            _ => utf16(&text),
        };
        let sandbox = Sandbox::with(&bytes);
        let multipass = Machines::multipass(&sandbox);
        microk8s(&multipass, &name, &cluster, &node);
        let what = format!("multipass:{name}");
        sandbox.bowline(&["add", &what]).expect(0);
        let after = sandbox.bytes();
        let after = match encoding {
            3 => String::from_utf16(
                &after.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect::<Vec<_>>(),
            ).unwrap().trim_start_matches('\u{feff}').to_owned(),
            _ => String::from_utf8(after).unwrap(),
        };
        assert_only_added(&text, &after);
        sandbox.bowline(&["undo"]).expect(0);
        assert_eq!(sandbox.bytes(), bytes);
    }
}
