//! Who made the cluster, and what its commands for mending are called.

use identity::Authority;
use identity::Leaf;

use super::finding::At;
use super::finding::Mend;
use crate::world::World;

/// Who made a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Distribution {
    MicroK8s,
    K3s,
    Kubeadm,
    Minikube,
    Unknown,
}

/// What is to be done on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    Start,
    Resume,
    RestartServer,
    RestartDatastore,
    RenewServer,
    RenewKubelet,
    PrintKubeconfig,
    SetClock,
}

/// Sources: canonical/microk8s `microk8s-resources/wrappers` and `scripts/wrappers/refresh-certs.py`;
/// k3s `docs/cli/certificate`; kubeadm `certs renew`; minikube `start`.
const COMMANDS: &[(Distribution, Task, &str)] = {
    use Distribution::{K3s, Kubeadm, MicroK8s, Minikube};
    &[
        (MicroK8s, Task::Start, "sudo microk8s start"),
        (
            MicroK8s,
            Task::Resume,
            "sudo snap restart microk8s.daemon-kubelite",
        ),
        (
            MicroK8s,
            Task::RestartServer,
            "sudo snap restart microk8s.daemon-kubelite",
        ),
        (
            MicroK8s,
            Task::RestartDatastore,
            "sudo snap restart microk8s.daemon-k8s-dqlite",
        ),
        (
            MicroK8s,
            Task::RenewServer,
            "sudo microk8s refresh-certs -e server.crt",
        ),
        (
            MicroK8s,
            Task::RenewKubelet,
            "sudo microk8s refresh-certs -e ca.crt",
        ),
        (MicroK8s, Task::PrintKubeconfig, "sudo microk8s config"),
        (K3s, Task::Start, "sudo systemctl start k3s"),
        (K3s, Task::Resume, "sudo systemctl restart k3s"),
        (K3s, Task::RestartServer, "sudo systemctl restart k3s"),
        (K3s, Task::RestartDatastore, "sudo systemctl restart k3s"),
        (
            K3s,
            Task::RenewServer,
            "sudo sh -c 'systemctl stop k3s && k3s certificate rotate && systemctl start k3s'",
        ),
        (K3s, Task::RenewKubelet, "sudo systemctl restart k3s"),
        (
            K3s,
            Task::PrintKubeconfig,
            "sudo cat /etc/rancher/k3s/k3s.yaml",
        ),
        (Kubeadm, Task::Start, "sudo systemctl restart kubelet"),
        (Kubeadm, Task::Resume, "sudo systemctl restart kubelet"),
        (
            Kubeadm,
            Task::RestartServer,
            "sudo systemctl restart kubelet",
        ),
        (
            Kubeadm,
            Task::RestartDatastore,
            "sudo systemctl restart kubelet",
        ),
        (
            Kubeadm,
            Task::RenewServer,
            "sudo kubeadm certs renew apiserver",
        ),
        (
            Kubeadm,
            Task::RenewKubelet,
            "sudo systemctl restart kubelet",
        ),
        (
            Kubeadm,
            Task::PrintKubeconfig,
            "sudo cat /etc/kubernetes/admin.conf",
        ),
        (Minikube, Task::Start, "minikube start"),
        (Minikube, Task::Resume, "minikube start"),
        (Minikube, Task::RestartServer, "minikube start"),
        (Minikube, Task::RestartDatastore, "minikube start"),
        (Minikube, Task::RenewServer, "minikube start"),
        (Minikube, Task::RenewKubelet, "minikube start"),
        (Minikube, Task::PrintKubeconfig, "minikube update-context"),
    ]
};

impl Distribution {
    /// Judges by the CA's name, and by the certificate where one was seen.
    pub(super) fn of(authority: Option<&Authority>, leaf: Option<&Leaf>) -> Self {
        let canonical =
            leaf.is_some_and(|leaf| leaf.organizations.iter().any(|o| o == "Canonical"));
        let names: Vec<&str> = authority
            .map(|a| a.common_names().collect())
            .unwrap_or_default();
        // The service address is the CA's name in MicroK8s (`csr.conf`), also where it was changed.
        let is_address = |name: &&str| name.parse::<std::net::IpAddr>().is_ok();
        if canonical || names.iter().any(is_address) {
            Self::MicroK8s
        } else if names.iter().any(|name| name.starts_with("k3s-server-ca")) {
            Self::K3s
        } else if names.contains(&"minikubeCA") {
            Self::Minikube
        } else if names.contains(&"kubernetes") {
            Self::Kubeadm
        } else {
            Self::Unknown
        }
    }

    fn command(self, task: Task) -> Option<&'static str> {
        if task == Task::SetClock {
            return Some("sudo timedatectl set-ntp true");
        }
        let row = COMMANDS.iter().find(|row| row.0 == self && row.1 == task);
        row.map(|row| row.2)
    }

    /// What does it on the node; typed from here where the machine is known.
    pub(super) fn mend(self, world: &World, cluster: &str, task: Task) -> Mend {
        let Some(command) = self.command(task) else {
            return Mend::hand(match task {
                Task::Start => "start the cluster, or the machine that it runs on",
                Task::Resume | Task::RestartServer => "restart the API server on its node",
                Task::RestartDatastore => "restart etcd, or what the API server uses in its place",
                Task::RenewServer => "renew the API server's certificate on its node",
                Task::RenewKubelet => "renew the kubelet's certificate on its node",
                Task::PrintKubeconfig => {
                    "fetch its kubeconfig anew from whoever runs the cluster, and `bowline add` it"
                }
                Task::SetClock => "set the clock of the node",
            });
        };
        if self == Self::Minikube {
            return Mend::here(command);
        }
        let mut mend = Mend::at(At::Node, command);
        let machine = world.settings.hints(cluster).machine;
        let place = machine.and_then(|text| text.parse::<machines::Place>().ok());
        mend.from_here = place.map(|place| place.typed(command));
        mend
    }
}
