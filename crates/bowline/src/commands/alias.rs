//! `bowline alias`: short names of contexts, kept in config.toml.

use std::path::Path;

use kubeconfig::redact::escape;
use operations::Kubeconfigs;
use operations::Settings;
use operations::settings::change::change;
use serde_json::json;

use crate::cli::StructuredFormat;
use crate::cli::alias::AliasArgs;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::structured;
use crate::output::table::table;

/// Lists aliases, or makes or forgets one.
pub(crate) fn run(arguments: &AliasArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    let settings = environment.settings()?;
    if let Some(short) = &arguments.remove {
        return remove(&environment, &settings, short);
    }
    let (Some(short), Some(context)) = (&arguments.short, &arguments.context) else {
        return list(&settings, arguments.output);
    };
    let flag = arguments.files.kubeconfig.as_deref().map(Path::as_os_str);
    let kubeconfigs = Kubeconfigs::load(environment.kubeconfig_paths(flag)?)?;
    kubeconfigs.require_context(context)?;
    require_short(&kubeconfigs, short)?;
    let summary = format!("alias {} {}", escape(short), escape(context));
    let changed = change(
        &environment.store()?,
        environment.settings_file()?,
        &summary,
        &["aliases", short],
        Some(&context.as_str().into()),
    )?;
    output::note(&if changed {
        format!("{} is {}", escape(short), escape(context))
    } else {
        "nothing changed: it was so already".to_owned()
    });
    Ok(exit::OK)
}

/// A name that would never be reached, or that means something else, is refused.
fn require_short(kubeconfigs: &Kubeconfigs, short: &str) -> Result<(), CommandError> {
    let refused = |code, reason: &str| {
        let message = format!("alias {}: {reason}", escape(short));
        Err(CommandError::new(code, message))
    };
    if kubeconfigs.chain.context(short).is_some() {
        return refused(
            exit::BAD_INPUT,
            "a context has that name, and it comes first",
        );
    }
    if short.is_empty() || short.starts_with('-') || short.starts_with("label:") {
        return refused(
            exit::USAGE,
            "it could not be typed in the place of a context",
        );
    }
    if short.contains(['*', '?', '[']) {
        return refused(exit::USAGE, "it would be a pattern");
    }
    Ok(())
}

fn remove(environment: &Environment, settings: &Settings, short: &str) -> Result<u8, CommandError> {
    if !settings.aliases.contains_key(short) {
        let message = format!(
            "there is no alias {}: `bowline alias` lists them",
            escape(short)
        );
        return Err(CommandError::new(exit::BAD_INPUT, message));
    }
    let summary = format!("alias --remove {}", escape(short));
    let file = environment.settings_file()?;
    change(
        &environment.store()?,
        file,
        &summary,
        &["aliases", short],
        None,
    )?;
    output::note(&format!("{} is no alias any more", escape(short)));
    Ok(exit::OK)
}

fn list(settings: &Settings, format: Option<StructuredFormat>) -> Result<u8, CommandError> {
    let aliases = &settings.aliases;
    let value = || {
        let aliases: Vec<_> = aliases
            .iter()
            .map(|(short, context)| json!({ "alias": short, "context": context }))
            .collect();
        json!({ "schema": 1, "aliases": aliases })
    };
    let text = match format {
        Some(StructuredFormat::Json) => structured::json(&value()),
        Some(StructuredFormat::Yaml) => structured::yaml(&value()),
        None if aliases.is_empty() => {
            output::note("no aliases: make one with `bowline alias SHORT CONTEXT`");
            return Ok(exit::OK);
        }
        None => {
            let rows: Vec<_> = aliases
                .iter()
                .map(|(short, context)| {
                    vec![escape(short).into_owned(), escape(context).into_owned()]
                })
                .collect();
            table(&["ALIAS", "CONTEXT"], &rows)
        }
    };
    output::print(&text)?;
    Ok(exit::OK)
}
