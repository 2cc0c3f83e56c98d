//! The command line that leads to a machine: pure.

use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::MachineError;
use crate::machine::Privilege;
use crate::machine::Programs;
use crate::place::Place;
use crate::script::Script;

/// A program and its arguments.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CommandLine<'a> {
    pub(crate) program: &'a Path,
    /// What it is called in messages.
    pub(crate) name: &'static str,
    pub(crate) arguments: Vec<OsString>,
}

/// What runs a script at a place; `None` for a folder, which runs nothing.
pub(crate) fn script<'a>(
    place: &Place,
    programs: &'a Programs,
    script: Script,
    privilege: Privilege,
    interactive: bool,
) -> Result<Option<CommandLine<'a>>, MachineError> {
    let text = script.text();
    let sudo = privilege == Privilege::Sudo;
    let line = |name, program: &'a Option<PathBuf>, arguments| {
        command_line(place, name, program.as_deref(), arguments).map(Some)
    };
    match place {
        Place::Folder(_) => Ok(None),
        Place::Local if sudo => {
            let mut arguments = vec![];
            if !interactive {
                arguments.push("-n".to_owned());
            }
            arguments.extend(["--", "sh", "-c", text].map(str::to_owned));
            line("sudo", &programs.sudo, arguments)
        }
        Place::Local => line("sh", &programs.sh, strings(&["-c", text])),
        Place::Ssh { destination, port } => {
            let mut arguments = strings(&["-T"]);
            if !interactive {
                arguments.extend(strings(&["-o", "BatchMode=yes"]));
            }
            for option in [
                "StrictHostKeyChecking=yes",
                "ConnectTimeout=10",
                "ClearAllForwardings=yes",
            ] {
                arguments.extend(strings(&["-o", option]));
            }
            if let Some(port) = port {
                arguments.extend(["-p".to_owned(), port.to_string()]);
            }
            let sudo = if sudo { "env LC_ALL=C sudo -n -- " } else { "" };
            arguments.extend([
                "--".to_owned(),
                destination.clone(),
                format!("{sudo}sh -c '{}'", wrapped(text)),
            ]);
            line("ssh", &programs.ssh, arguments)
        }
        Place::Multipass(name) => line(
            "multipass",
            &programs.multipass,
            strings(&["exec", name, "--", "sudo", "sh", "-c", text]),
        ),
        Place::Lxd(name) => line(
            "lxc",
            &programs.lxc,
            strings(&["exec", name, "--", "sh", "-c", text]),
        ),
        Place::Incus(name) => line(
            "incus",
            &programs.incus,
            strings(&["exec", name, "--", "sh", "-c", text]),
        ),
        Place::Wsl(name) => line(
            "wsl.exe",
            &programs.wsl,
            strings(&[
                "-d",
                name,
                "-u",
                "root",
                "--exec",
                "sh",
                "-c",
                &wrapped(text),
            ]),
        ),
    }
}

/// What asks a program about a place, without going there.
pub(crate) fn command_line<'a>(
    place: &Place,
    name: &'static str,
    program: Option<&'a Path>,
    arguments: Vec<String>,
) -> Result<CommandLine<'a>, MachineError> {
    place.check()?;
    let program = program.ok_or_else(|| MachineError::NoProgram {
        place: place.clone(),
        program: name,
    })?;
    Ok(CommandLine {
        program,
        name,
        arguments: arguments.into_iter().map(OsString::from).collect(),
    })
}

pub(crate) fn strings(arguments: &[&str]) -> Vec<String> {
    arguments
        .iter()
        .map(|&argument| argument.to_owned())
        .collect()
}

/// A script in one line without any quote, for those on the way that read quotes in their own manner: csh
/// allows no new line between quotes, and `wsl.exe` takes its command line apart itself. Empty `IFS` and
/// `set -f` keep the text that comes out of `$(…)` in one piece.
fn wrapped(text: &str) -> String {
    let whole = format!("unset IFS\nset +f\n{text}");
    format!(
        "set -f;IFS=;eval $(echo {}|base64 -d)",
        STANDARD.encode(whole)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const ECHO: Script = Script::new("test", "read -r a\necho \"<$a>\" *");

    fn programs() -> Programs {
        Programs {
            ssh: Some("/bin/ssh".into()),
            multipass: Some("/bin/multipass".into()),
            lxc: Some("/bin/lxc".into()),
            incus: None,
            wsl: Some("wsl.exe".into()),
            sh: Some("/bin/sh".into()),
            sudo: Some("/bin/sudo".into()),
        }
    }

    fn shown(place: &str, privilege: Privilege, interactive: bool) -> String {
        let programs = programs();
        let line = script(
            &place.parse().unwrap(),
            &programs,
            ECHO,
            privilege,
            interactive,
        )
        .unwrap()
        .unwrap();
        let arguments: Vec<_> = line
            .arguments
            .iter()
            .map(|a| a.to_str().unwrap().replace(ECHO.text(), "TEXT"))
            .map(|a| a.replace(&wrapped(ECHO.text()), "WRAPPED"))
            .collect();
        format!("{} {}", line.program.display(), arguments.join("|"))
    }

    #[test]
    fn every_place_has_its_command_line() {
        let rows = [
            ("local", Privilege::AsIs, "/bin/sh -c|TEXT"),
            ("local", Privilege::Sudo, "/bin/sudo -n|--|sh|-c|TEXT"),
            (
                "ssh:me@node:2222",
                Privilege::AsIs,
                "/bin/ssh -T|-o|BatchMode=yes|-o|StrictHostKeyChecking=yes|-o|ConnectTimeout=10|-o|\
                 ClearAllForwardings=yes|-p|2222|--|me@node|sh -c 'WRAPPED'",
            ),
            (
                "ssh:node",
                Privilege::Sudo,
                "/bin/ssh -T|-o|BatchMode=yes|-o|StrictHostKeyChecking=yes|-o|ConnectTimeout=10|-o|\
                 ClearAllForwardings=yes|--|node|env LC_ALL=C sudo -n -- sh -c 'WRAPPED'",
            ),
            (
                "multipass:vm",
                Privilege::AsIs,
                "/bin/multipass exec|vm|--|sudo|sh|-c|TEXT",
            ),
            (
                "lxd:far:vm",
                Privilege::Sudo,
                "/bin/lxc exec|far:vm|--|sh|-c|TEXT",
            ),
            (
                "wsl:My Ubuntu",
                Privilege::AsIs,
                "wsl.exe -d|My Ubuntu|-u|root|--exec|sh|-c|WRAPPED",
            ),
        ];
        for (place, privilege, expected) in rows {
            assert_eq!(shown(place, privilege, false), expected);
        }
        // Questions at the terminal: ssh asks for a password, but still for no host key.
        let asking = shown("ssh:node", Privilege::AsIs, true);
        assert!(!asking.contains("BatchMode") && asking.contains("StrictHostKeyChecking=yes"));
        assert_eq!(
            shown("local", Privilege::Sudo, true),
            "/bin/sudo --|sh|-c|TEXT"
        );
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = script(
            &Place::Incus("vm".into()),
            &programs(),
            ECHO,
            Privilege::AsIs,
            false,
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "incus:vm: there is no `incus` on this machine"
        );
    }

    #[test]
    fn a_place_put_together_by_hand_is_checked() {
        for place in [
            Place::Multipass("--all".into()),
            Place::Wsl("-e".into()),
            Place::Ssh {
                destination: "-oProxyCommand=id".into(),
                port: None,
            },
        ] {
            let error = script(&place, &programs(), ECHO, Privilege::AsIs, false).unwrap_err();
            assert!(matches!(error, MachineError::BadPlace(_)), "{error}");
        }
    }

    #[test]
    fn a_wrapped_script_needs_no_quoting() {
        let text = wrapped(ECHO.text());
        assert!(!text.contains(['\'', '"', '\\', '\n', '!', '*']), "{text}");
    }
}
