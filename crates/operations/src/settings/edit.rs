//! Changes `config.toml` and loses nothing that stands there.

use toml::Table as Meaning;
use toml_edit::DocumentMut;
use toml_edit::InlineTable;
use toml_edit::Item;
use toml_edit::Table;
use toml_edit::TableLike;
use toml_edit::Value;

use super::Settings;
use super::SettingsError;

/// What a file that is made begins with.
const NEW_FILE: &str = "version = 1\n";

/// Why the settings cannot be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// The file is not the settings as it is, or would not be with this value.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The file is not text.
    #[error("it is not UTF-8")]
    NotText,
    /// The result would not say what it should.
    #[error("`{0}` is written in a form that cannot be edited safely: change it by hand")]
    Form(String),
}

/// The text of `config.toml` with a value at a path of keys, or without it; `None` when it says so already.
/// `before` is the file's content, `None` when there is no file.
///
/// # Errors
/// [`ChangeError`] when the file is damaged or newer, so that it is never overwritten.
pub fn edited(
    before: Option<&[u8]>,
    keys: &[&str],
    value: Option<&toml::Value>,
) -> Result<Option<String>, ChangeError> {
    let text = match before {
        None => NEW_FILE,
        Some(bytes) => std::str::from_utf8(bytes).map_err(|_| ChangeError::NotText)?,
    };
    Settings::parse(text)?;
    let form = || ChangeError::Form(keys.join("."));
    let meaning = |text: &str| toml::from_str::<Meaning>(text).ok();
    let now = meaning(text).ok_or_else(form)?;
    let mut wanted = now.clone();
    mean(&mut wanted, keys, value).ok_or_else(form)?;
    if wanted == now {
        return Ok(None);
    }
    // A table that stood there for this value alone may go with it.
    let mut bare = wanted.clone();
    if value.is_none() {
        without_empty(&mut bare, keys);
    }
    let means_it = |text: &String| {
        let after = meaning(text);
        after.as_ref() == Some(&wanted) || after.as_ref() == Some(&bare)
    };
    let after = value
        // At the end nothing that stands there is touched, not even what a comment seems to belong to.
        .and_then(|value| append(text, keys, value))
        .filter(means_it)
        .or_else(|| rewrite(text, keys, value))
        .filter(means_it)
        .ok_or_else(form)?;
    Settings::parse(&after)?;
    Ok(Some(after))
}

/// Makes the same change to what the file means.
fn mean(root: &mut Meaning, keys: &[&str], value: Option<&toml::Value>) -> Option<()> {
    let (last, parents) = keys.split_last()?;
    let mut table = root;
    for key in parents {
        if value.is_none() && !table.contains_key(*key) {
            return Some(());
        }
        let inner = table
            .entry(*key)
            .or_insert_with(|| toml::Value::Table(Meaning::new()));
        table = inner.as_table_mut()?;
    }
    match value {
        Some(value) => table.insert((*last).to_owned(), value.clone()),
        None => table.remove(*last),
    };
    Some(())
}

/// Removes the tables on the way to a value that are empty without it.
fn without_empty(table: &mut Meaning, keys: &[&str]) {
    let Some((key, rest)) = keys.split_first() else {
        return;
    };
    if let Some(inner) = table.get_mut(*key).and_then(toml::Value::as_table_mut) {
        without_empty(inner, rest);
        if inner.is_empty() {
            table.remove(*key);
        }
    }
}

/// With a table for a value whose own table is not there yet.
fn append(text: &str, keys: &[&str], value: &toml::Value) -> Option<String> {
    let (last, parents) = keys.split_last()?;
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut inner = Table::new();
    inner.insert(last, Item::Value(written(value)?));
    for key in parents.iter().rev() {
        let mut outer = Table::new();
        outer.set_implicit(true);
        outer.insert(key, Item::Table(inner));
        inner = outer;
    }
    if parents.is_empty() {
        return None;
    }
    let mut document = DocumentMut::new();
    for (key, item) in inner {
        document.insert(&key, item);
    }
    let table = document.to_string().replace('\n', end);
    let last = match text {
        "" => "",
        text if text.ends_with('\n') => end,
        _ => &format!("{end}{end}"),
    };
    Some(format!("{text}{last}{table}"))
}

/// In the place where it belongs.
fn rewrite(text: &str, keys: &[&str], value: Option<&toml::Value>) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    let (last, parents) = keys.split_last()?;
    let table = descend(document.as_table_mut(), parents)?;
    match value {
        Some(value) => put(table, last, written(value)?)?,
        None => {
            table.remove(last)?;
        }
    }
    let after = document.to_string();
    // toml_edit writes line feeds; a file of another system keeps its own.
    let is_dos = text.contains("\r\n") && !has_bare_line_feed(text);
    Some(if is_dos {
        after.replace("\r\n", "\n").replace('\n', "\r\n")
    } else {
        after
    })
}

fn has_bare_line_feed(text: &str) -> bool {
    text.matches('\n').count() > text.matches("\r\n").count()
}

/// The table at a path of keys, made where it is not there.
fn descend<'a>(table: &'a mut dyn TableLike, keys: &[&str]) -> Option<&'a mut dyn TableLike> {
    let Some((key, rest)) = keys.split_first() else {
        return Some(table);
    };
    let inner = table.entry(key).or_insert_with(|| {
        // Within one line only another such can stand; toml_edit makes the one of the other.
        Item::Value(Value::InlineTable(InlineTable::new()))
    });
    descend(inner.as_table_like_mut()?, rest)
}

fn put(table: &mut dyn TableLike, key: &str, value: Value) -> Option<()> {
    match table.get_mut(key) {
        Some(old) => {
            let old = old.as_value_mut()?;
            let decor = old.decor().clone();
            *old = value;
            *old.decor_mut() = decor;
        }
        None => {
            table.insert(key, Item::Value(value));
        }
    }
    Some(())
}

/// The value as it is written; `None` for the kinds that no setting has.
fn written(value: &toml::Value) -> Option<Value> {
    Some(match value {
        toml::Value::String(text) => Value::from(text.as_str()),
        toml::Value::Boolean(yes) => Value::from(*yes),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Array(items) => {
            let items: Option<Vec<Value>> = items.iter().map(written).collect();
            Value::Array(items?.into_iter().collect())
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(words: &[&str]) -> toml::Value {
        toml::Value::Array(words.iter().map(|word| (*word).into()).collect())
    }

    fn set(before: &str, keys: &[&str], value: &toml::Value) -> String {
        edited(Some(before.as_bytes()), keys, Some(value))
            .unwrap()
            .unwrap()
    }

    #[test]
    fn a_value_goes_where_its_table_is() {
        let alias = |before| set(before, &["aliases", "p"], &"prod eu".into());
        assert_eq!(
            alias("# mine\ndirs = []\n"),
            "# mine\ndirs = []\n\n[aliases]\np = \"prod eu\"\n"
        );
        assert_eq!(
            alias("[aliases]\na = 'b' # kept\n\n[clusters.x]\n"),
            "[aliases]\na = 'b' # kept\np = \"prod eu\"\n\n[clusters.x]\n"
        );
        assert_eq!(
            alias("[aliases]\r\np = 'old' # kept\r\n"),
            "[aliases]\r\np = \"prod eu\" # kept\r\n"
        );
    }

    #[test]
    fn lists_stand_at_the_top_before_the_first_table() {
        let dirs = ["dirs"];
        assert_eq!(
            set(
                "version = 1\n\n[aliases]\np = 'x'\n",
                &dirs,
                &list(&["~/a"])
            ),
            "version = 1\ndirs = [\"~/a\"]\n\n[aliases]\np = 'x'\n"
        );
        let new = edited(None, &dirs, Some(&list(&["a", "b"]))).unwrap();
        assert_eq!(new.as_deref(), Some("version = 1\ndirs = [\"a\", \"b\"]\n"));
    }

    #[test]
    fn what_is_there_already_changes_nothing() {
        let before = b"[labels]\n'a b' = ['x']\n";
        let keys = ["labels", "a b"];
        assert_eq!(edited(Some(before), &keys, Some(&list(&["x"]))), Ok(None));
        assert_eq!(edited(Some(before), &["aliases", "x"], None), Ok(None));
    }

    #[test]
    fn a_value_or_a_whole_table_goes() {
        let before =
            "[protect.\"prod*\"]\ncommands = ['delete']\n\n[protect.b]\n[aliases]\np = 'x'\n";
        let gone = |keys: &[&str]| {
            edited(Some(before.as_bytes()), keys, None)
                .unwrap()
                .unwrap()
        };
        assert_eq!(
            gone(&["protect", "prod*"]),
            "\n[protect.b]\n[aliases]\np = 'x'\n"
        );
        assert!(gone(&["aliases", "p"]).ends_with("[aliases]\n"));
        let only = b"version = 1\n\n[protect.\"prod*\"]\ncommands = ['delete']\n";
        assert_eq!(
            edited(Some(only), &["protect", "prod*"], None),
            Ok(Some("version = 1\n".to_owned()))
        );
    }

    #[test]
    fn a_value_that_settings_cannot_have_is_refused() {
        let result = edited(
            Some(b""),
            &["protect", "x", "action"],
            Some(&"maybe".into()),
        );
        assert!(
            matches!(result, Err(ChangeError::Settings(_))),
            "{result:?}"
        );
        let result = edited(Some(b"version = 2\n"), &["dirs"], Some(&list(&[])));
        assert!(matches!(
            result,
            Err(ChangeError::Settings(SettingsError::Newer(2)))
        ));
        assert_eq!(
            edited(Some(b"\xff"), &["dirs"], None),
            Err(ChangeError::NotText)
        );
    }
}
