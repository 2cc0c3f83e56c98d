//! `bowline ls`: the contexts that there are, without asking anybody.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use kubeconfig::redact;
use kubeconfig::redact::escape;
use operations::Settings;
use operations::choose::find::Words;
use operations::kubeconfigs::KubeconfigError;
use operations::listing;
use operations::listing::Unfit;
use operations::modify::Chain;
use operations::modify::Member;
use operations::near;
use serde_json::Value;
use serde_json::json;

use super::choose::Terminal;
use super::choose::terminal::survey;
use crate::cli::ls::LsArgs;
use crate::cli::ls::LsFormat;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::structured;
use crate::output::table::table;

/// A context; what is not known or not there is empty.
struct Row<'a> {
    name: &'a str,
    current: bool,
    cluster: &'a str,
    server: Cow<'a, str>,
    user: &'a str,
    namespace: Cow<'a, str>,
    /// `None` of what only this terminal's session has.
    file: Option<&'a Path>,
    /// When its file was last written.
    changed: Option<SystemTime>,
    labels: &'a [String],
    aliases: Vec<&'a str>,
}

/// What is current, and its namespace where this terminal chose one.
#[derive(Default)]
struct Current {
    context: String,
    namespace: Option<String>,
}

/// Lists contexts.
pub(crate) fn run(arguments: &LsArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    let settings = environment.settings()?;
    if let Some(file) = &arguments.files.kubeconfig {
        let paths = environment.own_kubeconfig_paths(Some(file.as_os_str()))?;
        let chain = survey(&paths)?;
        if !chain.members.iter().any(Member::exists) {
            let file = file.to_string_lossy();
            return Err(CommandError::new(
                exit::BAD_INPUT,
                format!(
                    "{} does not exist, or is a terminal's session",
                    escape(&file)
                ),
            ));
        }
        let current = Current {
            context: chain.current_context().to_owned(),
            namespace: None,
        };
        return list(arguments, &settings, rows(&chain), &chain, &current);
    }
    let terminal = Terminal::open(&environment, false)?;
    let current = terminal.current().map(|current| Current {
        context: current.selection.context,
        namespace: current.selection.namespace,
    });
    if terminal.is_lost() {
        output::note(&KubeconfigError::SessionGone.to_string());
    }
    let chain = terminal.chain();
    let mut rows = rows(chain);
    // What programs wrote into the session and nobody brought home yet.
    if let Some(session) = terminal.session() {
        for named in &session.contexts {
            rows.entry(&named.name).or_insert_with(|| {
                let cluster = session.cluster(&named.value.cluster);
                Row {
                    server: cluster.map_or(Cow::Borrowed(""), |it| redact::url(&it.server)),
                    cluster: &named.value.cluster,
                    user: &named.value.user,
                    namespace: named.value.namespace.as_deref().unwrap_or_default().into(),
                    ..Row::of(&named.name)
                }
            });
        }
    }
    list(
        arguments,
        &settings,
        rows,
        chain,
        &current.unwrap_or_default(),
    )
}

impl<'a> Row<'a> {
    fn of(name: &'a str) -> Self {
        Self {
            name,
            current: false,
            cluster: "",
            server: Cow::Borrowed(""),
            user: "",
            namespace: Cow::Borrowed(""),
            file: None,
            changed: None,
            labels: &[],
            aliases: Vec::new(),
        }
    }
}

/// What the files of a chain say.
fn rows(chain: &Chain) -> BTreeMap<&str, Row<'_>> {
    let mut written = BTreeMap::new();
    for member in &chain.members {
        let found = std::fs::metadata(&member.path);
        let time = found.and_then(|found| found.modified()).ok();
        written.insert(member.path.as_path(), time);
    }
    let rows = chain.contexts().into_iter().map(|(name, line)| {
        let row = Row {
            cluster: line.cluster,
            user: line.user,
            namespace: line.namespace.into(),
            file: Some(line.file),
            changed: written.get(line.file).copied().flatten(),
            ..Row::of(name)
        };
        (name, row)
    });
    rows.collect()
}

fn list<'a>(
    arguments: &LsArgs,
    settings: &'a Settings,
    mut rows: BTreeMap<&'a str, Row<'a>>,
    chain: &'a Chain,
    current: &Current,
) -> Result<u8, CommandError> {
    let names: Vec<&str> = rows.keys().copied().collect();
    let files = || near::files(chain.members.iter().map(|member| member.path.as_path()));
    let words = Words {
        aliases: &settings.aliases,
        labels: &settings.labels,
    };
    let chosen = listing::select(&names, &arguments.patterns, words)
        .map_err(|unfit| refused(&unfit, &names, &files()))?;
    if names.is_empty() {
        let files = files();
        output::note(&format!(
            "{files} has no contexts: take one in with `bowline add FILE`"
        ));
        if matches!(arguments.output, LsFormat::Table | LsFormat::Wide) {
            return Ok(exit::OK);
        }
    } else if !current.context.is_empty() && !rows.contains_key(&*current.context) {
        output::note(&format!(
            "the current context {} does not exist: choose one with `bowline use`",
            escape(&current.context)
        ));
    }
    if arguments.output == LsFormat::Name {
        // Programs get the name itself, which need not be one that a terminal can show.
        let is_terminal = output::is_terminal();
        let lines = chosen.iter().flat_map(|name| {
            let name = if is_terminal {
                escape(name)
            } else {
                Cow::Borrowed(*name)
            };
            [name, Cow::Borrowed("\n")]
        });
        output::print(&lines.collect::<String>())?;
        return Ok(exit::OK);
    }
    let servers = chain.servers();
    let mut aliases = BTreeMap::<&str, Vec<&str>>::new();
    for (alias, context) in &settings.aliases {
        aliases.entry(context).or_default().push(alias);
    }
    let mut shown = Vec::with_capacity(chosen.len());
    for name in chosen {
        let Some(mut row) = rows.remove(name) else {
            continue;
        };
        if let Some(server) = servers.get(row.cluster) {
            row.server.clone_from(server);
        }
        row.current = name == current.context;
        if let (true, Some(namespace)) = (row.current, &current.namespace) {
            row.namespace = Cow::Owned(namespace.clone());
        }
        row.labels = settings.labels.get(name).map_or(&[], Vec::as_slice);
        row.aliases = aliases.remove(name).unwrap_or_default();
        shown.push(row);
    }
    output::print(&match arguments.output {
        LsFormat::Json => structured::json(&value(&shown)),
        LsFormat::Yaml => structured::yaml(&value(&shown)),
        format => tabular(&shown, format == LsFormat::Wide),
    })?;
    Ok(exit::OK)
}

/// That nothing fits a pattern, and what is perhaps meant.
fn refused(unfit: &Unfit, names: &[&str], files: &str) -> CommandError {
    let message = match unfit {
        Unfit::Label(word) => {
            let word = near::shown(word);
            format!("no context in {files} has the label {word}: `bowline label` lists them")
        }
        Unfit::Name(typed) => {
            let known: Vec<String> = names.iter().map(ToString::to_string).collect();
            let hint = near::hint(typed, &known);
            format!(
                "there is no context {} in {files}{hint}",
                near::shown(typed)
            )
        }
    };
    CommandError::new(exit::BAD_INPUT, message)
}

fn tabular(rows: &[Row<'_>], wide: bool) -> String {
    let now = SystemTime::now();
    let mut header = vec!["CURRENT", "NAME"];
    if wide {
        header.push("CLUSTER");
    }
    header.extend(["SERVER", "USER", "NAMESPACE", "AGE"]);
    if wide {
        header.extend(["LABELS", "ALIASES"]);
    }
    header.push("FILE");
    let cells = |row: &Row<'_>| {
        let text = |text: &str| escape(text).into_owned();
        let current = if row.current { "*" } else { "" };
        let age = row.changed.map_or(String::new(), |time| {
            // One of the future was written just now, by a clock that goes ahead.
            listing::age(now.duration_since(time).unwrap_or_default().as_secs())
        });
        let file = row.file.map_or(Cow::Borrowed(""), Path::to_string_lossy);
        let mut cells = vec![current.to_owned(), text(row.name)];
        if wide {
            cells.push(text(row.cluster));
        }
        cells.extend([text(&row.server), text(row.user), text(&row.namespace), age]);
        if wide {
            cells.extend([text(&row.labels.join(",")), text(&row.aliases.join(","))]);
        }
        cells.push(text(&file));
        cells
    };
    let rows: Vec<_> = rows.iter().map(cells).collect();
    table(&header, &rows)
}

fn value(rows: &[Row<'_>]) -> Value {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let contexts: Vec<_> = rows
        .iter()
        .map(|row| {
            let changed = row
                .changed
                .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            json!({
                "name": row.name,
                "current": row.current,
                "cluster": text(row.cluster),
                "server": text(&row.server),
                "user": text(row.user),
                "namespace": text(&row.namespace),
                "file": row.file.map(Path::to_string_lossy),
                "changed": changed.map(|time| time.as_secs()),
                "labels": row.labels,
                "aliases": row.aliases,
            })
        })
        .collect();
    json!({ "schema": 1, "contexts": contexts })
}
