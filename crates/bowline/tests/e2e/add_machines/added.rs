//! What `add` writes, and what it leaves.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use testnode::Node;

use super::everything;
use super::machines::Machines;
use super::machines::started;
use super::microk8s;
use super::mine;
use crate::add::assert_only_added;
use crate::support::Sandbox;
use crate::support::place;
use crate::support::utf16;

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
