//! Files as other programs write them.

/// What `microk8s config`, k3s and `kind` write: certificates, no more.
const PLAIN: &str = "\
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==
    server: https://172.20.1.7:16443
  name: microk8s-cluster
contexts:
- context:
    cluster: microk8s-cluster
    user: admin
  name: microk8s
current-context: microk8s
kind: Config
preferences: {}
users:
- name: admin
  user:
    client-certificate-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==
    client-key-data: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQo=
";

const OLD_MICROK8S: &str = "\
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==
    server: https://10.0.2.15:16443
  name: microk8s-cluster
contexts:
- context:
    cluster: microk8s-cluster
    user: admin
  name: microk8s
current-context: microk8s
kind: Config
preferences: {}
users:
- name: admin
  user:
    token: V1hBbHBlN2tzbmxMZ0R1bGRmVm9YWnVBMDRnTWJCMWhwT0d0T3pJPQo
";

const EKS: &str = "\
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==
    server: https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com
  name: arn:aws:eks:eu-west-1:123456789012:cluster/prod
contexts:
- context:
    cluster: arn:aws:eks:eu-west-1:123456789012:cluster/prod
    user: arn:aws:eks:eu-west-1:123456789012:cluster/prod
  name: arn:aws:eks:eu-west-1:123456789012:cluster/prod
current-context: arn:aws:eks:eu-west-1:123456789012:cluster/prod
kind: Config
preferences: {}
users:
- name: arn:aws:eks:eu-west-1:123456789012:cluster/prod
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - --region
      - eu-west-1
      - eks
      - get-token
      - --cluster-name
      - prod
      - --output
      - json
      command: aws
      env:
      - name: AWS_PROFILE
        value: work
      interactiveMode: IfAvailable
      provideClusterInfo: false
";

const GKE: &str = "\
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==
    server: https://34.90.1.2
  name: gke_my-project_europe-west4_main
contexts:
- context:
    cluster: gke_my-project_europe-west4_main
    namespace: shop
    user: gke_my-project_europe-west4_main
  name: gke_my-project_europe-west4_main
current-context: gke_my-project_europe-west4_main
kind: Config
preferences: {}
users:
- name: gke_my-project_europe-west4_main
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args: null
      command: gke-gcloud-auth-plugin
      env: null
      installHint: Install gke-gcloud-auth-plugin for use with kubectl by following
        https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl#install_plugin
      interactiveMode: IfAvailable
      provideClusterInfo: true
- name: gke_old
  user:
    auth-provider:
      config:
        access-token: ya29.abc_DEF-123
        cmd-args: config config-helper --format=json
        cmd-path: /usr/lib/google-cloud-sdk/bin/gcloud
        expiry: \"2021-04-16T16:36:41Z\"
        expiry-key: '{.credential.token_expiry}'
        token-key: '{.credential.access_token}'
      name: gcp
";

const AKS: &str = "\
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==
    server: https://shop-dns-1a2b3c4d.hcp.westeurope.azmk8s.io:443
  name: shop
contexts:
- context:
    cluster: shop
    user: clusterUser_rg_shop
  name: shop
current-context: shop
kind: Config
preferences: {}
users:
- name: clusterUser_rg_shop
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - get-token
      - --environment
      - AzurePublicCloud
      - --server-id
      - 6dae42f8-4368-4678-94ff-3960e28e3630
      - --client-id
      - 80faf920-1908-4b52-b5ef-a8e7bedfc67a
      - --tenant-id
      - 72f988bf-86f1-41af-91ab-2d7cd011db47
      - --login
      - devicecode
      command: kubelogin
      env: null
      installHint: |2

        kubelogin is not installed
      provideClusterInfo: false
";

const MINIKUBE: &str = "\
apiVersion: v1
clusters:
- cluster:
    certificate-authority: /home/me/.minikube/ca.crt
    extensions:
    - extension:
        last-update: Tue, 02 Jun 2026 10:11:12 CEST
        provider: minikube.sigs.k8s.io
        version: v1.36.0
      name: cluster_info
    server: https://192.168.49.2:8443
  name: minikube
contexts:
- context:
    cluster: minikube
    extensions:
    - extension:
        last-update: Tue, 02 Jun 2026 10:11:12 CEST
        provider: minikube.sigs.k8s.io
        version: v1.36.0
      name: context_info
    namespace: default
    user: minikube
  name: minikube
current-context: minikube
kind: Config
preferences: {}
users:
- name: minikube
  user:
    client-certificate: /home/me/.minikube/profiles/minikube/client.crt
    client-key: /home/me/.minikube/profiles/minikube/client.key
";

/// Everything that `v1.Config` has, comments of a person, and lists long enough for gaps.
const FULL: &str = "\
# My clusters.
---
apiVersion: v1
kind: Config
preferences:
  colors: true
  extensions:
  - extension: {}
    name: p
extensions:
- extension:
    a:
    - b: c
      d:
      - 1
      - []
    e: null
  name: x
- name: z
clusters:
# the first
- cluster:
    server: https://one:6443
    insecure-skip-tls-verify: true
  name: one

- name: two
  cluster:
    disable-compression: false
    proxy-url: socks5://10.0.0.1:1080
    # its certificate
    tls-server-name: 'kubernetes.default.svc'
- cluster:
  name: three
- cluster: {}
  name: \"four\"
# a comment between
- cluster:
    server: \"\"
    certificate-authority-data: \"Q0VSVA==\"
    extensions:
    - extension:
        audience: 06e3fbd18de8
        m: 12
        f: 1.5
        deep:
          list:
          - a
          - b: 1
            c: 2
      name: client.authentication.k8s.io/exec
  name: five
- cluster:
    server: https://six
  name: six
- cluster:
    server: https://seven
  name: seven
- cluster:
    server: https://eight
  name: eight
contexts:
- context:
    cluster: one
    user: '12'
  name: '1'
- context:
    cluster: two
    user: b
    namespace: null
  name: it's
- context: {}
  name: 'it''s: x'
- context:
  name: a/b@c:d
- context:
    cluster: x y
    user: \"\"
    namespace: ~
  name: e
- name: f
  context:
    user: \"yes\"
    namespace: ns
- name: g
- context: null
users:
- name: a
  user:
    as: root
    as-groups:
    - g
    - \"2\"
    as-uid: u
    as-user-extra:
      reason:
      - x
      - z
      scopes.example.com/x:
      - z
    username: joe
    password: p#w
- name: b
  user:
    tokenFile: ./token
    token: eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrIn0.c2ln
- name: c
  user: {}
- name: d
  user:
    exec:
      command: x
      args: []
      env:
      - name: A
        value: \"1\"
      - value: b
        name: B
      installHint: two words
        # no: a comment
      provideClusterInfo: true
- name: e
  user:
    auth-provider:
      name: oidc
      config:
        client-id: kubernetes
        \"9\": nine
- name: f
  user:
    client-certificate-data: Q0VSVA==
    client-key-data: S0VZS0VZS0VZS0VZS0VZS0VZS0VZS0VZS0VZS0VZS0VZS0VZ
- name: g
  user:
    extensions:
    - extension: 5
      name: e
- name: h
  user: null
current-context: e
";

/// Name and text; the last is the richest.
pub(crate) fn accepted() -> Vec<(&'static str, String)> {
    vec![
        ("empty", String::new()),
        ("dashes", "---\n".into()),
        ("comment", "# nothing\n\n".into()),
        ("null lists", "apiVersion: v1\nclusters: null\ncontexts: null\ncurrent-context: \"\"\nkind: Config\npreferences: {}\nusers: null\n".into()),
        ("plain", PLAIN.into()),
        ("no final newline", PLAIN.trim_end().into()),
        ("old MicroK8s", OLD_MICROK8S.into()),
        ("EKS", EKS.into()),
        ("GKE", GKE.into()),
        ("AKS", AKS.replace("      installHint: |2\n\n        kubelogin is not installed\n", "")),
        ("minikube", MINIKUBE.into()),
        ("full", FULL.into()),
    ]
}

/// Files that are fine, and not for the fast tier.
pub(crate) fn refused() -> Vec<(&'static str, String)> {
    vec![
        ("block scalar", AKS.into()),
        ("trailing blank", FULL.replace("- []\n", "- [] \n")),
        ("carriage returns", PLAIN.replace('\n', "\r\n")),
        ("not ASCII", PLAIN.replace("name: microk8s\n", "name: é\n")),
        ("byte order mark", format!("\u{feff}{PLAIN}")),
        ("indented lists", "contexts:\n  - name: a\n".into()),
        ("json", "{\"kind\":\"Config\"}".into()),
        ("flow", "contexts:\n- {name: a}\n".into()),
        ("unknown key", format!("{PLAIN}other: x\n")),
        ("second document", format!("{PLAIN}---\n")),
        ("document end", format!("{PLAIN}...\n")),
        (
            "trailing comment",
            PLAIN.replace("user: admin\n", "user: admin # c\n"),
        ),
        ("anchor", PLAIN.replace("user: admin\n", "user: &a admin\n")),
        ("tag", PLAIN.replace("user: admin\n", "user: !!str admin\n")),
        (
            "key twice",
            PLAIN.replace("    user: admin\n", "    user: admin\n    user: admin\n"),
        ),
        (
            "name twice",
            "contexts:\n- name: b\n- name: a\n- name: b\n".into(),
        ),
        (
            "extension twice",
            FULL.replace("- name: z\n", "- name: x\n"),
        ),
        ("number", PLAIN.replace("user: admin\n", "user: 12\n")),
        ("boolean", PLAIN.replace("user: admin\n", "user: y\n")),
        ("another kind", PLAIN.replace("kind: Config", "kind: Pod")),
        ("base64 without padding", PLAIN.replace("==\n", "\n")),
        ("base64 with a blank", PLAIN.replace("LS0tLS1", "LS0t LS1")),
        ("infinite", FULL.replace("f: 1.5", "f: .inf")),
        (
            "multi-line text",
            PLAIN.replace("user: admin\n", "user: a\n      b\n"),
        ),
        ("merge", PLAIN.replace("    user: admin\n", "    <<: x\n")),
    ]
}
