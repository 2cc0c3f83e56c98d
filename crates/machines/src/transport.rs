//! The command line that leads to a machine.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::error::MachineError;
use crate::machine::Privilege;
use crate::machine::Programs;
use crate::place::Place;
use crate::script::Script;

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommandLine {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
}

/// How long ssh may take for a connection; the rest of the patience is for the script.
const SSH_CONNECT: &str = "ConnectTimeout=10";

impl CommandLine {
    /// The command line that runs a script at a place; `None` for a folder, which runs nothing.
    pub(crate) fn new(
        place: &Place,
        programs: &Programs,
        privilege: Privilege,
        interactive: bool,
        script: Script,
    ) -> Result<Self, MachineError> {
        let program = |program: &Option<PathBuf>, name, remedy| {
            program.clone().ok_or(MachineError::NoProgram {
                place: place.clone(),
                name,
                remedy,
            })
        };
        let sudo = privilege == Privilege::Sudo;
        let text = script.text();
        let (program, words): (PathBuf, Vec<&str>) = match place {
            Place::Folder(_) => {
                return Err(MachineError::RunsNothing {
                    place: place.clone(),
                });
            }
            Place::Local if sudo => (
                program(&programs.sudo, "sudo", "run this as root")?,
                vec!["-n", "--", "sh", "-c", text],
            ),
            Place::Local => (
                program(&programs.sh, "sh", "a POSIX shell is needed")?,
                vec!["-c", text],
            ),
            Place::Ssh { destination, port } => {
                let program = program(&programs.ssh, "ssh", "install an OpenSSH client")?;
                return Ok(ssh(program, destination, *port, sudo, interactive, script));
            }
            Place::Multipass(name) => (
                program(&programs.multipass, "multipass", "install Multipass")?,
                vec!["exec", name, "--", "sudo", "sh", "-c", text],
            ),
            Place::Lxd(name) => (
                program(&programs.lxc, "lxc", "install LXD")?,
                vec!["exec", name, "--", "sh", "-c", text],
            ),
            Place::Incus(name) => (
                program(&programs.incus, "incus", "install Incus")?,
                vec!["exec", name, "--", "sh", "-c", text],
            ),
            Place::Wsl(distro) => (
                program(&programs.wsl, "wsl.exe", "install WSL")?,
                vec!["-d", distro, "-u", "root", "--exec", "sh", "-c", text],
            ),
        };
        Ok(Self {
            program,
            arguments: words.into_iter().map(OsString::from).collect(),
        })
    }
}

/// Host keys are always checked, whatever the user's configuration says: an unknown one is refused, since
/// what is fetched may be an administrator's credential. Nothing is forwarded.
fn ssh(
    program: PathBuf,
    destination: &str,
    port: Option<u16>,
    sudo: bool,
    interactive: bool,
    script: Script,
) -> CommandLine {
    let batch = if interactive {
        "BatchMode=no"
    } else {
        "BatchMode=yes"
    };
    let mut arguments: Vec<OsString> = vec!["-T".into()];
    for option in [
        batch,
        "StrictHostKeyChecking=yes",
        SSH_CONNECT,
        "ClearAllForwardings=yes",
        "ForwardAgent=no",
        "ForwardX11=no",
        "PermitLocalCommand=no",
        "LogLevel=ERROR",
    ] {
        arguments.extend(["-o".into(), option.into()]);
    }
    if let Some(port) = port {
        arguments.extend(["-p".into(), port.to_string().into()]);
    }
    let command = if sudo {
        format!("sudo -n -- {}", script.quoted())
    } else {
        script.quoted()
    };
    arguments.extend(["--".into(), destination.into(), command.into()]);
    CommandLine { program, arguments }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: Script = Script::new("test", "echo \"$HOME\"");

    fn line(place: &Place, privilege: Privilege) -> String {
        let some = |name: &str| Some(PathBuf::from(name));
        let programs = Programs {
            ssh: some("ssh"),
            multipass: some("multipass"),
            lxc: some("lxc"),
            incus: some("incus"),
            wsl: some("wsl.exe"),
            sh: some("sh"),
            sudo: some("sudo"),
        };
        let line = CommandLine::new(place, &programs, privilege, false, SCRIPT).unwrap();
        let words = line.arguments.iter().map(|word| word.to_str().unwrap());
        let words: Vec<&str> = std::iter::once(line.program.to_str().unwrap())
            .chain(words)
            .collect();
        words.join(" | ")
    }

    #[test]
    fn every_place_has_its_command_line() {
        let name = || "dev".to_owned();
        let ssh = Place::Ssh {
            destination: "me@lab".to_owned(),
            port: Some(2222),
        };
        let lines = [
            line(&Place::Local, Privilege::AsIs),
            line(&Place::Local, Privilege::Sudo),
            line(&Place::Multipass(name()), Privilege::AsIs),
            line(&Place::Lxd(name()), Privilege::Sudo),
            line(&Place::Incus(name()), Privilege::AsIs),
            line(&Place::Wsl("My Distro".to_owned()), Privilege::AsIs),
        ];
        assert_eq!(
            lines,
            [
                "sh | -c | echo \"$HOME\"",
                "sudo | -n | -- | sh | -c | echo \"$HOME\"",
                "multipass | exec | dev | -- | sudo | sh | -c | echo \"$HOME\"",
                "lxc | exec | dev | -- | sh | -c | echo \"$HOME\"",
                "incus | exec | dev | -- | sh | -c | echo \"$HOME\"",
                "wsl.exe | -d | My Distro | -u | root | --exec | sh | -c | echo \"$HOME\"",
            ]
        );
        assert!(line(&ssh, Privilege::AsIs).ends_with(
            "| -o | StrictHostKeyChecking=yes | -o | ConnectTimeout=10 | -o | ClearAllForwardings=yes | \
             -o | ForwardAgent=no | -o | ForwardX11=no | -o | PermitLocalCommand=no | -o | LogLevel=ERROR | \
             -p | 2222 | -- | me@lab | sh -c 'echo \"$HOME\"'"
        ));
        assert!(line(&ssh, Privilege::Sudo).ends_with("| sudo -n -- sh -c 'echo \"$HOME\"'"));
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = CommandLine::new(
            &Place::Multipass("dev".to_owned()),
            &Programs::default(),
            Privilege::AsIs,
            false,
            SCRIPT,
        )
        .unwrap_err();
        assert!(error.to_string().contains("multipass"), "{error}");
    }
}
