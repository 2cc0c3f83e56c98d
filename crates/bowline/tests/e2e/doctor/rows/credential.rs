//! What the credential looks like, and whether it is accepted.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

pub(super) const ROWS: &[Row] = &[
    // What the credential looks like.
    Row {
        name: "no credential",
        fault: |stage| stage.user(" {}\n"),
        id: "credential-none",
        rung: "credential-form",
        code: 5,
        kubectl: "Please enter Username",
        ..PLAIN
    },
    Row {
        name: "certificate without key",
        fault: |stage| {
            let client = stage
                .cluster
                .client_certificate(&ClientCertificateSpec::admin());
            let pem = STANDARD.encode(client.pem());
            stage.user(&format!("\n    client-certificate-data: {pem}\n"));
        },
        id: "credential-half",
        rung: "credential-form",
        code: 5,
        kubectl: "client-key-data or client-key must be specified",
        ..PLAIN
    },
    Row {
        name: "token file missing",
        fault: |stage| stage.user("\n    tokenFile: gone\n"),
        id: "credential-file-missing",
        rung: "credential-form",
        code: 5,
        kubectl: "no such file",
        ..PLAIN
    },
    Row {
        name: "client certificate expired",
        fault: |stage| {
            let spec = ClientCertificateSpec::admin().expired();
            let client = stage.cluster.client_certificate(&spec);
            stage.user(&x509(&client));
        },
        id: "client-certificate-expired",
        rung: "credential-form",
        code: 5,
        kubectl: "You must be logged in to the server",
        ..PLAIN
    },
    Row {
        name: "client certificate not yet valid",
        fault: |stage| {
            let now = SystemTime::now();
            let spec = ClientCertificateSpec::admin().valid(now + DAY, now + 20 * DAY);
            let client = stage.cluster.client_certificate(&spec);
            stage.user(&x509(&client));
        },
        id: "client-certificate-not-yet-valid",
        rung: "credential-form",
        code: 5,
        kubectl: "You must be logged in to the server",
        ..PLAIN
    },
    Row {
        name: "token expired",
        fault: |stage| {
            let token = jwt(r#"{"exp":1600000000,"sub":"system:serviceaccount:a:b"}"#);
            stage.user(&format!("\n    token: {token}\n"));
        },
        id: "token-expired",
        rung: "credential-form",
        code: 5,
        kubectl: "You must be logged in to the server",
        ..PLAIN
    },
    Row {
        name: "token with a line break",
        fault: |stage| stage.user("\n    token: \"abc\\ndef\"\n"),
        id: "credential-unusable",
        rung: "credential-form",
        code: 5,
        kubectl: "invalid header field value",
        ..PLAIN
    },
    Row {
        name: "plugin missing",
        fault: |stage| exec(stage, "get-token", "v1", NEVER),
        id: "plugin-missing",
        rung: "credential-form",
        code: 5,
        kubectl: "executable get-token not found",
        // Version 1 of the plugin protocol.
        since: 22,
        hand: Some(|stage| {
            plugin(stage, "v1");
            stage.flags = vec!["--run-plugins"];
        }),
        ..PLAIN
    },
    Row {
        name: "plugin not executable",
        fault: |stage| {
            plugin(stage, "v1");
            let from = stage.sandbox.path("bin/get-token");
            let to = stage.sandbox.path("home/.kube/get-token");
            fs::copy(from, &to).unwrap();
            fs::set_permissions(&to, fs::Permissions::from_mode(0o644)).unwrap();
            exec(stage, "./get-token", "v1", NEVER);
        },
        id: "plugin-not-executable",
        rung: "credential-form",
        code: 5,
        kubectl: "permission denied",
        // Version 1 of the plugin protocol.
        since: 22,
        ..PLAIN
    },
    Row {
        name: "exposed and expired plugin protocol",
        fault: |stage| {
            plugin(stage, "v1");
            exec(stage, "get-token", "v1alpha1", NEVER);
            let open = fs::Permissions::from_mode(0o644);
            fs::set_permissions(stage.sandbox.file(), open).unwrap();
        },
        id: "plugin-api-removed",
        rung: "credential-form",
        code: 5,
        kubectl: "invalid apiVersion",
        // Version 1 of the plugin protocol.
        since: 22,
        ..PLAIN
    },
    Row {
        name: "plugin without interactiveMode",
        fault: |stage| {
            plugin(stage, "v1");
            exec(stage, "get-token", "v1", "");
            stage.flags = vec!["--run-plugins"];
        },
        id: "plugin-interactive-mode",
        rung: "credential-form",
        code: 5,
        kubectl: "interactiveMode must be specified",
        // Version 1 of the plugin protocol.
        since: 22,
        ..PLAIN
    },
    Row {
        name: "plugin that fails",
        fault: |stage| {
            stage
                .sandbox
                .script("get-token", "echo 'not logged in' >&2\nexit 1\n");
            exec(stage, "get-token", "v1", NEVER);
            stage.flags = vec!["--run-plugins"];
        },
        id: "plugin-failed",
        rung: "credential-form",
        code: 5,
        kubectl: "executable get-token failed with exit code 1",
        // Version 1 of the plugin protocol.
        since: 22,
        hand: Some(|stage| plugin(stage, "v1")),
        ..PLAIN
    },
    Row {
        name: "auth provider",
        fault: |stage| {
            stage.user("\n    auth-provider:\n      name: gcp\n      config:\n        access-token: s3cret\n");
        },
        id: "auth-provider-removed",
        rung: "credential-form",
        code: 5,
        kubectl: "auth plugin has been removed",
        since: 26,
        ..PLAIN
    },
    // Whether it is accepted.
    Row {
        name: "wrong token",
        fault: |stage| {
            let token = stage.cluster.admin_token().to_owned();
            stage.edit(&token, "wr0ngT0ken");
        },
        id: "token-refused",
        rung: "credential",
        code: 5,
        kubectl: "You must be logged in to the server",
        ..PLAIN
    },
    Row {
        name: "client certificate of another CA",
        fault: |stage| {
            let client = ClientCertificate::new(&Ca::new("other"), &ClientCertificateSpec::admin());
            stage.user(&x509(&client));
        },
        id: "client-certificate-refused",
        rung: "credential",
        code: 5,
        kubectl: "You must be logged in to the server",
        ..PLAIN
    },
    Row {
        name: "user name and password",
        fault: |stage| stage.user("\n    username: admin\n    password: s3cret\n"),
        id: "basic-auth-refused",
        rung: "credential",
        code: 5,
        kubectl: "You must be logged in to the server",
        ..PLAIN
    },
];
