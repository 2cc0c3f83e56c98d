//! The post's kube-apiserver listing with what each of its flags does and what is to be thought of it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use microk8s::Severity;
use microk8s::args::Args;
use microk8s::args::Environment;
use microk8s::args::Reader;
use microk8s::flags;

#[allow(clippy::unwrap_used, reason = "a test")]
fn table(service: &str, file: &str, minor: Option<u32>) -> String {
    let environment = Environment::of(Some("3582"));
    let args = Args::parse(file.as_bytes(), &environment, Reader::of(service, true));
    assert!(args.problems.is_empty(), "{:?}", args.problems);
    let mut out = String::new();
    for flag in flags::annotate(service, &args, minor) {
        let about = flag.about.unwrap_or("?");
        writeln!(
            out,
            "{} {} = {}\n  {about}",
            flag.line, flag.name, flag.value
        )
        .unwrap();
        if let Some(judgement) = flag.judgement {
            writeln!(
                out,
                "  {}: {}",
                judgement.severity.name(),
                judgement.sentence
            )
            .unwrap();
        }
    }
    out
}

#[test]
fn the_listing_of_the_post_is_explained() {
    let file = include_str!("data/kube-apiserver-3582.args");
    assert_eq!(file.lines().count(), 18);
    let table = table("kube-apiserver", file, Some(22));
    assert!(!table.contains('?'));
    insta::assert_snapshot!(table);
}

/// All flags of canonical/microk8s `default-args` that the crate was written against, and of its hooks.
const DEFAULTS: &[(&str, &str)] = &[
    (
        "kube-apiserver",
        "cert-dir service-cluster-ip-range authorization-mode service-account-key-file client-ca-file tls-cert-file tls-private-key-file tls-cipher-suites kubelet-client-certificate kubelet-client-key secure-port etcd-servers etcd-cafile etcd-certfile etcd-keyfile allow-privileged service-account-issuer service-account-signing-key-file event-ttl profiling requestheader-client-ca-file requestheader-allowed-names requestheader-extra-headers-prefix requestheader-group-headers requestheader-username-headers proxy-client-cert-file proxy-client-key-file enable-admission-plugins admission-control-config-file kubelet-certificate-authority kubelet-preferred-address-types basic-auth-file token-auth-file insecure-port storage-backend storage-dir feature-gates",
    ),
    (
        "kubelet",
        "kubeconfig cert-dir client-ca-file anonymous-auth network-plugin root-dir log-dir fail-swap-on cni-conf-dir cni-bin-dir feature-gates eviction-hard container-runtime container-runtime-endpoint containerd node-labels authentication-token-webhook read-only-port resolv-conf tls-cipher-suites serialize-image-pulls cluster-domain cluster-dns runtime-cgroups kubelet-cgroups",
    ),
    (
        "kube-controller-manager",
        "kubeconfig master service-account-private-key-file root-ca-file cluster-signing-cert-file cluster-signing-key-file use-service-account-credentials leader-elect-lease-duration leader-elect-renew-deadline profiling address",
    ),
    (
        "kube-scheduler",
        "kubeconfig leader-elect-lease-duration leader-elect-renew-deadline profiling",
    ),
    (
        "kube-proxy",
        "kubeconfig cluster-cidr healthz-bind-address profiling proxy-mode conntrack-max-per-core",
    ),
    (
        "kubelite",
        "scheduler-args-file controller-manager-args-file proxy-args-file kubelet-args-file apiserver-args-file kubeconfig-file start-control-plane",
    ),
    ("k8s-dqlite", "storage-dir listen"),
    (
        "etcd",
        "data-dir advertise-client-urls listen-client-urls client-cert-auth trusted-ca-file cert-file key-file enable-v2",
    ),
    ("containerd", "config root state address"),
    ("ctr", "address namespace"),
    (
        "flanneld",
        "iface etcd-endpoints etcd-cafile etcd-certfile etcd-keyfile subnet-file ip-masq",
    ),
    ("cluster-agent", "bind keyfile certfile timeout"),
    (
        "apiserver-proxy",
        "config kubeconfig refresh-interval listen traefik-config",
    ),
    ("kubectl", "kubeconfig"),
];

#[test]
fn every_default_flag_has_a_row() {
    let named: BTreeSet<_> = DEFAULTS.iter().map(|(service, _)| *service).collect();
    assert_eq!(named, flags::services().collect());
    for (service, names) in DEFAULTS {
        for name in names.split_whitespace() {
            assert!(flags::row_of(service, name).is_some(), "{service} --{name}");
        }
    }
}

#[test]
fn judgements() {
    use Severity::{High, Info, Low, Medium};
    for (service, file, minor, expected) in [
        (
            "kube-apiserver",
            "--authorization-mode=RBAC,Node\n",
            28,
            None,
        ),
        (
            "kube-apiserver",
            "--authorization-mode=AlwaysAllow\n",
            28,
            Some(High),
        ),
        (
            "kube-apiserver",
            "--authorization-mode=RBAC,AlwaysAllow\n",
            28,
            Some(High),
        ),
        ("kube-apiserver", "--insecure-port=8080\n", 19, Some(High)),
        ("kube-apiserver", "--insecure-port=0\n", 22, None),
        ("kube-apiserver", "--insecure-port=0\n", 24, Some(Medium)),
        (
            "kube-apiserver",
            "--insecure-bind-address=0.0.0.0\n--insecure-port=8080\n",
            18,
            Some(High),
        ),
        (
            "kube-apiserver",
            "--insecure-bind-address=0.0.0.0\n--insecure-port=0\n",
            18,
            None,
        ),
        ("kube-apiserver", "--basic-auth-file=x\n", 18, Some(High)),
        ("kube-apiserver", "--token-auth-file=x\n", 28, Some(Medium)),
        (
            "kube-apiserver",
            "--anonymous-auth\n--authorization-mode=RBAC\n",
            28,
            Some(Low),
        ),
        ("kube-apiserver", "--anonymous-auth=false\n", 28, None),
        ("kube-apiserver", "--profiling=true\n", 28, Some(Low)),
        ("kube-apiserver", "--profiling=false\n", 28, None),
        (
            "kube-apiserver",
            "--kubelet-client-certificate=/c/server.crt\n",
            22,
            Some(Low),
        ),
        (
            "kube-apiserver",
            "--kubelet-client-certificate=/c/x.crt\n--kubelet-certificate-authority=y\n",
            28,
            None,
        ),
        (
            "kube-apiserver",
            "--feature-gates=RemoveSelfLink=false\n",
            23,
            Some(Info),
        ),
        (
            "kube-apiserver",
            "--feature-gates=A=true,RemoveSelfLink=false\n",
            24,
            Some(Medium),
        ),
        (
            "kube-apiserver",
            "--feature-gates=RemoveSelfLink=true\n",
            29,
            Some(Info),
        ),
        (
            "kube-apiserver",
            "--service-account-issuer='https://x'\n",
            28,
            Some(Info),
        ),
        (
            "kube-apiserver",
            "--service-account-issuer=https://x\n",
            28,
            None,
        ),
        (
            "kube-apiserver",
            "--secure-port=6443\n--secure-port=16443\n",
            28,
            Some(Info),
        ),
        ("kubelet", "--anonymous-auth=true\n", 28, Some(High)),
        (
            "kubelet",
            "--authorization-mode=AlwaysAllow\n",
            28,
            Some(Medium),
        ),
        ("kubelet", "--authorization-mode=Webhook\n", 28, None),
        ("kubelet", "--read-only-port=10255\n", 28, Some(Medium)),
        ("kubelet", "--network-plugin=cni\n", 23, None),
        ("kubelet", "--network-plugin=cni\n", 24, Some(Medium)),
        (
            "kube-controller-manager",
            "--master='http://127.0.0.1:8080'\n",
            18,
            Some(High),
        ),
        ("cluster-agent", "--bind 0.0.0.0:25000\n", 28, Some(Info)),
        ("cluster-agent", "--bind 127.0.0.1:25000\n", 28, None),
        ("kube-apiserver", "--no-such-flag=1\n", 28, None),
    ] {
        let args = Args::parse(
            file.as_bytes(),
            &Environment::of(None),
            Reader::of(service, true),
        );
        let first = flags::annotate(service, &args, Some(minor)).remove(0);
        let severity = first.judgement.as_ref().map(|judgement| judgement.severity);
        assert_eq!(severity, expected, "{service} 1.{minor} {file:?} {first:?}");
    }
}
