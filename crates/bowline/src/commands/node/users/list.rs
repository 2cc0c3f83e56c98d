//! `bowline node users list`.

use std::fmt::Write as _;

use identity::Limits;
use operations::node::access::Access;
use operations::node::reached::Own;
use operations::node::users::certificates;
use operations::node::users::list;
use operations::node::users::list::By;
use operations::node::users::list::Row;
use serde_json::json;

use super::super::SCHEMA;
use super::super::Scene;
use super::super::block_on;
use super::super::cell;
use super::super::print;
use super::issued;
use crate::cli::node::OutputArgs;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::day;
use crate::output::table::table;

pub(super) fn show(scene: &Scene, arguments: OutputArgs) -> Result<u8, CommandError> {
    let access = scene.open()?;
    let own = Own::read(&access)?;
    let kubeconfigs = scene.kubeconfigs()?;
    let issued = issued(scene)?;
    let keys = own.authority.keys();
    let mine: Vec<_> = issued.of(&keys).collect();
    // Requests are a part of the answer that the files do not have.
    let limits = Limits::default();
    let requests = match scene.reach(&access, &kubeconfigs) {
        Ok(reached) => block_on(certificates::requests(&access, &reached, &limits))?
            .map_err(|error| error.to_string()),
        Err(error) => Err(error.message),
    };
    if let Err(reason) = &requests {
        output::note(&format!("signing requests are not listed: {reason}"));
    }
    let requests = requests.unwrap_or_default();
    let rows = list::list(&access, &mine, &requests, &scene.files(&kubeconfigs))?;
    let value = json!({
        "schema": SCHEMA,
        "revision": access.node.revision,
        "auth": access.node.auth,
        "users": rows,
    });
    print(arguments.output, || text(&access, &rows), &value)?;
    Ok(exit::OK)
}

pub(super) fn text(access: &Access, rows: &[Row]) -> String {
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let held: Vec<_> = row
                .held
                .iter()
                .map(|held| format!("{} in {}", cell(&held.user), held.file.display()))
                .collect();
            vec![
                cell(&row.user),
                cell(&row.groups.join(", ")),
                match row.by {
                    By::Token => "token",
                    By::Certificate => "certificate",
                    By::Request => "request",
                }
                .to_owned(),
                cell(&row.origin),
                match (row.by, row.expires) {
                    (_, Some(expires)) => day(expires),
                    (By::Token, None) => "no end".to_owned(),
                    _ => String::new(),
                },
                held.join(", "),
            ]
        })
        .collect();
    let mut text = table(&["USER", "GROUPS", "BY", "WHERE", "UNTIL", "YOURS"], &cells);
    let mut notes: Vec<(&str, Vec<String>)> = Vec::new();
    for row in rows {
        let Some(note) = row.note.as_deref() else {
            continue;
        };
        let user = match row.expires {
            Some(expires) if rows.iter().filter(|it| it.user == row.user).count() > 1 => {
                format!("{} (until {})", cell(&row.user), day(expires))
            }
            _ => cell(&row.user),
        };
        match notes.iter_mut().find(|(known, _)| *known == note) {
            Some((_, users)) => users.push(user),
            None => notes.push((note, vec![user])),
        }
    }
    for (note, users) in notes {
        let _ = write!(text, "\n{}: {}\n", users.join(", "), cell(note));
    }
    if access.node.allows_everything() {
        text.push_str(
            "\nThis cluster allows everything to everyone who can log in (--authorization-mode=AlwaysAllow):\n`microk8s enable rbac` there ends that\n",
        );
    }
    text
}
