//! Writes into `config.toml` where a cluster's machine is.

use crate::settings::edit::ChangeError;
use crate::settings::edit::edited;

/// The text of `config.toml` with `machine` for a cluster; `None` when it says so already. `before` is the
/// file's content, `None` when there is no file.
///
/// # Errors
/// [`ChangeError`] when the file is damaged or newer, so that it is never overwritten.
pub fn with_machine(
    before: Option<&[u8]>,
    cluster: &str,
    machine: &str,
) -> Result<Option<String>, ChangeError> {
    edited(
        before,
        &["clusters", cluster, "machine"],
        Some(&machine.into()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

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
            assert!(matches!(result, Err(ChangeError::Settings(_))), "{text}");
        }
        let result = with_machine(Some(b"\xff"), "dev", "multipass:dev");
        assert_eq!(result, Err(ChangeError::NotText));
    }
}
