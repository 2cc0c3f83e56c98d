//! `bowline label`: words that contexts are found by, kept in config.toml.

use std::path::Path;

use kubeconfig::redact::escape;
use operations::Kubeconfigs;
use operations::Settings;
use operations::settings::change;
use serde_json::json;

use crate::cli::StructuredFormat;
use crate::cli::label::LabelArgs;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::structured;
use crate::output::table::table;

/// Lists labels, or changes those of a context.
pub(crate) fn run(arguments: &LabelArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    let settings = environment.settings()?;
    let Some(typed) = &arguments.context else {
        return list(&settings, None, arguments.output);
    };
    let flag = arguments.files.kubeconfig.as_deref().map(Path::as_os_str);
    let kubeconfigs = Kubeconfigs::load(environment.kubeconfig_paths(flag)?)?;
    let context = named(&kubeconfigs, &settings, typed);
    // The labels of one that is gone can be looked at and taken away.
    if !settings.labels.contains_key(&context) {
        kubeconfigs.require_context(&context)?;
    }
    if arguments.words.is_empty() && !arguments.remove {
        return list(&settings, Some(&context), arguments.output);
    }
    for word in &arguments.words {
        require_word(word)?;
    }
    if !arguments.remove {
        kubeconfigs.require_context(&context)?;
    }
    let words = &arguments.words;
    let changed = change::update(
        &environment.store()?,
        environment.settings_file()?,
        &summary(&context, arguments),
        &["labels", &context],
        |settings| {
            let mut labels = settings.labels.get(&context).cloned().unwrap_or_default();
            if arguments.remove {
                labels.retain(|known| !words.is_empty() && !words.contains(known));
            } else {
                for word in words {
                    if !labels.contains(word) {
                        labels.push(word.clone());
                    }
                }
            }
            change::list(labels)
        },
    )?;
    if !changed {
        output::note("nothing changed: it was so already");
        return Ok(exit::OK);
    }
    let settings = environment.settings()?;
    let labels = settings.labels.get(&context).cloned().unwrap_or_default();
    let labels = if labels.is_empty() {
        "no labels".to_owned()
    } else {
        labels.join(", ")
    };
    output::note(&format!("{}: {labels}", escape(&context)));
    Ok(exit::OK)
}

/// The context of a name, or of an alias.
fn named(kubeconfigs: &Kubeconfigs, settings: &Settings, typed: &str) -> String {
    if kubeconfigs.chain.context(typed).is_some() {
        return typed.to_owned();
    }
    let meant = settings.aliases.get(typed);
    meant.cloned().unwrap_or_else(|| typed.to_owned())
}

/// One word: it is typed behind `label:`.
fn require_word(word: &str) -> Result<(), CommandError> {
    if word.is_empty() || word.chars().any(|c| c.is_whitespace() || c.is_control()) {
        let message = format!("`{}` is no label: it has to be one word", escape(word));
        return Err(CommandError::new(exit::USAGE, message));
    }
    Ok(())
}

fn summary(context: &str, arguments: &LabelArgs) -> String {
    let remove = if arguments.remove { " --remove" } else { "" };
    let words: Vec<_> = arguments.words.iter().map(|word| escape(word)).collect();
    format!("label {} {}{remove}", escape(context), words.join(" "))
}

fn list(
    settings: &Settings,
    only: Option<&str>,
    format: Option<StructuredFormat>,
) -> Result<u8, CommandError> {
    let labels = settings.labels.iter();
    let labels: Vec<_> = labels
        .filter(|(context, _)| only.is_none_or(|only| only == context.as_str()))
        .collect();
    let value = || {
        let labels = labels.iter();
        let labels: Vec<_> = labels
            .map(|(context, words)| json!({ "context": context, "labels": words }))
            .collect();
        json!({ "schema": 1, "labels": labels })
    };
    let text = match format {
        Some(StructuredFormat::Json) => structured::json(&value()),
        Some(StructuredFormat::Yaml) => structured::yaml(&value()),
        None if labels.is_empty() => {
            output::note("no labels: give some with `bowline label CONTEXT WORD`");
            return Ok(exit::OK);
        }
        None => {
            let rows: Vec<_> = labels
                .iter()
                .map(|(context, words)| {
                    vec![
                        escape(context).into_owned(),
                        escape(&words.join(", ")).into_owned(),
                    ]
                })
                .collect();
            table(&["CONTEXT", "LABELS"], &rows)
        }
    };
    output::print(&text)?;
    Ok(exit::OK)
}
