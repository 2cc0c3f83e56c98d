//! A real sshd on loopback, and the real ssh.

use std::fs;
use std::net::TcpListener;

use machines::Machine;
use machines::MachineError;
use machines::Privilege;
use machines::Programs;
use machines::Script;
use zeroize::Zeroizing;

use crate::support::PATIENCE;
use crate::support::mode;
use crate::support::shown;
use crate::support::skip;
use crate::support::sshd;
use crate::support::sshd::Options;
use crate::support::sshd::Sshd;

const ECHO: Script = Script::new("echo", "read -r line\necho \"<$line> $GREETING\"");

fn start(folder: &tempfile::TempDir, options: &Options<'_>) -> Option<Sshd> {
    match sshd::find() {
        Ok(_) => Some(Sshd::start(folder.path(), options)),
        Err(reason) => {
            skip("machines: a real sshd", &reason);
            None
        }
    }
}

fn machine(sshd: &Sshd, place: &str) -> Machine {
    let programs = Programs {
        ssh: Some(sshd.ssh.clone()),
        ..Programs::default()
    };
    Machine::new(place.parse().unwrap(), programs, PATIENCE)
}

async fn echo(machine: &Machine) -> Result<String, MachineError> {
    let input = Zeroizing::new(b"it's $HOME \\ !\n".to_vec());
    let output = machine.run(ECHO, &input, Privilege::AsIs).await?;
    Ok(String::from_utf8(output.stdout.to_vec()).unwrap())
}

#[tokio::test]
async fn a_known_host_is_read_and_changed() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        environment: &[("GREETING", "hello there")],
        ..Options::default()
    };
    let Some(sshd) = start(&folder, &options) else {
        return;
    };
    sshd.know();
    let files = tempfile::tempdir().unwrap();
    let file = files.path().join("it's a file");
    fs::write(&file, "old").unwrap();
    let path = file.to_str().unwrap();
    // By address and port, and by an alias of ssh's settings.
    for place in [
        format!("ssh:127.0.0.1:{}", sshd.port),
        "ssh:node".to_owned(),
    ] {
        let machine = machine(&sshd, &place);
        assert_eq!(
            echo(&machine).await.unwrap(),
            "<it's $HOME \\ !> hello there\n"
        );
        machine
            .replace(path, Some(b"old"), b"new\n", Privilege::AsIs)
            .await
            .unwrap();
        let pattern = format!("{}/*", files.path().display());
        let found = machine.fetch(&[&pattern], Privilege::AsIs).await.unwrap();
        assert_eq!(
            shown(&found, files.path().to_str().unwrap()),
            [r#""/it's a file" "new\n""#]
        );
        let error = machine
            .replace(path, Some(b"old"), b"newer", Privilege::AsIs)
            .await
            .unwrap_err();
        assert!(matches!(error, MachineError::Changed { .. }), "{error}");
        fs::write(&file, "old").unwrap();
        assert_eq!(mode(&file), 0o644);
    }
    let place = format!("ssh:127.0.0.1:{}", sshd.port);
    let addresses = machine(&sshd, &place).addresses().await.unwrap();
    assert_eq!(addresses[0].to_string(), "127.0.0.1");
    let addresses = machine(&sshd, "ssh:node").addresses().await.unwrap();
    assert!(addresses.iter().all(|address| !address.is_loopback()));
}

#[tokio::test]
async fn an_unknown_host_gets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(sshd) = start(&folder, &Options::default()) else {
        return;
    };
    let place = format!("ssh:127.0.0.1:{}", sshd.port);
    for interactive in [false, true] {
        let machine = machine(&sshd, &place).interactive(interactive);
        let error = echo(&machine).await.unwrap_err();
        assert!(
            matches!(error, MachineError::HostKey { changed: false, .. }),
            "{error}"
        );
        let remedy = error.remedy().unwrap();
        assert!(
            remedy.contains(&format!("`ssh -p {} 127.0.0.1`", sshd.port)),
            "{remedy}"
        );
    }
    // Not even the name of a user came through, and nothing was put on record.
    assert!(!sshd.log().contains("user"), "{}", sshd.log());
    assert_eq!(
        fs::read_to_string(folder.path().join("known_hosts")).unwrap(),
        ""
    );
}

#[tokio::test]
async fn a_host_with_another_key_gets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(sshd) = start(&folder, &Options::default()) else {
        return;
    };
    sshd.make_key("impostor");
    sshd.know_as("impostor.pub");
    let error = echo(&machine(&sshd, "ssh:node")).await.unwrap_err();
    let known_as = format!("[127.0.0.1]:{}", sshd.port);
    assert!(
        matches!(&error, MachineError::HostKey { changed: true, known_as: name, .. } if *name == known_as),
        "{error:?}"
    );
    let remedy = error.remedy().unwrap();
    assert!(
        remedy.contains(&format!("ssh-keygen -R '{known_as}'")),
        "{remedy}"
    );
    assert!(!sshd.log().contains("user"), "{}", sshd.log());
}

#[tokio::test]
async fn who_is_not_let_in_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let Some(sshd) = start(&folder, &Options::default()) else {
        return;
    };
    sshd.know();
    sshd.make_key("other");
    sshd.authorize("other.pub");
    let error = echo(&machine(&sshd, "ssh:node")).await.unwrap_err();
    assert!(matches!(error, MachineError::SshAuth { .. }), "{error}");
    assert!(error.to_string().contains("Permission denied (publickey)"));
    assert!(error.remedy().unwrap().contains("`ssh node`"));
}

#[tokio::test]
async fn nobody_there_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let Some(sshd) = start(&folder, &Options::default()) else {
        return;
    };
    // A port that nobody listens on, and that nobody else gets meanwhile.
    let listener = TcpListener::bind("127.0.0.2:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let closed = machine(&sshd, &format!("ssh:127.0.0.1:{port}"));
    let error = echo(&closed).await.unwrap_err();
    assert!(matches!(error, MachineError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("Connection refused"), "{error}");
    let nowhere = machine(&sshd, "ssh:nowhere.invalid");
    let error = echo(&nowhere).await.unwrap_err();
    assert!(
        matches!(error, MachineError::NoSuchMachine { .. }),
        "{error}"
    );
}

/// sshd hands a command to the user's login shell. `ForceCommand` puts another one in its place.
#[tokio::test]
async fn any_login_shell_will_do() {
    let shells = [
        "/bin/sh",
        "/bin/bash",
        "/usr/bin/zsh",
        "/bin/tcsh",
        "/usr/bin/fish",
    ];
    for shell in shells {
        if !std::path::Path::new(shell).exists() {
            // Which shells there are does not decide whether a build is good.
            eprintln!("there is no {shell}");
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let settings = format!("ForceCommand {shell} -c \"$SSH_ORIGINAL_COMMAND\"\n");
        let options = Options {
            settings: &settings,
            ..Options::default()
        };
        let Some(sshd) = start(&folder, &options) else {
            return;
        };
        sshd.know();
        let machine = machine(&sshd, "ssh:node");
        assert_eq!(
            echo(&machine).await.unwrap(),
            "<it's $HOME \\ !> \n",
            "{shell}"
        );
    }
}

/// A host that is another as soon as it has no sudo: this one has a stand-in, or none.
#[tokio::test]
async fn sudo_on_the_other_side() {
    let folder = tempfile::tempdir().unwrap();
    let tools = tempfile::tempdir().unwrap();
    let path = format!("{}:/usr/bin:/bin", tools.path().display());
    let options = Options {
        environment: &[("PATH", &path)],
        ..Options::default()
    };
    let Some(sshd) = start(&folder, &options) else {
        return;
    };
    sshd.know();
    let machine = machine(&sshd, "ssh:node");
    crate::support::program(
        tools.path(),
        "sudo",
        "echo 'sudo: a password is required' >&2; exit 1\n",
    );
    let input = Zeroizing::new(b"x\n".to_vec());
    let error = machine
        .run(ECHO, &input, Privilege::Sudo)
        .await
        .unwrap_err();
    assert!(matches!(error, MachineError::NeedsSudo { .. }), "{error}");
    crate::support::program(
        tools.path(),
        "sudo",
        "[ \"$1 $2 $3 $4\" = \"-n -- sh -c\" ] && [ $# = 5 ] || exit 64\nshift 2; GREETING=root exec \"$@\"\n",
    );
    let output = machine.run(ECHO, &input, Privilege::Sudo).await.unwrap();
    assert_eq!(output.stdout.as_slice(), b"<x> root\n");
}
