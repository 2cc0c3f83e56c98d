//! What installers write gives no findings, so that what is found is news. Shapes are those of the installers'
//! sources, named with each.

use testnode::Ca;
use testnode::ClientCertificateSpec;

use super::Material;
use super::encode;
use super::lint;
use super::rules;
use super::write;
use crate::support::Sandbox;

/// A kubeconfig of each installer, and the notes that it gives.
fn stock() -> Vec<(&'static str, String, Vec<&'static str>)> {
    let own = Material::of(
        Ca::new("kubernetes"),
        &ClientCertificateSpec::new("kubernetes-admin", ["system:masters"]),
    );
    let (ca, crt, key) = (&own.authority, &own.certificate, &own.key);
    let node = Material::new();
    // k3s has another CA for clients than for servers (k3s-io/k3s `pkg/daemons/control/deps/deps.go`).
    let clients = Material::of(
        Ca::new("k3s-client-ca@1700000000"),
        &ClientCertificateSpec::admin(),
    );
    let server = encode(Ca::new("k3s-server-ca@1700000000").pem());
    vec![
        (
            // kubernetes-sigs/kind `pkg/cluster/internal/kubeconfig/internal/kubeconfig`
            "kind",
            format!(
                "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: {ca}\n    server: https://127.0.0.1:36401\n  name: kind-kind\ncontexts:\n- context:\n    cluster: kind-kind\n    user: kind-kind\n  name: kind-kind\ncurrent-context: kind-kind\nkind: Config\npreferences: {{}}\nusers:\n- name: kind-kind\n  user:\n    client-certificate-data: {crt}\n    client-key-data: {key}\n"
            ),
            vec![],
        ),
        (
            // kubernetes/minikube `pkg/minikube/kubeconfig/settings.go`
            "minikube --embed-certs",
            format!(
                "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: {ca}\n    extensions:\n    - extension:\n        last-update: Thu, 26 Nov 2026 10:00:00 UTC\n        provider: minikube.sigs.k8s.io\n        version: v1.37.0\n      name: cluster_info\n    server: https://192.168.49.2:8443\n  name: minikube\ncontexts:\n- context:\n    cluster: minikube\n    extensions:\n    - extension:\n        last-update: Thu, 26 Nov 2026 10:00:00 UTC\n        provider: minikube.sigs.k8s.io\n        version: v1.37.0\n      name: context_info\n    namespace: default\n    user: minikube\n  name: minikube\ncurrent-context: minikube\nkind: Config\npreferences: {{}}\nusers:\n- name: minikube\n  user:\n    client-certificate-data: {crt}\n    client-key-data: {key}\n"
            ),
            vec![],
        ),
        (
            // aws/aws-cli `awscli/customizations/eks/update_kubeconfig.py`
            "EKS",
            format!(
                "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: {ca}\n    server: https://ABCDEF0123456789ABCDEF0123456789.gr7.eu-west-1.eks.amazonaws.com\n  name: arn:aws:eks:eu-west-1:111122223333:cluster/prod\ncontexts:\n- context:\n    cluster: arn:aws:eks:eu-west-1:111122223333:cluster/prod\n    user: arn:aws:eks:eu-west-1:111122223333:cluster/prod\n  name: arn:aws:eks:eu-west-1:111122223333:cluster/prod\ncurrent-context: arn:aws:eks:eu-west-1:111122223333:cluster/prod\nkind: Config\npreferences: {{}}\nusers:\n- name: arn:aws:eks:eu-west-1:111122223333:cluster/prod\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1beta1\n      args:\n      - --region\n      - eu-west-1\n      - eks\n      - get-token\n      - --cluster-name\n      - prod\n      - --output\n      - json\n      command: aws\n"
            ),
            vec![],
        ),
        (
            // The Google Cloud SDK's `lib/googlecloudsdk/api_lib/container/kubeconfig.py`
            "GKE",
            format!(
                "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: {ca}\n    server: https://34.76.1.2\n  name: gke_project_europe-west1-b_prod\ncontexts:\n- context:\n    cluster: gke_project_europe-west1-b_prod\n    user: gke_project_europe-west1-b_prod\n  name: gke_project_europe-west1-b_prod\ncurrent-context: gke_project_europe-west1-b_prod\nkind: Config\npreferences: {{}}\nusers:\n- name: gke_project_europe-west1-b_prod\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1beta1\n      command: gke-gcloud-auth-plugin\n      installHint: Install gke-gcloud-auth-plugin for use with kubectl by following\n        https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl#install_plugin\n      provideClusterInfo: true\n"
            ),
            vec![],
        ),
        (
            // `az aks get-credentials --admin` gives a certificate and a token (Azure/AKS docs, "Control access using
            // local accounts").
            "AKS",
            format!(
                "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: {ca}\n    server: https://prod-dns-12345678.hcp.westeurope.azmk8s.io:443\n  name: prod\ncontexts:\n- context:\n    cluster: prod\n    user: clusterAdmin_group_prod\n  name: prod-admin\ncurrent-context: prod-admin\nkind: Config\npreferences: {{}}\nusers:\n- name: clusterAdmin_group_prod\n  user:\n    client-certificate-data: {crt}\n    client-key-data: {key}\n    token: 0123456789abcdef\n"
            ),
            vec!["token-and-certificate"],
        ),
        (
            // `az aks get-credentials` with Entra ID, after `kubelogin convert-kubeconfig` (Azure/kubelogin).
            "AKS with Entra ID",
            format!(
                "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: {ca}\n    server: https://prod-dns-12345678.hcp.westeurope.azmk8s.io:443\n  name: prod\ncontexts:\n- context:\n    cluster: prod\n    user: clusterUser_group_prod\n  name: prod\ncurrent-context: prod\nkind: Config\npreferences: {{}}\nusers:\n- name: clusterUser_group_prod\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1beta1\n      args: [get-token, --environment, AzurePublicCloud, --server-id, 6dae42f8-4368-4678-94ff-3960e28e3630]\n      command: kubelogin\n      env: null\n      provideClusterInfo: false\n"
            ),
            vec![],
        ),
        (
            // canonical/microk8s `microk8s-resources/client.config.template`, up to 1.27
            "MicroK8s with a token",
            format!(
                "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: {}\n    server: https://172.20.1.7:16443\n  name: microk8s-cluster\ncontexts:\n- context:\n    cluster: microk8s-cluster\n    user: admin\n  name: microk8s\ncurrent-context: microk8s\nkind: Config\npreferences: {{}}\nusers:\n- name: admin\n  user:\n    token: dG9rZW4tb2YtYWRtaW4K\n",
                node.authority
            ),
            vec![],
        ),
        (
            // canonical/microk8s `microk8s-resources/client-x509.config.template`
            "MicroK8s with a certificate",
            format!(
                "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: {}\n    server: https://172.20.1.7:16443\n  name: microk8s-cluster\ncontexts:\n- context:\n    cluster: microk8s-cluster\n    user: admin\n  name: microk8s\ncurrent-context: microk8s\nkind: Config\nusers:\n- name: admin\n  user:\n    client-certificate-data: {}\n    client-key-data: {}\n",
                node.authority, node.certificate, node.key
            ),
            vec![],
        ),
        (
            // k3s-io/k3s `pkg/daemons/control/deps/deps.go`, `KubeConfig`
            "k3s",
            format!(
                "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: {server}\n    server: https://127.0.0.1:6443\n  name: default\ncontexts:\n- context:\n    cluster: default\n    user: default\n  name: default\ncurrent-context: default\nkind: Config\npreferences: {{}}\nusers:\n- name: default\n  user:\n    client-certificate-data: {}\n    client-key-data: {}\n",
                clients.certificate, clients.key
            ),
            vec![],
        ),
        (
            // k3d-io/k3d `pkg/client/kubeconfig.go`
            "k3d",
            format!(
                "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: {server}\n    server: https://0.0.0.0:43117\n  name: k3d-dev\ncontexts:\n- context:\n    cluster: k3d-dev\n    user: admin@k3d-dev\n  name: k3d-dev\ncurrent-context: k3d-dev\nkind: Config\npreferences: {{}}\nusers:\n- name: admin@k3d-dev\n  user:\n    client-certificate-data: {}\n    client-key-data: {}\n",
                clients.certificate, clients.key
            ),
            vec![],
        ),
        (
            // kubernetes/kubernetes `cmd/kubeadm/app/util/kubeconfig/kubeconfig.go`
            "kubeadm",
            format!(
                "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: {ca}\n    server: https://192.168.1.10:6443\n  name: kubernetes\ncontexts:\n- context:\n    cluster: kubernetes\n    user: kubernetes-admin\n  name: kubernetes-admin@kubernetes\ncurrent-context: kubernetes-admin@kubernetes\nkind: Config\npreferences: {{}}\nusers:\n- name: kubernetes-admin\n  user:\n    client-certificate-data: {crt}\n    client-key-data: {key}\n"
            ),
            vec![],
        ),
        (
            // rancher/rancher `pkg/kubeconfig/kubeconfig.go`
            "Rancher",
            "apiVersion: v1\nkind: Config\nclusters:\n- name: \"prod\"\n  cluster:\n    server: \"https://rancher.example.com/k8s/clusters/c-m-abcd1234\"\n\nusers:\n- name: \"prod\"\n  user:\n    token: \"kubeconfig-user-abcde:0123456789\"\n\ncontexts:\n- name: \"prod\"\n  context:\n    user: \"prod\"\n    cluster: \"prod\"\n\ncurrent-context: \"prod\"\n".to_owned(),
            vec![],
        ),
    ]
}

#[test]
fn what_installers_write_gives_no_findings() {
    let sandbox = Sandbox::new();
    for plugin in ["aws", "gke-gcloud-auth-plugin", "kubelogin"] {
        sandbox.script(plugin, "exit 1\n");
    }
    for (installer, text, expected) in stock() {
        write(&sandbox.file(), &text);
        let all = lint(&sandbox, &[]);
        assert_eq!(rules(&all), expected, "{installer}: {all:#?}");
        // Notes are not told unasked.
        let told = sandbox.bowline(&["lint"]).expect(0);
        told.says("nothing found");
        assert_eq!(sandbox.text(), text, "{installer}");
    }
}

/// minikube without `--embed-certs` names files, and starts with a group that may read none of them.
#[test]
fn minikube_with_files_gives_no_findings() {
    let sandbox = Sandbox::new();
    let ca = Ca::new("minikubeCA");
    let client = testnode::ClientCertificate::new(
        &ca,
        &ClientCertificateSpec::new("minikube-user", ["system:masters"]),
    );
    let folder = sandbox.path("home/.minikube");
    std::fs::create_dir(&folder).unwrap();
    write(&folder.join("client.key"), client.key_pem());
    for (name, pem) in [("ca.crt", ca.pem()), ("client.crt", client.pem())] {
        write(&folder.join(name), pem);
        super::set_mode(&folder.join(name), 0o644);
    }
    let folder = folder.display();
    let text = format!(
        "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority: {folder}/ca.crt\n    server: https://192.168.49.2:8443\n  name: minikube\ncontexts:\n- context:\n    cluster: minikube\n    namespace: default\n    user: minikube\n  name: minikube\ncurrent-context: minikube\nkind: Config\npreferences: {{}}\nusers:\n- name: minikube\n  user:\n    client-certificate: {folder}/client.crt\n    client-key: {folder}/client.key\n"
    );
    write(&sandbox.file(), text);
    let all = lint(&sandbox, &[]);
    assert!(all.is_empty(), "{all:#?}");
}

/// What bowline itself writes is no worse.
#[test]
fn what_add_writes_gives_no_findings() {
    let sandbox = Sandbox::new();
    for (installer, text, expected) in stock() {
        if !installer.starts_with("kind") {
            continue;
        }
        write(&sandbox.path("new.yaml"), text);
        sandbox
            .bowline(&["add", sandbox.path("new.yaml").to_str().unwrap(), "--yes"])
            .expect(0);
        assert_eq!(rules(&lint(&sandbox, &[])), expected, "{installer}");
    }
}
