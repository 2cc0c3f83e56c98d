//! Plans for nodes whose address changed, and that the printed commands do what the plan's files say.

mod support;

use std::fmt::Write as _;
use std::net::IpAddr;

use microk8s::Node;
use microk8s::repair;
use microk8s::repair::Plan;
use microk8s::repair::RepairError;
use microk8s::repair::Situation;
use support::Files;

const THREE: &str = "\
- Address: 10.0.0.5:19001
  ID: 3297041220608546238
  Role: 0
- Address: 10.0.0.55:19001
  ID: 9373968242441247628
  Role: 0
- Address: 10.0.0.6:19001
  ID: 3349965773726029294
  Role: 0
";

fn base(apiserver: &str) -> Files {
    Files::new()
        .link("/var/snap/microk8s/current", "6070")
        .file(
            "/snap/microk8s/current/meta/snap.yaml",
            "version: v1.28.15\n",
        )
        .data("args/kube-apiserver", apiserver)
        .data("args/kubelet", "--anonymous-auth=false\n")
        .data("args/kubelite", "--start-control-plane=true\n")
        .data("var/lock/lite.lock", "")
        .data("var/lock/ha-cluster", "")
        .data(
            "var/kubernetes/backend/info.yaml",
            "Address: 127.0.0.1:19001\nID: 3297041220608546238\nRole: 0\n",
        )
        .data(
            "var/kubernetes/backend/cluster.yaml",
            "- Address: 127.0.0.1:19001\n  ID: 3297041220608546238\n  Role: 0\n",
        )
}

const OLD_FLAGS: &str =
    "--secure-port=16443\n--token-auth-file=${SNAP_DATA}/credentials/known_tokens.csv\n";
const NEW_FLAGS: &str =
    "--secure-port=16443\n--kubelet-certificate-authority=${SNAP_DATA}/certs/ca.crt\n";

fn member(cluster: &str) -> Files {
    base(NEW_FLAGS)
        .data("var/lock/no-cert-reissue", "")
        .data(
            "args/kubelet",
            "--anonymous-auth=false\n--node-ip=10.0.0.5\n",
        )
        .data(
            "var/kubernetes/backend/info.yaml",
            "Address: 10.0.0.5:19001\nID: 3297041220608546238\nRole: 0\n",
        )
        .data(
            "var/kubernetes/backend/localnode.yaml",
            "- Address: 10.0.0.5:19001\n  ID: 3297041220608546238\n  Role: 0\n",
        )
        .data("var/kubernetes/backend/cluster.yaml", cluster)
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap_or(IpAddr::from([0, 0, 0, 0]))
}

#[allow(clippy::expect_used, reason = "a test")]
fn plan(files: Files, old: Option<&str>) -> Result<Plan, RepairError> {
    let tree = files.tree();
    let node = Node::read(&tree).expect("a node");
    repair::plan(&node, &tree, old.map(address), address("10.0.9.9"))
}

#[allow(clippy::unwrap_used, reason = "a test")]
fn show(plan: &Plan) -> String {
    let mut out = String::new();
    writeln!(out, "{}: {:?} to {}", plan.situation, plan.old, plan.new).unwrap();
    for (index, step) in plan.steps.iter().enumerate() {
        writeln!(
            out,
            "{}. {} [{:?}, {:?}]\n   {}",
            index + 1,
            step.what,
            step.site,
            step.action,
            step.why
        )
        .unwrap();
        for command in &step.commands {
            writeln!(out, "   $ {command}").unwrap();
        }
        for file in &step.files {
            let text = String::from_utf8_lossy(&file.after);
            writeln!(out, "   > {}\n{text}", file.path).unwrap();
        }
    }
    for caution in &plan.cautions {
        writeln!(out, "! {caution}").unwrap();
    }
    out
}

#[test]
fn a_node_alone_waits_for_the_kicker() {
    let old = plan(base(OLD_FLAGS), None).unwrap();
    assert_eq!(old.situation, Situation::Alone);
    assert_eq!(old.steps.len(), 1);
    insta::assert_snapshot!(show(&plan(base(NEW_FLAGS), None).unwrap()));
}

#[test]
fn a_fixed_address_is_changed() {
    let files = base("--secure-port=16443\n--advertise-address=10.0.0.5\n")
        .data("args/kubelet", "--node-ip=10.0.0.5,fd00::1\n");
    insta::assert_snapshot!(show(&plan(files, None).unwrap()));
}

#[test]
fn one_of_three_members() {
    let plan = plan(member(THREE), None).unwrap();
    insta::assert_snapshot!(show(&plan));
}

#[test]
fn the_last_member() {
    let cluster = THREE.split_inclusive('\n').take(3).collect::<String>();
    let plan = plan(member(&cluster), None).unwrap();
    assert_eq!(plan.situation, Situation::LastMember);
    insta::assert_snapshot!(show(&plan));
}

#[test]
fn a_worker() {
    let files = base(NEW_FLAGS)
        .data("var/lock/clustered.lock", "")
        .data("args/apiserver-proxy", "--refresh-interval 30s\n")
        .data(
            "args/traefik/provider.yaml",
            "tcp:\n  servers:\n  - address: \"10.0.0.5:16443\"\n  - address: \"10.0.0.55:16443\"\n",
        );
    insta::assert_snapshot!(show(&plan(files, Some("10.0.0.5")).unwrap()));
}

#[test]
fn what_cannot_be_planned_is_refused() {
    let refused = |files: Files, old: Option<&str>| plan(files, old).unwrap_err();
    assert!(matches!(
        refused(member(THREE), Some("10.0.9.9")),
        RepairError::Unchanged(_)
    ));
    assert!(matches!(
        refused(member(THREE), Some("10.0.0.6")),
        RepairError::NoMember { .. }
    ));
    assert!(matches!(
        refused(member(&THREE.replace("10.0.0.6:", "10.0.9.9:")), None),
        RepairError::Taken(_)
    ));
    let error = refused(
        member(THREE).data("var/kubernetes/backend/localnode.yaml", "?\n"),
        None,
    );
    assert!(
        error.to_string().contains("localnode.yaml, line 1"),
        "{error}"
    );
    let error = refused(
        member(THREE).data("var/kubernetes/backend/info.yaml", "?\n"),
        Some("10.0.0.5"),
    );
    assert!(error.to_string().contains("info.yaml, line 1"), "{error}");
    let tree = member(THREE).tree();
    let node = Node::read(&tree).unwrap();
    for new in ["127.0.0.1", "0.0.0.0", "169.254.1.1", "224.0.0.1", "::1"] {
        let error = repair::plan(&node, &tree, None, address(new)).unwrap_err();
        assert_eq!(error, RepairError::Unusable(address(new)));
    }
}

/// The commands shown for an edit, run on copies of the files, give what the plan itself would write.
#[test]
#[cfg(target_os = "linux")]
#[allow(clippy::unwrap_used, reason = "a test")]
fn the_commands_write_the_same_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = 0;
    let last = THREE.split_inclusive('\n').take(3).collect::<String>();
    let fixed = base("--advertise-address=10.0.0.5\n--bind-address 10.0.0.5\n--x=10.0.0.5\n");
    for files in [member(THREE), member(&last), fixed] {
        for step in plan(files, Some("10.0.0.5")).unwrap().steps {
            let here = |path: &str| folder.path().join(path.rsplit('/').next().unwrap());
            for file in &step.files {
                match &file.before {
                    Some(before) => std::fs::write(here(&file.path), before).unwrap(),
                    None => assert!(!here(&file.path).exists()),
                }
            }
            if step.files.is_empty() {
                continue;
            }
            for command in &step.commands {
                let mut command = command.replace("sudo ", "");
                for file in &step.files {
                    command = command.replace(&file.path, here(&file.path).to_str().unwrap());
                }
                assert!(
                    std::process::Command::new("sh")
                        .args(["-c", &command])
                        .output()
                        .unwrap()
                        .status
                        .success(),
                    "{command}"
                );
            }
            for file in &step.files {
                let written = std::fs::read(here(&file.path)).unwrap();
                assert_eq!(
                    String::from_utf8_lossy(&written),
                    String::from_utf8_lossy(&file.after)
                );
                std::fs::remove_file(here(&file.path)).unwrap();
                seen += 1;
            }
        }
    }
    assert!(seen >= 7);
}
