//! Where distributions of Kubernetes keep the kubeconfig of their admin.

/// A distribution and its kubeconfig.
#[derive(Debug, PartialEq, Eq)]
pub struct Distribution {
    /// The word for it on the command line.
    pub word: &'static str,
    /// How it is spelt.
    pub name: &'static str,
    /// Where its kubeconfig is, the preferred one first.
    pub files: &'static [&'static str],
    /// What to know when none of them is there.
    pub missing: &'static str,
}

/// MicroK8s (canonical/microk8s `snap/hooks/install`).
pub const MICROK8S: Distribution = Distribution {
    word: "microk8s",
    name: "MicroK8s",
    files: &["/var/snap/microk8s/current/credentials/client.config"],
    missing: "install it with `sudo snap install microk8s --classic`, or name the machine that runs it",
};

/// All of them; where several have a file on one machine, the first is taken.
pub const DISTRIBUTIONS: [&Distribution; 5] = [
    &MICROK8S,
    &Distribution {
        word: "k3s",
        name: "k3s",
        files: &["/etc/rancher/k3s/k3s.yaml"],
        missing: "only a server of k3s has it, an agent has none; `--write-kubeconfig` may have put it elsewhere: `bowline add FILE`",
    },
    &Distribution {
        word: "rke2",
        name: "RKE2",
        files: &["/etc/rancher/rke2/rke2.yaml"],
        missing: "only a server of RKE2 has it, an agent has none",
    },
    // Kubernetes `cmd/kubeadm/app/constants/constants.go`; the second is of 1.29 and later, on the first
    // control-plane node only, and passes over RBAC.
    &Distribution {
        word: "kubeadm",
        name: "kubeadm",
        files: &[
            "/etc/kubernetes/admin.conf",
            "/etc/kubernetes/super-admin.conf",
        ],
        missing: "only a control-plane node has it",
    },
    &Distribution {
        word: "k0s",
        name: "k0s",
        files: &["/var/lib/k0s/pki/admin.conf"],
        missing: "only a controller of k0s has it",
    },
];

/// A program that writes into kubectl's default kubeconfig by itself.
#[derive(Debug, PartialEq, Eq)]
pub struct Writer {
    /// The word for it on the command line.
    pub word: &'static str,
    /// The cluster that is meant where none is named.
    pub default: &'static str,
    /// What it puts before a cluster's name to name the context.
    pub prefix: &'static str,
    /// The command that makes it write the context again, before the cluster's name.
    pub again: &'static str,
}

/// All of them.
pub const WRITERS: [Writer; 2] = [
    // kubernetes-sigs/kind `pkg/cluster/internal/kubeconfig/internal/kubeconfig/helpers.go`.
    Writer {
        word: "kind",
        default: "kind",
        prefix: "kind-",
        again: "kind export kubeconfig --name",
    },
    // kubernetes/minikube `pkg/minikube/kubeconfig`.
    Writer {
        word: "minikube",
        default: "minikube",
        prefix: "",
        again: "minikube update-context -p",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_fit_what_they_are_for() {
        assert_eq!(DISTRIBUTIONS[0], &MICROK8S, "it is asked for first");
        let mut words: Vec<_> = DISTRIBUTIONS.iter().map(|it| it.word).collect();
        words.extend(WRITERS.iter().map(|it| it.word));
        for (i, word) in words.iter().enumerate() {
            assert!(!words[..i].contains(word), "{word}");
        }
        for distribution in DISTRIBUTIONS {
            for file in distribution.files {
                assert!(file.starts_with('/') && !file.contains('*'), "{file}");
            }
        }
    }
}
