//! How arguments become a command.

use std::ffi::OsString;

use gotext::quoted;
use kubeconfig::Secret;

use super::command::Command;
use super::command::ContextsOutput;
use super::command::GetContexts;
use super::command::InteractiveMode;
use super::command::Rename;
use super::command::SetCluster;
use super::command::SetContext;
use super::command::SetCredentials;
use super::command::View;
use super::flags::Parsed;
use super::globals::Globals;
use super::pairs::Pairs;
use super::subcommand::Subcommand;
use super::subcommand::find;
use super::subcommand::flags_of;
use super::usage::Usage;

/// What the arguments after `config` ask for.
///
/// # Errors
/// They ask for nothing that can be done; what to print then.
pub(crate) fn parse(arguments: &[OsString]) -> Result<(Command, Globals), Usage> {
    let (subcommand, rest) = find(arguments);
    let flags = flags_of(subcommand);
    let parsed = flags
        .parse(&rest)
        .map_err(|message| Usage::flag(subcommand, &message))?;
    if parsed.help() {
        return Ok((Command::Help { of: subcommand }, Globals::default()));
    }
    let globals = Globals::read(flags, &parsed).map_err(|message| Usage::error(&message))?;
    let words = parsed
        .arguments
        .iter()
        .map(|word| word.to_str().map(str::to_owned))
        .collect::<Option<Vec<String>>>()
        .ok_or_else(|| Usage::error("the arguments are not valid Unicode"))?;
    let Some(subcommand) = subcommand else {
        if words.is_empty() {
            return Err(Usage::bare());
        }
        let message = format!("unknown command {}", quoted(&words.join(" ")));
        return Err(Usage::argument(None, &message));
    };
    let arguments = Arguments {
        of: subcommand,
        words,
        parsed,
    };
    Ok((arguments.command()?, globals))
}

/// A subcommand's arguments, taken apart.
struct Arguments {
    of: Subcommand,
    words: Vec<String>,
    parsed: Parsed,
}

impl Arguments {
    fn command(self) -> Result<Command, Usage> {
        Ok(match self.of {
            // What follows these is ignored, as by kubectl.
            Subcommand::CurrentContext => Command::CurrentContext,
            Subcommand::GetClusters => Command::GetClusters,
            Subcommand::GetUsers => Command::GetUsers,
            Subcommand::DeleteCluster => Command::DeleteCluster { name: self.name()? },
            Subcommand::DeleteContext => Command::DeleteContext {
                name: self.name()?,
                with_cluster_and_user: self.is_set("with-cluster-and-user"),
            },
            Subcommand::DeleteUser => {
                let [name] = self
                    .exactly()
                    .map_err(|_| Usage::argument(Some(self.of), "user to delete is required"))?;
                Command::DeleteUser { name }
            }
            Subcommand::GetContexts => Command::GetContexts(self.get_contexts()?),
            Subcommand::RenameCluster => Command::RenameCluster(self.rename("cluster")?),
            Subcommand::RenameContext => Command::RenameContext(self.rename("context")?),
            Subcommand::RenameUser => Command::RenameUser(self.rename("user")?),
            Subcommand::Set => {
                let [path, value] = self.exactly()?;
                if value.is_empty() {
                    return Err(Usage::error("you cannot use set to unset a property"));
                }
                Command::Set {
                    path: property(path)?,
                    value: value.into(),
                    raw_bytes: self.is_set("set-raw-bytes"),
                }
            }
            Subcommand::SetCluster => Command::SetCluster(self.set_cluster()?),
            Subcommand::SetContext => Command::SetContext(self.set_context()?),
            Subcommand::SetCredentials => {
                Command::SetCredentials(Box::new(self.set_credentials()?))
            }
            Subcommand::Unset => {
                let [path] = self.exactly()?;
                Command::Unset {
                    path: property(path)?,
                }
            }
            Subcommand::UseContext => Command::UseContext { name: self.name()? },
            Subcommand::View => Command::View(self.view()?),
        })
    }

    fn get_contexts(&self) -> Result<GetContexts, Usage> {
        let output = match self.text("output")?.as_deref() {
            None | Some("") => ContextsOutput::Table,
            Some("name") => ContextsOutput::Name,
            Some("json") => ContextsOutput::Json,
            Some("yaml") => ContextsOutput::Yaml,
            Some(other) => {
                return Err(Usage::error(&format!(
                    "--output {other} is not available in kubectl config get-contexts; resetting to default output format"
                )));
            }
        };
        Ok(GetContexts {
            names: self.words.clone(),
            output,
            no_headers: self.is_set("no-headers"),
        })
    }

    fn rename(&self, kind: &str) -> Result<Rename, Usage> {
        let [from, to] = self.exactly()?;
        if to.is_empty() {
            let message = format!("You must specify a new non-empty {kind} name");
            return Err(Usage::error(&message));
        }
        Ok(Rename { from, to })
    }

    /// kubectl `cmd/config/set_cluster.go`, `validate`.
    fn set_cluster(&self) -> Result<SetCluster, Usage> {
        let name = self.name()?;
        let certificate_authority = self.parsed.path("certificate-authority");
        let has_authority = certificate_authority
            .as_ref()
            .is_some_and(|path| !path.is_empty());
        if name.is_empty() {
            return Err(Usage::error("you must specify a non-empty cluster name"));
        }
        if self.is_set("insecure-skip-tls-verify") && has_authority {
            return Err(Usage::error(
                "you cannot specify a certificate authority and insecure mode at the same time",
            ));
        }
        if self.is_set("embed-certs") && !has_authority {
            return Err(Usage::error(
                "you must specify a --certificate-authority to embed",
            ));
        }
        Ok(SetCluster {
            name,
            server: self.text("server")?,
            tls_server_name: self.text("tls-server-name")?,
            insecure_skip_tls_verify: self.parsed.bool("insecure-skip-tls-verify"),
            certificate_authority,
            embed_certs: self.parsed.bool("embed-certs"),
            proxy_url: self.text("proxy-url")?,
        })
    }

    /// kubectl `cmd/config/set_context.go`, `complete` and `validate`.
    fn set_context(&self) -> Result<SetContext, Usage> {
        let name = match self.words.as_slice() {
            [] => None,
            [name] => Some(name.clone()).filter(|name| !name.is_empty()),
            _ => return Err(self.unexpected()),
        };
        let current = self.is_set("current");
        match (&name, current) {
            (None, false) => {
                return Err(Usage::error(
                    "you must specify a non-empty context name or --current",
                ));
            }
            (Some(_), true) => {
                return Err(Usage::error(
                    "you cannot specify both a context name and --current",
                ));
            }
            (None, true) | (Some(_), false) => {}
        }
        Ok(SetContext {
            name,
            current,
            cluster: self.text("cluster")?,
            user: self.text("user")?,
            namespace: self.text("namespace")?,
        })
    }

    /// kubectl `cmd/config/set_credentials.go`, `complete` and `validate`.
    fn set_credentials(&self) -> Result<SetCredentials, Usage> {
        let name = self.name()?;
        let pairs = |flag| {
            Pairs::read(&self.parsed.texts(flag), flag)
                .map_err(|message| Usage::with_help(self.of, &message))
        };
        let auth_provider_args = pairs("auth-provider-arg")?;
        let exec_env = pairs("exec-env")?;
        if name.is_empty() {
            return Err(Usage::error("you must specify a non-empty user name"));
        }
        let given = |flag| {
            self.parsed
                .path(flag)
                .is_some_and(|value| !value.is_empty())
        };
        if given("token") && (given("username") || given("password")) {
            return Err(Usage::error(
                "you cannot specify more than one authentication method at the same time: --token, --username/--password",
            ));
        }
        if self.is_set("embed-certs") && !given("client-certificate") && !given("client-key") {
            return Err(Usage::error(
                "you must specify a --client-certificate or --client-key to embed",
            ));
        }
        let exec_interactive_mode = match self.text("exec-interactive-mode")? {
            None => None,
            Some(text) => {
                let mode = InteractiveMode::ALL
                    .into_iter()
                    .find(|mode| mode.name() == text);
                Some(mode.ok_or_else(|| {
                    Usage::error(
                        "invalid interactive mode type, can be only IfAvailable, Never, Always",
                    )
                })?)
            }
        };
        let exec_args = self.parsed.texts("exec-arg");
        Ok(SetCredentials {
            name,
            client_certificate: self.parsed.path("client-certificate"),
            client_key: self.parsed.path("client-key"),
            embed_certs: self.parsed.bool("embed-certs"),
            token: self.text("token")?.map(Secret::from),
            username: self.text("username")?,
            password: self.text("password")?.map(Secret::from),
            auth_provider: self.text("auth-provider")?,
            auth_provider_args,
            exec_command: self.text("exec-command")?,
            exec_api_version: self.text("exec-api-version")?,
            exec_args: exec_args.into_iter().map(Secret::from).collect(),
            exec_env,
            exec_interactive_mode,
            exec_provide_cluster_info: self.parsed.bool("exec-provide-cluster-info"),
        })
    }

    fn view(&self) -> Result<View, Usage> {
        if !self.words.is_empty() {
            let message = format!("unexpected arguments: [{}]", self.words.join(" "));
            return Err(Usage::argument(Some(self.of), &message));
        }
        let keys = self.parsed.bool("allow-missing-template-keys");
        Ok(View {
            raw: self.is_set("raw"),
            flatten: self.is_set("flatten"),
            minify: self.is_set("minify"),
            merge: self.parsed.bool("merge"),
            output: self.text("output")?,
            template: self.text("template")?,
            allow_missing_template_keys: keys.unwrap_or(true),
        })
    }

    /// The one argument.
    fn name(&self) -> Result<String, Usage> {
        let [name] = self.exactly()?;
        Ok(name)
    }

    fn exactly<const N: usize>(&self) -> Result<[String; N], Usage> {
        self.words.clone().try_into().map_err(|_| self.unexpected())
    }

    /// The arguments for a message: what would have become a secret is not told.
    fn shown_words(&self) -> Vec<String> {
        const SECRETS: [&str; 3] = ["token", "password", "client-key-data"];
        let (path, attached) = match self.words.first().map(|word| word.split_once('=')) {
            Some(Some((path, _))) => (path, true),
            Some(None) => (self.words.first().map_or("", String::as_str), false),
            None => return Vec::new(),
        };
        let field = path.rsplit('.').next().unwrap_or_default();
        if self.of != Subcommand::Set || !SECRETS.contains(&field) {
            return self.words.clone();
        }
        let first = if attached {
            format!("{path}=REDACTED")
        } else {
            path.to_owned()
        };
        let rest = self.words.iter().skip(1).map(|_| "REDACTED".to_owned());
        std::iter::once(first).chain(rest).collect()
    }

    fn unexpected(&self) -> Usage {
        let unexpected = match self.of {
            Subcommand::SetCredentials => "unexpected",
            _ => "Unexpected",
        };
        let message = format!("{unexpected} args: [{}]", self.shown_words().join(" "));
        Usage::with_help(self.of, &message)
    }

    /// Whether a flag is given and true.
    fn is_set(&self, flag: &str) -> bool {
        self.parsed.bool(flag).unwrap_or_default()
    }

    fn text(&self, flag: &str) -> Result<Option<String>, Usage> {
        self.parsed
            .text(flag)
            .map_err(|message| Usage::error(&message))
    }
}

fn property(path: String) -> Result<String, Usage> {
    if path.is_empty() {
        return Err(Usage::error("you must specify a property"));
    }
    Ok(path)
}

#[cfg(test)]
mod tests;
