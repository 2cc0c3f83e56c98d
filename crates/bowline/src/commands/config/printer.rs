//! The output formats of `config view` (cli-runtime `pkg/genericclioptions/print_flags.go` and the
//! printers beside it).

use std::path::Path;

use gotext::quoted;
use kubeconfig::Config;
use kubeconfig::print;
use templates::gotemplate;
use templates::jsonpath;

use super::command::View;
use super::material::go;
use super::refusal::Refusal;

/// How a config is printed.
pub(super) enum Printer {
    Yaml,
    Json,
    Kyaml,
    Name,
    JsonPath(jsonpath::Template),
    /// The results of a `JSONPath` as a JSON list.
    JsonPathAsJson(jsonpath::Template),
    GoTemplate(gotemplate::Template),
}

/// Formats that take a template, and whether what follows the `=` is a file that holds it.
const TEMPLATES: [(&str, Language, bool); 7] = [
    ("template", Language::Go, false),
    ("go-template", Language::Go, false),
    ("templatefile", Language::Go, true),
    ("go-template-file", Language::Go, true),
    ("jsonpath", Language::JsonPath, false),
    ("jsonpath-as-json", Language::JsonPathAsJson, false),
    ("jsonpath-file", Language::JsonPath, true),
];

#[derive(Clone, Copy)]
enum Language {
    Go,
    JsonPath,
    JsonPathAsJson,
}

impl Printer {
    /// Chooses by `--output` and `--template`; YAML without either.
    pub(super) fn of(wanted: &View) -> Result<Self, Refusal> {
        let argument = wanted.template.as_deref().filter(|text| !text.is_empty());
        let format = match (&wanted.output, argument) {
            (Some(format), _) => format.as_str(),
            (None, Some(_)) => "go-template",
            (None, None) => "yaml",
        };
        match format.to_lowercase().as_str() {
            "yaml" => return Ok(Self::Yaml),
            "json" => return Ok(Self::Json),
            "kyaml" => return Ok(Self::Kyaml),
            "name" | "" => return Ok(Self::Name),
            _ => {}
        }
        let (name, attached) = match (argument, format.split_once('=')) {
            (None, Some((name, attached))) => (name, attached),
            (argument, _) => (format, argument.unwrap_or_default()),
        };
        let Some((_, language, is_file)) = TEMPLATES.iter().find(|(known, ..)| *known == name)
        else {
            return Err(Refusal::new(format!(
                "unable to match a printer suitable for the output format {}, allowed formats are: \
                 go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,yaml",
                quoted(format)
            )));
        };
        if attached.is_empty() {
            return Err(Refusal::new(
                "template format specified but no template given",
            ));
        }
        let text = if *is_file {
            read(attached)?
        } else {
            attached.to_owned()
        };
        let missing_keys = wanted.allow_missing_template_keys;
        match language {
            Language::Go => gotemplate::Template::parse(&text)
                .map(|template| Self::GoTemplate(template.allow_missing_keys(missing_keys)))
                .map_err(|error| Refusal::new(error.to_string())),
            Language::JsonPath | Language::JsonPathAsJson => {
                let template = jsonpath::Template::parse(&text)
                    .map_err(|error| Refusal::new(error.to_string()))?
                    .allow_missing_keys(missing_keys);
                Ok(match language {
                    Language::JsonPathAsJson => Self::JsonPathAsJson(template),
                    _ => Self::JsonPath(template),
                })
            }
        }
    }

    /// Prints.
    ///
    /// # Errors
    /// A template that does not fit. kubectl prints the whole config with it; a template may come from
    /// anywhere, and the message may go anywhere.
    pub(super) fn print(&self, config: &Config) -> Result<Vec<u8>, Refusal> {
        let refused = |error: String| Refusal::new(error);
        match self {
            Self::Yaml => Ok(print::yaml(config).into_bytes()),
            Self::Json => Ok(print::json(config).into_bytes()),
            Self::Kyaml => Ok(print::kyaml(config).into_bytes()),
            Self::Name => Ok(b"config/<unknown>\n".to_vec()),
            Self::JsonPath(template) => template
                .print(&print::value(config))
                .map_err(|error| refused(error.to_string())),
            Self::JsonPathAsJson(template) => template
                .print_json(&print::value(config))
                .map_err(|error| refused(error.to_string())),
            Self::GoTemplate(template) => template
                .print(&print::value(config))
                .map_err(|error| refused(error.to_string())),
        }
    }
}

fn read(path: &str) -> Result<String, Refusal> {
    let refused = |cause: &str| {
        // A folder can be opened.
        let verb = if cause == "is a directory" {
            "read"
        } else {
            "open"
        };
        Refusal::new(format!(
            "error reading --template {path}, {verb} {path}: {cause}"
        ))
    };
    match std::fs::read(Path::new(path)) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => Err(refused(&go(&error))),
    }
}
