use proptest::prelude::*;

use super::Outline;
use super::Scanner;
use super::scalar;
use crate::config::List;
use crate::gobase64;
use crate::yaml11;
use crate::yaml11::Typed;

fn value(written: &str) -> Option<String> {
    scalar::read(written.as_bytes()).map(|scalar| scalar.text.into_owned())
}

#[test]
fn scalars_of_one_line_are_read() {
    for (written, text) in [
        ("a", "a"),
        (
            "https://[fd00::1]:6443/x?y#z",
            "https://[fd00::1]:6443/x?y#z",
        ),
        ("--flag=x", "--flag=x"),
        (":a", ":a"),
        ("it's", "it's"),
        ("''", ""),
        ("'it''s: # x'", "it's: # x"),
        ("''''", "'"),
        ("\"a 'b'\"", "a 'b'"),
    ] {
        assert_eq!(value(written).as_deref(), Some(text), "{written}");
    }
}

#[test]
fn other_scalars_are_refused() {
    for written in [
        "",
        " a",
        "a ",
        "a # b",
        "a: b",
        "a:",
        "#a",
        "-",
        "- a",
        "?",
        "? a",
        ":",
        "&a",
        "*a",
        "!a",
        "|",
        ">-",
        "%a",
        "@a",
        "`a",
        "{a}",
        "[a",
        ",a",
        "'",
        "'a",
        "'a'b'",
        "'''",
        "'a' b",
        "'a' # b",
        "\"",
        "\"a",
        "\"a\\\"",
        "\"\\n\"",
        "\"a\"b\"",
        "\"a\" # b",
        "a\tb",
        "a\u{7f}",
        "a\0",
        "é",
    ] {
        assert_eq!(value(written), None, "{written:?}");
    }
}

#[test]
fn keys_end_with_their_colon() {
    let key = |line: &'static str| scalar::key(line.as_bytes());
    assert_eq!(key("a-b: c"), Some(("a-b", &b" c"[..])));
    assert_eq!(key("a/b.c_d:"), Some(("a/b.c_d", &b""[..])));
    assert_eq!(key("\"1\": c"), Some(("1", &b" c"[..])));
    for line in [
        "",
        "a",
        "a:b",
        "a :b",
        "a b: c",
        "'a' : b",
        "'a''b': c",
        "\"a\\n\": c",
        "<<: x",
        "-a: b",
        "'': x",
        "é: x",
    ] {
        assert_eq!(key(line), None, "{line}");
    }
    assert_eq!(
        scalar::key(format!("{}: x", "k".repeat(300)).as_bytes()),
        None
    );
}

proptest! {
    #[test]
    fn data_is_what_go_decodes(text in prop_oneof!["[A-Za-z0-9+/]{0,80}={0,3}", "[0-9]{4,12}", "[A-Za-z0-9+/=\\- _]{0,90}", "[ -~]{0,8}"]) {
        let decodes = gobase64::decode(&text).is_ok();
        prop_assert_eq!(scalar::is_data(format!("\"{text}\"").as_bytes()), decodes);
        // With a quote before it, it is no plain scalar.
        prop_assume!(!text.starts_with(['"', '\'']));
        let is_text = yaml11::resolve(&text) == Typed::Text;
        prop_assert_eq!(scalar::is_data(text.as_bytes()), decodes && is_text);
    }

    #[test]
    fn each_byte_of_a_block_counts(len in 1_usize..100, at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let at = at.index(len);
        let mut text = vec![b'a'; len];
        text[at] = byte;
        prop_assert_eq!(scalar::printable(&text).is_some(), (0x20..0x7f).contains(&byte));
    }
}

#[test]
fn the_end_of_a_chunk_may_be_anywhere() {
    let file = b"# c\ncontexts:\n- context:\n    cluster: a\n  name: b\n\ncurrent-context: b";
    for size in 1..=file.len() {
        let mut scanner = Scanner::new();
        file.chunks(size).for_each(|chunk| scanner.feed(chunk));
        assert!(!scanner.has_refused());
        let outline = scanner.finish().unwrap();
        assert_eq!(outline.current_context(), "b");
        assert_eq!(outline.len(), file.len() as u64);
    }
}

#[test]
fn a_refusal_is_final_and_early() {
    let mut scanner = Scanner::new();
    scanner.feed(b"contexts: {a: b}\n");
    assert!(scanner.has_refused());
    scanner.feed(b"contexts:\n");
    assert!(scanner.finish().is_none());

    let mut endless = Scanner::new();
    endless.feed(b"clusters: ");
    for _ in 0..200 {
        endless.feed(&[b'a'; 10_000]);
    }
    assert!(endless.has_refused());
}

#[test]
fn nesting_and_free_keys_have_limits() {
    let deep = |depth: usize| {
        let mut text = String::from("extensions:\n- extension:\n");
        for level in 0..depth {
            text += &" ".repeat(4 + 2 * level);
            text += "k:\n";
        }
        Outline::of(text.as_bytes()).is_some()
    };
    assert!(deep(20) && !deep(100));
    assert!(
        Outline::of(
            format!("extensions:\n- extension:\n    {}\n", "- ".repeat(100_000)).as_bytes()
        )
        .is_none()
    );
    let wide = |width: usize| {
        let keys: String = (0..width).fold(String::new(), |keys, key| {
            keys + &format!("    k{key}: x\n")
        });
        Outline::of(format!("extensions:\n- extension:\n{keys}").as_bytes()).is_some()
    };
    assert!(wide(20) && !wide(1000));
}

#[test]
fn servers_are_known_but_not_their_passwords() {
    let file = "clusters:\n\
                - cluster:\n    server: https://10.0.0.1:16443\n  name: b\n\
                - cluster:\n    server: https://me:hunter2@10.0.0.2\n  name: a\n\
                - cluster: {}\n  name: none\n\
                - cluster:\n    server:\n  name: empty\n";
    let outline = Outline::of(file.as_bytes()).unwrap();
    let servers: Vec<_> = outline.servers().collect();
    assert_eq!(servers[0], ("b", "https://10.0.0.1:16443"));
    assert_eq!(servers[1].0, "a");
    assert!(servers[1].1.contains("10.0.0.2"));
    assert!(!format!("{outline:?}{servers:?}").contains("hunter2"));
    assert_eq!(servers[2..], [("none", ""), ("empty", "")]);
}

#[test]
fn an_outline_is_small() {
    let mut scanner = Scanner::new();
    for (list, body) in [
        ("clusters", "cluster"),
        ("contexts", "context"),
        ("users", "user"),
    ] {
        scanner.feed(format!("{list}:\n").as_bytes());
        for number in 0..10_000 {
            scanner.feed(format!("- {body}: {{}}\n  name: {body}-{number:05}\n").as_bytes());
        }
    }
    let outline = scanner.finish().unwrap();
    let entries =
        outline.clusters.capacity() + outline.users.capacity() + outline.contexts.capacity();
    let bytes = entries * size_of::<super::Entry>()
        + outline.references.capacity() * size_of::<super::References>()
        + outline.servers.capacity() * size_of::<super::Span>()
        + outline.names.capacity();
    assert_eq!(outline.names(List::Users).len(), 10_000);
    assert!(bytes < 2_000_000, "{bytes}");
}

#[test]
fn nothing_in_the_making_is_shown() {
    let mut scanner = Scanner::new();
    scanner.feed(b"users:\n- name: a\n  user:\n    token: hunter2");
    assert_eq!(format!("{scanner:?}"), "Scanner(25 bytes)");
    let outline = scanner.finish().unwrap();
    assert!(!format!("{outline:?}").contains("hunter2"));
}
