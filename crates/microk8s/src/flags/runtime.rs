use super::Row;
use super::row;

pub(super) const CONTAINERD: &[Row] = &[
    row(
        "config",
        "Its settings, made from containerd-template.toml at each start",
    ),
    row("root", "Where images and containers are kept"),
    row("state", "Where running containers' state is"),
    row("address", "Its socket; who may open it is root on the node"),
    row("log-level", "How much is logged"),
];

pub(super) const CTR: &[Row] = &[
    row("address", "The socket of containerd"),
    row("namespace", "Which containers `microk8s ctr` shows"),
];

pub(super) const FLANNELD: &[Row] = &[
    row(
        "iface",
        "The network interface between nodes; empty for that of the default route",
    ),
    row("etcd-endpoints", "The etcd that keeps the nodes' networks"),
    row("etcd-cafile", "The CA by which that etcd is checked"),
    row(
        "etcd-certfile",
        "The certificate with which flannel logs in to etcd",
    ),
    row("etcd-keyfile", "The key of that certificate"),
    row("subnet-file", "Where the node's own network is written"),
    row("ip-masq", "Whether what leaves the cluster is masqueraded"),
];
