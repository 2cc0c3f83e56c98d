//! `bowline protect`.

use std::time::Duration;

use kubeconfig::redact::escape;
use operations::Kubeconfigs;
use operations::near;
use operations::protect;
use operations::protect::Guards;
use operations::protect::LONGEST;
use operations::protect::Lifts;
use operations::protect::Rule;
use operations::settings::Guarding;
use operations::settings::Protection;
use operations::world::now;
use serde_json::Value;
use serde_json::json;

use crate::cli::Format;
use crate::cli::duration::Span;
use crate::cli::protect::ProtectArgs;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::kubectl::subcommands::ONLINE;
use crate::output;
use crate::output::plain;
use crate::output::structured;
use crate::output::table::table;

/// What is said wherever something is protected.
const HONEST: &str =
    "only `k` asks: kubectl itself, helm, k9s and other programs are not held back";

/// How many contexts of a pattern a table names.
const MOST_NAMES: usize = 3;

pub(crate) fn run(arguments: &ProtectArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    if let Some(pattern) = &arguments.pattern {
        return add(&environment, arguments, pattern);
    }
    let guards = Guards::of(&environment.settings()?.protect)
        .map_err(|error| CommandError::new(exit::BAD_STATE, format!("config.toml: {error}")))?;
    if let Some(pattern) = &arguments.remove {
        return remove(&environment, &guards, pattern);
    }
    let contexts = contexts(&environment, arguments)?;
    if let Some([name, time]) = arguments.lift.as_deref() {
        return lift(&environment, &guards, &contexts, name, time);
    }
    list(&environment, arguments, &guards, &contexts)
}

fn contexts(
    environment: &Environment,
    arguments: &ProtectArgs,
) -> Result<Vec<String>, CommandError> {
    let flag = arguments.files.kubeconfig.as_deref();
    let paths = environment.kubeconfig_paths(flag.map(std::path::Path::as_os_str))?;
    let kubeconfigs = Kubeconfigs::load(paths)?;
    let names = kubeconfigs.chain.contexts();
    Ok(names.map(|entry| entry.name.to_owned()).collect())
}

fn add(
    environment: &Environment,
    arguments: &ProtectArgs,
    pattern: &str,
) -> Result<u8, CommandError> {
    let action = if arguments.refuse {
        Guarding::Refuse
    } else {
        Guarding::Confirm
    };
    if pattern.trim().is_empty() {
        let message = "a pattern must not be blank: `*` is every context";
        return Err(CommandError::new(exit::USAGE, message));
    }
    // Rules are about contexts: an alias may be another one's tomorrow.
    let pattern = &resolved(environment, arguments, pattern)?;
    let mut commands: Vec<String> = Vec::new();
    for command in &arguments.commands {
        let words: Vec<&str> = command.split_whitespace().collect();
        let command = words.join(" ");
        if !commands.contains(&command) {
            commands.push(command);
        }
    }
    let protection = Protection { commands, action };
    let rule = Rule::new(pattern, &protection)
        .map_err(|error| CommandError::new(exit::USAGE, error.to_string()))?;
    let file = environment.settings_file()?;
    let changed = protect::protect(&environment.store()?, file, pattern, &protection)?;
    for command in &rule.commands {
        let first = command.split(' ').next().unwrap_or_default();
        if !first.contains(['*', '?', '[']) && !ONLINE.contains(&first) {
            output::note(&format!(
                "{} is none of kubectl's own commands: it is taken for a plugin's",
                escape(first)
            ));
        }
    }
    warn_of_strange_name(environment, arguments, pattern);
    let what = if changed { "" } else { " already" };
    output::print(&plain(&format!(
        "{} is protected{what}: {} before {}\n",
        escape(pattern),
        verb(action),
        shown_commands(&rule)
    )))?;
    output::note(HONEST);
    Ok(exit::OK)
}

/// The context of an alias; what is no alias, or a context too, as it is.
fn resolved(
    environment: &Environment,
    arguments: &ProtectArgs,
    pattern: &str,
) -> Result<String, CommandError> {
    let settings = environment.settings()?;
    let Some(context) = settings.aliases.get(pattern) else {
        return Ok(pattern.to_owned());
    };
    if contexts(environment, arguments)?
        .iter()
        .any(|name| name == pattern)
    {
        return Ok(pattern.to_owned());
    }
    output::note(&format!(
        "{} is an alias of {}",
        escape(pattern),
        escape(context)
    ));
    Ok(context.clone())
}

fn remove(environment: &Environment, guards: &Guards, pattern: &str) -> Result<u8, CommandError> {
    let store = environment.store()?;
    if !guards.rules().iter().any(|rule| rule.pattern == pattern) {
        return Err(unknown(guards, &[], pattern));
    }
    protect::unprotect(&store, environment.settings_file()?, pattern)?;
    // Protected again within its time, it would be lifted.
    let lifts = environment.lifts_file()?;
    Lifts::set(&store, &lifts, pattern, Duration::ZERO, now())
        .map_err(|error| bad_lifts(&error))?;
    output::print(&plain(&format!(
        "{} is not protected any more\n",
        escape(pattern)
    )))?;
    Ok(exit::OK)
}

fn lift(
    environment: &Environment,
    guards: &Guards,
    contexts: &[String],
    name: &str,
    time: &str,
) -> Result<u8, CommandError> {
    let length = match time {
        "0" => Duration::ZERO,
        time => {
            let wrong = |error| CommandError::new(exit::USAGE, format!("--lift: {error}"));
            time.parse::<Span>().map_err(wrong)?.0
        }
    };
    if length > LONGEST {
        let message = "--lift: 24h at most; for good it is `bowline protect --remove PATTERN`";
        return Err(CommandError::new(exit::USAGE, message));
    }
    let is_rule = guards.rules().iter().any(|rule| rule.pattern == name);
    let is_covered = contexts.iter().any(|context| context == name)
        && guards.rules().iter().any(|rule| rule.covers(name));
    if !is_rule && !is_covered && !length.is_zero() {
        return Err(unknown(guards, contexts, name));
    }
    let file = environment.lifts_file()?;
    Lifts::set(&environment.store()?, &file, name, length, now())
        .map_err(|error| bad_lifts(&error))?;
    let said = if length.is_zero() {
        "is not lifted any more".to_owned()
    } else {
        format!("is not protected for {time}")
    };
    output::print(&plain(&format!("{} {said}\n", escape(name))))?;
    Ok(exit::OK)
}

fn bad_lifts(error: &protect::LiftsError) -> CommandError {
    CommandError::new(exit::BAD_STATE, error.to_string())
}

/// `contexts` are those that may be meant besides the patterns.
fn unknown(guards: &Guards, contexts: &[String], name: &str) -> CommandError {
    let rules = guards.rules();
    let mut known: Vec<String> = rules.iter().map(|rule| rule.pattern.clone()).collect();
    let listed: Vec<_> = known.iter().map(|name| escape(name)).collect();
    let listed = match listed.as_slice() {
        [] => "nothing is".to_owned(),
        listed => format!("protected are {}", listed.join(", ")),
    };
    let covered = contexts
        .iter()
        .filter(|context| rules.iter().any(|rule| rule.covers(context)));
    known.extend(covered.cloned());
    known.sort_unstable();
    known.dedup();
    CommandError::new(
        exit::BAD_INPUT,
        format!(
            "{} is not protected; {listed}{}",
            escape(name),
            near::guess(name, known.iter().map(String::as_str))
        ),
    )
}

/// A name without a wildcard that is no context's may be mistyped; or its context may be added later.
fn warn_of_strange_name(environment: &Environment, arguments: &ProtectArgs, pattern: &str) {
    if pattern.contains(['*', '?', '[']) {
        return;
    }
    // Kubeconfigs that cannot be read are told by every other command.
    let Ok(contexts) = contexts(environment, arguments) else {
        return;
    };
    if !contexts.iter().any(|context| context == pattern) {
        output::note(&format!(
            "no context is called {} by now{}",
            escape(pattern),
            near::guess(pattern, contexts.iter().map(String::as_str))
        ));
    }
}

fn list(
    environment: &Environment,
    arguments: &ProtectArgs,
    guards: &Guards,
    contexts: &[String],
) -> Result<u8, CommandError> {
    let lifts = Lifts::load(&environment.lifts_file()?).map_err(|error| bad_lifts(&error))?;
    let now = now();
    let lasting: Vec<_> = lifts.lasting(now).collect();
    if arguments.output != Format::Table {
        let rules = guards.rules().iter().map(|rule| {
            json!({
                "pattern": rule.pattern,
                "action": action(rule.action),
                "commands": rule.commands,
                "contexts": contexts.iter().filter(|name| rule.covers(name)).collect::<Vec<_>>(),
            })
        });
        let lifted = lasting
            .iter()
            .map(|lift| json!({"name": lift.name, "until": lift.until}));
        let value = json!({
            "schema": 1,
            "protections": rules.collect::<Vec<Value>>(),
            "lifts": lifted.collect::<Vec<Value>>(),
        });
        let text = match arguments.output {
            Format::Yaml => structured::yaml(&value),
            _ => structured::json(&value),
        };
        output::print(&text)?;
        return Ok(exit::OK);
    }
    if guards.rules().is_empty() {
        output::note("nothing is protected: `bowline protect PATTERN` does that");
        return Ok(exit::OK);
    }
    let rows: Vec<Vec<String>> = guards
        .rules()
        .iter()
        .map(|rule| {
            let covered: Vec<_> = contexts.iter().filter(|name| rule.covers(name)).collect();
            let mut names: Vec<String> = covered
                .iter()
                .take(MOST_NAMES)
                .map(|name| escape(name).into_owned())
                .collect();
            if covered.len() > MOST_NAMES {
                names.push(format!("and {} more", covered.len() - MOST_NAMES));
            }
            let lifted = lasting.iter().filter(|lift| {
                lift.name == rule.pattern || covered.iter().any(|name| **name == lift.name)
            });
            let lifted: Vec<String> = lifted
                .map(|lift| {
                    let minutes = lift.left(now).as_secs().div_ceil(60);
                    format!("{} ({minutes} min)", escape(&lift.name))
                })
                .collect();
            vec![
                escape(&rule.pattern).into_owned(),
                action(rule.action).to_owned(),
                escape(&shown_commands(rule)).into_owned(),
                names.join(", "),
                lifted.join(", "),
            ]
        })
        .collect();
    let header = ["PATTERN", "ACTION", "COMMANDS", "CONTEXTS", "LIFTED"];
    output::print(&table(&header, &rows))?;
    output::note(HONEST);
    Ok(exit::OK)
}

fn action(action: Guarding) -> &'static str {
    match action {
        Guarding::Confirm => "confirm",
        Guarding::Refuse => "refuse",
    }
}

fn verb(action: Guarding) -> &'static str {
    match action {
        Guarding::Confirm => "`k` asks",
        Guarding::Refuse => "`k` stops",
    }
}

fn shown_commands(rule: &Rule) -> String {
    if rule.commands.is_empty() {
        return "all that change something".to_owned();
    }
    rule.commands.join(", ")
}
