use std::path::Path;

use clap::Command;

use super::markdown::MarkdownError;
use super::markdown::renewed;
use crate::cli;

/// A command and all below it, with the words that call it.
fn walk(command: &Command, words: &str, visit: &mut dyn FnMut(&Command, &str)) {
    visit(command, words);
    for below in command.get_subcommands() {
        walk(below, &format!("{words} {}", below.get_name()), visit);
    }
}

/// The words of a line as a shell reads them; the line ends at a pipe, a comment begins with `#` or three blanks.
fn words(line: &str) -> Vec<String> {
    let line = line.split("   ").next().unwrap_or_default();
    let line = line.split(" | ").next().unwrap_or_default();
    let line = line.split(" # ").next().unwrap_or_default();
    let (mut words, mut quote) = (vec![String::new()], None);
    for char in line.trim().chars() {
        match (char, quote) {
            ('\'' | '"', None) => quote = Some(char),
            (char, Some(open)) if char == open => quote = None,
            (' ', None) => words.push(String::new()),
            (char, _) => words.last_mut().unwrap().push(char),
        }
    }
    assert_eq!(quote, None, "{line}");
    words
}

#[test]
fn the_program_is_declared_soundly() {
    cli::command().debug_assert();
}

#[test]
fn every_example_of_the_help_can_be_typed() {
    let mut examples = 0;
    walk(&cli::command(), "bowline", &mut |command, called| {
        let help = [command.get_after_help(), command.get_after_long_help()];
        for text in help.into_iter().flatten() {
            let text = text.to_string();
            let lines = text.lines().map(str::trim);
            for line in lines.filter(|line| line.starts_with("bowline ")) {
                let parsed = cli::command().try_get_matches_from(words(line));
                assert!(parsed.is_ok(), "{called}: {line}: {parsed:?}");
                examples += 1;
            }
        }
    });
    assert!(examples > 10, "{examples}");
}

#[test]
fn the_manual_is_what_the_program_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/commands.md");
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains("<!-- generated: usage "));
    let new = renewed(&text, &cli::command()).unwrap();
    assert!(
        new == text,
        "run scripts/docs.sh and commit what it changes"
    );
}

#[test]
fn blocks_are_made_anew_and_the_rest_stays() {
    let before = "a\n<!-- generated: usage undo -->\nold\n<!-- end -->\nb\n";
    let after = "a\n<!-- generated: usage undo -->\n\n```\nbowline undo [OPTIONS] [NUMBER]\n```\n\n<!-- end -->\nb\n";
    assert_eq!(renewed(before, &cli::command()).as_deref(), Ok(after));
    assert_eq!(renewed(after, &cli::command()).as_deref(), Ok(after));
    let flags = "<!-- generated: flags lint -->\n<!-- end -->\n";
    let made = renewed(flags, &cli::command()).unwrap();
    assert!(
        made.contains("| `-o`, `--output <OUTPUT>` | Output format. One of `table`"),
        "{made}"
    );
    assert!(made.contains("| `--expiring <TIME>` |"), "{made}");
    assert_eq!(
        renewed("<!-- generated: usage nothing -->\n", &cli::command()),
        Err(MarkdownError::Unknown {
            line: 1,
            name: "usage nothing".to_owned()
        })
    );
    assert_eq!(
        renewed("\n<!-- generated: usage undo -->\n", &cli::command()),
        Err(MarkdownError::Open { line: 2 })
    );
}
