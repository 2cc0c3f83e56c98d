//! Writes protections into `config.toml`, each as one line of the history.

use std::path::Path;

use store::Store;
use store::UpdateError;

use super::Rule;
use crate::settings::Guarding;
use crate::settings::Protection;
use crate::settings::SettingsError;
use crate::settings::Value;
use crate::settings::change::change;
use crate::settings::change::rewrite;
use crate::settings::edit::ChangeError;
use crate::settings::edit::edited;

/// Makes a rule for contexts of a pattern, in place of what it was before; `false` when it was so already.
///
/// # Errors
/// [`UpdateError`]: the pattern is none, the file cannot be changed, or not be written.
pub fn protect(
    store: &Store,
    file: &Path,
    pattern: &str,
    protection: &Protection,
) -> Result<bool, UpdateError<ChangeError>> {
    let wrong = |error: super::GuardsError| {
        UpdateError::Change(SettingsError::Unreadable(error.to_string()).into())
    };
    Rule::new(pattern, protection).map_err(wrong)?;
    let action = match protection.action {
        Guarding::Confirm => "confirm",
        Guarding::Refuse => "refuse",
    };
    let commands = protection.commands.iter().map(|word| word.as_str().into());
    let commands = Value::Array(commands.collect());
    let commands = (!protection.commands.is_empty()).then_some(&commands);
    let summary = format!("protect {}", kubeconfig::redact::escape(pattern));
    rewrite(store, file, &summary, |before| {
        let keys = ["protect", pattern, "action"];
        let action = edited(before, &keys, Some(&action.into()))?;
        let middle = action.as_deref().map(str::as_bytes).or(before);
        let commands = edited(middle, &["protect", pattern, "commands"], commands)?;
        Ok(commands.or(action))
    })
}

/// Takes a rule away; `false` when there is none.
///
/// # Errors
/// As for [`protect`].
pub fn unprotect(
    store: &Store,
    file: &Path,
    pattern: &str,
) -> Result<bool, UpdateError<ChangeError>> {
    let summary = format!("unprotect {}", kubeconfig::redact::escape(pattern));
    change(store, file, &summary, &["protect", pattern], None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_written_changed_and_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("state"));
        let file = folder.path().join("config.toml");
        std::fs::write(&file, "# mine\n[aliases]\nb = 'x'\n").unwrap();
        let mut protection = Protection {
            commands: vec!["delete".to_owned(), "rollout restart".to_owned()],
            action: Guarding::Confirm,
        };
        let text = || std::fs::read_to_string(&file).unwrap();
        assert!(protect(&store, &file, "prod*", &protection).unwrap());
        assert_eq!(
            text(),
            "# mine\n[aliases]\nb = 'x'\n\n[protect.\"prod*\"]\naction = \"confirm\"\ncommands = [\"delete\", \"rollout restart\"]\n"
        );
        assert!(!protect(&store, &file, "prod*", &protection).unwrap());
        protection.commands.clear();
        protection.action = Guarding::Refuse;
        assert!(protect(&store, &file, "prod*", &protection).unwrap());
        assert!(text().ends_with("[protect.\"prod*\"]\naction = \"refuse\"\n"));
        assert!(unprotect(&store, &file, "prod*").unwrap());
        assert!(!text().contains("protect"), "{}", text());
        assert!(!unprotect(&store, &file, "prod*").unwrap());
        assert!(protect(&store, &file, "prod[", &protection).is_err());
    }
}
