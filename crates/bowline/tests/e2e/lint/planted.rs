//! Every rule: its fault is planted and found, and where the remedy is a command, running it mends the fault.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::Duration;
use std::time::SystemTime;

use serde_json::Value;
use testnode::Ca;
use testnode::ClientCertificate;
use testnode::ClientCertificateSpec;

use super::Material;
use super::encode;
use super::findings;
use super::kubeconfig;
use super::set_mode;
use super::write;
use crate::support::Sandbox;
use crate::support::run;

const DAY: Duration = Duration::from_hours(24);

/// A fault.
struct Plant {
    rule: &'static str,
    /// What the evidence says, in part.
    says: &'static str,
    /// The kubeconfig.
    text: String,
    /// What else there is: called with the sandbox.
    prepare: Box<dyn Fn(&Sandbox)>,
    /// KUBECONFIG, where it is not the file alone; `~` stands for itself, `@` for the folder of kubeconfigs.
    list: Option<&'static str>,
}

fn plant(rule: &'static str, says: &'static str, text: impl Into<String>) -> Plant {
    Plant {
        rule,
        says,
        text: text.into(),
        prepare: Box::new(|_| {}),
        list: None,
    }
}

impl Plant {
    fn with(mut self, prepare: impl Fn(&Sandbox) + 'static) -> Self {
        self.prepare = Box::new(prepare);
        self
    }

    fn list(mut self, list: &'static str) -> Self {
        self.list = Some(list);
        self
    }
}

/// A JWT that ends so many seconds from now, made for `life` seconds.
fn token(ends: i64, life: i64) -> String {
    use base64::Engine as _;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let end = i64::try_from(now.unwrap().as_secs()).unwrap() + ends;
    let claims = format!(
        r#"{{"sub": "hunter2", "exp": {end}, "iat": {}}}"#,
        end - life
    );
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims);
    format!("eyJhbGciOiJSUzI1NiJ9.{claims}.aHVudGVyMg")
}

fn valid(from_days: i64, to_days: i64) -> (SystemTime, SystemTime) {
    let at = |days: i64| {
        let span = DAY * u32::try_from(days.unsigned_abs()).unwrap();
        if days < 0 {
            SystemTime::now() - span
        } else {
            SystemTime::now() + span
        }
    };
    (at(from_days), at(to_days))
}

fn plants() -> Vec<Plant> {
    let good = Material::new();
    let (ca, crt, key) = (&good.authority, &good.certificate, &good.key);
    let cluster = good.cluster();
    let https = "server: \"https://10.0.0.1:6443\"";
    let of = |cluster: &str, user: &str| kubeconfig(cluster, user);
    let clean = of(&cluster, "token: hunter2");
    let user = |user: &str| of(&cluster, user);
    let server = |server: &str| {
        of(
            &format!("server: \"{server}\", certificate-authority-data: {ca}"),
            "token: hunter2",
        )
    };
    let exec = |body: &str| user(&format!("exec: {{{body}}}"));
    let dated = |from: i64, to: i64| {
        let (from, to) = valid(from, to);
        let spec = ClientCertificateSpec::admin().valid(from, to);
        let client = ClientCertificate::new(&good.ca, &spec);
        user(&format!(
            "client-certificate-data: {}, client-key-data: {}",
            encode(client.pem()),
            encode(client.key_pem())
        ))
    };
    let authority = |from: i64, to: i64| {
        let (from, to) = valid(from, to);
        let ca = Ca::valid("a", from, to);
        of(
            &format!("{https}, certificate-authority-data: {}", encode(ca.pem())),
            "token: hunter2",
        )
    };
    let other = Material::new();
    let second = kubeconfig(&other.cluster(), "token: hunter3");
    let v1 = "apiVersion: client.authentication.k8s.io/v1";
    let beta = "apiVersion: client.authentication.k8s.io/v1beta1";
    let third_party = clean.replace("contexts:", "- name: old\n  user: {token: x}\ncontexts:");
    vec![
        plant("kubeconfig-unreadable", "config", "").with(|sandbox| {
            fs::remove_file(sandbox.file()).unwrap();
            symlink("config", sandbox.file()).unwrap();
        }),
        plant("kubeconfig-folder", "is a folder", "").with(|sandbox| {
            fs::remove_file(sandbox.file()).unwrap();
            fs::create_dir(sandbox.file()).unwrap();
        }),
        plant(
            "duplicate-name",
            "`users` has two entries named \"joe\"",
            clean.replace("contexts:", "- name: joe\n  user: {token: x}\ncontexts:"),
        ),
        plant(
            "not-base64",
            "`clusters[0].cluster.certificate-authority-data` is not valid base64",
            of(&format!("{https}, certificate-authority-data: '%%'"), ""),
        ),
        plant("not-a-kubeconfig", "line 2", "a: b\n\tc: d\n"),
        plant(
            "unknown-field",
            "probably meant to be `tokenFile`",
            user("token: hunter2, tokenfile: /nowhere"),
        ),
        plant(
            "several-documents",
            "line 13",
            format!("{clean}---\n{second}"),
        ),
        plant("utf-16", "UTF-16", "").with({
            let clean = clean.clone();
            move |sandbox| write(&sandbox.file(), crate::support::utf16(&clean))
        }),
        plant("byte-order-mark", "EF BB BF", format!("\u{feff}{clean}")),
        plant(
            "large-kubeconfig",
            "it has 4 MiB",
            format!("{clean}#{}\n", "x".repeat(4 << 20)),
        ),
        plant("kubeconfig-list-tilde", "`~/.kube/config`", clean.clone()).list("~/.kube/config"),
        plant(
            "kubeconfig-list-missing",
            "gone does not exist",
            clean.clone(),
        )
        .list("@/config:@/gone"),
        plant("kubeconfig-list-twice", "is there already", clean.clone())
            .list("@/config:@/./config"),
        plant("kubeconfig-list-empty", "item 2 of 3", clean.clone())
            .with({
                let second = second.replace("dev", "stage").replace("joe", "ann");
                move |sandbox| write(&sandbox.path("home/.kube/second"), &second)
            })
            .list("@/config::@/second"),
        plant("kubeconfig-readable", "mode 0644", clean.clone())
            .with(|sandbox| set_mode(&sandbox.file(), 0o644)),
        plant("kubeconfig-writable", "mode 0620", clean.clone())
            .with(|sandbox| set_mode(&sandbox.file(), 0o620)),
        plant("key-readable", "token: mode 0640", user("tokenFile: token")).with(|sandbox| {
            write(&sandbox.path("home/.kube/token"), "hunter2");
            set_mode(&sandbox.path("home/.kube/token"), 0o640);
        }),
        plant(
            "referenced-file-writable",
            "ca.crt: mode 0666",
            of(
                &format!("{https}, certificate-authority: ca.crt"),
                "token: hunter2",
            ),
        )
        .with({
            let pem = good.ca.pem();
            move |sandbox| {
                write(&sandbox.path("home/.kube/ca.crt"), &pem);
                set_mode(&sandbox.path("home/.kube/ca.crt"), 0o666);
            }
        }),
        plant(
            "file-missing",
            "certificate-authority: /nowhere/ca.crt does not exist",
            of(
                &format!("{https}, certificate-authority: /nowhere/ca.crt"),
                "token: x",
            ),
        ),
        plant("file-unreadable", "it is a folder", user("tokenFile: /")),
        plant(
            "path-tilde",
            "`~/ca.crt` leads to",
            of(
                &format!("{https}, certificate-authority: ~/ca.crt"),
                "token: x",
            ),
        )
        .with({
            let pem = good.ca.pem();
            move |sandbox| write(&sandbox.path("home/ca.crt"), &pem)
        }),
        plant("relative-path", "token is", user("tokenFile: token"))
            .with(|sandbox| write(&sandbox.path("home/.kube/token"), "hunter2")),
        plant(
            "current-context-missing",
            "current-context is gone",
            clean.replace("current-context: dev", "current-context: gone"),
        ),
        plant(
            "context-cluster-missing",
            "there is no cluster gone",
            clean.replace("{cluster: dev,", "{cluster: gone,"),
        ),
        plant(
            "context-user-missing",
            "there is no user gone",
            clean.replace("user: joe}", "user: gone}"),
        ),
        plant(
            "context-without-cluster",
            "context dev: its `cluster` is empty",
            clean.replace("{cluster: dev,", "{"),
        ),
        plant(
            "context-without-user",
            "context dev: its `user` is empty",
            clean.replace(", user: joe}", "}"),
        ),
        plant("context-across-files", "its user joe is in", {
            let at = clean.find("users:").unwrap();
            let end = clean.find("contexts:").unwrap();
            format!("{}{}", &clean[..at], &clean[end..])
        })
        .with(|sandbox| {
            let users = "users:\n- {name: joe, user: {token: hunter2}}\n";
            write(&sandbox.path("home/.kube/second"), users);
        })
        .list("@/config:@/second"),
        plant(
            "unused-cluster",
            "no context names cluster old",
            clean.replace(
                "users:",
                "- name: old\n  cluster: {server: https://old}\nusers:",
            ),
        ),
        plant("unused-user", "no context names user old", third_party),
        plant(
            "context-of-two-files",
            "its cluster dev is that of",
            clean.clone(),
        )
        .with({
            let second = second.replace("- name: dev\n  context", "- name: stage\n  context");
            move |sandbox| write(&sandbox.path("home/.kube/second"), &second)
        })
        .list("@/config:@/second"),
        plant(
            "shadowed-context",
            "context dev is taken from",
            clean.clone(),
        )
        .with({
            let second = second
                .replace("name: dev\n  cluster", "name: stage\n  cluster")
                .replace("cluster: dev", "cluster: stage");
            move |sandbox| write(&sandbox.path("home/.kube/second"), &second)
        })
        .list("@/config:@/second"),
        plant("shadowed-entry", "user joe is taken from", clean.clone())
            .with(|sandbox| {
                let users = "users:\n- {name: joe, user: {token: hunter3}}\n";
                write(&sandbox.path("home/.kube/second"), users);
            })
            .list("@/config:@/second"),
        plant(
            "same-cluster",
            "clusters are the same: dev, again",
            clean.replace(
                "users:",
                &format!("- name: again\n  cluster: {{{cluster}}}\nusers:"),
            ),
        ),
        plant(
            "same-credential",
            "users are the same: joe, again",
            clean.replace(
                "contexts:",
                "- name: again\n  user: {token: hunter2}\ncontexts:",
            ),
        ),
        plant(
            "insecure-skip-tls-verify",
            "cluster dev",
            of(
                &format!("{https}, insecure-skip-tls-verify: true"),
                "token: hunter2",
            ),
        ),
        plant(
            "insecure-with-authority",
            "and a CA is given",
            of(
                &format!("{cluster}, insecure-skip-tls-verify: true"),
                "token: hunter2",
            ),
        ),
        plant(
            "plain-http",
            "its server is http://10.0.0.1:8080",
            server("http://10.0.0.1:8080"),
        ),
        plant("server-missing", "cluster dev", of("", "token: hunter2")),
        plant(
            "server-not-a-url",
            "port is not a number",
            server("https://10.0.0.1:x"),
        ),
        plant(
            "server-without-scheme",
            "10.0.0.1:6443",
            server("10.0.0.1:6443"),
        ),
        plant(
            "server-with-query",
            "cluster dev: there is a `?`",
            server("https://10.0.0.1:6443/?hunter2"),
        ),
        plant(
            "server-with-password",
            "cluster dev",
            server("https://joe:hunter2@a:1"),
        ),
        plant(
            "server-api-path",
            "/x/api/v1",
            server("https://10.0.0.1:6443/x/api/v1/"),
        ),
        plant(
            "server-without-port",
            "https://vm.mshome.net",
            of(
                &format!(
                    "server: \"https://vm.mshome.net\", tls-server-name: kubernetes, certificate-authority-data: {ca}"
                ),
                "token: hunter2",
            ),
        ),
        plant(
            "server-name-unknown",
            "https://vm.mshome.net:16443",
            server("https://vm.mshome.net:16443"),
        ),
        plant(
            "tls-server-name-unused",
            "tls-server-name is kubernetes",
            of(
                "server: \"http://127.0.0.1:8001\", tls-server-name: kubernetes",
                "token: hunter2",
            ),
        ),
        plant(
            "authority-refused",
            "no PEM certificate",
            of(
                &format!("{https}, certificate-authority-data: aHVudGVyMg=="),
                "token: hunter2",
            ),
        ),
        plant(
            "authority-expired",
            "its CA ended 9 days ago",
            authority(-400, -9),
        ),
        plant("authority-expiring", "its CA ends in", authority(-400, 9)),
        plant(
            "certificate-refused",
            "holds no PEM certificate",
            user(&format!(
                "client-certificate-data: aHVudGVyMg==, client-key-data: {key}"
            )),
        ),
        plant(
            "certificate-expired",
            "user joe: its client certificate ended 9 days ago",
            dated(-400, -9),
        ),
        plant(
            "certificate-expiring",
            "its client certificate ends in",
            dated(-400, 9),
        ),
        plant("certificate-not-yet-valid", "user joe", dated(2, 400)),
        plant(
            "key-mismatch",
            "user joe",
            user(&format!(
                "client-certificate-data: {crt}, client-key-data: {}",
                other.key
            )),
        ),
        plant(
            "key-refused",
            "the client key is not PEM",
            user(&format!(
                "client-certificate-data: {crt}, client-key-data: aHVudGVyMg=="
            )),
        ),
        plant(
            "certificate-of-other-cluster",
            "the CA of cluster dev did not sign the certificate of user joe",
            user(&format!(
                "client-certificate-data: {}, client-key-data: {}",
                other.certificate, other.key
            )),
        ),
        plant(
            "token-expired",
            "its token ended 2 days ago",
            user(&format!("token: {}", token(-2 * 86_400 - 60, 9_000_000))),
        ),
        plant(
            "token-expiring",
            "its token ends in 2 days",
            user(&format!("token: {}", token(2 * 86_400 + 600, 9_000_000))),
        ),
        plant(
            "half-certificate",
            "a client certificate without its key",
            user(&format!("client-certificate-data: {crt}")),
        ),
        plant(
            "token-and-password",
            "user joe",
            user("token: hunter2, username: joe, password: hunter3"),
        ),
        plant(
            "exec-and-provider",
            "user joe",
            user(&format!(
                "exec: {{command: plugin, {beta}}}, auth-provider: {{name: oidc}}"
            )),
        ),
        plant(
            "auth-provider-removed",
            "its auth-provider is gcp",
            user("auth-provider: {name: gcp}"),
        ),
        plant(
            "password",
            "username and password",
            user("username: joe, password: hunter2"),
        ),
        plant(
            "token-and-token-file",
            "user joe",
            user("token: hunter2, tokenFile: /nowhere"),
        ),
        plant(
            "data-and-file",
            "certificate-authority and certificate-authority-data",
            of(
                &format!("{cluster}, certificate-authority: /nowhere"),
                "token: hunter2",
            ),
        ),
        plant(
            "token-and-certificate",
            "user joe",
            user(&format!(
                "token: hunter2, client-certificate-data: {crt}, client-key-data: {key}"
            )),
        ),
        plant("no-credential", "user joe: it has none", user("")),
        plant(
            "exec-refused",
            "`interactiveMode` is missing",
            exec(&format!("command: plugin, {v1}")),
        ),
        plant(
            "exec-missing",
            "there is no nowhere on PATH",
            exec(&format!("command: nowhere, {beta}")),
        ),
        plant(
            "exec-not-executable",
            "home/.kube/plugin is not executable",
            exec(&format!("command: ./plugin, {beta}")),
        )
        .with(|sandbox| write(&sandbox.path("home/.kube/plugin"), "#!/bin/sh\n")),
        plant(
            "exec-writable",
            "everybody may write",
            exec(&format!("command: ./plugin, {beta}")),
        )
        .with(|sandbox| {
            write(&sandbox.path("home/.kube/plugin"), "#!/bin/sh\n");
            set_mode(&sandbox.path("home/.kube/plugin"), 0o777);
        }),
        plant(
            "exec-removed-version",
            "client.authentication.k8s.io/v1alpha1",
            exec("command: plugin, apiVersion: client.authentication.k8s.io/v1alpha1"),
        ),
        plant(
            "exec-relative",
            "its command is ./plugin",
            exec(&format!("command: ./plugin, {beta}")),
        )
        .with(|sandbox| {
            write(&sandbox.path("home/.kube/plugin"), "#!/bin/sh\n");
            set_mode(&sandbox.path("home/.kube/plugin"), 0o700);
        }),
    ]
}

/// A shell in the sandbox that can find bowline, and what remedies call.
fn shell(sandbox: &Sandbox, script: &str, list: &str) -> Command {
    let mut command = sandbox.settle(Command::new("/bin/sh"));
    command.args(["-c", script]).env("KUBECONFIG", list).env(
        "PATH",
        format!("{}:/usr/bin:/bin", sandbox.path("bin").display()),
    );
    command
}

const LINT: &str = "bowline lint -o json --severity info";

fn find(findings: &[Value], rule: &str) -> Option<Value> {
    let mut found = findings.iter();
    found.find(|finding| finding["rule"] == rule).cloned()
}

/// Plants a fault, and returns the remedy that mended it, where it is a command.
fn check(plant: &Plant) -> Result<Option<String>, String> {
    let rule = plant.rule;
    let sandbox = Sandbox::new();
    symlink(env!("CARGO_BIN_EXE_bowline"), sandbox.path("bin/bowline")).unwrap();
    sandbox.script("plugin", "exit 1\n");
    write(&sandbox.file(), &plant.text);
    (plant.prepare)(&sandbox);
    let folder = sandbox.path("home/.kube");
    let folder = folder.to_str().unwrap();
    let list = plant.list.unwrap_or("@/config").replace('@', folder);
    let outcome = run(shell(&sandbox, LINT, &list), b"");
    for secret in ["hunter2", "aHVudGVyMg"] {
        if outcome.stdout.contains(secret) || outcome.stderr.contains(secret) {
            return Err(format!("{rule}: it shows the secret: {outcome:#?}"));
        }
    }
    let all = findings(&outcome);
    let found = find(&all, rule).ok_or_else(|| format!("{rule} is not found: {all:#?}"))?;
    let evidence = found["evidence"].as_str().unwrap();
    if !evidence.contains(plant.says) {
        return Err(format!("{rule}: {evidence}"));
    }
    // That remedy asks the cluster, which there is none of here.
    if found["command"] != true || rule == "insecure-skip-tls-verify" {
        return Ok(None);
    }
    let remedy = found["remedy"].as_str().unwrap().to_owned();
    let mut next = (rule.to_owned(), remedy.clone());
    // A context that is deleted leaves a cluster and a user, and so on: there is an end, and nothing comes back.
    let mut done = BTreeSet::new();
    loop {
        let (rule, remedy) = next.clone();
        let script = format!("{{ {remedy}; }} >&2 && {LINT}");
        let outcome = run(shell(&sandbox, &script, &list), b"");
        if !matches!(outcome.code, Some(0 | 8)) {
            return Err(format!("{rule}: {remedy}: {outcome:#?}"));
        }
        let left = findings(&outcome);
        if find(&left, &rule).is_some() {
            return Err(format!("{rule}: {remedy}: {left:#?}"));
        }
        done.insert(rule.clone());
        let command = left.iter().find(|finding| finding["command"] == true);
        let Some(finding) = command else { break };
        next = (
            finding["rule"].as_str().unwrap().to_owned(),
            finding["remedy"].as_str().unwrap().to_owned(),
        );
        if done.contains(&next.0) {
            return Err(format!("{rule} brings back {}", next.0));
        }
    }
    Ok(Some(remedy))
}

#[test]
fn each_rule_finds_its_fault_and_its_command_mends_it() {
    let mut planted = BTreeSet::new();
    let (mut commands, mut problems) = (0, Vec::new());
    for plant in plants() {
        planted.insert(plant.rule.to_owned());
        match check(&plant) {
            Ok(remedy) => commands += usize::from(remedy.is_some()),
            Err(problem) => problems.push(problem),
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
    assert!(commands > 20, "{commands}");
    let sandbox = Sandbox::new();
    let listed = sandbox
        .bowline(&["lint", "--rules", "-o", "json"])
        .expect(0);
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    let rules: BTreeSet<String> = listed["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(planted, rules);
}
