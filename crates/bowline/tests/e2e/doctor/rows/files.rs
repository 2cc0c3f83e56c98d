//! The first rung: the files, and what a context leads to.

use super::*;

pub(super) const ROWS: &[Row] = &[
    // The files.
    Row {
        name: "no kubeconfig",
        fault: |stage| {
            fs::remove_file(stage.sandbox.file()).unwrap();
            stage.context.clear();
        },
        id: "kubeconfig-none",
        rung: "kubeconfig",
        code: 6,
        kubectl: "localhost:8080",
        hand: Some(restore),
        ..PLAIN
    },
    Row {
        name: "~ in KUBECONFIG",
        fault: |stage| stage.list = Some("~/.kube/config".to_owned()),
        id: "kubeconfig-tilde",
        rung: "kubeconfig",
        code: 6,
        kubectl: "context was not found for specified context: dev",
        ..PLAIN
    },
    Row {
        name: "a folder for a file",
        fault: |stage| {
            fs::remove_file(stage.sandbox.file()).unwrap();
            fs::create_dir(stage.sandbox.file()).unwrap();
            stage.context.clear();
        },
        id: "kubeconfig-unreadable",
        rung: "kubeconfig",
        code: 6,
        kubectl: "is a directory",
        hand: Some(restore),
        ..PLAIN
    },
    Row {
        name: "no YAML",
        fault: |stage| stage.edit("clusters:\n", "clusters: [\n"),
        id: "kubeconfig-damaged",
        rung: "kubeconfig",
        code: 6,
        kubectl: "error loading config file",
        hand: Some(restore),
        ..PLAIN
    },
    Row {
        name: "CA data is not base64",
        fault: |stage| {
            let line = stage.line("certificate-authority-data:");
            stage.edit(&line, "    certificate-authority-data: '!'");
        },
        id: "kubeconfig-damaged",
        rung: "kubeconfig",
        code: 6,
        kubectl: "illegal base64 data at input byte 0",
        hand: Some(restore),
        ..PLAIN
    },
    Row {
        name: "no current context",
        fault: |stage| {
            stage.edit("current-context: dev\n", "");
            stage.context.clear();
        },
        id: "context-none",
        rung: "kubeconfig",
        code: 6,
        kubectl: "localhost:8080",
        ..PLAIN
    },
    Row {
        name: "unknown context",
        fault: |stage| "prod".clone_into(&mut stage.context),
        id: "context-unknown",
        rung: "kubeconfig",
        code: 6,
        kubectl: "context was not found for specified context: prod",
        hand: Some(|stage| "dev".clone_into(&mut stage.context)),
        ..PLAIN
    },
    Row {
        name: "dangling cluster",
        fault: |stage| stage.edit("    cluster: dev\n", "    cluster: gone\n"),
        id: "cluster-unknown",
        rung: "kubeconfig",
        code: 6,
        // Without a cluster it goes where it goes without a kubeconfig.
        kubectl: "localhost:8080",
        ..PLAIN
    },
    Row {
        name: "dangling user",
        fault: |stage| stage.edit("    user: dev\n", "    user: gone\n"),
        id: "user-unknown",
        rung: "kubeconfig",
        code: 6,
        kubectl: "Please enter Username",
        ..PLAIN
    },
    Row {
        name: "server without scheme",
        fault: |stage| stage.edit("server: https://", "server: "),
        id: "server-invalid",
        rung: "kubeconfig",
        code: 6,
        // client-go takes it for http.
        kubectl: "the server rejected our request for an unknown reason",
        ..PLAIN
    },
    Row {
        name: "CA and insecure",
        fault: |stage| {
            stage.edit(
                "    server: ",
                "    insecure-skip-tls-verify: true\n    server: ",
            );
        },
        id: "ca-and-insecure",
        rung: "kubeconfig",
        code: 6,
        kubectl: "specifying a root certificates file with the insecure flag is not allowed",
        ..PLAIN
    },
    Row {
        name: "CA unusable",
        fault: |stage| {
            let line = stage.line("certificate-authority-data:");
            let nonsense = STANDARD.encode("not a certificate");
            stage.edit(
                &line,
                &format!("    certificate-authority-data: {nonsense}"),
            );
        },
        id: "ca-unusable",
        rung: "kubeconfig",
        code: 6,
        kubectl: "unable to load root certificates: unable to parse bytes as PEM block",
        // Older ones say "certificate signed by unknown authority".
        since: 32,
        ..PLAIN
    },
    Row {
        name: "CA file missing",
        fault: |stage| {
            let line = stage.line("certificate-authority-data:");
            stage.edit(&line, "    certificate-authority: gone.crt");
        },
        id: "ca-file-missing",
        rung: "kubeconfig",
        code: 6,
        kubectl: "unable to read certificate-authority",
        ..PLAIN
    },
    Row {
        name: "key of another certificate",
        fault: |stage| {
            let spec = ClientCertificateSpec::admin();
            let (one, two) = (
                stage.cluster.client_certificate(&spec),
                stage.cluster.client_certificate(&spec),
            );
            stage.user(&format!(
                "\n    client-certificate-data: {}\n    client-key-data: {}\n",
                STANDARD.encode(one.pem()),
                STANDARD.encode(two.key_pem())
            ));
        },
        id: "client-key-mismatch",
        rung: "kubeconfig",
        code: 6,
        kubectl: "private key does not match public key",
        ..PLAIN
    },
    Row {
        name: "http to the TLS port",
        fault: |stage| stage.edit("server: https://", "server: http://"),
        id: "http-to-tls-port",
        rung: "kubeconfig",
        code: 6,
        kubectl: "the server rejected our request for an unknown reason",
        ..PLAIN
    },
];
