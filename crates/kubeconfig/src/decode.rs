//! From the tree to the typed view, with client-go's refusals.

mod generic;
mod shape;

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

/// Why a value cannot be decoded.
enum Refused {
    /// It is not of the field's type; [`shape`] knows which value kubectl names.
    Value,
    Problem(ParseError),
}

impl From<ParseError> for Refused {
    fn from(error: ParseError) -> Self {
        Self::Problem(error)
    }
}

pub(crate) fn config(view: View<'_>) -> Result<Config, ParseError> {
    let Some(root) = view.root() else {
        return Ok(Config::default());
    };
    let (found, json) = match (&view.node(view.resolved(root)).kind, view.scalar(root)) {
        (Kind::Mapping { .. }, _) => ("", ""),
        (_, Some(Scalar::Null)) => return Ok(Config::default()),
        (_, Some(Scalar::Bool(_))) => ("a single value", "bool"),
        (_, Some(Scalar::Number)) => ("a single value", "number"),
        (_, Some(Scalar::Text(_))) => ("a single value", "string"),
        (_, None) => ("a list", "array"),
    };
    if !json.is_empty() {
        return Err(view.error(root, Problem::NotAMapping { found, json }));
    }
    let top = Map {
        view,
        fields: view.fields(root)?,
        path: Path::Top,
    };
    top.header()?;
    top.config().or_else(|refused| {
        // Values of a wrong type come before all that is wrong between values.
        shape::check(view, root)?;
        Err(match refused {
            Refused::Problem(error) => error,
            Refused::Value => view.error(
                root,
                Problem::NotAMapping {
                    found: "a mapping of wrong types",
                    json: "object",
                },
            ),
        })
    })
}

fn cluster(map: &Map<'_, '_>) -> Result<Cluster, Refused> {
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

fn context(map: &Map<'_, '_>) -> Result<Context, Refused> {
    Ok(Context {
        extensions: map.extensions()?,
        cluster: map.string("cluster")?.unwrap_or_default(),
        user: map.string("user")?.unwrap_or_default(),
        namespace: map.string("namespace")?,
    })
}

fn user(map: &Map<'_, '_>) -> Result<User, Refused> {
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

fn exec(map: &Map<'_, '_>) -> Result<Exec, Refused> {
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
fn string(element: &Element<'_, '_>) -> Result<String, Refused> {
    element.string()
}

impl<'a> Element<'a, '_> {
    /// Null is no string, which is an empty one.
    fn string(&self) -> Result<String, Refused> {
        match self.view.scalar(self.node) {
            Some(Scalar::Text(text)) => Ok(text.into_owned()),
            Some(Scalar::Null) => Ok(String::new()),
            _ => Err(Refused::Value),
        }
    }

    fn map(&self) -> Result<Option<Map<'a, '_>>, Refused> {
        if matches!(self.view.scalar(self.node), Some(Scalar::Null)) {
            return Ok(None);
        }
        let node = self.view.resolved(self.node);
        if !matches!(self.view.node(node).kind, Kind::Mapping { .. }) {
            return Err(Refused::Value);
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
        decode: impl Fn(&Element<'a, '_>) -> Result<T, Refused>,
    ) -> Result<Vec<T>, Refused> {
        if matches!(self.view.scalar(self.node), Some(Scalar::Null)) {
            return Ok(Vec::new());
        }
        let Kind::Sequence { items, .. } = &self.view.node(self.view.resolved(self.node)).kind
        else {
            return Err(Refused::Value);
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
        decode: impl FnOnce(&Element<'a, '_>) -> Result<T, Refused>,
    ) -> Result<Option<T>, Refused> {
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

    fn string(&self, name: &str) -> Result<Option<String>, Refused> {
        Ok(self.field(name, string)?.filter(|text| !text.is_empty()))
    }

    fn boolean(&self, name: &str) -> Result<bool, Refused> {
        let value = self.field(name, |element| match element.view.scalar(element.node) {
            Some(Scalar::Bool(value)) => Ok(value),
            Some(Scalar::Null) => Ok(false),
            _ => Err(Refused::Value),
        })?;
        Ok(value.unwrap_or_default())
    }

    fn bytes(&self, name: &str) -> Result<Option<Vec<u8>>, Refused> {
        let bytes = self.field(name, |element| {
            let view = element.view;
            if let Kind::Sequence { items, .. } = &view.node(view.resolved(element.node)).kind {
                let bytes = items.iter().map(|item| shape::byte(view, *item));
                return bytes.collect::<Option<Vec<u8>>>().ok_or(Refused::Value);
            }
            let text = zeroize::Zeroizing::new(element.string()?);
            gobase64::decode(&text).map_err(|_| Refused::Value)
        })?;
        Ok(bytes.filter(|bytes| !bytes.is_empty()))
    }

    fn list<T>(
        &self,
        name: &str,
        decode: impl Fn(&Element<'a, '_>) -> Result<T, Refused>,
    ) -> Result<Vec<T>, Refused> {
        Ok(self
            .field(name, |element| element.list(decode))?
            .unwrap_or_default())
    }

    fn optional<T>(
        &self,
        name: &str,
        decode: impl FnOnce(&Map<'a, '_>) -> Result<T, Refused>,
    ) -> Result<Option<T>, Refused> {
        let value = self.field(name, |element| {
            element.map()?.as_ref().map(decode).transpose()
        })?;
        Ok(value.flatten())
    }

    fn dictionary<T>(
        &self,
        name: &str,
        decode: impl Fn(&Element<'a, '_>) -> Result<T, Refused>,
    ) -> Result<BTreeMap<String, T>, Refused> {
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

    fn config(&self) -> Result<Config, Refused> {
        let preferences = self.optional("preferences", |map| {
            Ok(Preferences {
                colors: map.boolean("colors")?,
                extensions: map.extensions()?,
            })
        })?;
        // In the order in which client-go converts them.
        Ok(Config {
            preferences: preferences.unwrap_or_default(),
            clusters: self.named("clusters", "cluster", cluster)?,
            users: self.named("users", "user", user)?,
            contexts: self.named("contexts", "context", context)?,
            current_context: self.string("current-context")?.unwrap_or_default(),
            extensions: self.extensions()?,
        })
    }

    /// Kind and version are looked up before anything else, and unlike all other fields without
    /// regard to case (apimachinery `serializer/json/meta.go`, through Go's `encoding/json`); of
    /// several spellings the last in byte order counts.
    fn header(&self) -> Result<(), ParseError> {
        let mut spelt: Vec<_> = self
            .fields
            .iter()
            .filter_map(|field| {
                let name = ["apiVersion", "kind"]
                    .into_iter()
                    .find(|name| field.name.eq_ignore_ascii_case(name))?;
                let counts = last(&self.fields, &field.name)?.key == field.key;
                counts.then_some((field, name))
            })
            .collect();
        spelt.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        let (mut version, mut kind) = (None, None);
        for (field, name) in spelt {
            match self.view.scalar(field.value) {
                Some(Scalar::Null) => {}
                Some(Scalar::Text(text)) if name == "kind" => kind = Some((text, field.value)),
                Some(Scalar::Text(text)) => version = Some((text, field.value)),
                _ => return Err(shape::wrong_header(self.view, field.value, name)),
            }
        }
        let wrong = |node, field, found: &str, expected| {
            let kind = kind.as_ref().map_or("", |(kind, _)| kind);
            let problem = Problem::Header {
                field,
                found: found.to_owned(),
                expected,
                kind: if kind.is_empty() { "Config" } else { kind }.to_owned(),
            };
            Err(self.view.error(node, problem))
        };
        // A group may be empty (apimachinery `schema.ParseGroupVersion`).
        if let Some((found, node)) = &version
            && !matches!(&**found, "" | "/" | "v1" | "/v1")
        {
            return wrong(*node, "apiVersion", found, "v1");
        }
        match &kind {
            Some((found, node)) if !matches!(&**found, "" | "Config") => {
                wrong(*node, "kind", found, "Config")
            }
            _ => Ok(()),
        }
    }

    /// Extensions hold anything; only their names must differ, where there is something in them
    /// (client-go `tools/clientcmd/api/v1/conversion.go`).
    fn extensions(&self) -> Result<Extensions, Refused> {
        let entries = self.list("extensions", |element| {
            let Some(map) = element.map()? else {
                return Ok((String::new(), serde_json::Value::Null, element.node));
            };
            let name = map.string("name")?.unwrap_or_default();
            let value = map.field("extension", |element| {
                Ok(generic::value(element.view, element.node)?)
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
                let problem = Problem::DuplicateName { list, name };
                return Err(self.view.error(node, problem).into());
            }
            extensions.insert(name, value);
        }
        Ok(Extensions(extensions))
    }

    fn named<T: Default>(
        &self,
        list: &'static str,
        body: &str,
        decode: impl Fn(&Map<'a, '_>) -> Result<T, Refused>,
    ) -> Result<Vec<Named<T>>, Refused> {
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
                let problem = Problem::DuplicateName { list, name };
                return Err(self.view.error(*node, problem).into());
            }
        }
        Ok(entries.into_iter().map(|(entry, _)| entry).collect())
    }
}
