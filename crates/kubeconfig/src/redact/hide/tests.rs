//! What stays and what is hidden, in the plugin calls that installers really write.

use proptest::prelude::*;

use super::How;
use super::hide;
use crate::document::Document;
use crate::print;
use crate::redact::rules;

const UUID: &str = "6dae42f8-4368-4678-94ff-3960e28e3630";
const RANDOM: &str = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3z";
const HEXADECIMAL: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a6978";

fn shown(arguments: &[&str]) -> Vec<String> {
    let hidden = rules::arguments(arguments);
    let pairs = arguments.iter().zip(hidden);
    pairs
        .map(|(argument, hidden)| hidden.unwrap_or_else(|| (*argument).to_owned()))
        .collect()
}

#[test]
fn ordinary_plugin_calls_stay_as_they_are() {
    for call in [
        "aws --region eu-west-1 eks get-token --cluster-name x --output json",
        "aws eks get-token --cluster-name prod --role-arn arn:aws:iam::123456789012:role/KubernetesAdminAccessRole --profile dev",
        "aws-iam-authenticator token -i prod-cluster --cache",
        "gke-gcloud-auth-plugin --use_application_default_credentials",
        "gcloud config config-helper --format=json",
        "kubelogin get-token --login devicecode --server-id 6dae42f8-4368-4678-94ff-3960e28e3630 --client-id 80faf920-1908-4b52-b5ef-a8e7bedfc67a --tenant-id 6dae42f8-4368-4678-94ff-3960e28e3630 --environment AzurePublicCloud",
        "kubelogin get-token --login workloadidentity --federated-token-file /var/run/secrets/azure/tokens/azure-identity-token --authority-host https://login.microsoftonline.com/",
        "kubelogin get-token --pop-enabled --pop-claims u=/subscriptions/6dae42f8-4368-4678-94ff-3960e28e3630/resourceGroups/rg --token-cache-dir ~/.kube/cache/kubelogin/",
        "oidc-login get-token --oidc-issuer-url=https://accounts.google.com --oidc-client-id=123456789012-abcdefghij0k1l2m3n4o5p6q7r8s9t0u.apps.googleusercontent.com --oidc-extra-scope=email --oidc-use-pkce --oidc-use-access-token --token-cache-storage=keyring --grant-type=auto",
        "tsh kube credentials --kube-cluster=dev --teleport-cluster=root.example.com --proxy=teleport.example.com:443",
        "doctl kubernetes cluster kubeconfig exec-credential --version=v1beta1 --context=default 6dae42f8-4368-4678-94ff-3960e28e3630",
        "rancher token --server=rancher.example.com --user=u-abcde --cluster=c-m-4x8k2v9p",
        "oci ce cluster generate-token --cluster-id ocid1.cluster.oc1.iad.aaaaaaaaaf3wgxzqmvtgmyzsmu3dsmzqga2tamjwgq3wcytbmq2wmojqmvsd --region us-ashburn-1",
        "pinniped login oidc --issuer=https://p.example.com --client-id=pinniped-cli --scopes=offline_access,openid,pinniped:request-audience --credential-cache=/tmp/cache --request-audience=my-audience-6dae42f8",
        "kops helpers kubectl-auth --cluster=k8s.example.com --state=s3://bucket-of-the-state",
        "step --ssh-key ~/.ssh/id_ed25519 --ca-key-file=./ca.key --digest sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "plugin --cluster my-quite-long-production-cluster-in-europe-west-1-blue --endpoint https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com",
    ] {
        let arguments: Vec<_> = call.split(' ').collect();
        assert_eq!(shown(&arguments), arguments, "{call}");
        // The same in one piece, for a shell.
        assert_eq!(shown(&["-c", call]), ["-c", call]);
    }
}

#[test]
fn secrets_in_arguments_are_hidden() {
    for (arguments, expected) in [
        (
            ["--oidc-client-secret=s3cr3t", "x"],
            ["--oidc-client-secret=REDACTED", "x"],
        ),
        (
            ["--client-secret", "s3cr3t"],
            ["--client-secret", "REDACTED"],
        ),
        (["--password", "-s3cr3t"], ["--password", "REDACTED"]),
        (["--password", "/s3cr3t"], ["--password", "REDACTED"]),
        (["--token", "--verbose"], ["--token", "--verbose"]),
        (["--token=", "true"], ["--token=", "true"]),
        (["--api-key", HEXADECIMAL], ["--api-key", "REDACTED"]),
        (["-token", "s3cr3t"], ["-token", "REDACTED"]),
        (
            ["-H", "Authorization: Bearer s3cr3t"],
            ["-H", "Authorization: REDACTED"],
        ),
        (
            ["-c", "curl -u joe --password s3cr3t https://h"],
            ["-c", "REDACTED"],
        ),
        (["-c", "TOKEN=s3cr3t exec plugin"], ["-c", "TOKEN=REDACTED"]),
        (["login", RANDOM], ["login", "REDACTED"]),
        (["login", HEXADECIMAL], ["login", "REDACTED"]),
        (
            ["login", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"],
            ["login", "REDACTED"],
        ),
        (
            ["login", "token-abcde:s7fk29dj3lq8x0z6v5b4n1m2c9p7w3r8t6y5"],
            ["login", "REDACTED"],
        ),
        (
            [
                "login",
                "sha256~aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9f",
            ],
            ["login", "REDACTED"],
        ),
        (
            ["--url", "https://joe:s3cr3t@h/"],
            ["--url", "https://joe:REDACTED@h/"],
        ),
        (
            ["--url=https://h/?token=s3cr3t&a=b", "x"],
            ["--url=https://h/?token=REDACTED&a=b", "x"],
        ),
        (["Bearer", "s3cr3t"], ["Bearer", "REDACTED"]),
    ] {
        assert_eq!(shown(&arguments), expected);
    }
}

#[test]
fn variables_are_judged_by_their_names() {
    for (name, value, stays) in [
        ("AWS_PROFILE", "dev", true),
        ("AWS_STS_REGIONAL_ENDPOINTS", "regional", true),
        (
            "AWS_SHARED_CREDENTIALS_FILE",
            "/home/joe/.aws/credentials",
            true,
        ),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/token", true),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/home/joe/key.json", true),
        ("USE_GKE_GCLOUD_AUTH_PLUGIN", "True", true),
        ("AZURE_CLIENT_ID", UUID, true),
        ("KEYCLOAK_URL", "https://k", true),
        ("TELEPORT_HOME", "/home/joe/.tsh", true),
        (
            "AWS_SECRET_ACCESS_KEY",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            false,
        ),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", false),
        ("AWS_SESSION_TOKEN", "x", false),
        ("AAD_SERVICE_PRINCIPAL_CLIENT_SECRET", "x", false),
        ("VAULT_SECRET_ID", UUID, false),
        ("OS_PASSWORD", "/x", false),
        ("HCLOUD_TOKEN", "x", false),
        ("SCW_SECRET_KEY", UUID, false),
        ("clientSecret", "x", false),
        ("SOMETHING", RANDOM, false),
    ] {
        assert_eq!(rules::value(Some(name), value).is_none(), stays, "{name}");
    }
}

const CONFIG: &str = r#"
clusters:
- name: a
  cluster:
    server: https://joe:hunter2@h:6443
    proxy-url: http://ghp_0123456789abcdefghij@proxy:3128
    certificate-authority-data: Q0E=
    extensions:
    - name: cluster_info
      extension: {provider: minikube.sigs.k8s.io, version: v1.32.0, apiToken: hunter2, login: {password: {value: hunter2, rounds: 12}}}
    - name: secrets
      extension: [hunter2, true]
users:
- name: u
  user:
    client-certificate-data: Q0VSVA==
    client-key-data: S0VZ
    token: hunter2
    password: hunter2
    username: joe
    tokenFile: /run/token
    auth-provider:
      name: gcp
      config:
        access-token: hunter2
        client-id: x.apps.googleusercontent.com
        client-secret: hunter2
        cmd-args: config config-helper --format=json
        expiry: "2024-01-01T00:00:00Z"
        expiry-key: '{.credential.token_expiry}'
        id-token: hunter2
        refresh-token: hunter2
        token-key: '{.credential.access_token}'
    exec:
      command: kubelogin
      args: [get-token, --client-id, 6dae42f8-4368-4678-94ff-3960e28e3630, --client-secret, hunter2]
      env: [{name: AWS_PROFILE, value: dev}, {name: API_TOKEN, value: hunter2}]
"#;

fn hidden(how: How) -> String {
    let mut config = Document::parse(CONFIG).unwrap().config().clone();
    hide(&mut config, how);
    print::yaml(&config)
}

#[test]
fn nothing_secret_is_left() {
    let shown = hidden(How::Everything);
    assert!(
        !shown.contains("hunter") && !shown.contains("ghp_"),
        "{shown}"
    );
    insta::assert_snapshot!(shown, @r#"
    apiVersion: v1
    clusters:
    - cluster:
        certificate-authority-data: DATA+OMITTED
        extensions:
        - extension:
            apiToken: REDACTED
            login:
              password:
                rounds: REDACTED
                value: REDACTED
            provider: minikube.sigs.k8s.io
            version: v1.32.0
          name: cluster_info
        - extension:
          - REDACTED
          - true
          name: secrets
        proxy-url: http://REDACTED@proxy:3128
        server: https://joe:REDACTED@h:6443
      name: a
    contexts: null
    current-context: ""
    kind: Config
    users:
    - name: u
      user:
        auth-provider:
          config:
            access-token: REDACTED
            client-id: x.apps.googleusercontent.com
            client-secret: REDACTED
            cmd-args: config config-helper --format=json
            expiry: "2024-01-01T00:00:00Z"
            expiry-key: '{.credential.token_expiry}'
            id-token: REDACTED
            refresh-token: REDACTED
            token-key: '{.credential.access_token}'
          name: gcp
        client-certificate-data: DATA+OMITTED
        client-key-data: DATA+OMITTED
        exec:
          args:
          - get-token
          - --client-id
          - 6dae42f8-4368-4678-94ff-3960e28e3630
          - --client-secret
          - REDACTED
          command: kubelogin
          env:
          - name: AWS_PROFILE
            value: dev
          - name: API_TOKEN
            value: REDACTED
          provideClusterInfo: false
        password: REDACTED
        token: REDACTED
        tokenFile: /run/token
        username: joe
    "#);
}

#[test]
fn kubectl_hides_less() {
    let shown = hidden(How::LikeKubectl);
    assert_eq!(shown.matches("DATA+OMITTED").count(), 3);
    assert_eq!(shown.matches("REDACTED").count(), 2);
    assert!(shown.contains("client-secret: hunter2"), "{shown}");
}

#[test]
fn what_is_hidden_stays_hidden_the_same() {
    let mut config = Document::parse(CONFIG).unwrap().config().clone();
    hide(&mut config, How::Everything);
    let once = config.clone();
    hide(&mut config, How::Everything);
    assert_eq!(config, once);
}

proptest! {
    #[test]
    fn no_text_is_too_odd(texts in prop::collection::vec("\\PC{0,20}|[-=: @/?&.~a-zA-Z0-9]{0,60}", 0..6)) {
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        let hidden = rules::arguments(&texts);
        prop_assert_eq!(hidden.len(), texts.len());
        for text in texts {
            let _ = rules::value(Some(text), text);
            prop_assert_eq!(rules::value(Some("password"), text).is_none(), text.is_empty()
                || ["true", "false", "yes", "no", "auto", "none"].contains(&text.to_lowercase().as_str())
                || (text.starts_with("{.") && text.ends_with('}')));
        }
    }

    #[test]
    fn base64_is_seen_and_words_are_not(bytes in prop::collection::vec(any::<u8>(), 48..90), words in prop::collection::vec("[a-z]{3,9}", 4..9)) {
        // A `/` in the first places makes a path of it; so does none of the rest.
        let token = crate::gobase64::encode(&bytes).replace(['/', '+'], "A");
        prop_assume!(bytes.iter().any(|byte| *byte != bytes[0]));
        prop_assert!(rules::value(None, &token).is_some(), "{}", token);
        let name = words.join("-");
        prop_assert!(rules::value(None, &name).is_none(), "{}", name);
    }
}
