//! `config set` and `config unset`: one property by its path (kubectl `pkg/cmd/config/set.go`,
//! `unset.go`).
//!
//! Kubectl walks its own types by reflection, and panics where it meets one that it did not expect;
//! here these paths are errors, or work where it is clear what they mean (`unset` of an extension).

mod fields;
mod path;

use kubeconfig::Extensions;
use kubeconfig::List;
use operations::modify::Located;
use operations::modify::Merged;
use operations::modify::Wanted;

use self::fields::Field;
use self::fields::Kind;
use self::path::Property;
use crate::commands::config::flags;

/// Why a property was not changed; kubectl's words wherever it has any.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PropertyError {
    #[error("unable to parse {path} after [{below}] at api.{}", if .below.is_empty() { "Config" } else { "Preferences" })]
    Unknown { path: String, below: &'static str },
    #[error("unable to parse one or more field values of {0}")]
    BehindValue(String),
    #[error("string is not of type struct")]
    MapOfLists,
    /// kubectl prints the addresses of the entries in its memory.
    #[error("can't set a map to a value: map[{0}]")]
    Map(String),
    #[error("current map key `{0}` is invalid")]
    NoEntry(String),
    #[error("unrecognized slice type. string")]
    Texts,
    #[error("{0}")]
    NotBool(String),
    #[error("error decoding input value: illegal base64 data at input byte {0}")]
    NotBase64(usize),
    /// kubectl panics.
    #[error("cannot set {path} to a single value: {remedy}")]
    Whole { path: String, remedy: &'static str },
}

/// The entries that a path is about.
pub(crate) fn wanted(path: &str) -> Wanted {
    match path::parse(path) {
        Ok(
            Property::Entry(list, name)
            | Property::Field(list, name, _)
            | Property::Extension(list, name, _),
        ) => Wanted::entry(list, &name),
        Ok(Property::List(_)) => Wanted::Everything,
        _ => Wanted::Nothing,
    }
}

/// The entries that setting a path is about: the refusal to set a whole entry names all of the list.
pub(crate) fn wanted_to_set(path: &str) -> Wanted {
    match path::parse(path) {
        Ok(Property::Entry(..)) => Wanted::Everything,
        _ => wanted(path),
    }
}

/// Sets a property.
pub(crate) fn set(
    merged: &mut Merged,
    path: &str,
    value: &str,
    raw_bytes: bool,
) -> Result<(), PropertyError> {
    let whole = |remedy| PropertyError::Whole {
        path: path.to_owned(),
        remedy,
    };
    match path::parse(path)? {
        Property::Header => Ok(()),
        Property::CurrentContext => {
            value.clone_into(&mut merged.current_context);
            Ok(())
        }
        Property::Colors => {
            merged.preferences.colors = boolean(value)?;
            Ok(())
        }
        Property::Preferences => Err(whole("it is a mapping")),
        Property::PreferencesExtensions(None) => Err(map_of(&merged.preferences.extensions)),
        Property::Extensions(None) => Err(map_of(&merged.extensions)),
        Property::PreferencesExtensions(Some(_))
        | Property::Extensions(Some(_))
        | Property::Extension(..) => {
            Err(whole("an extension belongs to the program that wrote it"))
        }
        Property::List(list) | Property::Entry(list, _) => {
            Err(PropertyError::Map(names(merged, list)))
        }
        Property::Field(list, name, field) => {
            let change = Change::Set {
                path,
                value,
                raw_bytes,
            };
            match list {
                List::Clusters => {
                    let entry = merged.clusters.entry(name).or_insert_with(new);
                    apply(fields::CLUSTER, field, &mut entry.value, change)
                }
                List::Users => {
                    let entry = merged.users.entry(name).or_insert_with(new);
                    apply(fields::USER, field, &mut entry.value, change)
                }
                List::Contexts => {
                    let entry = merged.contexts.entry(name).or_insert_with(new);
                    apply(fields::CONTEXT, field, &mut entry.value, change)
                }
            }
        }
    }
}

/// Unsets a property: an entry or an extension is removed, a field becomes empty. What is not there is
/// unset already.
pub(crate) fn unset(merged: &mut Merged, path: &str) -> Result<(), PropertyError> {
    match path::parse(path)? {
        // kubectl does not write the extensions of the file itself.
        Property::Header | Property::Extensions(None) => {}
        Property::CurrentContext => merged.current_context.clear(),
        Property::Colors => merged.preferences.colors = false,
        Property::Preferences => merged.preferences = kubeconfig::Preferences::default(),
        Property::PreferencesExtensions(None) => merged.preferences.extensions.0.clear(),
        Property::PreferencesExtensions(Some(name)) => {
            merged.preferences.extensions.0.remove(&name);
        }
        Property::Extensions(Some(name)) => {
            merged.extensions.0.remove(&name);
        }
        Property::List(List::Clusters) => merged.clusters.clear(),
        Property::List(List::Users) => merged.users.clear(),
        Property::List(List::Contexts) => merged.contexts.clear(),
        Property::Entry(list, name) => {
            merged.remove(list, &name);
        }
        Property::Field(list, name, field) => {
            return clear(merged, list, &name, field, Change::Unset);
        }
        Property::Extension(list, name, extension) => {
            return clear(merged, list, &name, "extensions", Change::Drop(&extension));
        }
    }
    Ok(())
}

fn clear(
    merged: &mut Merged,
    list: List,
    name: &str,
    field: &str,
    change: Change<'_>,
) -> Result<(), PropertyError> {
    let missing = || PropertyError::NoEntry(name.to_owned());
    match list {
        List::Clusters => {
            let entry = merged.clusters.get_mut(name).ok_or_else(missing)?;
            apply(fields::CLUSTER, field, &mut entry.value, change)
        }
        List::Users => {
            let entry = merged.users.get_mut(name).ok_or_else(missing)?;
            apply(fields::USER, field, &mut entry.value, change)
        }
        List::Contexts => {
            let entry = merged.contexts.get_mut(name).ok_or_else(missing)?;
            apply(fields::CONTEXT, field, &mut entry.value, change)
        }
    }
}

fn new<T: Default>() -> Located<T> {
    Located::new(T::default())
}

#[derive(Clone, Copy)]
enum Change<'a> {
    Set {
        path: &'a str,
        value: &'a str,
        raw_bytes: bool,
    },
    Unset,
    /// Removes one extension.
    Drop(&'a str),
}

fn apply<T>(
    fields: &[Field<T>],
    name: &str,
    entry: &mut T,
    change: Change<'_>,
) -> Result<(), PropertyError> {
    let Some(field) = fields.iter().find(|field| field.name == name) else {
        return Err(PropertyError::BehindValue(name.to_owned()));
    };
    match (field.kind, change) {
        (Kind::Text(set), Change::Set { value, .. }) => set(entry, value.to_owned()),
        (Kind::Flag(set), Change::Set { value, .. }) => set(entry, boolean(value)?),
        (
            Kind::Bytes(set),
            Change::Set {
                value, raw_bytes, ..
            },
        ) => {
            let bytes = if raw_bytes {
                value.as_bytes().to_vec()
            } else {
                kubeconfig::gobase64::decode(value).map_err(PropertyError::NotBase64)?
            };
            set(entry, bytes);
        }
        (Kind::Texts(_), Change::Set { .. }) => return Err(PropertyError::Texts),
        (Kind::Map(_), Change::Set { .. }) => return Err(PropertyError::Map(String::new())),
        (Kind::Extensions(get), Change::Set { .. }) => return Err(map_of(get(entry))),
        (Kind::Whole(_), Change::Set { path, .. }) => {
            return Err(PropertyError::Whole {
                path: path.to_owned(),
                remedy: "it is a mapping; use `set-credentials`",
            });
        }
        (Kind::Text(set), _) => set(entry, String::new()),
        (Kind::Flag(set), _) => set(entry, false),
        (Kind::Bytes(set), _) => set(entry, Vec::new()),
        (Kind::Texts(clear) | Kind::Map(clear) | Kind::Whole(clear), _) => clear(entry),
        (Kind::Extensions(get), Change::Drop(name)) => {
            get(entry).0.remove(name);
        }
        (Kind::Extensions(get), _) => get(entry).0.clear(),
    }
    Ok(())
}

fn boolean(value: &str) -> Result<bool, PropertyError> {
    flags::boolean(value).map_err(PropertyError::NotBool)
}

fn names(merged: &Merged, list: List) -> String {
    match list {
        List::Clusters => pointers(merged.clusters.keys()),
        List::Users => pointers(merged.users.keys()),
        List::Contexts => pointers(merged.contexts.keys()),
    }
}

fn map_of(extensions: &Extensions) -> PropertyError {
    PropertyError::Map(pointers(extensions.0.keys()))
}

/// Go prints a map of pointers with their addresses, which mean nothing outside.
fn pointers<'a>(names: impl Iterator<Item = &'a String>) -> String {
    names
        .map(|name| format!("{name}:0x0"))
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use kubeconfig::Cluster;

    use super::*;

    /// kubectl panics: `reflect: Elem of invalid type runtime.Object`.
    #[test]
    fn an_extension_can_be_unset() {
        let mut cluster = Cluster::default();
        for name in ["kept", "my.tool/x"] {
            let value = serde_json::json!({ "a": 1 });
            cluster.extensions.0.insert(name.to_owned(), value);
        }
        let mut merged = Merged::default();
        let entry = Located::new(cluster);
        merged.clusters.insert("dev".to_owned(), entry);
        unset(&mut merged, "clusters.dev.extensions.my.tool/x").unwrap();
        let left = &merged.clusters["dev"].value.extensions.0;
        assert_eq!(left.keys().collect::<Vec<_>>(), ["kept"]);
    }
}
