//! `[sources]` in config.toml.

use testnode::Cluster;
use testnode::Node;

use super::calls;
use super::closed;
use super::published;
use super::stand_in;
use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;

#[test]
fn a_source_that_is_switched_off_is_not_asked() {
    let cluster = Cluster::new();
    let node = published(&cluster);
    let before = odd(&cluster, &format!("https://127.0.0.1:{}", closed().port()));
    let sandbox = Sandbox::with(&before);
    let json = format!(
        r#"{{"Names":"kind-control-plane","Ports":"127.0.0.1:{}->6443/tcp"}}"#,
        node.address().port()
    );
    stand_in(
        &sandbox,
        "docker",
        &[("ps --no-trunc --format {{json .}}", &json)],
    );
    sandbox.settings("[sources]\ndocker = false\n");
    sandbox.bowline(&["heal"]).expect(3);
    assert_eq!(calls(&sandbox, "docker"), 0);
    assert_eq!(sandbox.text(), before);
    sandbox.settings("[sources]\ndocker = true\n");
    sandbox.bowline(&["heal"]).expect(0);
    assert_eq!(calls(&sandbox, "docker"), 1);
}

#[test]
fn both_spellings_switch_multipass_off() {
    let cluster = Cluster::new();
    let sandbox = Sandbox::with(odd(&cluster, &format!("https://{}", place())));
    stand_in(&sandbox, "multipass", &[]);
    for settings in ["multipass = false\n", "[sources]\nmultipass = false\n"] {
        sandbox.settings(settings);
        sandbox.bowline(&["heal"]).expect(3);
        assert_eq!(calls(&sandbox, "multipass"), 0, "{settings}");
    }
    sandbox.settings("");
    sandbox
        .bowline(&["heal"])
        .expect(3)
        .says("multipass failed: unexpected");
    assert_eq!(calls(&sandbox, "multipass"), 1);
}

#[test]
fn an_unknown_key_is_refused_with_the_known_ones() {
    let sandbox = Sandbox::with(odd(&Cluster::new(), &format!("https://{}", place())));
    sandbox.settings("[sources]\n\"dok\\u001b[31mcer\" = false\n");
    sandbox
        .bowline(&["heal"])
        .expect(7)
        .says("config.toml")
        .says("there is no source `dok")
        .says("colima, dhcpd_leases, dns, dnsmasq_leases, docker");
}

/// On Ubuntu `lxc` may be a script that installs LXD.
#[test]
fn lxc_is_not_run_where_there_is_no_lxd() {
    let markers = locate::Source::Lxd.facts().markers;
    if markers
        .iter()
        .any(|path| std::path::Path::new(path).exists())
    {
        crate::support::skip("lxc_is_not_run_where_there_is_no_lxd", "LXD runs here");
        return;
    }
    let sandbox = Sandbox::with(odd(&Cluster::new(), &format!("https://{}", place())));
    stand_in(&sandbox, "lxc", &[]);
    sandbox.bowline(&["heal"]).expect(3);
    assert_eq!(calls(&sandbox, "lxc"), 0);
}

#[test]
fn nothing_is_run_while_the_entrys_own_server_works() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    let programs = ["docker", "multipass", "minikube", "virsh", "wsl.exe"];
    for program in programs {
        stand_in(&sandbox, program, &[]);
    }
    for line in [
        &["heal"][..],
        &["status"],
        &["k", "get", "ns"],
        &["k", "get", "ns"],
    ] {
        sandbox.bowline(line).expect(0);
    }
    for program in programs {
        assert_eq!(calls(&sandbox, program), 0, "{program}");
    }
}
