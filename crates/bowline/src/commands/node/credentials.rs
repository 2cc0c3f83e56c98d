//! `bowline node credentials`.

use std::fmt::Write as _;

use microk8s::credentials;
use microk8s::credentials::Content;
use microk8s::credentials::CredentialFile;
use microk8s::credentials::Kind;
use microk8s::credentials::State;
use microk8s::paths;
use operations::node::access::Access;
use serde_json::json;

use super::SCHEMA;
use super::Scene;
use super::cell;
use super::now;
use super::print;
use crate::cli::node::OutputArgs;
use crate::error::CommandError;
use crate::exit;
use crate::output::day;
use crate::output::table::table;

pub(super) fn run(scene: &Scene, arguments: OutputArgs) -> Result<u8, CommandError> {
    let access = scene.open()?;
    let files = read(&access);
    let value = json!({
        "schema": SCHEMA,
        "revision": access.node.revision,
        "data": access.node.data,
        "files": files,
    });
    print(arguments.output, || text(&access, &files), &value)?;
    Ok(exit::OK)
}

fn read(access: &Access) -> Vec<CredentialFile> {
    let node = &access.node;
    credentials::read(&access.tree, paths::DATA, now(), &|token| {
        node.bearer(token)
    })
}

fn text(access: &Access, files: &[CredentialFile]) -> String {
    let mut text = format!("{}: {}\n\n", access.name(), cell(&access.node.data));
    let rows: Vec<Vec<String>> = files.iter().map(row).collect();
    text += &table(
        &[
            "FILE", "ENTRY", "USER", "BY", "STATE", "MODE", "OWNER", "CHANGED",
        ],
        &rows,
    );
    // Nearly always the same in all of them, so that it is no column.
    let mut leads: Vec<(String, Vec<String>)> = Vec::new();
    for file in files {
        let Some(kubeconfig) = file.kubeconfig() else {
            continue;
        };
        let part = |text: &Option<String>| cell(text.as_deref().unwrap_or("none"));
        let lead = format!(
            "context {}, server {}",
            part(&kubeconfig.context),
            part(&kubeconfig.server)
        );
        let name = cell(&short(&file.path));
        match leads.iter_mut().find(|(known, _)| *known == lead) {
            Some((_, names)) => names.push(name),
            None => leads.push((lead, vec![name])),
        }
    }
    match leads.as_slice() {
        [] => {}
        [(lead, _)] => {
            let _ = write!(text, "\nAll kubeconfigs: {lead}\n");
        }
        several => {
            for (lead, names) in several {
                let _ = write!(text, "\n{lead}:\n  {}\n", names.join(", "));
            }
        }
    }
    if files
        .iter()
        .filter_map(CredentialFile::kubeconfig)
        .any(credentials::Kubeconfig::names_differ)
    {
        text.push_str(
            "\nENTRY is only a name in the file; the cluster takes whoever has the file for USER\n",
        );
    }
    for file in files {
        if file.is_forgotten() {
            let _ = write!(
                text,
                "\n{}: the node does not use it any more, and it still lets whoever has it in\n",
                cell(&short(&file.path)),
            );
        }
    }
    text
}

fn row(file: &CredentialFile) -> Vec<String> {
    let kubeconfig = file.kubeconfig();
    let text = |text: Option<&String>| text.map(|text| cell(text)).unwrap_or_default();
    let (by, state) = match &file.content {
        Content::Kubeconfig(kubeconfig) => (by(&kubeconfig.kind), state(&kubeconfig.state)),
        Content::Tokens { users } => ("tokens".to_owned(), format!("{users} users")),
        Content::Passwords { users } => ("passwords".to_owned(), format!("{users} users")),
        Content::JoinTokens => ("join tokens".to_owned(), String::new()),
        Content::Unreadable { reason } => (String::new(), cell(reason)),
        _ => (String::new(), String::new()),
    };
    let owner = [file.owner.as_deref(), file.group.as_deref()];
    let owner: Vec<_> = owner.into_iter().flatten().map(cell).collect();
    vec![
        cell(&short(&file.path)),
        text(kubeconfig.and_then(|it| it.name.as_ref())),
        kubeconfig
            .and_then(|it| it.user.as_ref())
            .map(|user| match user.groups.as_slice() {
                [] => cell(&user.name),
                groups => format!("{} ({})", cell(&user.name), cell(&groups.join(", "))),
            })
            .unwrap_or_default(),
        by,
        state,
        file.mode
            .map(|mode| format!("{mode:04o}"))
            .unwrap_or_default(),
        owner.join(":"),
        day(file.modified),
    ]
}

fn by(kind: &Kind) -> String {
    match kind {
        Kind::Token => "token",
        Kind::ClientCertificate => "certificate",
        Kind::Basic => "password",
        Kind::Plugin => "plugin",
        Kind::None => "nothing",
        Kind::Damaged { .. } => "damaged",
        _ => "",
    }
    .to_owned()
}

fn state(state: &State) -> String {
    match state {
        State::Good => "good".to_owned(),
        State::UnknownToken => "token not known to the cluster".to_owned(),
        State::UnknownPassword => "password not known to the cluster".to_owned(),
        State::OtherAuthority => "not signed by ca.crt".to_owned(),
        State::Expired { not_after } => format!("expired {}", day(*not_after)),
        State::KeyDiffers => "key is another certificate's".to_owned(),
        State::OtherClusterCa => "expects another CA".to_owned(),
        State::Unreadable { reason } => cell(reason),
        _ => String::new(),
    }
}

/// Without the folders that all files of the running revision share.
fn short(path: &str) -> String {
    let path = path
        .strip_prefix(paths::DATA)
        .or_else(|| path.strip_prefix(paths::REVISIONS))
        .unwrap_or(path);
    path.trim_start_matches('/').to_owned()
}
