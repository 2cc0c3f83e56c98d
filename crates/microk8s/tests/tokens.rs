//! What `known_tokens.csv` promises: kube-apiserver's reading, and edits that touch one line.

use kubeconfig::Secret;
use microk8s::tokens::EditError;
use microk8s::tokens::KnownTokens;
use microk8s::tokens::NewUser;
use microk8s::tokens::new_token;
use proptest::prelude::*;

/// As the install hook of 1.26 writes it, with short tokens.
const STOCK: &str = "\
adm,admin,admin,\"system:masters\"
pro,system:kube-proxy,kube-proxy
kub,system:node:dev01,kubelet-0,\"system:nodes\"
con,system:kube-controller-manager,controller
sch,system:kube-scheduler,scheduler
";

fn parse(text: &str) -> KnownTokens {
    KnownTokens::parse(text.as_bytes())
}

#[allow(clippy::unwrap_used, reason = "a test")]
fn show(tokens: &KnownTokens) -> Vec<String> {
    let users = tokens.users().iter().map(|user| {
        format!(
            "{} {} {} {} {}",
            user.line,
            user.token.expose_str().unwrap(),
            user.name,
            user.uid,
            user.groups.join("+")
        )
    });
    users
        .chain(tokens.problems().iter().map(ToString::to_string))
        .collect()
}

#[allow(clippy::unwrap_used, reason = "a test")]
fn text(tokens: &KnownTokens) -> &str {
    std::str::from_utf8(tokens.bytes()).unwrap()
}

fn user(token: &str, name: &str, uid: &str, groups: &[&str]) -> NewUser {
    NewUser {
        token: Secret::from(token),
        name: name.to_owned(),
        uid: uid.to_owned(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    }
}

#[test]
fn reads_a_stock_file() {
    let tokens = parse(STOCK);
    insta::assert_debug_snapshot!(show(&tokens), @r#"
    [
        "1 adm admin admin system:masters",
        "2 pro system:kube-proxy kube-proxy ",
        "3 kub system:node:dev01 kubelet-0 system:nodes",
        "4 con system:kube-controller-manager controller ",
        "5 sch system:kube-scheduler scheduler ",
    ]
    "#);
    assert!(tokens.fatal().is_none());
    assert!(tokens.users()[0].is_cluster_admin() && !tokens.users()[1].is_cluster_admin());
    assert!(!format!("{tokens:?}").contains("adm,"));
}

#[test]
fn damaged_lines_keep_their_number_and_reason() {
    let file = "\
# a comment is a line with one column
t1,alice,1

t2,bob,2,dev,ops
t3,carol,3,\"a, b\"
,dave,4
t1,erin,5
t4,bob,6
t\"5,x,7
\"t6\" ,y,8
t7,z\u{0},9,\"never closed
t8,zoe,10
t9,ha";
    insta::assert_debug_snapshot!(show(&parse(file)), @r#"
    [
        "2 t1 alice 1 ",
        "4 t2 bob 2 dev",
        "5 t3 carol 3 a+ b",
        "7 t1 erin 5 ",
        "8 t4 bob 6 ",
        "12 t8 zoe 10 ",
        "line 1: 1 column; token, name and uid are needed",
        "line 4: more than four columns; groups have to be in quotes, and only the first counts now",
        "line 5: a space around a group, which makes it another group",
        "line 6: no token; the line gives nobody access",
        "line 7: the token of line 2 again; this line counts",
        "line 8: the user of line 4 again, with a token more",
        "line 9: a quote inside a column that does not begin with one",
        "line 10: text between a closing quote and the next comma",
        "line 11: a quote that is never closed",
        "line 13: 2 columns; token, name and uid are needed (the file ends here without a line break; half written?)",
    ]
    "#);
    let tokens = parse(file);
    assert_eq!(tokens.fatal().map(|problem| problem.line), Some(1));
    assert_eq!(tokens.bearer(&Secret::from("t1")).unwrap().name, "erin");
}

#[test]
fn only_what_kube_apiserver_refuses_is_fatal() {
    for (file, fatal) in [
        ("", false),
        ("\n\r\n", false),
        (",x,1\n", false),
        ("t,a,1", false),
        ("t,a,1\nt,b,2\n", false),
        ("\u{feff}t,a,1\n", false),
        ("t,a\n", true),
        (" \n", true),
        ("t,a,1\n\"", true),
        ("t,a,b\"c\n", true),
    ] {
        assert_eq!(parse(file).fatal().is_some(), fatal, "{file:?}");
    }
    assert!(KnownTokens::parse(b"t,\xff,1\nu,a,2\n").fatal().is_none());
}

#[test]
fn edits_change_one_line() {
    let mut tokens = parse(STOCK);
    tokens.set_token("admin", &Secret::from("new")).unwrap();
    assert_eq!(text(&tokens), STOCK.replacen("adm,", "new,", 1));
    tokens
        .add(&user("t", "alice, the \"1st\"", "a1", &["dev", "ops"]))
        .unwrap();
    tokens.remove("system:kube-scheduler").unwrap();
    insta::assert_snapshot!(text(&tokens), @r#"
    new,admin,admin,"system:masters"
    pro,system:kube-proxy,kube-proxy
    kub,system:node:dev01,kubelet-0,"system:nodes"
    con,system:kube-controller-manager,controller
    t,"alice, the ""1st""",a1,"dev,ops"
    "#);
    assert_eq!(
        tokens.named("alice, the \"1st\"").next().unwrap().groups,
        ["dev", "ops"]
    );
}

#[test]
fn line_endings_and_blank_lines_stay() {
    let mut tokens = parse("\r\na1,x,1,\"g\"\r\n\r\nb1,y,2");
    tokens.set_token("y", &Secret::from("b2")).unwrap();
    assert_eq!(
        text(&tokens),
        "\r\na1,x,1,\"g\"\r\n\r\nb1,y,2".replace("b1", "b2")
    );
    tokens.add(&user("c1", "z", "3", &[])).unwrap();
    assert_eq!(
        text(&tokens),
        "\r\na1,x,1,\"g\"\r\n\r\nb2,y,2\r\nc1,z,3\r\n"
    );
    tokens.remove("x").unwrap();
    assert_eq!(text(&tokens), "\r\n\r\nb2,y,2\r\nc1,z,3\r\n");
}

#[test]
fn what_would_break_the_file_or_microk8s_is_refused() {
    let mut tokens = parse(STOCK);
    for (new, says) in [
        (user("t", "a\nb", "1", &[]), "line break"),
        (user("t", "a\u{0}", "1", &[]), "control character"),
        (user("t", "", "1", &[]), "is empty"),
        (user("t", " a", "1", &[]), "space"),
        (user("t", "a", "1\r", &[]), "line break"),
        (user("t", "a", "1", &["x,y"]), "comma"),
        (user("t", "a", "1", &[""]), "is empty"),
        (user("", "a", "1", &[]), "RFC 6750"),
        (user("t,u", "a", "1", &[]), "RFC 6750"),
        (user("t\"", "a", "1", &[]), "RFC 6750"),
        (user("adm", "a", "1", &[]), "line 1"),
        (user("t", "admin", "1", &[]), "already, at line 1"),
        (user("t", "administrator", "1", &[]), "refresh-certs"),
        (user("t", "a", "1", &["dev-admins"]), "refresh-certs"),
        (user("t-admin", "a", "1", &[]), "refresh-certs"),
        (user("t", &"a".repeat(254), "1", &[]), "longer"),
    ] {
        let error = tokens.add(&new).unwrap_err().to_string();
        assert!(error.contains(says), "{new:?}: {error}");
        assert!(
            new.token.expose().len() < 3
                || !error.contains(new.token.expose_str().unwrap())
                || says == "line 1"
        );
        assert_eq!(text(&tokens), STOCK);
    }
    assert!(matches!(
        tokens.remove("nobody"),
        Err(EditError::UnknownUser(_))
    ));
    tokens.remove("system:kube-scheduler").unwrap();
    tokens
        .add(&user("t", "system:kube-scheduler", "scheduler", &[]))
        .unwrap();
}

#[test]
fn a_damaged_file_is_not_edited() {
    let mut tokens = parse("t1,a,1\nt2,b\nt3,c,3\nt4,a,4\n");
    let error = tokens.remove("c").unwrap_err();
    assert!(
        matches!(&error, EditError::Damaged(problem) if problem.line == 2),
        "{error}"
    );
}

#[test]
fn a_name_on_several_lines_is_removed_and_not_changed() {
    let mut tokens = parse("t1,a,1\nt3,c,3\nt4,a,4\n");
    let error = tokens.set_token("a", &Secret::from("t9")).unwrap_err();
    assert!(
        matches!(&error, EditError::Ambiguous { lines, .. } if lines == &[1, 3]),
        "{error}"
    );
    tokens.remove("a").unwrap();
    assert_eq!(text(&tokens), "t3,c,3\n");
}

/// An independent reader of files that are not malformed: a state machine over characters, another way
/// than the crate's.
#[allow(clippy::unwrap_used, reason = "a test")]
fn independent(file: &str) -> Vec<Vec<String>> {
    let mut records = vec![vec![String::new()]];
    let (mut quoted, mut characters) = (false, file.chars().peekable());
    while let Some(character) = characters.next() {
        let record = records.last_mut().unwrap();
        let field = record.last_mut().unwrap();
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                field.push('"');
                characters.next();
            }
            '"' => quoted = !quoted,
            '\r' if characters.peek().is_none_or(|next| *next == '\n') => {}
            ',' if !quoted => record.push(String::new()),
            '\n' if !quoted => records.push(vec![String::new()]),
            other => field.push(other),
        }
    }
    records.retain(|record| record.as_slice() != [""]);
    records
}

/// Files that kube-apiserver reads: quoted and bare columns, both line endings, blank lines, and a last
/// line with or without its end.
fn file() -> impl Strategy<Value = String> {
    let column = prop_oneof![
        "[a-z0-9 é]{1,6}",
        "[a-z0-9,]{0,6}".prop_map(|text| format!("\"{text}\"")),
        Just("\"a\"\"b\"".to_owned()),
        Just("\"two\nlines\"".to_owned()),
    ];
    let line = (
        "[A-Za-z0-9]{8}",
        prop::collection::vec(column, 2..5),
        "(\r\n|\n|\n\n|\r\n\n)",
    );
    (prop::collection::vec(line, 0..6), any::<bool>()).prop_map(|(lines, end)| {
        let mut file = String::new();
        for (at, (token, columns, end)) in lines.into_iter().enumerate() {
            let columns = columns.join(",");
            file.extend([token, at.to_string(), ",".to_owned(), columns, end]);
        }
        if end {
            file
        } else {
            file.trim_end().to_owned()
        }
    })
}

proptest! {
    #[test]
    fn any_bytes_are_kept(bytes in prop::collection::vec(prop_oneof![Just(b','), Just(b'"'), Just(b'\n'), Just(b'\r'), any::<u8>()], 0..80)) {
        let tokens = KnownTokens::parse(&bytes);
        prop_assert_eq!(tokens.bytes(), &bytes);
    }

    #[test]
    fn reads_what_an_independent_reader_reads(file in file()) {
        let tokens = parse(&file);
        let expected: Vec<_> = independent(&file)
            .into_iter()
            .map(|record| (record[0].clone(), record[1].clone(), record[2].clone()))
            .collect();
        let found: Vec<_> = tokens
            .users()
            .iter()
            .map(|user| (user.token.expose_str().unwrap().to_owned(), user.name.clone(), user.uid.clone()))
            .collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn an_edit_changes_one_user_and_no_other_byte(file in file(), pick in any::<prop::sample::Index>(), which in 0..3, random in any::<[u8; 32]>()) {
        let mut tokens = parse(&file);
        let before = independent(&file);
        let token = new_token(&random);
        if which == 0 || before.is_empty() {
            tokens.add(&user(token.expose_str().unwrap(), "x, \"y\"", "uid", &["g1", "g 2"])).unwrap();
            prop_assert!(tokens.bytes().starts_with(file.as_bytes()));
            let mut expected = before;
            expected.push(vec![token.expose_str().unwrap().to_owned(), "x, \"y\"".into(), "uid".into(), "g1,g 2".into()]);
            prop_assert_eq!(independent(text(&tokens)), expected);
            return Ok(());
        }
        let at = pick.index(before.len());
        let name = before[at][1].clone();
        let mut expected = before.clone();
        let done = if which == 1 {
            expected[at][0] = token.expose_str().unwrap().to_owned();
            tokens.set_token(&name, &token)
        } else {
            expected.retain(|record| record[1] != name);
            tokens.remove(&name)
        };
        match done {
            Ok(()) => {
                prop_assert_eq!(independent(text(&tokens)), expected);
                // What is outside the changed line is the same to the byte.
                let same = std::iter::zip(file.bytes(), tokens.bytes().iter().copied());
                let prefix = same.take_while(|(a, b)| a == b).count();
                let same = std::iter::zip(file.bytes().rev(), tokens.bytes().iter().rev().copied());
                let suffix = same.take_while(|(a, b)| a == b).count();
                if which != 2 {
                    let record = before[at].join(",").len() + 20;
                    prop_assert!(file.len().saturating_sub(prefix + suffix) <= record);
                }
            }
            Err(EditError::Ambiguous { lines, .. }) => {
                prop_assert!(which != 2 && lines.len() > 1);
                prop_assert_eq!(text(&tokens), file);
            }
            Err(error) => prop_assert!(false, "{}", error),
        }
    }
}
