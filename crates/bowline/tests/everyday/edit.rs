//! `bowline edit` with stand-in editors, which look at how they were called.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::pty;
use crate::pty::Terminal;
use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::names;
use crate::support::run;
use crate::support::utf16;

/// More than an editor needs to start on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(30);

const TEXT: &str = "# mine\ncontexts:\n- name: dev\n  context: {cluster: a, user: u}\nclusters:\n- name: a\n  cluster: {server: 'https://10.0.0.1:6443'}   # the VM\nusers:\n- name: u\n  user: {token: hunter2}\ncurrent-context: dev\n";

/// A sandbox with an editor that runs this script on `$file`. It wants to be called with `--wait` and one file,
/// which nobody else can read.
fn sandbox(script: &str) -> Sandbox {
    let sandbox = Sandbox::with(TEXT);
    let text = format!(
        "PATH=/usr/bin:/bin\n\
         [ $# = 2 ] && [ \"$1\" = --wait ] || {{ echo \"bad arguments: $*\" >&2; exit 90; }}\n\
         file=$2\n\
         [ \"$(stat -c %a \"$file\")\" = 600 ] || exit 91\n\
         [ \"$(stat -c %a \"$(dirname \"$file\")\")\" = 700 ] || exit 92\n\
         {script}\n"
    );
    sandbox.script("my editor", &text);
    sandbox
}

/// Sets it as the editor, in quotes as people write them.
fn with_editor(sandbox: &Sandbox, mut command: Command) -> Command {
    let editor = sandbox.path("bin/my editor");
    command.env("KUBE_EDITOR", format!("'{}'  --wait", editor.display()));
    command.env("EDITOR", "/nowhere");
    command
}

#[track_caller]
fn edit(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    let command = sandbox.command(&[&["edit"], arguments].concat());
    run(with_editor(sandbox, command), b"")
}

#[track_caller]
fn nothing_left(sandbox: &Sandbox) {
    assert_eq!(names(&sandbox.path("state/edits")), [""; 0]);
}

#[test]
fn one_change_of_the_history_and_the_file_stays_what_it_was() {
    let sandbox = sandbox("sed -i 's/10.0.0.1/10.0.0.2/; s/dev/d\u{e9}v/' \"$file\"");
    let real = sandbox.path("home/real.yaml");
    fs::write(&real, utf16(TEXT)).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    fs::remove_file(sandbox.file()).unwrap();
    std::os::unix::fs::symlink(&real, sandbox.file()).unwrap();
    edit(&sandbox, &[]).expect(0).says("wrote");
    let expected = TEXT
        .replace("10.0.0.1", "10.0.0.2")
        .replace("- name: dev", "- name: d\u{e9}v");
    let expected = expected.replace("current-context: dev", "current-context: d\u{e9}v");
    assert_eq!(sandbox.bytes(), utf16(&expected));
    assert!(sandbox.file().is_symlink());
    assert_eq!(fs::metadata(&real).unwrap().mode() & 0o777, 0o640);
    assert_eq!(sandbox.history().len(), 1);
    nothing_left(&sandbox);
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(sandbox.bytes(), utf16(TEXT));
}

#[test]
fn what_clients_cannot_read_never_replaces_the_file() {
    let sandbox = sandbox("sed -i 's/^users:/users: [/' \"$file\"");
    let said = edit(&sandbox, &[])
        .expect(6)
        .says("line 9")
        .says("kubectl would say");
    assert_eq!(sandbox.text(), TEXT);
    assert!(sandbox.history().is_empty());
    // What was typed is kept, for its owner alone, and the command that is named goes on with it.
    let folder = sandbox.path("state/edits");
    let copy = folder.join(&names(&folder)[0]).join("config.yaml");
    assert_eq!(
        fs::read_to_string(&copy).unwrap(),
        TEXT.replace("users:", "users: [")
    );
    assert_eq!(fs::metadata(&copy).unwrap().mode() & 0o777, 0o600);
    let copy = copy.display().to_string();
    said.says(&format!("bowline edit --from {copy}"));
    sandbox.script(
        "my editor",
        "PATH=/usr/bin:/bin\nsed -i 's/^users: \\[/users:/; s/10.0.0.1/10.0.0.9/' \"$2\"\n",
    );
    let file = sandbox.file().display().to_string();
    edit(&sandbox, &["--from", &copy, &file]).expect(0);
    assert_eq!(sandbox.text(), TEXT.replace("10.0.0.1", "10.0.0.9"));
    nothing_left(&sandbox);
}

#[test]
fn what_another_program_wrote_meanwhile_is_not_lost_by_going_on() {
    // What somebody else does in the lines of the file, and whether it can stand beside the edit.
    for (theirs, is_apart) in [("# theirs", true), ("s/10.0.0.1/10.0.0.7/", false)] {
        let sandbox = sandbox("exit 95");
        let file = sandbox.file().display().to_string();
        let other = if is_apart {
            format!("echo '{theirs}' >> '{file}'")
        } else {
            format!("sed -i '{theirs}' '{file}'")
        };
        let mine = "sed -i 's/10.0.0.1/10.0.0.2/' \"$2\"";
        let both = format!("PATH=/usr/bin:/bin\n{mine}\n{other}\n");
        sandbox.script("my editor", &both);
        let said = edit(&sandbox, &[])
            .expect(1)
            .says("another program changed it");
        let now = sandbox.text();
        let folder = sandbox.path("state/edits");
        let copy = folder.join(&names(&folder)[0]).join("config.yaml");
        let copy = copy.display().to_string();
        said.says(&format!("bowline edit --from {copy}"));
        sandbox.script("my editor", "exit 0\n");
        let said = edit(&sandbox, &["--from", &copy, &file]);
        if is_apart {
            said.expect(0).says("both changes");
            let expected = TEXT.replace("10.0.0.1", "10.0.0.2");
            assert_eq!(sandbox.text(), format!("{expected}{theirs}\n"));
            nothing_left(&sandbox);
        } else {
            said.expect(6)
                .says(&copy)
                .says("bowline edit ")
                .says("same lines");
            assert_eq!(sandbox.text(), now);
            assert_eq!(names(&folder).len(), 1);
        }
    }
}

#[test]
fn on_a_terminal_a_broken_text_is_opened_again() {
    if !Terminal::is_possible("edit") {
        return;
    }
    let sandbox = sandbox(
        "if grep -q '^users: \\[' \"$file\"; then sed -i 's/^users: \\[/users:/; s/10.0.0.1/10.0.0.5/' \"$file\"; else sed -i 's/^users:/users: [/' \"$file\"; fi",
    );
    let command = Terminal::bowline(&sandbox, &["edit", "dev"]);
    let mut terminal = Terminal::start(with_editor(&sandbox, command), pty::USUAL);
    terminal.wait_for_text("edit it again? [Y/n]");
    assert_eq!(sandbox.text(), TEXT);
    terminal.send("\r");
    assert_eq!(terminal.end(), Some(0), "{}", terminal.text());
    assert_eq!(sandbox.text(), TEXT.replace("10.0.0.1", "10.0.0.5"));
    nothing_left(&sandbox);
    // And no is no: the text is kept.
    let command = Terminal::bowline(&sandbox, &["edit"]);
    let mut terminal = Terminal::start(with_editor(&sandbox, command), pty::USUAL);
    terminal.wait_for_text("edit it again? [Y/n]");
    terminal.send("n\r");
    assert_eq!(terminal.end(), Some(6), "{}", terminal.text());
    assert_eq!(names(&sandbox.path("state/edits")).len(), 1);
}

#[test]
fn ctrl_c_is_the_editors_and_no_copy_is_left_unsaid() {
    if !Terminal::is_possible("edit") {
        return;
    }
    let started = "echo started; while :; do sleep 0.1; done";
    // The editor ends by it, with and without a text that differs.
    for (script, left) in [
        (started, 0),
        (
            "echo '# mine' >> \"$file\"; echo started; while :; do sleep 0.1; done",
            1,
        ),
    ] {
        let sandbox = sandbox(script);
        let command = Terminal::bowline(&sandbox, &["edit"]);
        let mut terminal = Terminal::start(with_editor(&sandbox, command), pty::USUAL);
        terminal.wait_for_text("started");
        terminal.send("\u{3}");
        assert_eq!(terminal.end(), Some(1), "{}", terminal.text());
        assert!(
            terminal.raw().contains("the editor failed"),
            "{}",
            terminal.text()
        );
        assert_eq!(terminal.raw().contains("bowline edit --from"), left == 1);
        assert_eq!(names(&sandbox.path("state/edits")).len(), left);
        assert_eq!(sandbox.text(), TEXT);
    }
    // It goes on in spite of it; at the question ctrl-C is no.
    let sandbox = sandbox(
        "trap 'got=1' INT; echo started; while [ -z \"$got\" ]; do sleep 0.1; done; echo 'users: [' > \"$file\"",
    );
    let command = Terminal::bowline(&sandbox, &["edit"]);
    let mut terminal = Terminal::start(with_editor(&sandbox, command), pty::USUAL);
    terminal.wait_for_text("started");
    terminal.send("\u{3}");
    terminal.wait_for_text("edit it again? [Y/n]");
    terminal.send("\u{3}");
    assert_eq!(terminal.end(), Some(6), "{}", terminal.text());
    assert_eq!(names(&sandbox.path("state/edits")).len(), 1);
    assert_eq!(sandbox.text(), TEXT);
}

#[test]
fn a_file_that_changed_meanwhile_is_left_and_both_are_kept() {
    let sandbox =
        sandbox("sed -i 's/10.0.0.1/10.0.0.2/' \"$file\"; echo '# theirs' >> \"$THEIRS\"");
    let mut command = with_editor(&sandbox, sandbox.command(&["edit"]));
    command.env("THEIRS", sandbox.file());
    run(command, b"")
        .expect(1)
        .says("another program changed it")
        .says("is kept in");
    assert_eq!(sandbox.text(), format!("{TEXT}# theirs\n"));
    let folder = sandbox.path("state/edits");
    let copy = folder.join(&names(&folder)[0]).join("config.yaml");
    assert_eq!(
        fs::read_to_string(copy).unwrap(),
        TEXT.replace("10.0.0.1", "10.0.0.2")
    );
}

#[test]
fn nothing_is_changed_by_an_editor_that_fails_or_does_nothing() {
    for (script, code, words) in [
        ("exit 0", 0, "is unchanged"),
        ("touch \"$file\"", 0, "is unchanged"),
        (": > \"$file\"", 0, "came back empty"),
        ("rm \"$file\"", 0, "came back empty"),
        ("exit 3", 1, "the editor failed"),
    ] {
        let sandbox = sandbox(script);
        edit(&sandbox, &[]).expect(code).says(words);
        assert_eq!(sandbox.text(), TEXT, "{script}");
        assert!(sandbox.history().is_empty(), "{script}");
        nothing_left(&sandbox);
    }
    // One that fails after it wrote: nothing is changed, and nothing lost.
    let sandbox = sandbox("echo '# x' >> \"$file\"; exit 1");
    edit(&sandbox, &[]).expect(1).says("is kept in");
    assert_eq!(sandbox.text(), TEXT);
}

#[test]
fn the_context_says_which_file_and_new_faults_are_told() {
    let sandbox = sandbox("sed -i 's/cluster: b,/cluster: gone,/' \"$file\"");
    let second = sandbox.path("home/second");
    let text = "contexts:\n- name: stage\n  context: {cluster: b, user: u}\nclusters:\n- name: b\n  cluster: {server: 'https://10.0.0.3'}\n";
    fs::write(&second, text).unwrap();
    let broken = sandbox.path("home/broken");
    fs::write(&broken, "users: [").unwrap();
    let chain = std::env::join_paths([sandbox.file(), broken, second.clone()]).unwrap();
    let mut command = with_editor(&sandbox, sandbox.command(&["edit", "stage"]));
    command.env("KUBECONFIG", &chain);
    run(command, b"")
        .expect(0)
        .says("there is no cluster gone (context-cluster-missing)")
        .never_says("context dev");
    assert_eq!(
        fs::read_to_string(&second).unwrap(),
        text.replace("cluster: b,", "cluster: gone,")
    );
    assert_eq!(sandbox.text(), TEXT);
    edit(&sandbox, &["stagee"]).expect(6).says("stagee");
}

#[test]
fn no_shell_reads_a_name() {
    let sandbox = sandbox("sed -i 's/10.0.0.1/10.0.0.2/' \"$file\"");
    let name = "$(touch owned);`touch owned`'x\".yaml";
    let file = sandbox.path(name);
    fs::write(&file, TEXT).unwrap();
    let file = file.display().to_string();
    edit(&sandbox, &[&file]).expect(0);
    assert!(fs::read_to_string(&file).unwrap().contains("10.0.0.2"));
    assert!(!Path::new(&sandbox.path("owned")).exists());
    for editor in ["vi; touch owned", "touch owned;", "'open"] {
        let mut command = sandbox.command(&["edit"]);
        command.env("VISUAL", editor);
        let said = run(command, b"");
        assert!(matches!(said.code, Some(1 | 2)), "{said:#?}");
        said.says("VISUAL");
    }
    assert!(!Path::new(&sandbox.path("owned")).exists());
}

/// An edit whose editor has changed the text and waits; the numbers of bowline and of the editor.
fn under_way(sandbox: &Sandbox) -> (Child, u32) {
    let started = sandbox.path("started");
    let command = sandbox.command(&["edit"]);
    let mut command = with_editor(sandbox, command);
    command.stderr(Stdio::null());
    let child = command.spawn().unwrap();
    let began = Instant::now();
    let mut number = String::new();
    // Its end is the newline.
    while !number.ends_with('\n') && began.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(1));
        number = fs::read_to_string(&started).unwrap_or_default();
    }
    let number = number.trim().parse();
    (child, number.expect("the editor never started"))
}

fn kill(number: u32, signal: &str) {
    let status = Command::new("/bin/kill")
        .args([signal, &number.to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

const WAITS: &str = "echo '# mine' >> \"$file\"; echo $$ > started; exec sleep 60";

#[test]
fn one_that_is_asked_to_end_takes_its_editor_and_its_copy_along() {
    for (signal, code) in [("-TERM", 143), ("-HUP", 129)] {
        let sandbox = sandbox(WAITS);
        let (mut child, editor) = under_way(&sandbox);
        assert_eq!(names(&sandbox.path("state/edits")).len(), 1);
        kill(child.id(), signal);
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert!(!Path::new(&format!("/proc/{editor}")).exists());
        nothing_left(&sandbox);
        assert_eq!(sandbox.text(), TEXT);
    }
    // The question, too.
    if !Terminal::is_possible("edit") {
        return;
    }
    let sandbox = sandbox("echo 'users: [' > \"$file\"");
    let command = Terminal::bowline(&sandbox, &["edit"]);
    let mut terminal = Terminal::start(with_editor(&sandbox, command), pty::USUAL);
    terminal.wait_for_text("edit it again? [Y/n]");
    kill(terminal.pid(), "-TERM");
    assert_eq!(terminal.end(), Some(143), "{}", terminal.text());
    nothing_left(&sandbox);
}

#[test]
fn what_one_left_that_was_killed_goes_with_the_next_command() {
    let sandbox = sandbox(WAITS);
    let folder = sandbox.path("state/edits");
    let (mut child, editor) = under_way(&sandbox);
    sandbox.bowline(&["ls"]).expect(0);
    assert_eq!(names(&folder).len(), 1, "it is still being edited");
    kill(child.id(), "-KILL");
    child.wait().unwrap();
    kill(editor, "-KILL");
    sandbox.bowline(&["prompt"]);
    sandbox.bowline(&["k", "config", "get-contexts"]).expect(0);
    assert_eq!(names(&folder).len(), 1, "nobody waits for that");
    sandbox.bowline(&["ls"]).expect(0);
    nothing_left(&sandbox);
    // What the user was told of stays, as do others' files.
    sandbox.script("my editor", "echo 'users: [' > \"$2\"\n");
    edit(&sandbox, &[]).expect(6).says("is kept in");
    fs::write(folder.join("1-2.txt"), "").unwrap();
    sandbox.bowline(&["ls"]).expect(0);
    assert_eq!(names(&folder).len(), 2);
}
