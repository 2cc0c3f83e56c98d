//! Which property a path names (kubectl `pkg/cmd/config/navigation_step_parser.go`).

use kubeconfig::List;

use super::PropertyError;
use super::fields;
use super::fields::Field;

/// A property of the merged view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Property {
    /// `kind` or `apiVersion`: kubectl takes a value and writes nothing.
    Header,
    CurrentContext,
    Preferences,
    Colors,
    PreferencesExtensions(Option<String>),
    Extensions(Option<String>),
    List(List),
    Entry(List, String),
    /// List, name of the entry, name of the field.
    Field(List, String, &'static str),
    /// One extension of an entry: list, name of the entry, name of the extension.
    Extension(List, String, String),
}

/// Splits a path at its dots. The name of an entry may hold dots: it ends before the first part that
/// is the name of a field.
pub(super) fn parse(path: &str) -> Result<Property, PropertyError> {
    let parts: Vec<&str> = path.split('.').collect();
    let (first, rest) = parts.split_first().unwrap_or((&"", &[]));
    let whole = |property| match rest {
        [] => Ok(property),
        _ => Err(PropertyError::BehindValue(path.to_owned())),
    };
    match *first {
        "kind" | "apiVersion" => whole(Property::Header),
        "current-context" => whole(Property::CurrentContext),
        "extensions" => Ok(Property::Extensions(joined(rest))),
        "preferences" => match rest {
            [] => Ok(Property::Preferences),
            ["colors"] => Ok(Property::Colors),
            ["colors", ..] => Err(PropertyError::BehindValue(path.to_owned())),
            ["extensions", rest @ ..] => Ok(Property::PreferencesExtensions(joined(rest))),
            _ => Err(PropertyError::Unknown {
                path: path.to_owned(),
                below: "preferences",
            }),
        },
        "clusters" => entry(path, List::Clusters, rest, fields::CLUSTER),
        "users" => entry(path, List::Users, rest, fields::USER),
        "contexts" => entry(path, List::Contexts, rest, fields::CONTEXT),
        _ => Err(PropertyError::Unknown {
            path: path.to_owned(),
            below: "",
        }),
    }
}

fn joined(parts: &[&str]) -> Option<String> {
    (!parts.is_empty()).then(|| parts.join("."))
}

fn entry<T>(
    path: &str,
    list: List,
    parts: &[&str],
    fields: &'static [Field<T>],
) -> Result<Property, PropertyError> {
    let Some((first, rest)) = parts.split_first() else {
        return Ok(Property::List(list));
    };
    let known = |part: &str| fields.iter().find(|field| field.name == part);
    let found = rest
        .iter()
        .enumerate()
        .find_map(|(at, part)| Some((at, known(part)?)));
    let Some((at, field)) = found else {
        return Ok(Property::Entry(list, parts.join(".")));
    };
    let (more_name, behind) = rest.split_at(at);
    let name = [&[*first], more_name].concat().join(".");
    match (behind.get(1..).unwrap_or_default(), &field.kind) {
        ([], _) => Ok(Property::Field(list, name, field.name)),
        (rest, fields::Kind::Extensions(_)) => Ok(Property::Extension(list, name, rest.join("."))),
        (_, fields::Kind::Map(_)) => Err(PropertyError::MapOfLists),
        _ => Err(PropertyError::BehindValue(path.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use kubeconfig::List;

    use super::Property;
    use super::parse;

    #[test]
    fn names_end_before_the_first_field() {
        let field = |list, name: &str, field| Ok(Property::Field(list, name.to_owned(), field));
        for (path, property) in [
            ("current-context", Ok(Property::CurrentContext)),
            ("contexts", Ok(Property::List(List::Contexts))),
            (
                "contexts.dev.",
                Ok(Property::Entry(List::Contexts, "dev.".into())),
            ),
            (
                "contexts.dev.nope",
                Ok(Property::Entry(List::Contexts, "dev.nope".into())),
            ),
            (
                "clusters.server",
                Ok(Property::Entry(List::Clusters, "server".into())),
            ),
            (
                "clusters.10.1.2.3.server",
                field(List::Clusters, "10.1.2.3", "server"),
            ),
            ("users.a.act-as", field(List::Users, "a", "act-as")),
            (
                "users.a.as",
                Ok(Property::Entry(List::Users, "a.as".into())),
            ),
            (
                "clusters.a.-",
                Ok(Property::Entry(List::Clusters, "a.-".into())),
            ),
            (
                "clusters.a.extensions.x.y",
                Ok(Property::Extension(
                    List::Clusters,
                    "a".into(),
                    "x.y".into(),
                )),
            ),
        ] {
            assert_eq!(
                parse(path).map_err(|error| error.to_string()),
                property,
                "{path}"
            );
        }
    }

    #[test]
    fn refusals_are_those_of_kubectl() {
        let refusal = |path| parse(path).unwrap_err().to_string();
        insta::assert_snapshot!(refusal("nope"), @"unable to parse nope after [] at api.Config");
        insta::assert_snapshot!(refusal("clusters.my.server.local.server"), @"unable to parse one or more field values of clusters.my.server.local.server");
        insta::assert_snapshot!(refusal("users.u.exec.command"), @"unable to parse one or more field values of users.u.exec.command");
        insta::assert_snapshot!(refusal("users.u.act-as-user-extra.k"), @"string is not of type struct");
    }
}
