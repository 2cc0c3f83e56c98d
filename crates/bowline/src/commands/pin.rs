//! `bowline heal --pin`: an identity for an entry that accepts anybody.

use std::path::Path;

use identity::Limits;
use identity::SpkiHash;
use kubeconfig::redact;
use operations::Kubeconfigs;
use operations::State;
use operations::World;
use operations::failure::ours;
use operations::heal;
use operations::heal::pinning;
use operations::heal::pinning::Origin;
use operations::heal::pinning::Pinning;
use operations::heal::pinning::PinningError;

use super::block_on;
use crate::cli::HealArgs;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::ask;
use crate::output::plain;

pub(super) fn run(
    world: &World,
    kubeconfigs: &Kubeconfigs,
    contexts: &[String],
    key: Option<&str>,
    arguments: &HealArgs,
) -> Result<u8, CommandError> {
    let [context] = contexts else {
        let message = "--pin is about one context: name it";
        return Err(CommandError::new(exit::USAGE, message));
    };
    let expected = key
        .map(str::parse::<SpkiHash>)
        .transpose()
        .map_err(|error| CommandError::new(exit::USAGE, format!("--pin: {error}")))?;
    let connection = kubeconfigs.connection(Some(context))?;
    let state = State::load(&world.state_file)?;
    let limits = Limits::default();
    let looked = block_on(pinning::look(
        world,
        &state,
        &connection.target,
        expected.as_ref(),
        &limits,
    ))?;
    let named = arguments.files.kubeconfig.as_deref();
    let found = match looked {
        Ok(found) => found,
        Err(PinningError::Secure | PinningError::System) => {
            output::print(&format!(
                "{}: has no insecure-skip-tls-verify: there is nothing to pin\n",
                redact::escape(context)
            ))?;
            return Ok(exit::OK);
        }
        Err(error) => return Err(failed(context, &error, named)),
    };
    output::print(&format!("{}\n", plain(&found.says(context))))?;
    let plan = pinning::plan(kubeconfigs, &found)?;
    for change in &plan.changes {
        let path = change.path.display().to_string();
        output::print(&redact::diff(&change.before, &change.after, &path))?;
    }
    if arguments.dry_run {
        output::note("nothing was changed (--dry-run)");
        return Ok(exit::OK);
    }
    agreed(context, &found, expected.as_ref(), named)?;
    heal::apply(world, &plan, &format!("pin {}", redact::escape(context)))?;
    for change in &plan.changes {
        output::print(&plain(&format!("wrote {}\n", change.path.display())))?;
    }
    if found.alone {
        output::note(
            "the server does not show its CA, so its certificate itself was pinned: when it is renewed, take the \
             cluster's own kubeconfig in (`bowline add`), or pin it again",
        );
    }
    let candidate = locate::Candidate::new(found.proof.address, locate::Source::Entry);
    let credentials = super::heal::usable_credentials(&connection);
    super::heal::remember(
        world,
        &state,
        &found.target,
        (&candidate, &found.proof),
        (operations::state::Place::Own, false),
        credentials.as_ref(),
    )?;
    Ok(exit::OK)
}

/// Whether this server may be believed: it is known, or the user names its key, or says so when asked.
fn agreed(
    context: &str,
    found: &Pinning,
    expected: Option<&SpkiHash>,
    kubeconfig: Option<&Path>,
) -> Result<(), CommandError> {
    let key = found.proof.leaf.key;
    if let Some(expected) = expected {
        if found.keys().contains(expected) {
            return Ok(());
        }
        let message = format!(
            "context {}: refused: the server shows the key {key}, not {expected}; nothing was changed",
            redact::escape(context)
        );
        return Err(CommandError::new(exit::NOT_PROVED, message));
    }
    if found.origin != Origin::FirstSight {
        return Ok(());
    }
    let command = ours("heal", context, &[&format!("--pin={key}")], kubeconfig);
    output::note(
        "compare the key on the node (MicroK8s: `openssl x509 -in /var/snap/microk8s/current/certs/server.crt \
         -noout -pubkey | openssl pkey -pubin -outform der | sha256sum`)",
    );
    if output::is_interactive() && ask::agrees("Is it the right one? [y/N]")? {
        return Ok(());
    }
    let message = format!(
        "context {}: nothing was changed; if that key is the server's: {command}",
        redact::escape(context)
    );
    Err(CommandError::new(exit::NOT_PROVED, message))
}

fn failed(context: &str, error: &PinningError, kubeconfig: Option<&Path>) -> CommandError {
    let code = match error {
        PinningError::NotSeen { .. } | PinningError::Unresolved(_) => exit::NOT_FOUND,
        PinningError::Entry(_) => exit::BAD_INPUT,
        _ => exit::NOT_PROVED,
    };
    let remedy = match error {
        PinningError::Contradicts { shown, .. } => format!(
            "; if the cluster was set up anew: {}",
            ours("heal", context, &[&format!("--pin={shown}")], kubeconfig)
        ),
        _ => String::new(),
    };
    let message = format!("context {}: {error}{remedy}", redact::escape(context));
    CommandError::new(code, message)
}
