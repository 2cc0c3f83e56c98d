//! Trees made by `fixtures/make-tree.sh`, with the commands that MicroK8s itself uses.

mod programs;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::sync::Mutex;
use std::time::SystemTime;

use machines::Entry;
use machines::Kind;
use machines::Owner;
use machines::Tree;
use zeroize::Zeroizing;

pub(crate) const DATA: &str = "/var/snap/microk8s/current";

/// Nodes that were made; keys take long.
static MADE: Mutex<BTreeMap<(String, bool), Tree>> = Mutex::new(BTreeMap::new());

/// A node of a version; `None`, said aloud, where a program for that is missing. Without options it is the
/// same node each time.
pub(crate) fn make(version: &str, options: &[&str]) -> Option<Tree> {
    kept(version, options, false)
}

/// A second node of a version: another cluster.
pub(crate) fn another(version: &str) -> Option<Tree> {
    kept(version, &[], true)
}

fn kept(version: &str, options: &[&str], second: bool) -> Option<Tree> {
    if !options.is_empty() {
        return made(version, options);
    }
    let mut all = MADE.lock().unwrap();
    let key = (version.to_owned(), second);
    if !all.contains_key(&key) {
        all.insert(key.clone(), made(version, options)?);
    }
    all.get(&key).cloned()
}

fn made(version: &str, options: &[&str]) -> Option<Tree> {
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    if programs::missing(&test) {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("node");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/make-tree.sh");
    let made = Command::new("bash")
        .arg(script)
        .arg(version)
        .arg(&root)
        .args(options)
        .status()
        .unwrap();
    assert!(made.success(), "make-tree.sh {version} {options:?}");
    Some(tree(&root))
}

/// Reads it as a machine does: the revision that runs is there under its own name, too.
fn tree(root: &Path) -> Tree {
    let mut tree = Tree::default();
    let snap = root.join("var/snap/microk8s");
    walk(&snap, "/var/snap/microk8s", &mut tree);
    walk(&snap.join("current"), DATA, &mut tree);
    tree
}

fn walk(folder: &Path, path: &str, tree: &mut Tree) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{path}/{}", entry.file_name().into_string().unwrap());
        let metadata = fs::symlink_metadata(entry.path()).unwrap();
        let kind = if metadata.is_symlink() {
            let to = fs::read_link(entry.path()).unwrap();
            Kind::Link(to.into_os_string().into_string().unwrap())
        } else if metadata.is_dir() {
            walk(&entry.path(), &path, tree);
            Kind::Folder
        } else {
            Kind::File(Zeroizing::new(fs::read(entry.path()).unwrap()))
        };
        // Whoever runs the test owns what it makes; a node's files are root's and the group's.
        let owner = |id, name: &str| {
            Some(Owner {
                id,
                name: Some(name.to_owned()),
            })
        };
        let entry = Entry {
            kind,
            mode: Some(metadata.permissions().mode() & 0o7777),
            owner: owner(0, "root"),
            group: owner(998, "microk8s"),
            modified: 1_700_000_000,
        };
        tree.entries.insert(path, entry);
    }
}

/// Puts a file below the revision that runs, as `MicroK8s` leaves one.
pub(crate) fn put(tree: &mut Tree, path: &str, bytes: &[u8]) {
    let like = tree
        .entries
        .get(&format!("{DATA}/certs/ca.crt"))
        .unwrap()
        .clone();
    let kind = Kind::File(Zeroizing::new(bytes.to_vec()));
    tree.entries.insert(path.to_owned(), Entry { kind, ..like });
}

/// A file below the revision that runs.
pub(crate) fn get(tree: &Tree, rest: &str) -> Vec<u8> {
    let path = format!("{DATA}/{rest}");
    tree.bytes(&path)
        .unwrap_or_else(|| panic!("{path}"))
        .to_vec()
}

pub(crate) fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// Runs openssl with something on its standard input, and returns what it prints.
#[allow(dead_code, reason = "not every test makes keys of its own")]
pub(crate) fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}");
    output.stdout
}
