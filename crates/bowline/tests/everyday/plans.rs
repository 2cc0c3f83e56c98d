//! Plans on terminals that are narrow, or can do nothing: they are whole, and drive nothing.

use crate::pty::Terminal;
use crate::support::Sandbox;

const NARROW: (u16, u16) = (60, 40);

/// A name that would clear the screen, and a secret.
const TEXT: &str = "clusters:
- {name: c, cluster: {server: 'https://a-rather-long-name-of-a-server.example.org:16443'}}
users:
- {name: u, user: {token: hunter2Token}}
contexts:
- {name: dev, context: {cluster: c, user: u}}
- {name: twin, context: {cluster: c, user: u}}
- {name: \"esc\\e[2J\", context: {cluster: nowhere, user: u}}
current-context: dev
";

#[test]
fn a_plan_is_whole_on_a_narrow_terminal_and_on_a_dumb_one() {
    if !Terminal::is_possible("plans") {
        return;
    }
    let sandbox = Sandbox::with(TEXT);
    let lines: &[&[&str]] = &[
        &["rename", "dev", "日本 🚀", "--all", "--shared", "--dry-run"],
        &["rm", "dev", "--dry-run"],
        &["copy", "dev", "x", "--with-entries", "--dry-run"],
        &["prune"],
        &["dedupe"],
        &["export", "dev", "--dry-run"],
        &["split", "out", "--dry-run"],
    ];
    for line in lines {
        let piped = sandbox.bowline(line);
        let piped = [&piped.stdout, &piped.stderr].map(String::as_str).concat();
        for term in ["dumb", "xterm-256color"] {
            let mut command = Terminal::bowline(&sandbox, line);
            command.env("TERM", term);
            let mut terminal = Terminal::start(command, NARROW);
            terminal.end();
            let raw = terminal.raw();
            assert!(!raw.contains("hunter2Token"), "{line:?}: {raw}");
            // Backslashes that were written are double there.
            let codes = raw.replace(r"\\", "");
            assert!(!codes.contains(r"\x1b[2J"), "{line:?}: {raw}");
            assert!(
                term != "dumb" || !codes.contains(r"\x1b"),
                "{line:?}: {raw}"
            );
            // The terminal breaks lines, and puts in nothing.
            let text = terminal.text();
            let letters = |text: &str| -> String {
                text.chars()
                    .filter(|letter| !letter.is_whitespace())
                    .collect()
            };
            for part in piped.lines().filter(|part| part.starts_with(['+', '-'])) {
                assert!(
                    letters(&text).contains(&letters(part)),
                    "{line:?}, {part:?}: {text}"
                );
            }
        }
    }
    assert_eq!(sandbox.text(), TEXT);
}
