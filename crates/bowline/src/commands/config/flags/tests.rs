//! One table per rule of pflag.

use super::*;

const OWN: &[Flag] = &[
    Flag::new("output", Kind::Text, "").short(b'o'),
    Flag::new("raw", Kind::Bool, ""),
    Flag::new("exec-arg", Kind::CommaSeparated, ""),
    Flag::new("exec-env", Kind::Texts, ""),
    Flag::new("server", Kind::Text, ""),
];

const GLOBAL: &[Flag] = &[
    Flag::new("kubeconfig", Kind::Path, ""),
    Flag::new("namespace", Kind::Text, "").short(b'n'),
    Flag::new("server", Kind::Text, "").short(b's'),
    Flag::new("v", Kind::Level, "").short(b'v'),
    Flag::new("match-server-version", Kind::Bool, ""),
];

const FLAGS: FlagSet = FlagSet {
    own: OWN,
    global: GLOBAL,
};

fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

fn parse(line: &[&str]) -> Parsed {
    FLAGS
        .parse(&words(line))
        .unwrap_or_else(|error| panic!("{line:?}: {error}"))
}

#[track_caller]
fn refusal(line: &[&str]) -> String {
    match FLAGS.parse(&words(line)) {
        Ok(_) => panic!("{line:?} was taken"),
        Err(error) => error,
    }
}

#[test]
fn a_value_is_attached_or_next() {
    for line in [
        &["--output=json"][..],
        &["--output", "json"],
        &["-o", "json"],
        &["-ojson"],
        &["-o=json"],
        &["--output=name", "-o", "json"],
        &["--output", "--raw", "--output=json"],
    ] {
        let parsed = parse(line);
        assert_eq!(
            parsed.text("output").unwrap().as_deref(),
            Some("json"),
            "{line:?}"
        );
        assert!(parsed.arguments.is_empty(), "{line:?}");
    }
    for (line, value) in [
        (&["--output="][..], ""),
        (&["--output", ""], ""),
        (&["--output=a=b"], "a=b"),
        (&["--output", "--"], "--"),
        (&["-o", "-o"], "-o"),
        (&["-o="], "="),
        (&["-oé"], "é"),
        (&["-o=é"], "é"),
    ] {
        let output = parse(line).text("output").unwrap();
        assert_eq!(output.as_deref(), Some(value), "{line:?}");
    }
    assert_eq!(parse(&["output"]).text("output"), Ok(None));
}

#[test]
fn a_bool_takes_no_next_argument() {
    for (line, value) in [
        (&["--raw"][..], Some(true)),
        (&["--raw=false"], Some(false)),
        (&["--raw=T"], Some(true)),
        (&["--raw", "--raw=0"], Some(false)),
        (&[], None),
    ] {
        assert_eq!(parse(line).bool("raw"), value, "{line:?}");
    }
    let parsed = parse(&["--raw", "false"]);
    assert_eq!(parsed.bool("raw"), Some(true));
    assert_eq!(parsed.arguments, ["false"]);
}

#[test]
fn flags_stand_anywhere_before_two_dashes() {
    let parsed = parse(&["a", "--raw", "-", "", "-n", "x", "b", "--", "-o", "--", "c"]);
    assert_eq!(parsed.arguments, ["a", "-", "", "b", "-o", "--", "c"]);
    assert_eq!(parsed.text("namespace").unwrap().as_deref(), Some("x"));
    assert_eq!(parsed.text("output"), Ok(None));
}

#[test]
fn letters_can_be_joined() {
    let parsed = parse(&["-hv6", "-hns"]);
    assert!(parsed.help());
    assert_eq!(parsed.text("v").unwrap().as_deref(), Some("6"));
    assert_eq!(parsed.text("namespace").unwrap().as_deref(), Some("s"));
    assert!(!parse(&["-h=false"]).help());
    assert!(parse(&["--help"]).help());
    assert_eq!(parse(&["-test.x", "a"]).arguments, ["a"]);
}

#[test]
fn underscores_are_dashes_and_case_counts() {
    let parsed = parse(&["--match_server_version", "--match_server-version=false"]);
    assert_eq!(parsed.bool("match-server-version"), Some(false));
    assert_eq!(refusal(&["--RAW"]), "unknown flag: --RAW");
    assert_eq!(refusal(&["--ra"]), "unknown flag: --ra");
}

#[test]
fn texts_add_up() {
    let line = [
        "--exec-arg=a,b",
        "--exec-arg",
        "\"c,d\"",
        "--exec-env=E=1,2",
        "--exec-env",
        "F",
    ];
    let parsed = parse(&line);
    assert_eq!(parsed.texts("exec-arg"), ["a", "b", "c,d"]);
    assert_eq!(parsed.texts("exec-env"), ["E=1,2", "F"]);
    assert!(parse(&["--exec-env="]).texts("exec-env").is_empty());
    assert!(parse(&["--exec-arg=\"\""]).texts("exec-arg").is_empty());
    assert_eq!(
        parse(&["--exec-env=", "--exec-env=a\r\nb"]).texts("exec-env"),
        ["", "a\nb"]
    );
}

#[test]
fn a_flag_of_its_own_hides_the_global_one_and_its_letter() {
    let parsed = parse(&["--server=x"]);
    assert_eq!(parsed.text("server").unwrap().as_deref(), Some("x"));
    assert_eq!(refusal(&["-s", "x"]), "unknown shorthand flag: 's' in -s");
    assert!(FLAGS.hides("server") && !FLAGS.hides("namespace"));
}

#[test]
fn refusals_are_worded_as_by_pflag() {
    for (line, expected) in [
        (&["--bogus=1"][..], "unknown flag: --bogus"),
        (&["--foo_bar"], "unknown flag: --foo_bar"),
        (&["-xyz"], "unknown shorthand flag: 'x' in -xyz"),
        (&["-hx"], "unknown shorthand flag: 'x' in -x"),
        (&["-h="], "unknown shorthand flag: '=' in -="),
        (&["-é"], "unknown shorthand flag: 'Ã' in -é"),
        (&["--=x"], "bad flag syntax: --=x"),
        (&["---x"], "bad flag syntax: ---x"),
        (&["--output"], "flag needs an argument: --output"),
        (&["-o"], "flag needs an argument: 'o' in -o"),
        (&["-hn"], "flag needs an argument: 'n' in -n"),
        (
            &["-v6x"],
            r#"invalid argument "6x" for "-v, --v" flag: strconv.ParseInt: parsing "6x": invalid syntax"#,
        ),
        (
            &["--raw=a\"b"],
            r#"invalid argument "a\"b" for "--raw" flag: strconv.ParseBool: parsing "a\"b": invalid syntax"#,
        ),
        (
            &["--help=x"],
            r#"invalid argument "x" for "-h, --help" flag: strconv.ParseBool: parsing "x": invalid syntax"#,
        ),
        (
            &["--exec-arg=\n"],
            r#"invalid argument "\n" for "--exec-arg" flag: EOF"#,
        ),
        // The first one counts.
        (
            &["--raw=x", "--bogus"],
            r#"invalid argument "x" for "--raw" flag: strconv.ParseBool: parsing "x": invalid syntax"#,
        ),
        (&["--bogus", "--raw=x"], "unknown flag: --bogus"),
    ] {
        assert_eq!(refusal(line), expected, "{line:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_path_need_not_be_unicode() {
    use std::os::unix::ffi::OsStringExt as _;
    let raw = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
    for line in [
        vec![raw(b"--kubeconfig=\xff/c")],
        vec![raw(b"--kubeconfig"), raw(b"\xff/c")],
    ] {
        let parsed = FLAGS.parse(&line).map_err(|error| panic!("{error}")).ok();
        assert_eq!(parsed.unwrap().path("kubeconfig"), Some(raw(b"\xff/c")));
    }
    let parsed = FLAGS.parse(&[raw(b"-n\xff")]).ok().unwrap();
    assert!(parsed.text("namespace").is_err());
    assert!(FLAGS.parse(&[raw(b"--raw=\xff")]).is_err());
    assert!(FLAGS.parse(&[raw(b"-\xff")]).is_err());
    assert!(FLAGS.parse(&[raw(b"--\xff=x")]).is_err());
}

#[test]
fn knows_which_arguments_take_the_next() {
    for argument in [
        "--output",
        "-o",
        "-n",
        "--kubeconfig",
        "--bogus",
        "-x",
        "-h",
        "--help",
        "---x",
    ] {
        assert!(FLAGS.takes_the_next(argument), "{argument}");
    }
    for argument in [
        "--raw",
        "--output=x",
        "-ox",
        "-",
        "",
        "a",
        "--bogus=1",
        "-é",
    ] {
        assert!(!FLAGS.takes_the_next(argument), "{argument}");
    }
}

proptest::proptest! {
    /// Whatever is given, nothing panics; and what is no flag comes out as it went in.
    #[test]
    fn any_line_is_read(line in proptest::collection::vec("(--?)?[a-z_=,\"é\\\\ ]{0,12}", 0..6)) {
        let line: Vec<OsString> = line.into_iter().map(OsString::from).collect();
        if let Ok(parsed) = FLAGS.parse(&line) {
            for argument in &parsed.arguments {
                proptest::prop_assert!(line.contains(argument));
            }
        }
        let mut behind = vec![OsString::from("--")];
        behind.extend(line.iter().cloned());
        proptest::prop_assert_eq!(FLAGS.parse(&behind).map_err(|_| ()).unwrap().arguments, line);
    }
}
