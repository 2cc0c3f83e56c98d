//! Exec plugins: is the program there, does it speak a version that kubectl speaks, and, only when asked for,
//! what does it say?

use std::path::Path;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use identity::ClientKey;
use identity::Proof;
use identity::api::Credentials;
use kubeconfig::Exec;
use kubeconfig::chain;
use kubeconfig::redact::escape;
use serde_json::Value;
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use zeroize::Zeroizing;

use super::catalogue as kind;
use super::catalogue::Kind;
use super::diagnose::Case;
use super::entries::Entries;
use super::finding::Finding;
use super::finding::Ladder;
use super::finding::Mend;
use super::form::Form;
use super::platform;
use crate::failure::Rung;

/// What comes before the version in `apiVersion`.
const GROUP: &str = "client.authentication.k8s.io/";

/// How long a plugin may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// No credential is larger.
const MOST_BYTES: u64 = 1 << 20;

/// Looks at a plugin without running it.
pub(super) fn check(
    case: &Case<'_>,
    entries: &Entries,
    exec: &Exec,
    file: &Path,
    ladder: &mut Ladder,
) -> Form {
    let mut broken = false;
    let mut find = |kind: &Kind, seen: String, mend: Mend| {
        broken |= kind.breaks;
        ladder.find(Finding::new(kind, seen, mend));
    };
    let command = escape(&exec.command).into_owned();
    match find_program(case, exec, file) {
        Found::Program(_) => {}
        Found::NotExecutable(path) => {
            let seen = format!("plugin {} may not be run", super::files::shown(&path));
            find(
                &kind::PLUGIN_NOT_EXECUTABLE,
                seen,
                platform::make_executable(&path),
            );
        }
        Found::Nothing(place) => {
            let seen = format!("plugin {command} is not {place}");
            find(&kind::PLUGIN_MISSING, seen, install(exec));
        }
    }
    let user = entries.user_name.as_deref().unwrap_or_default();
    let version = exec.api_version.as_deref().unwrap_or_default();
    let upgrade = || {
        case.ours(
            &["config", "set-credentials"],
            &[user],
            &["--exec-api-version=client.authentication.k8s.io/v1"],
        )
    };
    let said = format!("plugin {command} has apiVersion {}", escape(version));
    match version.strip_prefix(GROUP) {
        Some("v1") => {}
        Some("v1beta1") => find(&kind::PLUGIN_OLD, said, upgrade()),
        _ => find(&kind::PLUGIN_REMOVED, said, upgrade()),
    }
    // client-go `plugin/pkg/client/auth/exec` and `tools/clientcmd/validation.go`.
    match exec.interactive_mode.as_deref() {
        Some("Never" | "IfAvailable") => {}
        Some("Always") => {
            let seen = format!("plugin {command} has interactiveMode Always");
            let mend = Mend::hand("let scripts log in another way");
            find(&kind::PLUGIN_ASKS, seen, mend);
        }
        None if version != "client.authentication.k8s.io/v1" => {}
        other => {
            let seen = format!(
                "plugin {command} has interactiveMode {}",
                other.map_or("none".into(), escape)
            );
            let flag = "--exec-interactive-mode=IfAvailable";
            let mend = case.ours(&["config", "set-credentials"], &[user], &[flag]);
            find(&kind::PLUGIN_MODE, seen, mend);
        }
    }
    ladder.ok(Rung::CredentialForm, format!("exec plugin {command}"));
    if broken {
        return Form::Nothing;
    }
    if !case.options.run_plugins {
        let mend = case.ours(&["doctor"], &[&entries.context], &["--run-plugins"]);
        let seen = format!("plugin {command} was not run");
        ladder.find(Finding::new(&kind::PLUGIN_NOT_RUN, seen, mend));
        return Form::Nothing;
    }
    Form::Program
}

fn install(exec: &Exec) -> Mend {
    let hint = exec
        .install_hint
        .as_deref()
        .filter(|hint| !hint.trim().is_empty());
    Mend::hand(match hint {
        Some(hint) => {
            let lines: Vec<_> = hint.lines().map(|line| escape(line.trim())).collect();
            format!("install it; the kubeconfig says: {}", lines.join(" "))
        }
        None => format!("install {} where PATH leads", escape(&exec.command)),
    })
}

enum Found {
    Program(PathBuf),
    NotExecutable(PathBuf),
    /// With where it was looked for.
    Nothing(String),
}

/// A bare name is looked for on PATH; anything with a separator is a path, from the kubeconfig's folder on
/// (client-go `tools/clientcmd/loader.go`, `ResolveLocalPaths`).
fn find_program(case: &Case<'_>, exec: &Exec, file: &Path) -> Found {
    let is_path = exec.command.contains('/') || (cfg!(windows) && exec.command.contains('\\'));
    if !is_path {
        return match (case.options.find_program)(&exec.command) {
            Some(path) => Found::Program(path),
            None => Found::Nothing("on PATH".to_owned()),
        };
    }
    let path = chain::resolve(file, &exec.command);
    if platform::is_executable(&path) {
        Found::Program(path)
    } else if path.is_file() {
        Found::NotExecutable(path)
    } else {
        Found::Nothing(format!("at {}", super::files::shown(&path)))
    }
}

/// Runs the plugin of an entry, as kubectl does where nobody can be asked.
pub(super) async fn run(
    case: &Case<'_>,
    entries: &Entries,
    proof: &Proof,
    ladder: &mut Ladder,
) -> Option<Credentials> {
    let (file, user) = entries.user.as_ref()?;
    let exec = user.exec.as_ref()?;
    let Found::Program(program) = find_program(case, exec, file) else {
        return None;
    };
    match answer(entries, exec, &program, file, proof).await {
        Ok(credentials) => Some(credentials),
        Err(why) => {
            let seen = format!("plugin {}: {why}", escape(&exec.command));
            let typed = crate::failure::argument(&exec.command);
            let mend = Mend::hand(format!("run `{typed}` by hand and log in"));
            ladder.find(Finding::new(&kind::PLUGIN_FAILED, seen, mend));
            None
        }
    }
}

async fn answer(
    entries: &Entries,
    exec: &Exec,
    program: &Path,
    file: &Path,
    proof: &Proof,
) -> Result<Credentials, String> {
    let version = exec.api_version.as_deref().unwrap_or_default();
    let mut spec = json!({"interactive": false});
    if exec.provide_cluster_info {
        spec["cluster"] = cluster_info(entries, proof);
    }
    let info = json!({"kind": "ExecCredential", "apiVersion": version, "spec": spec});
    let mut command = tokio::process::Command::new(program);
    for argument in &exec.args {
        command.arg(&*String::from_utf8_lossy(argument.expose()));
    }
    for variable in &exec.env {
        command.env(
            &variable.name,
            &*String::from_utf8_lossy(variable.value.expose()),
        );
    }
    command
        .env("KUBERNETES_EXEC_INFO", info.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // What it says there may be a secret, and may be long.
        .stderr(Stdio::null())
        .kill_on_drop(true);
    if let Some(folder) = file.parent().filter(|folder| folder.is_dir()) {
        command.current_dir(folder);
    }
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let stdout = child.stdout.take();
    let conversation = async {
        let mut said = Zeroizing::new(Vec::new());
        if let Some(stdout) = stdout {
            let read = stdout.take(MOST_BYTES).read_to_end(&mut said).await;
            read.map_err(|error| error.to_string())?;
        }
        let status = child.wait().await.map_err(|error| error.to_string())?;
        if status.success() {
            Ok(said)
        } else {
            Err(format!("it ended with {status}"))
        }
    };
    let said = tokio::time::timeout(PATIENCE, conversation)
        .await
        .map_err(|_| format!("it did not end within {} s", PATIENCE.as_secs()))??;
    read(&said, version)
}

fn cluster_info(entries: &Entries, proof: &Proof) -> Value {
    let cluster = entries.cluster.as_ref().map(|(_, _, cluster)| cluster);
    let mut info = json!({
        "server": cluster.map(|cluster| cluster.server.clone()),
        "tls-server-name": proof.proved_name(),
    });
    let data = cluster.and_then(|cluster| cluster.certificate_authority_data.as_ref());
    if let Some(data) = data {
        use base64::Engine as _;
        let encoded = base64::engine::general_purpose::STANDARD.encode(data);
        info["certificate-authority-data"] = json!(encoded);
    }
    info
}

/// Reads an `ExecCredential`; nothing of it is in an error.
fn read(said: &[u8], version: &str) -> Result<Credentials, String> {
    let credential: Value =
        serde_json::from_slice(said).map_err(|_| "it printed no JSON".to_owned())?;
    if credential["kind"] != "ExecCredential" {
        return Err("it printed no ExecCredential".to_owned());
    }
    let theirs = credential["apiVersion"].as_str().unwrap_or_default();
    if theirs != version {
        return Err(format!(
            "it speaks {}, the entry says {}",
            escape(theirs),
            escape(version)
        ));
    }
    let status = &credential["status"];
    let text = |key: &str| status[key].as_str().filter(|text| !text.is_empty());
    let client_key = match (text("clientCertificateData"), text("clientKeyData")) {
        (Some(certificate), Some(key)) => Some(
            ClientKey::from_pem(certificate.as_bytes(), key.as_bytes())
                .map_err(|error| error.to_string())?,
        ),
        (None, None) => None,
        _ => return Err("it printed a certificate without a key, or the reverse".to_owned()),
    };
    let authorization = text("token").map(|token| Zeroizing::new(format!("Bearer {token}")));
    if client_key.is_none() && authorization.is_none() {
        return Err("it printed neither token nor certificate".to_owned());
    }
    Ok(Credentials {
        client_key,
        authorization,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // The form of client-go's `pkg/apis/clientauthentication/v1`.
    #[test]
    fn an_answer_is_a_credential_or_a_reason() {
        let v1 = "client.authentication.k8s.io/v1";
        let text = |status: &str| {
            format!(r#"{{"kind":"ExecCredential","apiVersion":"{v1}","status":{status}}}"#)
        };
        let good = read(text(r#"{"token":"abc"}"#).as_bytes(), v1).unwrap();
        assert_eq!(good.authorization.unwrap().as_str(), "Bearer abc");
        for (said, why) in [
            (text("{}"), "neither"),
            (text(r#"{"token":7}"#), "neither"),
            (text(r#"{"clientKeyData":"x"}"#), "without a key"),
            (
                text(r#"{"token":"a"}"#).replace("/v1", "/v1beta1"),
                "it speaks",
            ),
            ("Please log in".to_owned(), "no JSON"),
            ("[]".to_owned(), "no ExecCredential"),
        ] {
            let error = read(said.as_bytes(), v1).unwrap_err();
            assert!(error.contains(why), "{said}: {error}");
        }
    }
}
