//! Does what a command says.

use std::fmt::Write as _;
use std::path::Path;
use std::path::PathBuf;

use gotext::quoted;
use kubeconfig::Cluster;
use kubeconfig::List;
use kubeconfig::Secret;
use kubeconfig::User;
use operations::modify;
use operations::modify::Chain;
use operations::modify::Files;
use operations::modify::Located;
use operations::modify::Member;
use operations::modify::Merged;
use operations::modify::Wanted;
use operations::session;

use super::clusters;
use super::command::Command;
use super::command::GetContexts;
use super::command::Rename;
use super::command::SetCluster;
use super::command::SetContext;
use super::command::SetCredentials;
use super::command::View;
use super::contexts;
use super::credentials;
use super::failure::Failure;
use super::globals::Globals;
use super::guarded::Guarded;
use super::listing;
use super::material;
use super::printer::Printer;
use super::property;
use super::refusal::Refusal;
use super::relative;
use super::view;
use crate::commands;
use crate::commands::lost;
use crate::environment::Environment;
use crate::output;

/// One run: the files that it is about.
pub(super) struct Run<'a> {
    environment: &'a Environment,
    globals: &'a Globals,
    files: Files,
}

/// What a change says on standard output, and what it warns of.
#[derive(Default)]
struct Said {
    out: String,
    warning: String,
}

impl From<String> for Said {
    fn from(out: String) -> Self {
        Self {
            out,
            ..Self::default()
        }
    }
}

impl<'a> Run<'a> {
    /// Finds the files.
    pub(super) fn new(environment: &'a Environment, globals: &'a Globals) -> Result<Self, Failure> {
        let flag = globals.kubeconfig.as_deref();
        let paths = environment.kubeconfig_paths(flag)?;
        Ok(Self {
            environment,
            globals,
            files: Files {
                paths,
                explicit: flag.is_some(),
            },
        })
    }

    /// Runs a command; then tells what another program took back of our changes.
    pub(super) fn run(&self, command: &Command) -> Result<(), Failure> {
        self.command(command)?;
        if let Ok(store) = self.environment.store() {
            lost::tell(&store, &self.files.paths);
        }
        Ok(())
    }

    fn command(&self, command: &Command) -> Result<(), Failure> {
        match command {
            // The front has printed it.
            Command::Help { .. } => Ok(()),
            Command::View(wanted) => self.view(wanted),
            Command::GetContexts(wanted) => self.get_contexts(wanted),
            Command::GetClusters => self.get_names(List::Clusters),
            Command::GetUsers => self.get_names(List::Users),
            Command::CurrentContext => self.current_context(),
            Command::UseContext { name } => self.use_context(name),
            Command::SetContext(wanted) => self.set_context(wanted),
            Command::RenameContext(wanted) => self.rename(List::Contexts, wanted),
            Command::RenameCluster(wanted) => self.rename(List::Clusters, wanted),
            Command::RenameUser(wanted) => self.rename(List::Users, wanted),
            Command::DeleteContext {
                name,
                with_cluster_and_user,
            } => self.delete(List::Contexts, name, *with_cluster_and_user),
            Command::DeleteCluster { name } => self.delete(List::Clusters, name, false),
            Command::DeleteUser { name } => self.delete(List::Users, name, false),
            Command::SetCluster(wanted) => self.set_cluster(wanted),
            Command::SetCredentials(wanted) => self.set_credentials(wanted),
            Command::Set {
                path,
                value,
                raw_bytes,
            } => self.set(path, value, *raw_bytes),
            Command::Unset { path } => self.unset(path),
        }
    }

    fn survey(&self) -> Result<Chain, Failure> {
        let chain = Chain::survey(&self.files.paths)?;
        self.hint_at_old_file(&chain);
        Ok(chain)
    }

    /// Until 2016 the file was `~/.kube/.kubeconfig`. kubectl still copies it, with another mode, and
    /// even where KUBECONFIG names other files.
    fn hint_at_old_file(&self, chain: &Chain) {
        let found = chain.members.iter().any(Member::exists);
        if let Some(old) = self.environment.old_kubeconfig().filter(|_| !found) {
            output::note(&format!(
                "{} is kubectl's file of before 2016, which is not read; if it is yours: mv {} {}",
                old.display(),
                old.display(),
                old.with_file_name("config").display()
            ));
        }
    }

    fn view(&self, wanted: &View) -> Result<(), Failure> {
        let printer = Printer::of(wanted)?;
        if wanted.merge == Some(false) && !self.files.explicit {
            let message = "if merge==false a precise file must be specified";
            return Err(Refusal::new(message).into());
        }
        let mut chain = self.survey()?;
        chain
            .fetch(&Wanted::Everything)
            .map_err(|error| vec![error])?;
        let merged = chain.merged();
        let context = self.globals.context.as_deref();
        let config = view::shown(merged, wanted, context, &working_folder())?;
        let bytes = printer.print(&config)?;
        if output::is_terminal() {
            return say(&String::from_utf8_lossy(&bytes));
        }
        output::print_bytes(&bytes)?;
        Ok(())
    }

    fn get_contexts(&self, wanted: &GetContexts) -> Result<(), Failure> {
        let chain = self.survey()?;
        let current = chain.current_context();
        let listed = listing::contexts(&chain.contexts(), current, wanted, output::is_terminal());
        say(&listed.text)?;
        if listed.missing.is_empty() {
            Ok(())
        } else {
            Err(Failure::several(listed.missing))
        }
    }

    fn get_names(&self, list: List) -> Result<(), Failure> {
        let chain = self.survey()?;
        say(&listing::names(&chain.names(list), output::is_terminal()))
    }

    fn current_context(&self) -> Result<(), Failure> {
        let chain = self.survey()?;
        match chain.current_context() {
            "" => Err(Refusal::new("current-context is not set").into()),
            name => say(&format!("{name}\n")),
        }
    }

    fn use_context(&self, name: &str) -> Result<(), Failure> {
        let wanted = |_: &Chain| Wanted::entry(List::Contexts, name);
        self.change(&format!("use-context {name}"), wanted, |merged| {
            contexts::choose(merged, name)?;
            Ok(format!("Switched to context {}.\n", quoted(name)).into())
        })
    }

    fn set(&self, path: &str, value: &Secret, raw_bytes: bool) -> Result<(), Failure> {
        let wanted = |_: &Chain| property::wanted_to_set(path);
        self.change(&format!("set {path}"), wanted, |merged| {
            let value = value.expose_str().unwrap_or_default();
            property::set(merged, path, value, raw_bytes).map_err(|error| refused(&error))?;
            Ok(format!("Property {} set.\n", quoted(path)).into())
        })
    }

    fn unset(&self, path: &str) -> Result<(), Failure> {
        let wanted = |_: &Chain| property::wanted(path);
        self.change(&format!("unset {path}"), wanted, |merged| {
            property::unset(merged, path).map_err(|error| refused(&error))?;
            Ok(format!("Property {} unset.\n", quoted(path)).into())
        })
    }

    fn set_context(&self, wanted: &SetContext) -> Result<(), Failure> {
        let name = wanted.name.as_deref().unwrap_or("--current");
        let entry = |chain: &Chain| {
            let name = wanted.name.as_deref();
            Wanted::entry(
                List::Contexts,
                name.unwrap_or_else(|| chain.current_context()),
            )
        };
        self.change(&format!("set-context {name}"), entry, |merged| {
            let (name, existed) = contexts::set(merged, wanted)?;
            let what = if existed { "modified" } else { "created" };
            Ok(format!("Context {} {what}.\n", quoted(&name)).into())
        })
    }

    fn rename(&self, list: List, wanted: &Rename) -> Result<(), Failure> {
        let Rename { from, to } = wanted;
        let kind = list.entry();
        let file = self.default_file();
        let entries = |chain: &Chain| {
            let referring = referring(chain, list, from);
            let own = [from, to].map(|name| (list, name.clone()));
            Wanted::entries(own.into_iter().chain(referring))
        };
        self.change(&format!("rename-{kind} {from} {to}"), entries, |merged| {
            contexts::rename(merged, list, wanted, &file)?;
            let [first, rest @ ..] = kind.as_bytes() else {
                return Ok(Said::default());
            };
            let kind = format!(
                "{}{}",
                char::from(first.to_ascii_uppercase()),
                String::from_utf8_lossy(rest)
            );
            Ok(format!("{kind} {} renamed to {}.\n", quoted(from), quoted(to)).into())
        })
    }

    fn delete(&self, list: List, name: &str, along: bool) -> Result<(), Failure> {
        let file = self.default_file();
        let entries = |chain: &Chain| {
            let mut entries = vec![(list, name.to_owned())];
            let context = along.then(|| chain.contexts().get(name).copied()).flatten();
            if let Some(context) = context {
                for (list, name) in [
                    (List::Clusters, context.cluster),
                    (List::Users, context.user),
                ] {
                    entries.extend(referring(chain, list, name));
                    entries.push((list, name.to_owned()));
                }
            }
            Wanted::entries(entries)
        };
        self.change(&format!("delete-{} {name}", list.entry()), entries, |merged| {
            let deleted = contexts::delete(merged, list, name, along, &file)?;
            let mut said = Said::from(format!("deleted {} {name} from {file}\n", list.entry()));
            for (list, name) in &deleted.along {
                // Writing to a string cannot fail.
                let _ = writeln!(said.out, "deleted {} {name} from {file}", list.entry());
            }
            if deleted.current {
                "warning: this removed your active context, use \"kubectl config use-context\" to select a different one\n"
                    .clone_into(&mut said.warning);
            }
            Ok(said)
        })
    }

    fn set_cluster(&self, wanted: &SetCluster) -> Result<(), Failure> {
        let authority = material::read(
            self.environment,
            "certificate-authority",
            wanted.certificate_authority.as_deref(),
            wanted.embed_certs == Some(true),
        )?;
        let name = &wanted.name;
        let entry = |_: &Chain| Wanted::entry(List::Clusters, name);
        self.change(&format!("set-cluster {name}"), entry, |merged| {
            let entry = merged
                .clusters
                .entry(name.clone())
                .or_insert_with(|| Located::new(Cluster::default()));
            let before = entry.value.clone();
            clusters::set(&mut entry.value, wanted, authority.as_ref());
            // Paths are tidied with another change, not for their own sake.
            if entry.value != before {
                let folder = self.folder_of(entry.file.as_deref());
                relative::cluster(&folder, &mut entry.value);
            }
            Ok(format!("Cluster {} set.\n", quoted(name)).into())
        })
    }

    fn set_credentials(&self, wanted: &SetCredentials) -> Result<(), Failure> {
        let embed = wanted.embed_certs == Some(true);
        let read = |flag, value: &Option<std::ffi::OsString>| {
            material::read(self.environment, flag, value.as_deref(), embed)
        };
        let certificate = read("client-certificate", &wanted.client_certificate)?;
        let key = read("client-key", &wanted.client_key)?;
        let name = &wanted.name;
        let entry = |_: &Chain| Wanted::entry(List::Users, name);
        self.change(&format!("set-credentials {name}"), entry, |merged| {
            let entry = merged
                .users
                .entry(name.clone())
                .or_insert_with(|| Located::new(User::default()));
            let before = entry.value.clone();
            credentials::set(&mut entry.value, wanted, certificate.as_ref(), key.as_ref());
            if entry.value != before {
                let folder = self.folder_of(entry.file.as_deref());
                relative::user(&folder, &mut entry.value);
            }
            Ok(format!("User {} set.\n", quoted(name)).into())
        })
    }

    /// Changes the files, then says so.
    fn change(
        &self,
        summary: &str,
        wanted: impl Fn(&Chain) -> Wanted,
        change: impl Fn(&mut Merged) -> Result<Said, Refusal>,
    ) -> Result<(), Failure> {
        if self.files.paths.is_empty() {
            return Err(Refusal::new("KUBECONFIG names no file").into());
        }
        if !self.files.explicit {
            // What waits in sessions was written before.
            commands::session::sweep();
        }
        let summary = format!("config {}", output::plain(summary));
        let store = self.environment.store()?;
        let is_lost = !self.files.explicit && session::is_lost(&self.files.paths);
        let change = |merged: &mut Merged| {
            let before = Guarded::of(merged);
            let said = change(merged)?;
            before.allows(merged, is_lost)?;
            Ok(said)
        };
        let modified = modify::modify(&store, &self.files, &summary, wanted, change)?;
        say(&modified.value.out)?;
        output::warn(&modified.value.warning);
        Ok(())
    }

    /// The file that kubectl's messages name, changed or not.
    fn default_file(&self) -> String {
        self.files.destination().display().to_string()
    }

    /// The folder of a kubeconfig, absolute.
    fn folder_of(&self, file: Option<&Path>) -> PathBuf {
        let file = file.unwrap_or_else(|| self.files.destination());
        working_folder().join(file.parent().unwrap_or(Path::new("")))
    }
}

/// The contexts that refer to a cluster or user.
fn referring(chain: &Chain, list: List, name: &str) -> Vec<(List, String)> {
    chain
        .referring(list, name)
        .into_iter()
        .map(|name| (List::Contexts, name.to_owned()))
        .collect()
}

fn refused(error: &property::PropertyError) -> Refusal {
    Refusal::new(error.to_string())
}

/// Where relative paths begin; without one they begin at the root.
fn working_folder() -> PathBuf {
    std::env::current_dir().unwrap_or_default()
}

fn say(text: &str) -> Result<(), Failure> {
    output::print(&output::shown(text, &std::io::stdout())).map_err(Failure::from)
}
