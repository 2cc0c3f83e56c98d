//! docs/sources.md says what the table says.

#![allow(clippy::unwrap_used, reason = "a test that cannot begin has failed")]

use locate::source::Facts;
use locate::source::SOURCES;

fn row(facts: &Facts) -> String {
    let key = facts.key.map_or_else(String::new, |key| format!("`{key}`"));
    let systems: Vec<_> = facts.systems.iter().map(ToString::to_string).collect();
    let systems = if systems.len() == 4 {
        "all".to_owned()
    } else {
        systems.join(", ")
    };
    let here = if facts.publishes { "yes" } else { "" };
    let time = match (facts.stagger.as_millis(), facts.limit.as_millis()) {
        (_, 0) => String::new(),
        (after, within) => format!("{after} ms, {within} ms"),
    };
    format!(
        "| {} | {key} | {} | {systems} | {} | {time} | {here} | {} | {} |",
        facts.name, facts.default, facts.cost, facts.needs, facts.tells
    )
}

#[test]
fn the_page_has_the_rows_of_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/sources.md");
    let page = std::fs::read_to_string(path).unwrap();
    let written: Vec<&str> = page
        .lines()
        .skip_while(|line| !line.starts_with("| source |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    let expected: Vec<String> = SOURCES.iter().map(row).collect();
    assert!(
        written == expected,
        "docs/sources.md must have these rows:\n{}",
        expected.join("\n")
    );
    for facts in SOURCES {
        let heading = format!("### {}\n", facts.name);
        assert!(page.contains(&heading), "no section `{}`", heading.trim());
    }
}
