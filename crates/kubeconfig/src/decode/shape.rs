//! Which value kubectl refuses first, and how it names it.
//!
//! client-go decodes through JSON with the keys of every mapping sorted, goes on after a value of
//! a wrong type, and reports the first one (`sigs.k8s.io/json`). So this walks a file in that
//! order; it is needed only for a file that has such a value.

use std::collections::BTreeMap;

use super::Path;
use super::reborrow;
use crate::error::ParseError;
use crate::error::Problem;
use crate::gobase64;
use crate::tree::Kind;
use crate::tree::NodeId;
use crate::tree::Scalar;
use crate::tree::View;
use crate::yaml11;
use crate::yaml11::Typed;

/// What a field of `v1.Config` holds.
enum Shape {
    /// A string, of this Go type.
    Text(&'static str),
    Bool,
    Bytes,
    List(&'static Shape),
    Map(&'static Shape),
    Struct(&'static Struct),
    Any,
}

/// A struct of client-go `tools/clientcmd/api/v1/types.go`.
struct Struct {
    name: &'static str,
    fields: &'static [(&'static str, Shape)],
}

const TEXT: Shape = Shape::Text("string");
const EXTENSIONS: Shape = Shape::List(&Shape::Struct(&Struct {
    name: "NamedExtension",
    fields: &[("name", TEXT), ("extension", Shape::Any)],
}));

static CONFIG: Shape = Shape::Struct(&Struct {
    name: "Config",
    fields: &[
        ("kind", TEXT),
        ("apiVersion", TEXT),
        (
            "preferences",
            Shape::Struct(&Struct {
                name: "Preferences",
                fields: &[("colors", Shape::Bool), ("extensions", EXTENSIONS)],
            }),
        ),
        (
            "clusters",
            Shape::List(&Shape::Struct(&Struct {
                name: "NamedCluster",
                fields: &[("name", TEXT), ("cluster", CLUSTER)],
            })),
        ),
        (
            "users",
            Shape::List(&Shape::Struct(&Struct {
                name: "NamedAuthInfo",
                fields: &[("name", TEXT), ("user", USER)],
            })),
        ),
        (
            "contexts",
            Shape::List(&Shape::Struct(&Struct {
                name: "NamedContext",
                fields: &[("name", TEXT), ("context", CONTEXT)],
            })),
        ),
        ("current-context", TEXT),
        ("extensions", EXTENSIONS),
    ],
});

const CLUSTER: Shape = Shape::Struct(&Struct {
    name: "Cluster",
    fields: &[
        ("server", TEXT),
        ("tls-server-name", TEXT),
        ("insecure-skip-tls-verify", Shape::Bool),
        ("certificate-authority", TEXT),
        ("certificate-authority-data", Shape::Bytes),
        ("proxy-url", TEXT),
        ("disable-compression", Shape::Bool),
        ("extensions", EXTENSIONS),
    ],
});

const CONTEXT: Shape = Shape::Struct(&Struct {
    name: "Context",
    fields: &[
        ("cluster", TEXT),
        ("user", TEXT),
        ("namespace", TEXT),
        ("extensions", EXTENSIONS),
    ],
});

const USER: Shape = Shape::Struct(&Struct {
    name: "AuthInfo",
    fields: &[
        ("client-certificate", TEXT),
        ("client-certificate-data", Shape::Bytes),
        ("client-key", TEXT),
        ("client-key-data", Shape::Bytes),
        ("token", TEXT),
        ("tokenFile", TEXT),
        ("as", TEXT),
        ("as-uid", TEXT),
        ("as-groups", Shape::List(&TEXT)),
        ("as-user-extra", Shape::Map(&Shape::List(&TEXT))),
        ("username", TEXT),
        ("password", TEXT),
        (
            "auth-provider",
            Shape::Struct(&Struct {
                name: "AuthProviderConfig",
                fields: &[("name", TEXT), ("config", Shape::Map(&TEXT))],
            }),
        ),
        ("exec", EXEC),
        ("extensions", EXTENSIONS),
    ],
});

const EXEC: Shape = Shape::Struct(&Struct {
    name: "ExecConfig",
    fields: &[
        ("command", TEXT),
        ("args", Shape::List(&TEXT)),
        (
            "env",
            Shape::List(&Shape::Struct(&Struct {
                name: "ExecEnvVar",
                fields: &[("name", TEXT), ("value", TEXT)],
            })),
        ),
        ("apiVersion", TEXT),
        ("installHint", TEXT),
        ("provideClusterInfo", Shape::Bool),
        ("interactiveMode", Shape::Text("v1.ExecInteractiveMode")),
    ],
});

impl Shape {
    fn go(&self) -> String {
        match self {
            Self::Text(name) => (*name).into(),
            Self::Bool => "bool".into(),
            Self::Bytes => "[]uint8".into(),
            Self::List(items) => format!("[]{}", items.go()),
            Self::Map(values) => format!("map[string]{}", values.go()),
            Self::Struct(shape) => format!("v1.{}", shape.name),
            Self::Any => "interface {}".into(),
        }
    }

    fn words(&self) -> &'static str {
        match self {
            Self::Text(_) | Self::Bytes | Self::Any => "a string",
            Self::Bool => "a boolean",
            Self::List(_) => "a list",
            Self::Map(_) | Self::Struct(_) => "a mapping",
        }
    }
}

/// The first value that kubectl refuses.
pub(super) fn check(view: View<'_>, root: NodeId) -> Result<(), ParseError> {
    let walk = Walk {
        view,
        name: "",
        fields: Vec::new(),
    };
    walk.value(root, &CONFIG, &Path::Top)
}

/// The error of `field`, which is looked at before all others.
pub(super) fn wrong_header(view: View<'_>, node: NodeId, field: &'static str) -> ParseError {
    let walk = Walk {
        view,
        name: "",
        fields: vec![field],
    };
    walk.wrong(node, &TEXT, &Path::Key(&Path::Top, field))
}

pub(super) fn words(view: View<'_>, node: NodeId) -> &'static str {
    match view.scalar(node) {
        Some(Scalar::Null) => "null",
        Some(Scalar::Bool(_)) => "a boolean",
        Some(Scalar::Number) => "a number",
        Some(Scalar::Text(_)) => "a string",
        None => match view.node(view.resolved(node)).kind {
            Kind::Sequence { .. } => "a list",
            _ => "a mapping",
        },
    }
}

/// The struct and the fields on the way to a value.
struct Walk<'a> {
    view: View<'a>,
    name: &'static str,
    fields: Vec<&'static str>,
}

impl Walk<'_> {
    fn wrong(&self, node: NodeId, shape: &Shape, path: &Path<'_>) -> ParseError {
        self.wrong_type(node, shape.words(), &shape.go(), path)
    }

    fn wrong_type(
        &self,
        node: NodeId,
        expected: &'static str,
        go: &str,
        path: &Path<'_>,
    ) -> ParseError {
        let fields = self.fields.join(".");
        let problem = Problem::WrongType {
            field: path.to_string(),
            expected,
            found: words(self.view, node),
            go: format!("struct field {}.{fields} of type {go}", self.name),
        };
        self.view.error(node, problem)
    }

    fn value(&self, node: NodeId, shape: &Shape, path: &Path<'_>) -> Result<(), ParseError> {
        let scalar = self.view.scalar(node);
        match (shape, &scalar) {
            (Shape::Any, _)
            | (_, Some(Scalar::Null))
            | (Shape::Text(_), Some(Scalar::Text(_)))
            | (Shape::Bool, Some(Scalar::Bool(_))) => return Ok(()),
            (Shape::Bytes, Some(Scalar::Text(text))) => {
                return gobase64::decode(text).map(drop).map_err(|offset| {
                    let field = path.to_string();
                    self.view.error(node, Problem::Base64 { field, offset })
                });
            }
            _ => {}
        }
        let resolved = self.view.resolved(node);
        match (shape, &self.view.node(resolved).kind) {
            (Shape::List(items), Kind::Sequence { items: nodes, .. }) => {
                for (index, item) in nodes.iter().enumerate() {
                    self.value(*item, items, &Path::Item(path, index))?;
                }
                Ok(())
            }
            (Shape::Bytes, Kind::Sequence { items, .. }) => {
                for (index, item) in items.iter().enumerate() {
                    if byte(self.view, *item).is_none() {
                        let path = Path::Item(path, index);
                        return Err(self.wrong_type(*item, "a byte", "uint8", &path));
                    }
                }
                Ok(())
            }
            (Shape::Map(values), Kind::Mapping { .. }) => {
                for (name, value) in sorted(self.view, resolved)? {
                    self.value(value, values, &Path::Key(&reborrow(path), &name))?;
                }
                Ok(())
            }
            (Shape::Struct(shape), Kind::Mapping { .. }) => {
                for (name, value) in sorted(self.view, resolved)? {
                    let known = shape.fields.iter().find(|(field, _)| *field == name);
                    if let Some((field, shape_of_field)) = known {
                        let mut fields = self.fields.clone();
                        fields.push(field);
                        let walk = Walk {
                            view: self.view,
                            name: shape.name,
                            fields,
                        };
                        walk.value(value, shape_of_field, &Path::Key(path, field))?;
                    }
                }
                Ok(())
            }
            _ => Err(self.wrong(node, shape, path)),
        }
    }
}

/// An item of bytes that are written as a list of numbers.
pub(super) fn byte(view: View<'_>, node: NodeId) -> Option<u8> {
    match view.scalar(node)? {
        Scalar::Null => Some(0),
        Scalar::Number => match yaml11::resolve(view.raw(node)?) {
            Typed::Int(value) => u8::try_from(value).ok(),
            _ => None,
        },
        _ => None,
    }
}

fn sorted(view: View<'_>, mapping: NodeId) -> Result<BTreeMap<String, NodeId>, ParseError> {
    let fields = view.fields(mapping)?;
    let named = |field: crate::tree::Field<'_>| (field.name.into_owned(), field.value);
    Ok(fields.into_iter().map(named).collect())
}
