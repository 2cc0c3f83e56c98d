//! `bowline add`.

use std::io::Read as _;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;

use identity::Limits;
use kubeconfig::Secret;
use kubeconfig::redact;
use machines::Machine;
use machines::Place;
use operations::Kubeconfigs;
use operations::State;
use operations::World;
use operations::add::Addition;
use operations::add::At;
use operations::add::Request;
use operations::add::distributions::DISTRIBUTIONS;
use operations::add::distributions::Distribution;
use operations::add::distributions::MICROK8S;
use operations::add::distributions::Writer;
use operations::add::fetch::fetch;
use operations::add::find;
use operations::add::names;
use operations::add::prepare;
use operations::add::what::What;
use operations::authorities;
use operations::check::Checked;
use operations::failure::Failure;
use operations::failure::argument;
use operations::failure::ours;
use operations::kubeconfigs::Trust;
use operations::state;

use super::block_on;
use crate::cli::AddArgs;
use crate::environment::Environment;
use crate::environment::EnvironmentError;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::plain;

/// More than any kubeconfig someone takes in at once; standard input could be endless.
const MOST_INPUT: u64 = 64 << 20;

pub(crate) fn run(arguments: &AddArgs) -> Result<u8, CommandError> {
    if arguments
        .name
        .as_deref()
        .is_some_and(|name| name.trim().is_empty())
    {
        return Err(CommandError::new(
            exit::USAGE,
            "--name: a name must not be blank",
        ));
    }
    let at = arguments.at.iter().map(|text| at(text));
    let at = at.collect::<Result<Vec<_>, _>>()?;
    let what = What::parse(&arguments.what)
        .map_err(|error| CommandError::new(exit::USAGE, error.to_string()))?;
    let environment = Environment::find();
    let world = environment.world()?;
    let flag = arguments.files.kubeconfig.as_deref().map(Path::as_os_str);
    let kubeconfigs = Kubeconfigs::load(environment.kubeconfig_paths(flag)?)?;
    let request = Request {
        at,
        name: arguments.name.clone(),
        switch: arguments.switch,
        consent: arguments.yes,
        replace: arguments.replace,
        ..asked(&environment, &world, what, arguments.context.clone())?
    };
    let addition = block_on(prepare(&world, &kubeconfigs, &request, &Limits::default()))??;
    for note in &addition.notes {
        output::note(&format!("left as it is: {note}"));
    }
    if arguments.dry_run {
        show(&addition)?;
        output::note("nothing was changed (--dry-run)");
        return Ok(exit::OK);
    }
    let name = redact::escape(&addition.name);
    let summary = match (&request.machine, &addition.refreshed) {
        (Some(machine), Some(_)) => format!("refresh context {name} from {}", place(machine)),
        (Some(machine), None) => format!("add context {name} from {}", place(machine)),
        (None, Some(_)) => format!("refresh context {name}"),
        (None, None) => format!("add context {name}"),
    };
    operations::add::apply(&world, &addition, &summary)?;
    let kubeconfig = arguments.files.kubeconfig.as_deref();
    tell(&world, &request, &addition, kubeconfig)
}

/// What is to be taken in, read from where it is.
fn asked(
    environment: &Environment,
    world: &World,
    what: What,
    context: Option<String>,
) -> Result<Request, CommandError> {
    let place = match what {
        What::Input | What::File(_) => {
            let file = match &what {
                What::File(file) => file.as_path(),
                _ => Path::new("-"),
            };
            if file.is_dir() {
                let shown = file.to_string_lossy();
                return Err(CommandError::new(
                    exit::BAD_INPUT,
                    format!(
                        "{} is a folder, not a kubeconfig; if it is a copy of a MicroK8s node: bowline add {}",
                        redact::escape(&shown),
                        argument(&format!("folder:{shown}"))
                    ),
                ));
            }
            let (text, label, folder) = read(file)?;
            return Ok(Request {
                text,
                label,
                folder,
                context,
                ..Request::default()
            });
        }
        What::Written { by, name } => return written(environment, by, &name),
        What::Local(distribution) => {
            let usual_name = Some(distribution.word.to_owned());
            let request = fetched(world, Place::Local, &[distribution])?;
            return Ok(Request {
                context,
                usual_name,
                ..request
            });
        }
        What::MicroK8s => {
            let found = block_on(find::find(world))??;
            output::note(&format!(
                "MicroK8s runs on {}",
                redact::escape(&found.to_string())
            ));
            found
        }
        What::Machine(place) => place,
    };
    let request = fetched(world, place, &DISTRIBUTIONS)?;
    Ok(Request { context, ..request })
}

/// What a machine has.
fn fetched(
    world: &World,
    place: Place,
    among: &[&'static Distribution],
) -> Result<Request, CommandError> {
    let label = place.to_string();
    let usual_name = names::of_machine(&place);
    let machine = world.machine_at(place, find::PATIENCE);
    let machine = machine.map_err(|reason| CommandError::new(exit::BAD_INPUT, reason))?;
    let fetched = block_on(fetch(&machine, among, &output::note))??;
    if among.len() > 1 && fetched.distribution != &MICROK8S {
        output::note(&format!(
            "{} has no MicroK8s; takes {} of {}",
            redact::escape(&label),
            fetched.path,
            fetched.distribution.name
        ));
    }
    Ok(Request {
        text: fetched.text,
        label: redact::escape(&label).into_owned(),
        // There are no relative paths in such a file that could mean anything here.
        folder: PathBuf::from("/"),
        // `local` says nothing; every distribution but MicroK8s calls its context `default` or worse.
        usual_name: usual_name.or_else(|| Some(fetched.distribution.word.to_owned())),
        machine: Some(machine),
        ..Request::default()
    })
}

/// What another program wrote into kubectl's default kubeconfig.
fn written(environment: &Environment, by: &Writer, name: &str) -> Result<Request, CommandError> {
    let file = environment
        .default_kubeconfig()
        .ok_or(EnvironmentError::NoHome)?;
    let context = format!("{}{name}", by.prefix);
    let known = Kubeconfigs::load(vec![file.clone()])?;
    if known.chain.context(&context).is_none() {
        let message = format!(
            "{} has no context {}: {} writes it there, with `{} {}`",
            file.display(),
            redact::escape(&context),
            by.word,
            by.again,
            argument(name)
        );
        return Err(CommandError::new(exit::BAD_INPUT, message));
    }
    let (text, label, folder) = read(&file)?;
    Ok(Request {
        text,
        label,
        folder,
        context: Some(context),
        ..Request::default()
    })
}

/// Shows all that would change.
fn show(addition: &Addition) -> Result<(), CommandError> {
    for change in &addition.plan.changes {
        let path = change.path.display().to_string();
        output::print(&redact::diff(&change.before, &change.after, &path))?;
    }
    if let Some(settings) = &addition.settings {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let (before, after) = (text(&settings.before), text(&settings.after));
        let path = settings.path.display().to_string();
        output::print(&redact::plain_diff(&before, &after, &path))?;
    }
    Ok(())
}

/// Says what was done, and what was proved.
fn tell(
    world: &World,
    request: &Request,
    addition: &Addition,
    kubeconfig: Option<&Path>,
) -> Result<u8, CommandError> {
    let shown = redact::escape(&addition.name);
    let switched = if addition.switches {
        ", now the current context"
    } else {
        ""
    };
    let mut files = addition.plan.changes.iter().map(|it| &it.path);
    match &addition.refreshed {
        None => {
            let file = files.next().map(|file| file.display().to_string());
            let file = plain(&file.unwrap_or_default());
            output::print(&format!("added context {shown} to {file}{switched}\n"))?;
        }
        Some(what) if what.is_empty() => {
            output::print(&format!("context {shown} is up to date{switched}\n"))?;
        }
        Some(what) => {
            let what = what.join(", ");
            output::print(&format!(
                "refreshed context {shown}: {what} changed{switched}\n"
            ))?;
        }
    }
    for file in files {
        output::print(&plain(&format!("wrote {}\n", file.display())))?;
    }
    if let Some(settings) = &addition.settings {
        output::print(&plain(&format!(
            "wrote {}: {} runs on {}\n",
            settings.path.display(),
            settings.cluster,
            settings.machine
        )))?;
    }
    let name = &addition.name;
    match &addition.checked {
        Checked::Proved(candidate, proof) => {
            // The file is written; a state that cannot be is no reason to call that a failure.
            let _ = authorities::remember(&world.store, &[(&addition.target, proof.authority)]);
            let shared = match &addition.target.trust {
                Trust::Authority { authority, .. } => authority.is_shared(),
                Trust::Insecure | Trust::System | Trust::Plain => false,
            };
            let _ = State::update(&world.store, &world.state_file, |state| {
                let place = state::Place::Own;
                state.remember(&addition.target, candidate, proof, place, shared);
            });
            output::print(&format!(
                "proved at {} by its CA key {}\n",
                candidate.address, proof.authority
            ))?;
        }
        Checked::Unprovable(why) => output::note(&format!("its identity cannot be proved: {why}")),
        Checked::Unresolved(cause) => {
            output::note(&format!(
                "not proved yet: {cause}; when it runs: {}",
                ours("heal", name, &[], kubeconfig)
            ));
        }
        Checked::Failed(reasons) => {
            for (candidate, error) in reasons {
                let failure = Failure::of_probe(error, name, kubeconfig);
                output::note(&format!(
                    "not proved yet: {}: {}; when it runs: {}",
                    candidate.address, failure.cause, failure.remedy
                ));
            }
        }
    }
    if matches!(
        request.machine.as_ref().map(Machine::place),
        Some(Place::Folder(_))
    ) {
        output::note("it comes from a copy: what was changed on the node since is not in it");
    }
    Ok(exit::OK)
}

fn place(machine: &Machine) -> String {
    redact::escape(&machine.place().to_string()).into_owned()
}

/// `--at`, whose port may be the kubeconfig's.
pub(super) fn at(text: &str) -> Result<At, CommandError> {
    // A port of its own, or none: asked with any, the address alone is left.
    let address = super::heal::address(text, 1)?;
    let port = text.parse::<SocketAddr>().ok().map(|it| it.port());
    Ok(At {
        address: address.ip(),
        port,
    })
}

fn read(file: &Path) -> Result<(Secret, String, PathBuf), CommandError> {
    if file == Path::new("-") {
        let mut text = Vec::new();
        std::io::stdin()
            .take(MOST_INPUT + 1)
            .read_to_end(&mut text)?;
        if text.len() as u64 > MOST_INPUT {
            let message = "standard input is larger than any kubeconfig (64 MiB)";
            return Err(CommandError::new(exit::BAD_INPUT, message));
        }
        let label = "standard input".to_owned();
        return Ok((Secret::new(text), label, std::env::current_dir()?));
    }
    let label = file.display().to_string();
    let bytes =
        store::read(file).map_err(|error| CommandError::new(exit::BAD_INPUT, error.to_string()))?;
    let bytes = bytes
        .ok_or_else(|| CommandError::new(exit::BAD_INPUT, format!("{label} does not exist")))?;
    let folder = std::path::absolute(file)?
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default();
    Ok((Secret::new(bytes), label, folder))
}
