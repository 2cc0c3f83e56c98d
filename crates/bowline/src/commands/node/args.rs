//! `bowline node args`.

use std::fmt::Write as _;

use microk8s::flags;
use microk8s::flags::Annotated;
use operations::node::access::Access;
use serde_json::json;

use super::SCHEMA;
use super::Scene;
use super::cell;
use super::print;
use crate::cli::node::ArgsArgs;
use crate::error::CommandError;
use crate::exit;

pub(super) fn run(scene: &Scene, arguments: &ArgsArgs) -> Result<u8, CommandError> {
    let access = scene.open()?;
    let services = chosen(&access, arguments.service.as_deref())?;
    let annotated: Vec<(String, Vec<Annotated>)> = services
        .into_iter()
        .filter_map(|service| {
            let args = access.node.args.get(&service)?;
            let flags = flags::annotate(&service, args, access.node.minor());
            Some((service, flags))
        })
        .collect();
    let services: Vec<_> = annotated
        .iter()
        .map(|(service, flags)| {
            let problems = access.node.args.get(service).map(|args| &args.problems);
            let problems = problems.into_iter().flatten().map(ToString::to_string);
            json!({
                "service": service,
                "flags": flags,
                "problems": problems.collect::<Vec<_>>(),
            })
        })
        .collect();
    let value = json!({
        "schema": SCHEMA,
        "revision": access.node.revision,
        "data": access.node.data,
        "services": services,
    });
    print(
        arguments.output.output,
        || text(&access, &annotated),
        &value,
    )?;
    Ok(exit::OK)
}

fn chosen(access: &Access, service: Option<&str>) -> Result<Vec<String>, CommandError> {
    let known = || access.node.args.keys().cloned().collect::<Vec<_>>();
    match service {
        None => Ok(known()),
        Some(service) if access.node.args.contains_key(service) => Ok(vec![service.to_owned()]),
        Some(service) => Err(CommandError::new(
            exit::BAD_INPUT,
            format!(
                "{}: there is no service {} with arguments; there are: {}",
                access.name(),
                cell(service),
                known().join(", ")
            ),
        )),
    }
}

fn text(access: &Access, services: &[(String, Vec<Annotated>)]) -> String {
    let mut text = format!("{}: {}\n", access.name(), cell(&access.node.data));
    for (service, flags) in services {
        let _ = writeln!(text, "\n{service}");
        if flags.is_empty() {
            text.push_str("      no flags\n");
        }
        // Values are as long as they like, so that columns would be as wide as the longest.
        for flag in flags {
            let about = flag.about.unwrap_or("not known to bowline");
            let _ = write!(
                text,
                "{:>4}  --{}={}\n      {about}\n",
                flag.line,
                cell(&flag.name),
                cell(&flag.value),
            );
            if let Some(judgement) = &flag.judgement {
                let _ = writeln!(
                    text,
                    "      {}: {}",
                    judgement.severity.name().to_uppercase(),
                    cell(&judgement.sentence)
                );
            }
        }
        let args = access.node.args.get(service);
        for problem in args.map(|args| &args.problems).into_iter().flatten() {
            let _ = writeln!(text, "  not as meant: {}", cell(&problem.to_string()));
        }
    }
    text
}
