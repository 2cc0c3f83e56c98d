//! From the tree to the typed view, with client-go's refusals.

mod generic;

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::fmt;

use crate::config::AuthProvider;
use crate::config::Cluster;
use crate::config::Config;
use crate::config::Context;
use crate::config::Exec;
use crate::config::ExecEnv;
use crate::config::Extensions;
use crate::config::Named;
use crate::config::Preferences;
use crate::config::User;
use crate::error::ParseError;
use crate::error::Problem;
use crate::gobase64;
use crate::secret::Secret;
use crate::tree::Field;
use crate::tree::Kind;
use crate::tree::NodeId;
use crate::tree::Scalar;
use crate::tree::View;
use crate::tree::last;

pub(crate) fn config(view: View<'_>) -> Result<Config, ParseError> {
    let Some(root) = view.root() else {
        return Ok(Config::default());
    };
    let found = match (&view.node(view.resolved(root)).kind, view.scalar(root)) {
        (Kind::Mapping { .. }, _) => None,
        (_, Some(Scalar::Null)) => return Ok(Config::default()),
        (Kind::Sequence { .. }, _) => Some("a list"),
        _ => Some("a single value"),
    };
    if let Some(found) = found {
        return Err(view.error(root, Problem::NotAMapping { found }));
    }
    let top = Map {
        view,
        fields: view.fields(root)?,
        path: Path::Top,
    };
    top.header("apiVersion", "v1")?;
    top.header("kind", "Config")?;
    let preferences = top.optional("preferences", |map| {
        Ok(Preferences {
            colors: map.boolean("colors")?,
            extensions: map.extensions()?,
        })
    })?;
    Ok(Config {
        preferences: preferences.unwrap_or_default(),
        extensions: top.extensions()?,
        clusters: top.named("clusters", "cluster", cluster)?,
        users: top.named("users", "user", user)?,
        contexts: top.named("contexts", "context", context)?,
        current_context: top.string("current-context")?.unwrap_or_default(),
    })
}

fn cluster(map: &Map<'_, '_>) -> Result<Cluster, ParseError> {
    Ok(Cluster {
        extensions: map.extensions()?,
        server: map.string("server")?.unwrap_or_default(),
        tls_server_name: map.string("tls-server-name")?,
        insecure_skip_tls_verify: map.boolean("insecure-skip-tls-verify")?,
        certificate_authority: map.string("certificate-authority")?,
        certificate_authority_data: map.bytes("certificate-authority-data")?,
        proxy_url: map.string("proxy-url")?,
        disable_compression: map.boolean("disable-compression")?,
    })
}

fn context(map: &Map<'_, '_>) -> Result<Context, ParseError> {
    Ok(Context {
        extensions: map.extensions()?,
        cluster: map.string("cluster")?.unwrap_or_default(),
        user: map.string("user")?.unwrap_or_default(),
        namespace: map.string("namespace")?,
    })
}

fn user(map: &Map<'_, '_>) -> Result<User, ParseError> {
    Ok(User {
        extensions: map.extensions()?,
        client_certificate: map.string("client-certificate")?,
        client_certificate_data: map.bytes("client-certificate-data")?,
        client_key: map.string("client-key")?,
        client_key_data: map.bytes("client-key-data")?.map(Secret::new),
        token: map.string("token")?.map(Secret::from),
        token_file: map.string("tokenFile")?,
        as_user: map.string("as")?,
        as_uid: map.string("as-uid")?,
        as_groups: map.list("as-groups", string)?,
        as_user_extra: map.dictionary("as-user-extra", |element| element.list(string))?,
        username: map.string("username")?,
        password: map.string("password")?.map(Secret::from),
        auth_provider: map.optional("auth-provider", |map| {
            Ok(AuthProvider {
                name: map.string("name")?.unwrap_or_default(),
                config: map.dictionary("config", |element| element.string().map(Secret::from))?,
            })
        })?,
        exec: map.optional("exec", exec)?,
    })
}

fn exec(map: &Map<'_, '_>) -> Result<Exec, ParseError> {
    Ok(Exec {
        command: map.string("command")?.unwrap_or_default(),
        args: map.list("args", |element| element.string().map(Secret::from))?,
        env: map.list("env", |element| {
            let Some(map) = element.map()? else {
                return Ok(ExecEnv::default());
            };
            Ok(ExecEnv {
                name: map.string("name")?.unwrap_or_default(),
                value: Secret::from(map.string("value")?.unwrap_or_default()),
            })
        })?,
        api_version: map.string("apiVersion")?,
        install_hint: map.string("installHint")?,
        provide_cluster_info: map.boolean("provideClusterInfo")?,
        interactive_mode: map.string("interactiveMode")?,
    })
}

/// The way from the top to a value, kept on the stack and spelt out only for an error.
enum Path<'p> {
    Top,
    Key(&'p Path<'p>, &'p str),
    Item(&'p Path<'p>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Top => Ok(()),
            Self::Key(Self::Top, name) => f.write_str(&crate::redact::escape(name)),
            Self::Key(parent, name) => write!(f, "{parent}.{}", crate::redact::escape(name)),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// A value somewhere below the top.
struct Element<'a, 'p> {
    view: View<'a>,
    node: NodeId,
    path: &'p Path<'p>,
}

/// A mapping with its fields looked up.
struct Map<'a, 'p> {
    view: View<'a>,
    fields: Vec<Field<'a>>,
    path: Path<'p>,
}

/// A method's name would be bound to one lifetime where any is needed.
fn string(element: &Element<'_, '_>) -> Result<String, ParseError> {
    element.string()
}

impl<'a> Element<'a, '_> {
    fn wrong<T>(&self, expected: &'static str) -> Result<T, ParseError> {
        let found = match self.view.scalar(self.node) {
            Some(Scalar::Null) => "null",
            Some(Scalar::Bool(_)) => "a boolean",
            Some(Scalar::Number) => "a number",
            Some(Scalar::Text(_)) => "a string",
            None => match self.view.node(self.view.resolved(self.node)).kind {
                Kind::Sequence { .. } => "a list",
                _ => "a mapping",
            },
        };
        let field = self.path.to_string();
        Err(self.view.error(
            self.node,
            Problem::WrongType {
                field,
                expected,
                found,
            },
        ))
    }

    /// Null is no string, which is an empty one.
    fn string(&self) -> Result<String, ParseError> {
        match self.view.scalar(self.node) {
            Some(Scalar::Text(text)) => Ok(text.into_owned()),
            Some(Scalar::Null) => Ok(String::new()),
            _ => self.wrong("a string"),
        }
    }

    fn map(&self) -> Result<Option<Map<'a, '_>>, ParseError> {
        if matches!(self.view.scalar(self.node), Some(Scalar::Null)) {
            return Ok(None);
        }
        let node = self.view.resolved(self.node);
        if !matches!(self.view.node(node).kind, Kind::Mapping { .. }) {
            return self.wrong("a mapping");
        }
        let fields = self.view.fields(node)?;
        Ok(Some(Map {
            view: self.view,
            fields,
            path: reborrow(self.path),
        }))
    }

    fn list<T>(
        &self,
        decode: impl Fn(&Element<'a, '_>) -> Result<T, ParseError>,
    ) -> Result<Vec<T>, ParseError> {
        if matches!(self.view.scalar(self.node), Some(Scalar::Null)) {
            return Ok(Vec::new());
        }
        let Kind::Sequence { items, .. } = &self.view.node(self.view.resolved(self.node)).kind
        else {
            return self.wrong("a list");
        };
        let item = |(index, node): (usize, &NodeId)| {
            let path = Path::Item(self.path, index);
            decode(&Element {
                view: self.view,
                node: *node,
                path: &path,
            })
        };
        items.iter().enumerate().map(item).collect()
    }
}

/// A path is a chain of borrows; a copy of its last link is as good as the link.
fn reborrow<'p>(path: &'p Path<'p>) -> Path<'p> {
    match path {
        Path::Top => Path::Top,
        Path::Key(parent, name) => Path::Key(parent, name),
        Path::Item(parent, index) => Path::Item(parent, *index),
    }
}

impl<'a> Map<'a, '_> {
    /// Decodes the field called `name` with `decode`, if it is there.
    fn field<T>(
        &self,
        name: &str,
        decode: impl FnOnce(&Element<'a, '_>) -> Result<T, ParseError>,
    ) -> Result<Option<T>, ParseError> {
        let Some(field) = last(&self.fields, name) else {
            return Ok(None);
        };
        let path = Path::Key(&self.path, name);
        decode(&Element {
            view: self.view,
            node: field.value,
            path: &path,
        })
        .map(Some)
    }

    fn string(&self, name: &str) -> Result<Option<String>, ParseError> {
        Ok(self.field(name, string)?.filter(|text| !text.is_empty()))
    }

    fn boolean(&self, name: &str) -> Result<bool, ParseError> {
        let value = self.field(name, |element| match element.view.scalar(element.node) {
            Some(Scalar::Bool(value)) => Ok(value),
            Some(Scalar::Null) => Ok(false),
            _ => element.wrong("a boolean"),
        })?;
        Ok(value.unwrap_or_default())
    }

    fn bytes(&self, name: &str) -> Result<Option<Vec<u8>>, ParseError> {
        let bytes = self.field(name, |element| {
            let text = zeroize::Zeroizing::new(element.string()?);
            gobase64::decode(&text).map_err(|offset| {
                let field = element.path.to_string();
                element
                    .view
                    .error(element.node, Problem::Base64 { field, offset })
            })
        })?;
        Ok(bytes.filter(|bytes| !bytes.is_empty()))
    }

    fn list<T>(
        &self,
        name: &str,
        decode: impl Fn(&Element<'a, '_>) -> Result<T, ParseError>,
    ) -> Result<Vec<T>, ParseError> {
        Ok(self
            .field(name, |element| element.list(decode))?
            .unwrap_or_default())
    }

    fn optional<T>(
        &self,
        name: &str,
        decode: impl FnOnce(&Map<'a, '_>) -> Result<T, ParseError>,
    ) -> Result<Option<T>, ParseError> {
        let value = self.field(name, |element| {
            element.map()?.as_ref().map(decode).transpose()
        })?;
        Ok(value.flatten())
    }

    fn dictionary<T>(
        &self,
        name: &str,
        decode: impl Fn(&Element<'a, '_>) -> Result<T, ParseError>,
    ) -> Result<BTreeMap<String, T>, ParseError> {
        let map = self.optional(name, |map| {
            let mut out = BTreeMap::new();
            for field in &map.fields {
                // Only the last of a name counts, so an earlier one may be of any type.
                if last(&map.fields, &field.name).is_some_and(|last| last.value == field.value) {
                    let path = Path::Key(&map.path, &field.name);
                    let element = Element {
                        view: map.view,
                        node: field.value,
                        path: &path,
                    };
                    out.insert(field.name.clone().into_owned(), decode(&element)?);
                }
            }
            Ok(out)
        })?;
        Ok(map.unwrap_or_default())
    }

    /// Kind and version are looked up before anything else, and unlike all other fields without
    /// regard to case (apimachinery `serializer/json/meta.go`, through Go's `encoding/json`); of
    /// several spellings the last in byte order counts.
    fn header(&self, name: &'static str, expected: &'static str) -> Result<(), ParseError> {
        let spelt = |field: &&Field<'_>| field.name.eq_ignore_ascii_case(name);
        let Some(field) = self
            .fields
            .iter()
            .filter(spelt)
            .max_by(|a, b| a.name.cmp(&b.name))
        else {
            return Ok(());
        };
        let path = Path::Key(&self.path, name);
        let found = Element {
            view: self.view,
            node: field.value,
            path: &path,
        }
        .string()?;
        if found.is_empty() || found == expected {
            return Ok(());
        }
        Err(self.view.error(
            field.value,
            Problem::Header {
                field: name,
                found,
                expected,
            },
        ))
    }

    /// Extensions hold anything; only their names must differ, where there is something in them
    /// (client-go `tools/clientcmd/api/v1/conversion.go`).
    fn extensions(&self) -> Result<Extensions, ParseError> {
        let entries = self.list("extensions", |element| {
            let Some(map) = element.map()? else {
                return Ok((String::new(), serde_json::Value::Null, element.node));
            };
            let name = map.string("name")?.unwrap_or_default();
            let value = map.field("extension", |element| {
                generic::value(element.view, element.node)
            })?;
            Ok((name, value.unwrap_or_default(), element.node))
        })?;
        let mut extensions = BTreeMap::new();
        for (name, value, node) in entries {
            if extensions
                .get(&name)
                .is_some_and(|seen: &serde_json::Value| !seen.is_null())
            {
                let list = "extensions";
                return Err(self.view.error(node, Problem::DuplicateName { list, name }));
            }
            extensions.insert(name, value);
        }
        Ok(Extensions(extensions))
    }

    fn named<T: Default>(
        &self,
        list: &'static str,
        body: &str,
        decode: impl Fn(&Map<'a, '_>) -> Result<T, ParseError>,
    ) -> Result<Vec<Named<T>>, ParseError> {
        let entries = self.list(list, |element| {
            let entry = element.map()?;
            let named = match &entry {
                Some(map) => Named {
                    name: map.string("name")?.unwrap_or_default(),
                    value: map.optional(body, &decode)?.unwrap_or_default(),
                },
                None => Named::default(),
            };
            Ok((named, element.node))
        })?;
        let mut seen = HashSet::new();
        for (entry, node) in &entries {
            if !seen.insert(entry.name.as_str()) {
                let name = entry.name.clone();
                return Err(self
                    .view
                    .error(*node, Problem::DuplicateName { list, name }));
            }
        }
        Ok(entries.into_iter().map(|(entry, _)| entry).collect())
    }
}
