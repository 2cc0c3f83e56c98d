//! kubectl refuses the same command lines, in the same words.
//!
//! Runs where a plain kubectl is found and says so where not.

use testnode::kubectl;

use super::super::parse;
use super::words;

const KUBECONFIG: &str = "\
clusters:
- cluster: {server: https://dev.example}
  name: dev-c
contexts:
- context: {cluster: dev-c, user: dev-u}
  name: dev
current-context: dev
users:
- name: dev-u
  user: {token: t}
";

/// Refused for what they are, whatever the kubeconfig holds.
const WRONG: &[&str] = &[
    "",
    "--bogus",
    "bogus a b",
    "bogus --foo",
    "view --raw x",
    "view --raw=",
    "view --ra",
    "view -o",
    "view --merge false",
    "view -v x",
    "view -n",
    "view -vh",
    "view --vmodule=foo",
    "view --log-flush-frequency=5",
    "view --warnings-as-errors=maybe",
    "view --log-dir=x",
    "view -=",
    "view -",
    "get-clusters -o name",
    "get-users -x",
    "use dev x",
    "use-context dev -- x",
    "set-context",
    "set-context --current=false",
    "set-context --current a b",
    "set-context a b",
    "set-context dev --namespace",
    "set-context dev --current=maybe",
    "set-context '' b",
    "rename-context a",
    "rename-context a b c",
    "rename-context a --foo",
    "delete-user",
    "set-cluster",
    "set-cluster ''",
    "set-cluster a b",
    "set-cluster '' b",
    "set-cluster dev-c -s x",
    "set-cluster dev-c --server",
    "set-cluster dev-c --embed-certs",
    "set-cluster dev-c --embed-certs=maybe",
    "set-cluster dev-c --embed-certs=",
    "set-cluster dev-c --insecure-skip-tls-verify=maybe",
    "set-cluster dev-c --insecure-skip-tls-verify --certificate-authority=x",
    "set-cluster dev-c --insecure-skip-tls-verify --embed-certs",
    "set-cluster dev-c --embed-certs --certificate-authority=",
    "set-cluster dev-c --insecure-skip-tls-verify --embed-certs --certificate-authority=x",
    "set-cluster '' --insecure-skip-tls-verify --certificate-authority=x",
    "set-cluster '' --embed-certs",
    "set-cluster dev-c --disable-compression=maybe",
    "set-credentials",
    "set-credentials ''",
    "set-credentials a b",
    "set-credentials '' b",
    "set-credentials a --token=x --username=y",
    "set-credentials '' --token=x --username=y",
    "set-credentials a --token",
    "set-credentials a --embed-certs",
    "set-credentials a --embed-certs=maybe",
    "set-credentials a --embed-certs --client-certificate=",
    "set-credentials a --embed-certs --client-key=nofile --token=x --username=y",
    "set-credentials a --auth-provider-arg=k",
    "set-credentials a --auth-provider-arg==v",
    "set-credentials a --auth-provider-arg=-",
    "set-credentials a --auth-provider-arg=a=b,c",
    "set-credentials a --exec-env=A",
    "set-credentials a --exec-env==",
    "set-credentials a --exec-env=-",
    "set-credentials a --exec-env=A=1 --exec-env=B --auth-provider-arg=x",
    "set-credentials a b --exec-env=B",
    "set-credentials a --exec-env=A --token=x --username=y",
    "set-credentials a --exec-interactive-mode=Sometimes",
    "set-credentials a --exec-interactive-mode=never",
    "set-credentials a --exec-interactive-mode=",
    "set-credentials a --exec-command=x --exec-interactive-mode=",
    "set-credentials a --exec-command=x --exec-interactive-mode=foo",
    "set-credentials a --exec-command=x --exec-interactive-mode=foo --token=x --username=y",
    "set-credentials a --exec-provide-cluster-info=maybe",
    "set",
    "set a",
    "set a b c",
    "set '' x",
    "set current-context",
    "set current-context ''",
    "set current-context x --set-raw-bytes=maybe",
    "set current-context -x",
    "set nope x --set-raw-bytes=",
    "unset",
    "unset a b",
    "unset current-context --x",
    "get-contexts -o Name",
    "get-contexts --no-headers=maybe",
    "get-contexts -o",
    "get-contexts -x -h",
    "get-contexts --bogus --help",
    "get-contexts --help --no-headers=maybe",
    "get-contexts --no-headers=maybe --help",
    "view --merge=maybe --raw=maybe",
    "view get-contexts",
    "--kubeconfig",
    "--kubeconfig view",
    "view --minify -hx",
    "view -h=maybe",
    "-- bogus",
    "-",
    "'' view",
    "view ''",
    "--help view --raw",
    "-o x bogus",
    "view -test.v x",
    "view -h=",
    "view x --profile=bogus",
    "bogus --profile=bogus",
    "view --profile=",
    "view --profile=allocs2",
    "set-credentials a --exec-env= --exec-env=A",
    "set-credentials a --exec-env=A --exec-env= --exec-env=B",
    "set-credentials a --auth-provider-arg=a=1,,b=2",
    "set-credentials a --auth-provider-arg=x --auth-provider-arg=y",
    "view --v=",
    "view --log-flush-frequency=.s",
    "view --insecure-skip-tls-verify=maybe",
    "view --match_server_version=maybe",
    "-- -x",
    "view --merge=false x",
    "set-context --cluster a --user b",
    "--cluster a set-context x --bogus",
    "--server a set-cluster x --bogus",
    "view --embed-certs",
    "--no-headers get-contexts",
    "--bogus x view",
    "-x y view",
    "view --kubeconfig=a --kubeconfig=b --bogus",
    "--server x --token",
    "---x y view",
    "-vv view",
];

/// Understood, and done with this kubeconfig; or help, which ends as well.
const RIGHT: &[&str] = &[
    "view --help=true x",
    "-h view",
    "use -h",
    "-h view x",
    "--help x view",
    "-h",
    "view -h --profile=bogus",
    "view --help=false",
    "view --raw=True",
    "view --output=json",
    "view --allow_missing_template_keys=false",
    "view -s=foo",
    "view --vmodule=,",
    "view --profile=none",
    "view --as-group=a --as-group=",
    "view --match-server-version",
    "get-users x y",
    "set-context --current",
    "set-context dev --namespace= --user=",
    "set-cluster dev-c --insecure-skip-tls-verify --certificate-authority=",
    "set-credentials a --token= --username=y",
    "set-credentials a --exec-env=",
    "set-credentials a --exec-env=A-=1",
    "set-credentials a --exec-command=x --auth-provider=y",
    "set current-context x --set-raw-bytes",
    "get-contexts -o ''",
    "get-contexts --no_headers",
    "view -h=false",
    "view -n=",
    "set-credentials a --exec-env=A- --exec-env=A-",
    "set-credentials a -s x",
    "view --kubeconfig ''",
    "set-credentials a --auth-provider-arg==a-",
];

#[test]
fn kubectl_refuses_and_takes_the_same() {
    let kubectl = match kubectl::find() {
        // What is refused, and how, has been the same since.
        Ok(kubectl) if kubectl.version >= (1, 30) => kubectl,
        Ok(kubectl) => {
            println!(
                "skipped: kubectl {:?} words things otherwise",
                kubectl.version
            );
            return;
        }
        Err(error) => {
            println!("skipped: {error}");
            return;
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    let mut differences = Vec::new();
    for (line, right) in [(WRONG, false), (RIGHT, true)]
        .into_iter()
        .flat_map(|(lines, right)| lines.iter().map(move |line| (line, right)))
    {
        std::fs::write(&file, KUBECONFIG).unwrap();
        let arguments = words(line);
        let output = kubectl
            .command(folder.path(), &file)
            .arg("config")
            .args(&arguments)
            .current_dir(folder.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let parsed = parse(&arguments);
        let same = match &parsed {
            Ok(_) => right && output.status.code() == Some(0),
            // The help itself is our own, on whichever stream.
            Err(usage) => {
                !right
                    && output.status.code() == Some(i32::from(usage.exit))
                    && (stderr == usage.stderr || !stderr.starts_with("error:"))
                    && output.stdout.is_empty() == usage.stdout.is_empty()
            }
        };
        if !same {
            differences.push(format!(
                "{line}: kubectl {:?} {stderr:?}, we {parsed:?}",
                output.status.code()
            ));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
