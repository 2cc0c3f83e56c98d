//! Writes into `config.toml` where a cluster's machine is, and loses nothing that stands there.

use toml_edit::DocumentMut;
use toml_edit::Item;
use toml_edit::Table;
use toml_edit::TableLike;
use toml_edit::Value;

use crate::settings::Settings;
use crate::settings::SettingsError;

/// What a file that is made begins with.
const NEW_FILE: &str = "version = 1\n";

/// Why the place of a machine cannot be written down.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RememberError {
    /// The file is not the settings as it is.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The file is not text.
    #[error("it is not UTF-8")]
    NotText,
    /// The result would not say what it should.
    #[error(
        "the clusters are written in a form that cannot be edited safely: add `machine` by hand"
    )]
    Form,
}

/// The text of `config.toml` with `machine` for a cluster; `None` when it says so already. `before` is the
/// file's content, `None` when there is no file.
///
/// # Errors
/// [`RememberError`] when the file is damaged or newer, so that it is never overwritten.
pub fn with_machine(
    before: Option<&[u8]>,
    cluster: &str,
    machine: &str,
) -> Result<Option<String>, RememberError> {
    let text = match before {
        None => NEW_FILE,
        Some(bytes) => std::str::from_utf8(bytes).map_err(|_| RememberError::NotText)?,
    };
    let mut wanted = Settings::parse(text)?;
    let hints = wanted.clusters.entry(cluster.to_owned()).or_default();
    if hints.machine.as_deref() == Some(machine) {
        return Ok(None);
    }
    hints.machine = Some(machine.to_owned());
    let means_it = |text: &String| Settings::parse(text).is_ok_and(|settings| settings == wanted);
    // At the end nothing that stands there is touched, not even what a comment seems to belong to.
    let appended = append(text, cluster, machine);
    if means_it(&appended) {
        return Ok(Some(appended));
    }
    let mut document: DocumentMut = text.parse().map_err(|_| RememberError::Form)?;
    set(document.as_table_mut(), cluster, machine).ok_or(RememberError::Form)?;
    let after = document.to_string();
    // toml_edit writes line feeds; a file of another system keeps its own.
    let after = if text.contains("\r\n") && !has_bare_line_feed(text) {
        after.replace("\r\n", "\n").replace('\n', "\r\n")
    } else {
        after
    };
    means_it(&after)
        .then_some(Some(after))
        .ok_or(RememberError::Form)
}

/// With a table for a cluster that has none.
fn append(text: &str, cluster: &str, machine: &str) -> String {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut hints = Table::new();
    hints.insert("machine", toml_edit::value(machine));
    let mut clusters = Table::new();
    clusters.set_implicit(true);
    clusters.insert(cluster, Item::Table(hints));
    let mut document = DocumentMut::new();
    document.insert("clusters", Item::Table(clusters));
    let table = document.to_string().replace('\n', end);
    let last = match text {
        "" => "",
        text if text.ends_with('\n') => end,
        _ => &format!("{end}{end}"),
    };
    format!("{text}{last}{table}")
}

fn has_bare_line_feed(text: &str) -> bool {
    text.matches('\n').count() > text.matches("\r\n").count()
}

fn set(root: &mut Table, cluster: &str, machine: &str) -> Option<()> {
    let clusters = root.get_mut("clusters")?;
    if let Some(clusters) = clusters.as_table_mut() {
        return put(clusters.get_mut(cluster)?.as_table_like_mut()?, machine);
    }
    // `clusters = { … }`, in one line.
    let clusters = clusters.as_inline_table_mut()?;
    let hints = clusters
        .entry(cluster)
        .or_insert_with(|| Value::InlineTable(toml_edit::InlineTable::new()));
    put(hints.as_inline_table_mut()?, machine)
}

fn put(hints: &mut dyn TableLike, machine: &str) -> Option<()> {
    match hints.get_mut("machine") {
        Some(old) => {
            let old = old.as_value_mut()?;
            let decor = old.decor().clone();
            *old = Value::from(machine);
            *old.decor_mut() = decor;
        }
        None => {
            hints.insert("machine", toml_edit::value(machine));
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(before: &str) -> String {
        with_machine(Some(before.as_bytes()), "dev", "multipass:dev")
            .unwrap()
            .unwrap()
    }

    #[test]
    fn a_new_file_has_its_version() {
        let text = with_machine(None, "dev", "multipass:dev").unwrap().unwrap();
        assert_eq!(
            text,
            "version = 1\n\n[clusters.dev]\nmachine = \"multipass:dev\"\n"
        );
        assert_eq!(
            with_machine(Some(text.as_bytes()), "dev", "multipass:dev"),
            Ok(None)
        );
    }

    #[test]
    fn everything_else_keeps_its_bytes() {
        let before =
            "# mine\nmultipass   = true # yes\n\n[clusters.office]  # ssh -L\nfollow = false\n";
        assert_eq!(
            after(before),
            format!("{before}\n[clusters.dev]\nmachine = \"multipass:dev\"\n")
        );
        // Without an end of its last line.
        assert_eq!(
            after("multipass = true"),
            "multipass = true\n\n[clusters.dev]\nmachine = \"multipass:dev\"\n"
        );
        assert_eq!(
            after("# only a comment\n"),
            "# only a comment\n\n[clusters.dev]\nmachine = \"multipass:dev\"\n"
        );
        assert_eq!(
            after("multipass = true\r\n[clusters.a]\r\nhost = 'x'\r\n"),
            "multipass = true\r\n[clusters.a]\r\nhost = 'x'\r\n\r\n[clusters.dev]\r\nmachine = \"multipass:dev\"\r\n"
        );
    }

    #[test]
    fn every_form_of_a_table_is_edited_where_it_is() {
        for (before, wanted) in [
            (
                "[clusters.dev]\nhost = 'x' # here\n\n[clusters.b]\n",
                "[clusters.dev]\nhost = 'x' # here\nmachine = \"multipass:dev\"\n\n[clusters.b]\n",
            ),
            (
                "[clusters]\ndev = { host = 'x' }\n",
                "[clusters]\ndev = { host = 'x' , machine = \"multipass:dev\" }\n",
            ),
            (
                "clusters = { }\n",
                "clusters = { dev = { machine = \"multipass:dev\" }  }\n",
            ),
            (
                "[clusters]\ndev.host = 'x'\n[clusters.b]\n",
                "[clusters]\ndev.host = 'x'\ndev.machine = \"multipass:dev\"\n[clusters.b]\n",
            ),
            (
                "clusters.dev.host = 'x'\n",
                "clusters.dev.host = 'x'\nclusters.dev.machine = \"multipass:dev\"\n",
            ),
            (
                "[clusters.dev]\nmachine = 'ssh:dev' # was\n",
                "[clusters.dev]\nmachine = \"multipass:dev\" # was\n",
            ),
        ] {
            assert_eq!(after(before), wanted, "{before}");
        }
    }

    #[test]
    fn names_are_quoted_where_they_must_be() {
        let text = with_machine(Some(b""), "a.b \"c\"\n", "ssh:u@h").unwrap();
        let settings = Settings::parse(&text.unwrap()).unwrap();
        let machine = settings.hints("a.b \"c\"\n").machine;
        assert_eq!(machine.as_deref(), Some("ssh:u@h"));
    }

    #[test]
    fn what_is_damaged_or_newer_is_refused() {
        for text in ["version = 2\n", "clusters = 3\n", "a", "unknown = 1\n"] {
            let result = with_machine(Some(text.as_bytes()), "dev", "multipass:dev");
            assert!(matches!(result, Err(RememberError::Settings(_))), "{text}");
        }
        let result = with_machine(Some(b"\xff"), "dev", "multipass:dev");
        assert_eq!(result, Err(RememberError::NotText));
    }
}
