//! The help, in kubectl's layout.

use std::fmt::Write as _;

use super::flags::Flag;
use super::globals::GLOBAL_FLAGS;
use super::subcommand::Subcommand;

/// What the help says of a subcommand beside its flags.
struct Words {
    /// One line, without a full stop.
    about: &'static str,
    /// More about it; may be empty.
    more: &'static str,
    /// What an example does, and its arguments.
    examples: &'static [(&'static str, &'static str)],
    /// What follows its name.
    usage: &'static str,
}

fn words(of: Subcommand) -> Words {
    match of {
        Subcommand::CurrentContext => Words {
            about: "Display the current context",
            more: "",
            examples: &[("Display the current context", "")],
            usage: "",
        },
        Subcommand::DeleteCluster => Words {
            about: "Delete a cluster from the kubeconfig",
            more: "Contexts that use it stay as they are.",
            examples: &[("Delete the cluster microk8s", "microk8s")],
            usage: "NAME",
        },
        Subcommand::DeleteContext => Words {
            about: "Delete a context from the kubeconfig",
            more: "Its cluster and its user stay, unless --with-cluster-and-user is given.",
            examples: &[
                ("Delete the context microk8s", "microk8s"),
                (
                    "Delete it together with its cluster and its user",
                    "microk8s --with-cluster-and-user",
                ),
            ],
            usage: "NAME [--with-cluster-and-user]",
        },
        Subcommand::DeleteUser => Words {
            about: "Delete a user from the kubeconfig",
            more: "Contexts that use it stay as they are.",
            examples: &[("Delete the user admin", "admin")],
            usage: "NAME",
        },
        Subcommand::GetClusters => Words {
            about: "Display the clusters of the kubeconfig",
            more: "",
            examples: &[("List the clusters", "")],
            usage: "",
        },
        Subcommand::GetContexts => Words {
            about: "Display one or many contexts of the kubeconfig",
            more: "",
            examples: &[
                ("List all contexts", ""),
                ("Show one context", "microk8s"),
                ("Print the names only, for a script", "-o name"),
                ("Print all contexts as JSON", "-o json"),
            ],
            usage: "[NAME...] [(-o|--output=)name|json|yaml] [--no-headers]",
        },
        Subcommand::GetUsers => Words {
            about: "Display the users of the kubeconfig",
            more: "",
            examples: &[("List the users", "")],
            usage: "",
        },
        Subcommand::RenameCluster => Words {
            about: "Rename a cluster of the kubeconfig",
            more: "Contexts that use it follow.",
            examples: &[(
                "Give the cluster of a new VM a name of its own",
                "microk8s-cluster dev",
            )],
            usage: "NAME NEW_NAME",
        },
        Subcommand::RenameContext => Words {
            about: "Rename a context of the kubeconfig",
            more: "If it is the current one, it stays the current one.",
            examples: &[("Rename the context microk8s to dev", "microk8s dev")],
            usage: "NAME NEW_NAME",
        },
        Subcommand::RenameUser => Words {
            about: "Rename a user of the kubeconfig",
            more: "Contexts that use it follow.",
            examples: &[("Rename the user admin to dev-admin", "admin dev-admin")],
            usage: "NAME NEW_NAME",
        },
        Subcommand::Set => Words {
            about: "Set a single value in the kubeconfig",
            more: "PROPERTY_NAME is a path of names with dots between them: fields, and names of entries. \
                   Binary fields such as certificate-authority-data take base64, unless --set-raw-bytes is given.",
            examples: &[
                (
                    "Point the cluster microk8s at a VM's name",
                    "clusters.microk8s.server https://microk8s-vm.mshome.net:16443",
                ),
                (
                    "Let the context microk8s use the user admin",
                    "contexts.microk8s.user admin",
                ),
            ],
            usage: "PROPERTY_NAME PROPERTY_VALUE",
        },
        Subcommand::SetCluster => Words {
            about: "Create a cluster in the kubeconfig, or change one",
            more: "Fields that no flag names stay as they are.",
            examples: &[
                (
                    "Point the cluster microk8s at a VM's name",
                    "microk8s --server=https://microk8s-vm.mshome.net:16443",
                ),
                (
                    "Keep the CA certificate inside the kubeconfig",
                    "microk8s --embed-certs --certificate-authority=~/.kube/microk8s.ca.crt",
                ),
                (
                    "Say which name the server's certificate carries",
                    "microk8s --tls-server-name=kubernetes.default.svc",
                ),
                (
                    "Go through a proxy",
                    "microk8s --proxy-url=socks5://localhost:1080",
                ),
            ],
            usage: "NAME [--server=URL] [--certificate-authority=PATH] [--embed-certs] [--tls-server-name=NAME] [--insecure-skip-tls-verify] [--proxy-url=URL]",
        },
        Subcommand::SetContext => Words {
            about: "Create a context in the kubeconfig, or change one",
            more: "Fields that no flag names stay as they are.",
            examples: &[
                (
                    "Work in the namespace team-a from now on",
                    "--current --namespace=team-a",
                ),
                (
                    "Put a cluster and a user together",
                    "dev --cluster=microk8s --user=admin",
                ),
            ],
            usage: "[NAME | --current] [--cluster=CLUSTER] [--user=USER] [--namespace=NAMESPACE]",
        },
        Subcommand::SetCredentials => Words {
            about: "Create a user in the kubeconfig, or change one",
            more: "Fields that no flag names stay as they are. A token and a user name with password exclude each other.",
            examples: &[
                (
                    "Keep a client certificate and its key inside the kubeconfig",
                    "admin --embed-certs --client-certificate=~/.kube/admin.crt --client-key=~/.kube/admin.key",
                ),
                ("Use a bearer token", "admin --token=\"$TOKEN\""),
                (
                    "Use a credential plugin",
                    "admin --exec-command=kubelogin --exec-api-version=client.authentication.k8s.io/v1 --exec-interactive-mode=IfAvailable",
                ),
                (
                    "Set one of its environment variables and remove another",
                    "admin --exec-env=PROFILE=dev --exec-env=DEBUG-",
                ),
            ],
            usage: "NAME [--client-certificate=PATH] [--client-key=PATH] [--embed-certs] [--token=TOKEN] [--username=NAME] [--password=PASSWORD] [--auth-provider=NAME] [--auth-provider-arg=NAME=VALUE] [--exec-command=PROGRAM] [--exec-api-version=VERSION] [--exec-arg=ARGUMENT] [--exec-env=NAME=VALUE]",
        },
        Subcommand::Unset => Words {
            about: "Remove a single value from the kubeconfig",
            more: "PROPERTY_NAME is a path of names with dots between them: fields, and names of entries.",
            examples: &[
                ("Have no current context", "current-context"),
                (
                    "Forget the namespace of the context dev",
                    "contexts.dev.namespace",
                ),
            ],
            usage: "PROPERTY_NAME",
        },
        Subcommand::UseContext => Words {
            about: "Make a context the current one",
            more: "",
            examples: &[("Use the context microk8s", "microk8s")],
            usage: "NAME",
        },
        Subcommand::View => Words {
            about: "Display the merged kubeconfig, or one file",
            more: "Secrets are left out unless --raw or --flatten is given.",
            examples: &[
                ("Show the merged kubeconfig", ""),
                (
                    "Put all that the current context needs into one file, secrets included",
                    "--minify --flatten",
                ),
                (
                    "Get the server of the current context",
                    "--minify -o jsonpath='{.clusters[0].cluster.server}'",
                ),
            ],
            usage: "",
        },
    }
}

const ABOUT: &str = "\
View and change kubeconfig files, as `kubectl config` does.

 Which files:

  1.  With --kubeconfig, that file only.
  2.  With the environment variable KUBECONFIG, the files it lists, merged. What exists is changed in the file that \
holds it; what is new goes to the first file that exists, or to the last of the list.
  3.  Otherwise ~/.kube/config.
";

const GLOBAL: &str = "\
All global flags of kubectl are taken; the others than --kubeconfig and --context change nothing.
";

/// The help of a subcommand, or of `config` itself.
pub(super) fn text(of: Option<Subcommand>) -> String {
    let Some(subcommand) = of else {
        return overview();
    };
    let words = words(subcommand);
    let name = subcommand.name();
    let mut out = format!("{}.\n", words.about);
    if !words.more.is_empty() {
        push(&mut out, format_args!("\n {}\n", words.more));
    }
    if let Some(alias) = subcommand.alias() {
        push(&mut out, format_args!("\nAliases:\n{name}, {alias}\n"));
    }
    out.push_str("\nExamples:\n");
    for (at, (what, arguments)) in words.examples.iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let line = format!("bowline config {name} {arguments}");
        push(
            &mut out,
            format_args!("  # {what}\n  {}\n", line.trim_end()),
        );
    }
    let own = subcommand.own_flags();
    if !own.is_empty() {
        out.push_str("\nOptions:\n");
        options(&mut out, own);
    }
    let usage = match (words.usage, own.is_empty()) {
        ("", true) => "",
        ("", false) => " [options]",
        (usage, _) => &format!(" {usage}"),
    };
    push(
        &mut out,
        format_args!("\nUsage:\n  bowline config {name}{usage}\n\n{GLOBAL}"),
    );
    out
}

fn overview() -> String {
    let mut out = format!("{ABOUT}\nAvailable Commands:\n");
    for subcommand in Subcommand::ALL {
        let about = words(subcommand).about;
        push(
            &mut out,
            format_args!("  {:<17} {about}\n", subcommand.name()),
        );
    }
    out.push_str("\nOptions:\n");
    let used: Vec<_> = GLOBAL_FLAGS
        .iter()
        .filter(|flag| ["context", "kubeconfig"].contains(&flag.name))
        .copied()
        .collect();
    options(&mut out, &used);
    push(
        &mut out,
        format_args!(
            "\nUsage:\n  bowline config SUBCOMMAND [options]\n\n\
             Use \"bowline config <command> --help\" for more about a command.\n{GLOBAL}"
        ),
    );
    out
}

fn options(out: &mut String, flags: &[Flag]) {
    for (at, flag) in flags.iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        push(
            out,
            format_args!("    {}={}:\n\t{}\n", flag.shown(), flag.default, flag.about),
        );
    }
}

/// Writing to a string does not fail.
fn push(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(arguments);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_layout_of_kubectl() {
        insta::assert_snapshot!(text(Some(Subcommand::SetContext)), @r#"
        Create a context in the kubeconfig, or change one.

         Fields that no flag names stay as they are.

        Examples:
          # Work in the namespace team-a from now on
          bowline config set-context --current --namespace=team-a

          # Put a cluster and a user together
          bowline config set-context dev --cluster=microk8s --user=admin

        Options:
            --cluster='':
        	Name of the cluster entry

            --current=false:
        	Change the current context

            -n, --namespace='':
        	Namespace to work in

            --user='':
        	Name of the user entry

        Usage:
          bowline config set-context [NAME | --current] [--cluster=CLUSTER] [--user=USER] [--namespace=NAMESPACE]

        All global flags of kubectl are taken; the others than --kubeconfig and --context change nothing.
        "#);
        insta::assert_snapshot!(text(Some(Subcommand::UseContext)), @r#"
        Make a context the current one.

        Aliases:
        use-context, use

        Examples:
          # Use the context microk8s
          bowline config use-context microk8s

        Usage:
          bowline config use-context NAME

        All global flags of kubectl are taken; the others than --kubeconfig and --context change nothing.
        "#);
        insta::assert_snapshot!(text(None), @r#"
        View and change kubeconfig files, as `kubectl config` does.

         Which files:

          1.  With --kubeconfig, that file only.
          2.  With the environment variable KUBECONFIG, the files it lists, merged. What exists is changed in the file that holds it; what is new goes to the first file that exists, or to the last of the list.
          3.  Otherwise ~/.kube/config.

        Available Commands:
          current-context   Display the current context
          delete-cluster    Delete a cluster from the kubeconfig
          delete-context    Delete a context from the kubeconfig
          delete-user       Delete a user from the kubeconfig
          get-clusters      Display the clusters of the kubeconfig
          get-contexts      Display one or many contexts of the kubeconfig
          get-users         Display the users of the kubeconfig
          rename-cluster    Rename a cluster of the kubeconfig
          rename-context    Rename a context of the kubeconfig
          rename-user       Rename a user of the kubeconfig
          set               Set a single value in the kubeconfig
          set-cluster       Create a cluster in the kubeconfig, or change one
          set-context       Create a context in the kubeconfig, or change one
          set-credentials   Create a user in the kubeconfig, or change one
          unset             Remove a single value from the kubeconfig
          use-context       Make a context the current one
          view              Display the merged kubeconfig, or one file

        Options:
            --context='':
        	The context that view --minify keeps, instead of the current one

            --kubeconfig='':
        	The one file to work on, instead of KUBECONFIG or ~/.kube/config

        Usage:
          bowline config SUBCOMMAND [options]

        Use "bowline config <command> --help" for more about a command.
        All global flags of kubectl are taken; the others than --kubeconfig and --context change nothing.
        "#);
    }

    #[test]
    fn every_example_is_a_command_of_its_subcommand() {
        for of in Subcommand::ALL {
            for (what, line) in words(of).examples {
                let line = line.replace(['"', '\''], "");
                let arguments: Vec<_> = std::iter::once(of.name())
                    .chain(line.split_whitespace())
                    .map(std::ffi::OsString::from)
                    .collect();
                let parsed = super::super::parse::parse(&arguments);
                assert!(parsed.is_ok(), "{}: {what}: {parsed:?}", of.name());
            }
        }
    }
}
