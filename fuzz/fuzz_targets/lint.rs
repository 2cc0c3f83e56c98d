//! Any bytes: whatever is a kubeconfig can be linted, alone and behind itself, and what is told drives no terminal.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use operations::lint::Present;
use operations::lint::Request;
use operations::lint::Source;
use operations::lint::lint;

fuzz_target!(|bytes: &[u8]| {
    // Two files in one input: one rule or another looks at both.
    let (one, two) = bytes.split_at(bytes.len() / 2);
    let source = |path: &str, bytes: &[u8]| Source {
        path: path.into(),
        bytes: Some(bytes.to_vec()),
    };
    let request = Request {
        chain: vec![source("/nowhere/a", one), source("/nowhere/b", two)],
        alone: vec![source("/nowhere/c", bytes)],
        list: Some(vec!["/nowhere/a".into(), "".into()]),
    };
    let present = Present {
        now: 1_800_000_000,
        horizon: 30 * 86_400,
        home: Some(Path::new("/nowhere")),
        find_program: &|_| None,
    };
    for finding in lint(request, &present).findings {
        let shown = format!("{} {}", finding.evidence, finding.remedy);
        assert!(!shown.chars().any(char::is_control), "{shown:?}");
    }
});
