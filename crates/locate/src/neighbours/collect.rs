//! Reads the table where the system shows it.

use std::path::Path;
use std::process::Stdio;

use tokio::io::AsyncReadExt as _;

use super::Neighbours;
use super::parse;
use super::parse_proc;
use crate::system::System;

/// A table of the most entries that a kernel keeps is a tenth of this.
const MOST_BYTES: u64 = 1 << 20;

/// Reads `/proc/net/arp`, and asks `ip` or `arp` where these exist. The caller bounds the time; a dropped
/// future kills the process.
///
/// # Errors
/// A text that names the file or program and says what failed, if nothing at all could be read.
pub async fn collect(system: &System) -> Result<Neighbours, String> {
    let mut table = Neighbours::default();
    let mut problems: Vec<String> = Vec::new();
    let mut merge = |read: Result<Neighbours, String>| match read {
        Ok(more) => more.0.into_iter().for_each(|one| table.add(Some(one))),
        Err(problem) => problems.push(problem),
    };
    if let Some(proc) = &system.proc {
        let path = proc.join("net/arp");
        merge(read(&path).map(|text| parse_proc(&text)));
    }
    if let Some(ip) = &system.ip {
        // Not as JSON, which busybox and old versions do not know. IPv4 is in /proc/net/arp.
        merge(
            run(ip, &["-6", "neigh", "show"])
                .await
                .map(|text| parse(&text)),
        );
    }
    if let Some(arp) = &system.arp {
        // Without -n, macOS asks its resolver for the name of each; Windows has no -n.
        let argument = if cfg!(windows) { "-a" } else { "-an" };
        merge(run(arp, &[argument]).await.map(|text| parse(&text)));
    }
    if table.0.is_empty() && !problems.is_empty() {
        return Err(problems.join("; "));
    }
    Ok(table)
}

fn read(path: &Path) -> Result<String, String> {
    let name = |error: std::io::Error| format!("{}: {error}", path.display());
    // The kernel writes it as it is read: nothing to wait for.
    let file = std::fs::File::open(path).map_err(name)?;
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::io::Read::take(file, MOST_BYTES), &mut bytes)
        .map_err(name)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What a program prints, in whatever encoding: only ASCII is looked for.
async fn run(program: &Path, arguments: &[&str]) -> Result<String, String> {
    let name = |error: std::io::Error| format!("{}: {error}", program.display());
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(name)?;
    let mut bytes = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout
            .take(MOST_BYTES)
            .read_to_end(&mut bytes)
            .await
            .map_err(name)?;
    }
    // Its pipe is closed: if it has more to say, it ends by that.
    let status = child.wait().await.map_err(name)?;
    if bytes.is_empty() && !status.success() {
        return Err(format!("{} failed: {status}", program.display()));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;

    use super::*;

    fn program(folder: &Path, name: &str, text: &str) -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{text}")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[tokio::test]
    async fn both_families_are_read() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("net")).unwrap();
        std::fs::write(
            folder.path().join("net/arp"),
            "10.0.0.7 0x1 0x2 52:54:00:a4:6f:91 * virbr0\n",
        )
        .unwrap();
        let ip = "[ \"$*\" = '-6 neigh show' ] || exit 2\necho fd00::7 dev virbr0 lladdr 52:54:00:a4:6f:91 STALE\n";
        let system = System {
            proc: Some(folder.path().to_owned()),
            ip: Some(program(folder.path(), "ip", ip)),
            ..System::default()
        };
        let table = collect(&system).await.unwrap();
        assert_eq!(
            table
                .addresses_of("52:54:00:a4:6f:91".parse().unwrap())
                .len(),
            2
        );
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_named_only_if_nothing_could() {
        let folder = tempfile::tempdir().unwrap();
        let mut system = System {
            proc: Some(folder.path().join("none")),
            ..System::default()
        };
        let error = collect(&system).await.unwrap_err();
        assert!(error.contains("none/net/arp"), "{error}");
        let arp = "[ \"$*\" = -an ] || exit 2\necho '? (10.0.0.7) at 52:54:0:a4:6f:91 on en0 ifscope [ethernet]'\n";
        system.arp = Some(program(folder.path(), "arp", arp));
        assert_eq!(collect(&system).await.unwrap().all().len(), 1);
        system.arp = Some(program(folder.path(), "fails", "exit 3\n"));
        let error = collect(&system).await.unwrap_err();
        assert!(error.contains("fails failed"), "{error}");
        assert_eq!(collect(&System::default()).await, Ok(Neighbours::default()));
    }
}
