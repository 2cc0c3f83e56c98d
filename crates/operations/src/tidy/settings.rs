//! What config.toml says of contexts and clusters follows them: labels, aliases, hints, protection.

use std::path::Path;

use kubeconfig::redact::escape;
use toml::Table as Meaning;
use toml::Value;
use toml_edit::Document;
use toml_edit::DocumentMut;
use toml_edit::Key;
use toml_edit::TableLike;

use super::TidyError;
use crate::protect::Rule;
use crate::settings::Hints;
use crate::settings::Settings;
use crate::settings::edit::ChangeError;
use crate::settings::edit::edited;

/// A change of config.toml.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// Sets a value.
    Set(Vec<String>, Value),
    /// Removes a value or a table.
    Remove(Vec<String>),
    /// Gives a key in a table another name, where it stands.
    Rename {
        /// The table, one of the top.
        table: &'static str,
        /// The key.
        from: String,
        /// Its new name.
        to: String,
    },
}

impl Setting {
    /// What is removed, in words; `None` for another change.
    pub(super) fn removed(&self) -> Option<String> {
        let Self::Remove(keys) = self else {
            return None;
        };
        let (table, key) = (keys.first()?, escape(keys.get(1)?));
        Some(match table.as_str() {
            "aliases" => format!("alias {key}"),
            "labels" => format!("labels of {key}"),
            _ => format!("hints about cluster {key}"),
        })
    }
}

/// Reads the settings.
pub(super) fn parsed(path: &Path, bytes: Option<&[u8]>) -> Result<Settings, TidyError> {
    let Some(bytes) = bytes else {
        return Ok(Settings::default());
    };
    let failed = |source| TidyError::Settings {
        path: path.to_owned(),
        source,
    };
    let text = std::str::from_utf8(bytes).map_err(|_| failed(ChangeError::NotText))?;
    Settings::parse(text).map_err(|error| failed(error.into()))
}

/// The file's bytes with all changes made; `None` when there is nothing to change.
pub(super) fn changed(
    before: Option<&[u8]>,
    settings: &[Setting],
) -> Result<Option<Vec<u8>>, ChangeError> {
    let mut now: Option<Vec<u8>> = None;
    for setting in settings {
        let bytes = now.as_deref().or(before);
        let after = match setting {
            Setting::Set(keys, value) => edited(bytes, &keyed(keys), Some(value))?,
            Setting::Remove(keys) => removed(bytes, &keyed(keys))?,
            Setting::Rename { table, from, to } => renamed(bytes, table, from, to)?,
        };
        if let Some(after) = after {
            now = Some(after.into_bytes());
        }
    }
    Ok(now)
}

/// Without a value. A table of tables that was written as `[clusters.dev]` alone is gone with the last of them.
fn removed(before: Option<&[u8]>, keys: &[&str]) -> Result<Option<String>, ChangeError> {
    let text = before.and_then(|bytes| std::str::from_utf8(bytes).ok());
    let table: Option<Meaning> = text.and_then(|text| toml::from_str(text).ok());
    match (edited(before, keys, None), keys) {
        (Err(ChangeError::Form(_)), [parent, _]) if is_only_one(table.as_ref(), parent) => {
            edited(before, &[parent], None)
        }
        (result, _) => result,
    }
}

fn is_only_one(table: Option<&Meaning>, key: &str) -> bool {
    let inner = table.and_then(|table| table.get(key)?.as_table());
    inner.is_some_and(|inner| inner.len() == 1)
}

fn keyed(keys: &[String]) -> Vec<&str> {
    keys.iter().map(String::as_str).collect()
}

fn renamed(
    before: Option<&[u8]>,
    table: &str,
    from: &str,
    to: &str,
) -> Result<Option<String>, ChangeError> {
    let Some(bytes) = before else {
        return Ok(None);
    };
    let text = std::str::from_utf8(bytes).map_err(|_| ChangeError::NotText)?;
    Settings::parse(text)?;
    let form = || ChangeError::Form(format!("{table}.{from}"));
    let meaning = |text: &str| toml::from_str::<Meaning>(text).ok();
    let mut wanted = meaning(text).ok_or_else(form)?;
    let Some(inner) = wanted.get_mut(table).and_then(Value::as_table_mut) else {
        return Ok(None);
    };
    if inner.contains_key(to) {
        return Err(form());
    }
    let Some(value) = inner.remove(from) else {
        return Ok(None);
    };
    inner.insert(to.to_owned(), value);
    let is_right = |text: &String| meaning(text).as_ref() == Some(&wanted);
    let after = spliced(text, table, from, to)
        .filter(is_right)
        // A key that stands in several places is written anew.
        .or_else(|| rewritten(text, table, from, to).filter(is_right))
        .ok_or_else(form)?;
    Settings::parse(&after)?;
    Ok(Some(after))
}

/// With nothing but the letters of the key replaced.
fn spliced(text: &str, table: &str, from: &str, to: &str) -> Option<String> {
    let document = Document::parse(text).ok()?;
    let inner = document.get(table)?.as_table_like()?;
    let (key, _) = inner.get_key_value(from)?;
    let span = key.span()?;
    let (head, tail) = (text.get(..span.start)?, text.get(span.end..)?);
    Some(format!("{head}{}{tail}", Key::new(to).display_repr()))
}

fn rewritten(text: &str, table: &str, from: &str, to: &str) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    let inner: &mut dyn TableLike = document.get_mut(table)?.as_table_like_mut()?;
    let item = inner.remove(from)?;
    inner.insert(to, item);
    Some(document.to_string())
}

/// What is to become of the settings of contexts and clusters that get other names.
pub(super) fn of_renamed(
    settings: &Settings,
    context: Option<&(String, String)>,
    cluster: Option<&(String, String)>,
) -> Vec<Setting> {
    let mut changes = Vec::new();
    let rename = |table, from: &str, to: &str| Setting::Rename {
        table,
        from: from.to_owned(),
        to: to.to_owned(),
    };
    if let Some((from, to)) = context {
        if settings.labels.contains_key(from) {
            changes.push(rename("labels", from, to));
        }
        for (alias, context) in &settings.aliases {
            if context == from {
                let keys = vec!["aliases".to_owned(), alias.clone()];
                changes.push(Setting::Set(keys, to.as_str().into()));
            }
        }
        for pattern in own_protections(settings, from) {
            if pattern == from {
                changes.push(rename("protect", from, to));
            } else {
                changes.push(rename("protect", pattern, &glob::Pattern::escape(to)));
            }
        }
    }
    if let Some((from, to)) = cluster
        && settings.clusters.contains_key(from)
        && !settings.clusters.contains_key(to)
    {
        changes.push(rename("clusters", from, to));
    }
    changes
}

/// What is to become of the settings of contexts and clusters that go.
pub(super) fn of_removed(
    settings: &Settings,
    is_context: impl Fn(&str) -> bool,
    is_cluster: impl Fn(&str) -> bool,
) -> Vec<Setting> {
    let remove = |table: &str, key: &String| Setting::Remove(vec![table.to_owned(), key.clone()]);
    let labels = settings.labels.keys().filter(|name| is_context(name));
    let labels = labels.map(|name| remove("labels", name));
    let aliases = settings.aliases.iter();
    let aliases = aliases.filter(|(_, context)| is_context(context));
    let aliases = aliases.map(|(alias, _)| remove("aliases", alias));
    let clusters = settings.clusters.keys().filter(|name| is_cluster(name));
    let clusters = clusters.map(|name| remove("clusters", name));
    labels.chain(aliases).chain(clusters).collect()
}

/// What is to become of the hints about a cluster of which there comes to be a copy.
pub(super) fn of_copied(settings: &Settings, from: &str, to: &str) -> Vec<Setting> {
    let Some(hints) = settings.clusters.get(from) else {
        return Vec::new();
    };
    if settings.clusters.contains_key(to) {
        return Vec::new();
    }
    let Hints {
        machine,
        host,
        candidates,
        follow,
        shared_ca,
    } = hints;
    let text = |text: &Option<String>| text.clone().map(Value::from);
    let addresses: Vec<Value> = candidates.iter().map(|at| at.to_string().into()).collect();
    let values = [
        ("machine", text(machine)),
        ("host", text(host)),
        (
            "candidates",
            (!addresses.is_empty()).then(|| addresses.into()),
        ),
        ("follow", follow.map(Value::from)),
        ("shared_ca", shared_ca.map(Value::from)),
    ];
    let set = |(key, value): (&str, Option<Value>)| {
        let keys = ["clusters", to, key].map(str::to_owned).to_vec();
        Some(Setting::Set(keys, value?))
    };
    values.into_iter().filter_map(set).collect()
}

/// Whether a context is protected by its name, exactly or by a pattern.
pub(super) fn is_protected(settings: &Settings, name: &str) -> bool {
    // What is no pattern protects nothing, and is refused where it matters.
    let rules = settings
        .protect
        .iter()
        .filter_map(|(pattern, protection)| Rule::new(pattern, protection).ok());
    rules.into_iter().any(|rule| rule.covers(name))
}

/// The pattern that protects a context of this name alone; what a wider one guards is its own matter.
pub(super) fn own_protections<'a>(
    settings: &'a Settings,
    name: &str,
) -> impl Iterator<Item = &'a String> {
    let escaped = glob::Pattern::escape(name);
    let patterns = settings.protect.keys();
    patterns.filter(move |pattern| **pattern == name || **pattern == escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rename(text: &str, table: &'static str, from: &str, to: &str) -> String {
        let setting = Setting::Rename {
            table,
            from: from.to_owned(),
            to: to.to_owned(),
        };
        let after = changed(Some(text.as_bytes()), &[setting]).unwrap();
        String::from_utf8(after.unwrap()).unwrap()
    }

    #[test]
    fn only_the_key_changes() {
        let before = "# mine\r\n[clusters.dev] # the VM\r\nmachine = 'multipass:dev'\r\n\r\n[labels]\r\n\"a b\" = ['x'] # kept\r\ndev = ['y']\r\n";
        assert_eq!(
            rename(before, "clusters", "dev", "new one"),
            before.replace("[clusters.dev]", "[clusters.\"new one\"]")
        );
        assert_eq!(
            rename(before, "labels", "a b", "c"),
            before.replace("\"a b\"", "c")
        );
        let inline = "labels = { 'dev' = ['y'], z = [] }\n";
        assert_eq!(
            rename(inline, "labels", "dev", "a\nb"),
            "labels = { \"a\\nb\" = ['y'], z = [] }\n"
        );
    }

    #[test]
    fn the_last_table_goes_with_what_it_was_in() {
        let remove = |text: &str| {
            let keys = vec!["clusters".to_owned(), "dev".to_owned()];
            let after = changed(Some(text.as_bytes()), &[Setting::Remove(keys)]).unwrap();
            String::from_utf8(after.unwrap()).unwrap()
        };
        let before = "[aliases]\na = 'b' # kept\n[clusters.dev]\nfollow = false\n";
        assert_eq!(remove(before), "[aliases]\na = 'b' # kept\n");
        let other = format!("{before}[clusters.x]\n");
        assert_eq!(remove(&other), "[aliases]\na = 'b' # kept\n[clusters.x]\n");
    }

    #[test]
    fn a_key_in_several_places_is_renamed_in_all() {
        let before = "clusters.dev.host = 'a'\nclusters.dev.follow = false\n";
        let after = rename(before, "clusters", "dev", "prod");
        let settings = Settings::parse(&after).unwrap();
        assert_eq!(settings.hints("prod").host.as_deref(), Some("a"));
        assert_eq!(settings.hints("prod").follow, Some(false));
        assert!(!settings.clusters.contains_key("dev"));
    }

    #[test]
    fn what_is_not_there_changes_nothing() {
        let setting = Setting::Rename {
            table: "labels",
            from: "x".into(),
            to: "y".into(),
        };
        for before in [None, Some(&b"version = 1\n"[..]), Some(b"[labels]\n")] {
            assert_eq!(changed(before, std::slice::from_ref(&setting)), Ok(None));
        }
    }
}
