//! Who may do what, and who gets in without a login.

use super::Evidence;
use super::Rule;
use super::Subject;
use super::certificates::kubelet_is_signed;
use crate::args::Flag;
use crate::paths;
use crate::severity::Severity;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "authorization-always-allow",
        severity: Severity::High,
        title: "Every user may do everything",
        consequence: "Any accepted credential, the scheduler's or a person's, is as good as the administrator's.",
        remedy: "microk8s enable rbac",
        fixable: false,
        check: always_allow,
    },
    Rule {
        id: "insecure-port",
        severity: Severity::High,
        title: "The API has a port that needs no login",
        consequence: "Whoever reaches that port is cluster administrator.",
        remedy: "sudo sed -i.bak 's/^--insecure-port=.*/--insecure-port=0/' /var/snap/microk8s/current/args/kube-apiserver && sudo snap restart SERVICE",
        fixable: false,
        check: insecure_port,
    },
    Rule {
        id: "anonymous-auth",
        severity: Severity::Low,
        title: "Requests without a login are taken as system:anonymous",
        consequence: "Whoever reaches the port learns the version, and may do what RBAC grants system:unauthenticated.",
        remedy: "sudo sed -i.bak '/^--anonymous-auth/d; $a --anonymous-auth=false' /var/snap/microk8s/current/args/kube-apiserver && sudo snap restart SERVICE",
        fixable: false,
        check: anonymous,
    },
    Rule {
        id: "kubelet-anonymous",
        severity: Severity::High,
        title: "The kubelet answers without a login",
        consequence: "Whoever reaches port 10250 can run commands in every pod of the node.",
        remedy: "sudo sed -i.bak '/^--anonymous-auth/d; $a --anonymous-auth=false' /var/snap/microk8s/current/args/kubelet && sudo snap restart SERVICE",
        fixable: false,
        check: kubelet_anonymous,
    },
    Rule {
        id: "kubelet-read-only-port",
        severity: Severity::Medium,
        title: "The kubelet has a port that needs no login",
        consequence: "Pods with their environment, and metrics of the node, are readable by whoever reaches it.",
        remedy: "sudo sed -i.bak '/^--read-only-port/d; $a --read-only-port=0' /var/snap/microk8s/current/args/kubelet && sudo snap restart SERVICE",
        fixable: false,
        check: kubelet_read_only,
    },
    Rule {
        id: "kubelet-always-allow",
        severity: Severity::Medium,
        title: "RBAC does not count on the kubelet",
        consequence: "Each login that the cluster knows, every pod's service account too, can run commands in every pod of the node through port 10250.",
        remedy: "sudo sed -i.bak '/^--authorization-mode/d; $a --authorization-mode=Webhook' /var/snap/microk8s/current/args/kubelet && sudo snap restart SERVICE",
        fixable: false,
        check: kubelet_always_allow,
    },
    Rule {
        id: "kubelet-not-verified",
        severity: Severity::Low,
        title: "The API server does not check kubelets",
        consequence: "Whoever takes a node's address reads logs and what `kubectl exec` sends. It is the default up to 1.27, and upgrades keep it.",
        remedy: "no command does it safely: kubelet.crt has to be signed by the cluster's CA first, as it is on nodes installed as 1.28 or later",
        fixable: false,
        check: kubelet_not_verified,
    },
];

fn line(service: &str, flag: &Flag) -> Evidence {
    Evidence::new(
        format!("args/{service}"),
        format!(
            "args/{service}, line {}: --{}={}",
            flag.line,
            flag.name,
            flag.text()
        ),
    )
}

fn always_allow(subject: &Subject<'_>) -> Vec<Evidence> {
    let Some(args) = subject.node.apiserver() else {
        return Vec::new();
    };
    if !subject.node.allows_everything() {
        return Vec::new();
    }
    vec![args.flag("authorization-mode").map_or_else(
        || {
            Evidence::new(
                "args/kube-apiserver",
                "args/kube-apiserver has no --authorization-mode; AlwaysAllow is the default",
            )
        },
        |flag| line("kube-apiserver", flag),
    )]
}

fn insecure_port(subject: &Subject<'_>) -> Vec<Evidence> {
    let flag = subject
        .node
        .apiserver()
        .and_then(|args| args.flag("insecure-port"));
    let open = flag.filter(|flag| flag.text() != "0");
    let mut found: Vec<Evidence> = open
        .map(|flag| line("kube-apiserver", flag))
        .into_iter()
        .collect();
    // MicroK8s 1.10 to 1.18 had services that relied on it.
    for service in ["kube-controller-manager", "kube-scheduler", "kube-proxy"] {
        let flag = subject
            .node
            .args
            .get(service)
            .and_then(|args| args.flag("master"));
        if let Some(flag) = flag.filter(|flag| flag.text().starts_with("http://")) {
            found.push(line(service, flag));
        }
    }
    found
}

/// Only where somebody switched it on or where RBAC leaves it on by default: kube-apiserver switches it off
/// under `AlwaysAllow` (`pkg/kubeapiserver/options/authentication.go`).
fn anonymous(subject: &Subject<'_>) -> Vec<Evidence> {
    let Some(args) = subject.node.apiserver() else {
        return Vec::new();
    };
    match (args.flag("anonymous-auth"), args.is_on("anonymous-auth")) {
        (Some(flag), Some(true)) => vec![line("kube-apiserver", flag)],
        (None, _)
            if !subject.node.allows_everything()
                && args.flag("authentication-config").is_none() =>
        {
            vec![
                Evidence::new(
                    "args/kube-apiserver",
                    "args/kube-apiserver has no --anonymous-auth; with RBAC it is on by default",
                )
                .severity(Severity::Info),
            ]
        }
        _ => Vec::new(),
    }
}

fn kubelet_anonymous(subject: &Subject<'_>) -> Vec<Evidence> {
    let Some(args) = subject.node.args.get("kubelet") else {
        return Vec::new();
    };
    match (args.flag("anonymous-auth"), args.is_on("anonymous-auth")) {
        (Some(flag), Some(true)) => vec![line("kubelet", flag)],
        // A file may say it instead.
        (None, _) if args.flag("config").is_none() => {
            vec![Evidence::new(
                "args/kubelet",
                "args/kubelet has no --anonymous-auth; on is the default",
            )]
        }
        _ => Vec::new(),
    }
}

fn kubelet_read_only(subject: &Subject<'_>) -> Vec<Evidence> {
    let flag = subject
        .node
        .args
        .get("kubelet")
        .and_then(|args| args.flag("read-only-port"));
    let open = flag.filter(|flag| flag.text() != "0");
    open.map(|flag| line("kubelet", flag)).into_iter().collect()
}

fn kubelet_always_allow(subject: &Subject<'_>) -> Vec<Evidence> {
    let Some(args) = subject.node.args.get("kubelet") else {
        return Vec::new();
    };
    // Under AlwaysAllow the API server gives as much anyway.
    if subject.node.apiserver().is_none() || subject.node.allows_everything() {
        return Vec::new();
    }
    match args.flag("authorization-mode") {
        Some(flag) if flag.text() == "AlwaysAllow" => vec![line("kubelet", flag)],
        None if args.flag("config").is_none() => vec![Evidence::new(
            "args/kubelet",
            "args/kubelet has no --authorization-mode; AlwaysAllow is the default",
        )],
        _ => Vec::new(),
    }
}

fn kubelet_not_verified(subject: &Subject<'_>) -> Vec<Evidence> {
    let Some(args) = subject.node.apiserver() else {
        return Vec::new();
    };
    if args.flag("kubelet-certificate-authority").is_some() {
        return Vec::new();
    }
    let file = "args/kube-apiserver";
    let evidence = Evidence::new(
        file,
        format!("{file} has no --kubelet-certificate-authority"),
    );
    if !kubelet_is_signed(subject) {
        return vec![evidence];
    }
    vec![evidence.remedy(format!(
        "echo '--kubelet-certificate-authority=${{SNAP_DATA}}/certs/ca.crt' | sudo tee -a {} && sudo snap restart {}",
        paths::data(file),
        subject.node.apiserver_service()
    ))]
}
