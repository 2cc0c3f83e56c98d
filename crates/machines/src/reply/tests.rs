use super::*;

fn b64(text: &[u8]) -> String {
    STANDARD.encode(text)
}

/// One entry, as the script prints it.
fn entry(about: &str, part: &str, content: &[u8]) -> String {
    format!(
        ":entry\n{}\n:{part}\n{}\n",
        b64(about.as_bytes()),
        b64(content)
    )
}

fn reply(entries: &[String]) -> String {
    format!(
        ":machine-reply 1\n{}:end {}\n",
        entries.concat(),
        entries.len()
    )
}

const CSV: &str = "12 81b0 0 1001 1660000000 /root:microk8s:/c/known_tokens.csv:\n";

#[test]
fn reads_every_kind() {
    let pem = b"-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n";
    let text = reply(&[
        entry(CSV, "file", b"a,b,c\n"),
        entry("9 8180 0 0 1 /root:root:/c/ca.key:", "public", pem),
        entry("9 8180 0 0 1 /root:root:/c/odd.key:", "public", b""),
        entry("4 a1ff 0 0 1 /root:root:/c/current:", "link", b"3582"),
        entry("0 41e8 0 1001 1 /root:domain users:/c/d:", "folder", b""),
        entry("- - - - - /::/c/secret:", "denied", b""),
        entry("9 8180 0 0 1 /root:UNKNOWN:/c/a: b\nc::", "file", b""),
        entry("9 c180 0 0 1 /root:root:/c/kine.sock:", "odd", b""),
        entry("9000000 8180 0 0 1 /root:root:/c/log:", "large", b""),
    ]);
    let tree = parse(format!("Last login: never\n{text}").as_bytes()).unwrap();
    let csv = &tree.entries["/c/known_tokens.csv"];
    assert_eq!(tree.bytes("/c/known_tokens.csv"), Some(&b"a,b,c\n"[..]));
    assert_eq!((csv.mode, csv.modified), (Some(0o660), 1_660_000_000));
    assert_eq!(
        csv.group,
        Some(Owner {
            id: 1001,
            name: Some("microk8s".to_owned())
        })
    );
    let shown: Vec<_> = tree
        .entries
        .iter()
        .map(|(path, entry)| format!("{path:?} {:?}", entry.kind))
        .collect();
    assert_eq!(
        shown,
        [
            r#""/c/a: b\nc:" File(0 bytes)"#,
            r#""/c/ca.key" PrivateKey(public: true)"#,
            r#""/c/current" Link("3582")"#,
            r#""/c/d" Folder"#,
            r#""/c/kine.sock" Unreadable("not a regular file")"#,
            r#""/c/known_tokens.csv" File(6 bytes)"#,
            r#""/c/log" Unreadable("larger than 1 MiB")"#,
            r#""/c/odd.key" PrivateKey(public: false)"#,
            r#""/c/secret" Unreadable("permission denied")"#,
        ]
    );
    assert_eq!(tree.entries["/c/secret"].mode, None);
    assert_eq!(
        tree.entries["/c/d"].group.as_ref().unwrap().name.as_deref(),
        Some("domain users")
    );
    // A client on Windows may end lines in its own way.
    assert_eq!(parse(text.replace('\n', "\r\n").as_bytes()), Ok(tree));
}

#[test]
fn a_private_key_never_comes_through_as_a_public_one() {
    for pem in [
        &b"-----BEGIN RSA PRIVATE KEY-----\nx\n"[..],
        b"-----BEGIN PUBLIC KEY-----\nx\n-----BEGIN PRIVATE KEY-----\ny\n",
    ] {
        let text = reply(&[entry("9 8180 0 0 1 /root:root:/c/a.key:", "public", pem)]);
        let tree = parse(text.as_bytes()).unwrap();
        assert_eq!(tree.entries["/c/a.key"].kind, Kind::PrivateKey(None));
    }
}

#[test]
fn a_file_that_could_not_be_read_to_its_end_is_none() {
    let text = reply(&[entry(CSV, "file", b"a,b") + ":failed\n"]);
    let tree = parse(text.as_bytes()).unwrap();
    assert_eq!(
        tree.entries["/c/known_tokens.csv"].kind,
        Kind::Unreadable("it could not be read".to_owned())
    );
}

#[test]
fn a_file_that_grew_beyond_the_bound_is_not_kept() {
    let text = reply(&[entry(CSV, "file", &vec![b'a'; LARGEST_FILE + 1])]);
    let tree = parse(text.as_bytes()).unwrap();
    assert_eq!(
        tree.entries["/c/known_tokens.csv"].kind,
        Kind::Unreadable(LARGE.to_owned())
    );
}

#[test]
fn every_cut_is_noticed() {
    let whole = reply(&[
        entry(CSV, "file", b"a,b,c\n"),
        entry("4 a1ff 0 0 1 /root:root:/c/current:", "link", b"3582"),
    ]);
    // The last line's end is not needed.
    for end in 0..whole.len() - 1 {
        let error = parse(&whole.as_bytes()[..end]).expect_err(&whole[..end]);
        assert!(!error.to_string().is_empty());
    }
    assert!(parse(&whole.as_bytes()[..whole.len() - 1]).is_ok());
}

#[test]
fn every_lost_line_is_noticed() {
    let whole = reply(&[
        entry(CSV, "file", b"a,b,c\n"),
        entry("4 a1ff 0 0 1 /root:root:/c/current:", "folder", b""),
    ]);
    let lines: Vec<_> = whole.lines().collect();
    for lost in 0..lines.len() {
        let rest: Vec<_> = lines
            .iter()
            .enumerate()
            .filter(|(number, _)| *number != lost)
            .map(|(_, line)| *line)
            .collect();
        let rest = rest.join("\n");
        // Only an empty line, and the bytes of a file as a whole, can be missed.
        if lines[lost].is_empty() || lines[lost] == b64(b"a,b,c\n") {
            continue;
        }
        assert!(parse(rest.as_bytes()).is_err(), "{rest}");
    }
}

#[test]
fn damage_is_named() {
    let rows = [
        (String::new(), "it has no beginning"),
        (
            ":machine-reply 2\n:end 0\n".to_owned(),
            "it has no beginning",
        ),
        (":machine-reply 1\n".to_owned(), "it has no end"),
        (
            ":machine-reply 1\n:end 7\n".to_owned(),
            "it has 0 entries, and says that it has 7",
        ),
        (
            ":machine-reply 1\nhello\n:end 0\n".to_owned(),
            "line 2 is not part of an entry",
        ),
        (
            ":machine-reply 1\n:entry\n!!\n:file\n:end 1\n".to_owned(),
            "line 5 is the end of an entry that is not base64",
        ),
        (
            reply(&[entry("1 2 3", "file", b"")]),
            "line 6 is the end of an entry that does not say what it is",
        ),
        (
            reply(&[entry("1 81b0 0 0 0 /a:b:relative:", "file", b"")]),
            "line 6 is the end of an entry that does not say what it is",
        ),
        (
            reply(&[entry(CSV, "pipe", b"")]),
            "line 4 is an unknown part",
        ),
        (
            reply(&[entry(CSV, "file", b"") + ":link\n"]),
            "line 6 is a second part of one entry",
        ),
    ];
    for (text, said) in rows {
        assert_eq!(parse(text.as_bytes()).unwrap_err().to_string(), said);
    }
}
