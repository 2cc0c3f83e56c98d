//! `bowline node repair`.

use std::fmt::Write as _;
use std::net::IpAddr;

use machines::Place;
use microk8s::Role;
use microk8s::certs;
use microk8s::paths;
use microk8s::repair;
use microk8s::repair::Plan;
use microk8s::repair::RepairError;
use microk8s::repair::Site;
use microk8s::repair::Step;
use operations::node::access::Access;
use operations::node::repair::apply;
use operations::node::repair::is_ours;

use super::Scene;
use super::block_on;
use super::cell;
use crate::cli::node::RepairArgs;
use crate::error::CommandError;
use crate::exit;
use crate::output;

pub(super) fn run(scene: &Scene, arguments: &RepairArgs) -> Result<u8, CommandError> {
    let access = scene.open()?;
    // Without the datastore's members, the plan would be that of a node alone.
    if let Some(refused) = &access.withheld {
        return Err(CommandError::new(exit::FAILED, refused.told()));
    }
    let new = present(scene, &access, arguments.new)?;
    let plan = match repair::plan(&access.node, &access.tree, arguments.old, new) {
        Ok(plan) => plan,
        Err(error @ RepairError::Unchanged(_)) => {
            output::print(&format!("{}: {error}\n", access.name()))?;
            return Ok(exit::OK);
        }
        Err(error) => {
            let message = format!("{}: {error}", access.name());
            return Err(CommandError::new(exit::BAD_INPUT, message));
        }
    };
    if arguments.old.is_none() && plan.old.is_none() && is_covered(&access, plan.new) {
        output::print(&format!(
            "{}: its certificates carry {} already: there is nothing to repair\n",
            access.name(),
            plan.new
        ))?;
        return Ok(exit::OK);
    }
    output::print(&output::plain(&text(&access, &plan)))?;
    if !arguments.apply {
        output::note(if matches!(access.machine.place(), Place::Folder(_)) {
            "nothing was done: this is a copy; on the node itself --apply carries it out"
        } else {
            "nothing was done: the same with --apply carries it out"
        });
        return Ok(exit::OK);
    }
    if matches!(access.machine.place(), Place::Folder(_)) {
        let message = format!(
            "{}: a folder is only a copy: nothing runs there, and nothing was done. Name the node itself with --on",
            access.name()
        );
        return Err(CommandError::new(exit::BAD_INPUT, message));
    }
    let tell = |number: usize, step: &Step| output::note(&format!("{number}. {}", step.what));
    let done = block_on(apply(&access, &plan, &tell, &output::note))?
        .map_err(|error| CommandError::new(exit::FAILED, format!("{}: {error}", access.name())))?;
    let all = plan.steps.len();
    if done < all {
        let next = done + 1;
        let message = if done == 0 {
            format!("nothing was done: step {next} is by hand, as printed above")
        } else {
            format!("done up to step {done}; step {next} is by hand, as printed above")
        };
        return Err(CommandError::new(exit::FAILED, message));
    }
    output::print(&format!("{}: done\n", access.name()))?;
    Ok(exit::OK)
}

/// Whether the certificates of a control-plane node alone, whose files name no address, carry its address.
fn is_covered(access: &Access, address: IpAddr) -> bool {
    if access.node.role == Role::Worker {
        return false;
    }
    let files = certs::read(&access.tree, paths::DATA);
    let mut has_server = false;
    files.iter().all(|file| {
        let Ok(certificate) = &file.certificate else {
            return false;
        };
        has_server |= file.role == certs::Role::Server;
        super::certs::missing(file, certificate, &[address]).is_empty()
    }) && has_server
}

/// The address that the node has now: as told, or the one that it says itself, if that is certain.
fn present(scene: &Scene, access: &Access, told: Option<IpAddr>) -> Result<IpAddr, CommandError> {
    if let Some(told) = told {
        return Ok(told);
    }
    let addresses = super::addresses(access, &scene.at()?);
    match addresses.as_slice() {
        [only] => Ok(*only),
        [] => Err(CommandError::new(
            exit::BAD_INPUT,
            format!(
                "{}: its present address is not known: name it with --new ADDRESS",
                access.name()
            ),
        )),
        several => {
            // The one that its files name already is the one in use.
            let recorded = repair::recorded_address(&access.node);
            if let Some(recorded) = recorded.filter(|recorded| several.contains(recorded)) {
                return Ok(recorded);
            }
            let several: Vec<_> = several.iter().map(ToString::to_string).collect();
            Err(CommandError::new(
                exit::BAD_INPUT,
                format!(
                    "{}: it has several addresses ({}): choose one with --new ADDRESS",
                    access.name(),
                    several.join(", ")
                ),
            ))
        }
    }
}

fn text(access: &Access, plan: &Plan) -> String {
    let mut text = format!("{}: {}", access.name(), plan.situation);
    let _ = match plan.old {
        Some(old) => writeln!(text, "; {old} becomes {}", plan.new),
        None => writeln!(text, "; its address is {}", plan.new),
    };
    for caution in &plan.cautions {
        let _ = writeln!(text, "Mind: {caution}");
    }
    for (index, step) in plan.steps.iter().enumerate() {
        let site = match step.site {
            Site::Here if is_ours(step) => "",
            Site::Here => " (by hand)",
            Site::EveryControlPlane => " (by hand, on every control-plane node)",
            Site::OtherControlPlanes => " (by hand, on the other control-plane nodes)",
            Site::Workers => " (by hand, on the workers)",
        };
        let _ = write!(
            text,
            "\n{}. {}{site}\n   {}\n",
            index + 1,
            step.what,
            step.why
        );
        for command in &step.commands {
            let _ = writeln!(text, "   $ {}", cell(command));
        }
    }
    text
}
