//! Label and field selectors, as far as tools use them on what is served here.

use serde_json::Value;

use super::Resource;
use crate::status::Failure;

enum Requirement {
    Is(String, String),
    IsNot(String, String),
    Exists(String),
    Misses(String),
}

/// Which objects of a collection are meant.
pub(super) struct Selector {
    namespace: Option<String>,
    fields: Vec<Requirement>,
    labels: Vec<Requirement>,
}

impl Selector {
    pub(super) fn of(resource: &Resource<'_>, namespaced: bool) -> Result<Self, Failure> {
        let fields = parse(&resource.parameter("fieldSelector").unwrap_or_default());
        for requirement in &fields {
            let (Requirement::Is(key, _)
            | Requirement::IsNot(key, _)
            | Requirement::Exists(key)
            | Requirement::Misses(key)) = requirement;
            if !["metadata.name", "metadata.namespace"].contains(&key.as_str()) {
                return Err(Failure::bad_request(format!(
                    "field label not supported: {key}"
                )));
            }
        }
        Ok(Self {
            namespace: resource.namespace.filter(|_| namespaced).map(str::to_owned),
            fields,
            labels: parse(&resource.parameter("labelSelector").unwrap_or_default()),
        })
    }

    pub(super) fn matches(&self, object: &Value) -> bool {
        let metadata = &object["metadata"];
        let in_namespace = self
            .namespace
            .as_ref()
            .is_none_or(|namespace| metadata["namespace"] == namespace.as_str());
        let fields = self.fields.iter().all(|requirement| {
            requirement.holds(|key| {
                key.strip_prefix("metadata.")
                    .and_then(|key| metadata[key].as_str())
            })
        });
        let labels = self
            .labels
            .iter()
            .all(|requirement| requirement.holds(|key| metadata["labels"][key].as_str()));
        in_namespace && fields && labels
    }
}

impl Requirement {
    fn holds<'a>(&self, value: impl FnOnce(&str) -> Option<&'a str>) -> bool {
        match self {
            Self::Is(key, wanted) => value(key) == Some(wanted),
            Self::IsNot(key, unwanted) => value(key) != Some(unwanted),
            Self::Exists(key) => value(key).is_some(),
            Self::Misses(key) => value(key).is_none(),
        }
    }
}

fn parse(text: &str) -> Vec<Requirement> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| {
            if let Some((key, value)) = part.split_once("!=") {
                Requirement::IsNot(key.trim().to_owned(), value.trim().to_owned())
            } else if let Some((key, value)) = part.split_once('=') {
                let value = value.trim_start_matches('=').trim();
                Requirement::Is(key.trim().to_owned(), value.to_owned())
            } else if let Some(key) = part.strip_prefix('!') {
                Requirement::Misses(key.trim().to_owned())
            } else {
                Requirement::Exists(part.to_owned())
            }
        })
        .collect()
}
