//! Lease files, in places that the settings name.

use std::fs;

use testnode::Cluster;

use super::assert_found;
use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;

#[test]
fn hosts_ics() {
    assert_found(
        "hosts_ics = ['SANDBOX/hosts.ics']\n",
        "hosts.ics, microk8s-vm.mshome.net",
        |sandbox, node| sandbox.announce(&[("microk8s-vm", node)]),
    );
}

#[test]
fn dnsmasq_leases() {
    assert_found(
        "dnsmasq_leases = ['SANDBOX/dnsmasq.leases']\n",
        "dnsmasq.leases, microk8s-vm",
        |sandbox, node| {
            let ip = node.ip();
            // An older lease of a network that is gone.
            let text = format!(
                "1900000000 52:54:00:c8:ee:21 {} microk8s-vm *\n1900000100 52:54:00:c8:ee:21 {ip} microk8s-vm *\n",
                place().ip()
            );
            fs::write(sandbox.path("dnsmasq.leases"), text).unwrap();
        },
    );
}

#[test]
fn libvirts_status_files() {
    assert_found(
        "libvirt_status = ['SANDBOX/dnsmasq']\n",
        "libvirt, node1",
        |sandbox, node| {
            let folder = sandbox.path("dnsmasq");
            fs::create_dir(&folder).unwrap();
            let text = format!(
                r#"[{{"ip-address": "{}", "mac-address": "52:54:00:a4:6f:91", "hostname": "node1", "expiry-time": 1900000000}}]"#,
                node.ip()
            );
            fs::write(folder.join("virbr1.status"), text).unwrap();
            fs::write(folder.join("virbr0.status"), "").unwrap();
            fs::write(folder.join("virbr1.macs"), "no status").unwrap();
        },
    );
}

#[test]
fn dhcpd_leases() {
    assert_found(
        "dhcpd_leases = ['SANDBOX/dhcpd_leases']\n",
        "dhcpd_leases, microk8s-vm",
        |sandbox, node| {
            let text = format!(
                "{{\n\tname=microk8s-vm\n\tip_address={}\n\thw_address=1,8e:1:99:9c:54:b1\n\tidentifier=1,8e:1:99:9c:54:b1\n\tlease=0x697e1268\n}}\n",
                node.ip()
            );
            fs::write(sandbox.path("dhcpd_leases"), text).unwrap();
        },
    );
}

#[test]
fn files_that_are_missing_or_no_lease_files_are_told() {
    let cluster = Cluster::new();
    let before = odd(&cluster, &format!("https://{}", place()));
    let sandbox = Sandbox::with(&before);
    let path = |name: &str| sandbox.path(name).display().to_string();
    sandbox.settings(&format!(
        "dnsmasq_leases = ['{}', '{}', '{}', '{}']\nlibvirt_status = ['{}']\n",
        path("missing"),
        path("folder"),
        path("large"),
        path("junk"),
        path("junk"),
    ));
    fs::create_dir(sandbox.path("folder")).unwrap();
    fs::write(sandbox.path("large"), vec![b'1'; 2 << 20]).unwrap();
    fs::write(sandbox.path("junk"), b"\x00\x1b[31m\xff\n".repeat(1000)).unwrap();
    sandbox
        .bowline(&["heal"])
        .expect(3)
        .stays_plain()
        .says("missing does not exist (config.toml)")
        .says("folder: not a file")
        .says("large: larger than any dnsmasq.leases")
        .says("libvirt: ")
        .says("junk: not what libvirt writes into a .status file");
    assert_eq!(sandbox.text(), before);
}
