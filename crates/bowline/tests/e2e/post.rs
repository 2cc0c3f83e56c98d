//! The chores of one who keeps a MicroK8s cluster at hand, typed in their order, with the paths as
//! `PowerShell` hands them over: `~` is expanded by nobody but us.

use std::fs;

use testnode::ClientCertificate;
use testnode::ClientCertificateSpec;
use testnode::Cluster;

use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::run;

/// Three contexts, comments, and a field of another tool.
const FILE: &str = "\
# mine, by hand
apiVersion: v1
kind: Config
current-context: microk8s
clusters:
- name: myaks
  cluster:
    server: https://myaks.example.com:443   # at work
    x-owner: team-a
- name: microk8s-cluster
  cluster:
    # moves at each boot
    server: https://172.22.10.5:16443
contexts:
- name: myaks
  context: {cluster: myaks, user: me}
- name: microk8s
  context:
    cluster: microk8s-cluster
    user: boot
users:
- name: me
  user: {token: aks-token}
- name: boot
  user:
    token: boot-token
- name: admin
  user:
    token: admin-token
";

/// What a person has, and the words of the file that belong to nobody's fields.
const KEPT: [&str; 4] = [
    "# mine, by hand\n",
    "   # at work\n",
    "    x-owner: team-a\n",
    "    # moves at each boot\n",
];

struct Machine {
    sandbox: Sandbox,
    authority: String,
    certificate: ClientCertificate,
}

impl Machine {
    fn new() -> Self {
        let cluster = Cluster::new();
        let authority = cluster.ca_pem();
        let certificate = cluster.client_certificate(&ClientCertificateSpec::admin());
        let sandbox = Sandbox::with(FILE);
        let kube = sandbox.path("home/.kube");
        fs::create_dir(kube.join("e2e")).unwrap();
        fs::write(kube.join("e2e/kubernetes.ca.crt"), &authority).unwrap();
        fs::write(kube.join("admin.key"), certificate.key_pem()).unwrap();
        fs::write(kube.join("admin.crt"), certificate.pem()).unwrap();
        Self {
            sandbox,
            authority,
            certificate,
        }
    }

    /// `k config …` as it is typed, with no KUBECONFIG.
    #[track_caller]
    fn types(&self, line: &str) -> Outcome {
        let words: Vec<&str> = line.split(' ').collect();
        let mut command = self.sandbox.command(&["config"]);
        command.args(words).env_remove("KUBECONFIG");
        run(command, b"")
    }

    /// Types it, and expects this and nothing else.
    #[track_caller]
    fn prints(&self, line: &str, expected: &str) {
        let outcome = self.types(line).expect(0);
        assert_eq!((&*outcome.stdout, &*outcome.stderr), (expected, ""));
    }

    /// One value of the file, as kubectl reads it.
    #[track_caller]
    fn kubectl(&self, path: &str) -> String {
        let path = format!("-o=jsonpath={path}");
        self.sandbox
            .kubectl(&["config", "view", "--raw", &path])
            .expect(0)
            .stdout
    }
}

#[test]
fn the_chores_of_a_microk8s_admin() {
    let machine = Machine::new();
    machine.prints("get-clusters", "NAME\nmicrok8s-cluster\nmyaks\n");
    machine
        .types("view")
        .expect(0)
        .says("token: REDACTED")
        .never_says("boot-token");
    machine.types("view --raw").expect(0).says("boot-token");
    machine
        .types("set-cluster -h")
        .expect(0)
        .says("--insecure-skip-tls-verify")
        .says("--embed-certs");
    assert_eq!(machine.sandbox.text(), FILE, "nothing was changed yet");

    let set = "Cluster \"microk8s-cluster\" set.\n";
    let server = "https://microk8s-vm.mshome.net:16443";
    machine.prints(
        &format!("set-cluster microk8s-cluster --server={server}"),
        set,
    );
    let renamed = FILE.replace("https://172.22.10.5:16443", server);
    assert_eq!(machine.sandbox.text(), renamed, "one value, nothing else");

    machine.prints(
        "set-cluster microk8s-cluster --embed-certs --certificate-authority=~/.kube/e2e/kubernetes.ca.crt",
        set,
    );
    let data = machine
        .kubectl("{.clusters[?(@.name==\"microk8s-cluster\")].cluster.certificate-authority-data}");
    assert_eq!(unpacked(&data), machine.authority);

    machine.prints(
        "set-cluster microk8s-cluster --insecure-skip-tls-verify=true",
        set,
    );
    let insecure = renamed.replace(
        &format!("{server}\n"),
        &format!("{server}\n    insecure-skip-tls-verify: true\n"),
    );
    assert_eq!(sorted(&machine.sandbox.text()), sorted(&insecure));

    machine.prints(
        "get-contexts",
        "CURRENT   NAME       CLUSTER            AUTHINFO   NAMESPACE\n\
         *         microk8s   microk8s-cluster   boot       \n          \
                   myaks      myaks              me         \n",
    );
    machine.prints("use-context myaks", "Switched to context \"myaks\".\n");
    machine.prints(
        "set-context microk8s --user=admin",
        "Context \"microk8s\" modified.\n",
    );
    machine.prints(
        "set-context --current --user=admin",
        "Context \"myaks\" modified.\n",
    );
    machine.prints(
        "set-context --current --namespace=default",
        "Context \"myaks\" modified.\n",
    );
    machine.prints("get-users", "NAME\nadmin\nboot\nme\n");
    machine.prints(
        "get-contexts",
        "CURRENT   NAME       CLUSTER            AUTHINFO   NAMESPACE\n          \
                   microk8s   microk8s-cluster   admin      \n\
         *         myaks      myaks              admin      default\n",
    );

    let set = "User \"cluster-admin\" set.\n";
    let user = |field: &str| {
        machine.kubectl(&format!(
            "{{.users[?(@.name==\"cluster-admin\")].user.{field}}}"
        ))
    };
    machine.prints("set-credentials cluster-admin --token=uXFGweU9l35q", set);
    assert_eq!(user("token"), "uXFGweU9l35q");
    machine.prints(
        "set-credentials cluster-admin --client-key=~/.kube/admin.key",
        set,
    );
    // Beside the kubeconfig, so that kubectl's rule writes it relative.
    assert_eq!(user("client-key"), "admin.key");
    machine.prints(
        "set-credentials cluster-admin --client-certificate=~/.kube/admin.crt --embed-certs=true",
        set,
    );
    assert_eq!(
        unpacked(&user("client-certificate-data")),
        machine.certificate.pem()
    );

    let text = machine.sandbox.text();
    for kept in KEPT {
        assert!(text.contains(kept), "{kept:?} is lost:\n{text}");
    }
    let ours = machine.types("view --raw").expect(0).stdout;
    let theirs = machine.sandbox.kubectl(&["config", "view", "--raw"]);
    // Printed by kubectl until 1.33, though the file has none.
    let theirs = theirs.expect(0).stdout.replace("preferences: {}\n", "");
    assert_eq!(ours, theirs);
    // The key that a relative path names is found, whoever reads it.
    let flat = machine
        .sandbox
        .kubectl(&["config", "view", "--raw", "--flatten", "-o=json"])
        .expect(0);
    let flat: serde_json::Value = serde_json::from_str(&flat.stdout).unwrap();
    let users = flat["users"].as_array().unwrap();
    let admin = users
        .iter()
        .find(|user| user["name"] == "cluster-admin")
        .unwrap();
    let key = admin["user"]["client-key-data"].as_str().unwrap();
    assert_eq!(unpacked(key), machine.certificate.key_pem());
    assert_eq!(
        machine.sandbox.beside(),
        ["admin.crt", "admin.key", "config", "e2e"]
    );
    assert_eq!(machine.sandbox.history().len(), 10);

    // And all of it can be taken back.
    for _ in 0..10 {
        let undone = machine.sandbox.bowline(&["undo", "--reinstate"]);
        undone.expect(0);
    }
    assert_eq!(machine.sandbox.text(), FILE);
}

#[test]
fn another_file_for_this_terminal_and_back() {
    let machine = Machine::new();
    let other = machine.sandbox.path("home/.kube/microk8s-config");
    let printed = FILE.replace("current-context: microk8s", "current-context: myaks");
    fs::write(&other, printed).unwrap();
    let current = |chain: &str| {
        let outcome = machine
            .sandbox
            .bowline_on(chain, &["config", "current-context"]);
        outcome.expect(0).stdout
    };
    assert_eq!(current("~/.kube/microk8s-config"), "myaks\n");
    assert_eq!(current(""), "microk8s\n");
    machine
        .sandbox
        .bowline_on(
            "~/.kube/microk8s-config",
            &["config", "use-context", "microk8s"],
        )
        .expect(0);
    assert_eq!(fs::read_to_string(&other).unwrap(), FILE);
    assert_eq!(machine.sandbox.text(), FILE, "the default file is another");
    assert_eq!(
        machine.sandbox.beside(),
        ["admin.crt", "admin.key", "config", "e2e", "microk8s-config"],
    );
}

fn unpacked(data: &str) -> String {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(data);
    String::from_utf8(bytes.unwrap()).unwrap()
}

/// The lines in an order that does not depend on where a new field was put.
fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines
}
