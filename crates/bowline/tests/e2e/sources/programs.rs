//! Programs that know machines with addresses of their own.

use super::assert_found;
use super::stand_in;

#[test]
fn multipass() {
    assert_found("", "multipass, microk8s-vm", |sandbox, node| {
        let ip = node.ip();
        let json = format!(
            r#"{{"errors":[],"info":{{"microk8s-vm":{{"state":"Running","ipv4":["172.17.0.1","{ip}"]}}}}}}"#
        );
        stand_in(sandbox, "multipass", &[("info --format json", &json)]);
    });
}

/// `lxc` is run without LXD's socket only where the settings insist.
#[test]
fn lxd_and_incus() {
    for (program, name) in [("lxc", "lxd"), ("incus", "incus")] {
        let settings = format!("[sources]\n{name} = true\n");
        assert_found(&settings, &format!("{name}, k8s"), |sandbox, node| {
            let ip = node.ip();
            let json = format!(
                r#"[{{"name":"k8s","status":"Running","state":{{"network":{{"eth0":{{"hwaddr":"00:16:3e:0c:ee:dd","addresses":[{{"family":"inet","address":"{ip}","netmask":"24","scope":"global"}}]}}}}}}}}]"#
            );
            stand_in(sandbox, program, &[("list --format json", &json)]);
        });
    }
}

#[test]
fn virsh() {
    assert_found("", "libvirt, node1", |sandbox, node| {
        let ip = node.ip();
        let table = format!(
            " Expiry Time           MAC address         Protocol   IP address           Hostname   Client ID or DUID\n------------------------------------------------------------------------------------------------------------\n 2025-04-18 22:20:15   52:54:00:37:3e:bc   ipv4       {ip}/24   node1     ff:56:50:4d:98:00:02\n\n"
        );
        let system = "--connect qemu:///system --readonly";
        let (list, leases, none) = (
            format!("{system} net-list --name"),
            format!("{system} net-dhcp-leases default"),
            format!("{system} net-dhcp-leases mk-minikube"),
        );
        stand_in(
            sandbox,
            "virsh",
            &[
                (&list, "default\nmk-minikube\n\n"),
                (&leases, &table),
                (&none, "\n"),
            ],
        );
    });
}

#[test]
fn minikube() {
    assert_found("", "minikube, minikube", |sandbox, node| {
        let (ip, port) = (node.ip(), node.port());
        let json = format!(
            r#"{{"invalid":[],"valid":[{{"Name":"minikube","Status":"","Config":{{"Name":"minikube","Driver":"kvm2","Nodes":[{{"Name":"","IP":"{ip}","Port":{port},"ControlPlane":true,"Worker":true}}]}}}}]}}"#
        );
        stand_in(sandbox, "minikube", &[("profile list -l -o json", &json)]);
    });
}

#[test]
fn lima() {
    assert_found("", "lima, shared", |sandbox, node| {
        let ip = node.ip();
        let json = format!(
            r#"{{"name":"old","status":"Stopped","sshAddress":"127.0.0.1"}}
{{"name":"shared","hostname":"lima-shared","status":"Running","sshAddress":"127.0.0.1","guestIPAddress":"{ip}","config":{{}}}}"#
        );
        stand_in(sandbox, "limactl", &[("list --json", &json)]);
    });
}

#[test]
fn colima() {
    assert_found("", "colima, k8s", |sandbox, node| {
        let ip = node.ip();
        let json = format!(
            r#"{{"name":"k8s","status":"Running","arch":"aarch64","address":"{ip}","runtime":"containerd+k3s"}}"#
        );
        stand_in(sandbox, "colima", &[("list --json", &json)]);
    });
}

#[test]
fn wsl() {
    assert_found("", "wsl, Ubuntu", |sandbox, node| {
        let hostname = format!("{} 172.17.0.1 \n", node.ip());
        stand_in(
            sandbox,
            "wsl.exe",
            &[
                ("--list --running --quiet", "Ubuntu\r\n"),
                ("--distribution Ubuntu --exec hostname -I", &hostname),
            ],
        );
    });
}

#[test]
fn hyper_v() {
    assert_found("", "hyper-v, microk8s-vm", |sandbox, node| {
        let json = format!(
            "\u{feff}{{\"VMName\":\"microk8s-vm\",\"MacAddress\":\"00155D010A09\",\"IPAddresses\":[\"{}\",\"fe80::1\"],\"SwitchName\":\"Default Switch\"}}\r\n",
            node.ip()
        );
        let asked = locate::hyper_v::ARGUMENTS.join(" ");
        stand_in(sandbox, "powershell.exe", &[(&asked, &json)]);
    });
}
