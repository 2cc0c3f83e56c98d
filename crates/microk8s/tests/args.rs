//! Args files as kubelite and bash read them.

use microk8s::args::Args;
use microk8s::args::Environment;
use microk8s::args::ProblemKind;
use microk8s::args::Reader;
#[cfg(unix)]
use proptest::prelude::*;

const LISTING: &[u8] = include_bytes!("data/kube-apiserver-3582.args");

fn parse(text: &str, reader: Reader) -> Args {
    Args::parse(text.as_bytes(), &Environment::of(Some("3582")), reader)
}

fn show(args: &Args) -> Vec<String> {
    let flags = args.flags.iter().map(|flag| {
        let value = flag.value.as_deref().unwrap_or("-");
        format!("{} {} = {value}", flag.line, flag.name)
    });
    flags
        .chain(args.problems.iter().map(ToString::to_string))
        .collect()
}

#[test]
fn both_readers_agree_on_the_stock_file() {
    let environment = Environment::of(Some("3582"));
    let kubelite = Args::parse(LISTING, &environment, Reader::Kubelite);
    let bash = Args::parse(LISTING, &environment, Reader::Bash);
    assert_eq!(kubelite, bash);
    assert_eq!(kubelite.flags.len(), 18);
    assert!(kubelite.problems.is_empty());
    assert_eq!(kubelite.get("secure-port"), Some("16443"));
    assert_eq!(
        kubelite.get("token-auth-file"),
        Some("/var/snap/microk8s/3582/credentials/known_tokens.csv")
    );
    let issuer = kubelite.flag("service-account-issuer").unwrap();
    assert_eq!(issuer.text(), "https://kubernetes.default.svc");
    assert_eq!(
        issuer.raw,
        "--service-account-issuer='https://kubernetes.default.svc'"
    );
    assert_eq!(kubelite.is_on("allow-privileged"), Some(true));
    assert_eq!(kubelite.is_on("anonymous-auth"), None);
}

#[test]
fn kubelite_drops_quotes_and_bash_reads_them() {
    let file = "\
# comment
  --a='x y' # no comment to kubelite
--b=\"${SNAP_DATA}/b\" --c $SNAP_COMMON/c --d
--B_c=1
--b=$SNAP/last
--e='$SNAP'
--f=${NO_SUCH}/$1/$
";
    insta::assert_debug_snapshot!(show(&parse(file, Reader::Kubelite)), @r##"
    [
        "2 a = x",
        "3 b = /var/snap/microk8s/3582/b",
        "3 c = /var/snap/microk8s/common/c",
        "3 d = -",
        "4 B-c = 1",
        "5 b = /snap/microk8s/3582/last",
        "6 e = /snap/microk8s/3582",
        "7 f = ${NO_SUCH}/$1/$",
        "line 2: \"y\" is neither a flag nor the value of one",
        "line 2: \"#\" is neither a flag nor the value of one",
        "line 2: \"no\" is neither a flag nor the value of one",
        "line 2: \"comment\" is neither a flag nor the value of one",
        "line 2: \"to\" is neither a flag nor the value of one",
        "line 2: \"kubelite\" is neither a flag nor the value of one",
    ]
    "##);
    insta::assert_debug_snapshot!(show(&parse(file, Reader::Bash)), @r##"
    [
        "2 a = x y",
        "3 b = /var/snap/microk8s/3582/b",
        "3 c = /var/snap/microk8s/common/c",
        "3 d = -",
        "4 B-c = 1",
        "5 b = /snap/microk8s/3582/last",
        "6 e = $SNAP",
        "7 f = ${NO_SUCH}/$1/$",
    ]
    "##);
    assert_eq!(
        parse(file, Reader::Bash).get("b"),
        Some("/snap/microk8s/3582/last")
    );
    let unknown = parse(file, Reader::Kubelite);
    assert_eq!(unknown.flag("f").unwrap().unexpanded, ["${NO_SUCH}", "$1"]);
}

#[test]
fn commands_are_reported_and_not_run() {
    let file = "--a=$(touch /tmp/x $(id))b\n--c=`id`\n--d=\"$(id)\"\n--e='$(id)'\n--f=$((1+1))\n--g=1;id\n";
    insta::assert_debug_snapshot!(show(&parse(file, Reader::Bash)), @r##"
    [
        "1 a = $(touch /tmp/x $(id))b",
        "2 c = `id`",
        "3 d = $(id)",
        "4 e = $(id)",
        "5 f = $((1+1))",
        "6 g = 1;id",
        "line 1: \"$(touch /tmp/x $(id))\" is a command, which is run when the service starts",
        "line 2: \"`id`\" is a command, which is run when the service starts",
        "line 3: \"$(id)\" is a command, which is run when the service starts",
        "line 5: \"$((1+1))\" is a command, which is run when the service starts",
        "line 6: ';' outside of quotes, which the shell takes for itself: the service does not start",
    ]
    "##);
}

#[test]
fn damage_is_reported_with_its_line() {
    let args = parse("--a=1\n--b='x\n--c=2\n", Reader::Bash);
    assert_eq!(args.problems[0].kind, ProblemKind::UnclosedQuote);
    assert_eq!(args.problems[0].line, 2);
    let args = Args::parse(
        b"--a=1\n--b=\xff\n",
        &Environment::of(None),
        Reader::Kubelite,
    );
    assert_eq!(args.problems[0].to_string(), "line 2: not UTF-8");
    assert!(
        parse("--eviction-hard=memory.available<100Mi\n", Reader::Bash)
            .problems
            .len()
            == 1
    );
    for text in [
        "", "\n", "-", "--", "--=", "--a=${", "--a=$(", "--a=`", "\\", "\"\\", "'",
    ] {
        for reader in [Reader::Bash, Reader::Kubelite] {
            parse(text, reader);
        }
    }
}

/// Text without what starts a command, a pattern or a syntax error.
#[cfg(unix)]
fn harmless() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "[a-z0-9=,./:-]{1,8}",
        Just("'a \"b'".to_owned()),
        Just("\"a 'b\\\" ${SNAP_DATA} \\\\ \\x\"".to_owned()),
        Just("$SNAP/x".to_owned()),
        Just("\\ \\\"".to_owned()),
        Just("#x".to_owned()),
        Just("a#b".to_owned()),
        Just("''".to_owned()),
    ];
    let space = "[ \n\t]{0,2}";
    prop::collection::vec((word, space), 0..12).prop_map(|parts| {
        parts
            .into_iter()
            .map(|(word, space)| word + &space)
            .collect()
    })
}

#[cfg(unix)]
proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// The oracle: bash itself, with MicroK8s' own line.
    #[test]
    fn bash_reads_the_same_words(file in harmless()) {
        let script = "declare -a args=\"($1)\"; for word in \"${args[@]}\"; do printf '%s\\0' \"$word\"; done";
        let output = std::process::Command::new("bash")
            .args(["-c", script, "bash", &file])
            .env("SNAP", "/snap/microk8s/3582")
            .env("SNAP_DATA", "/var/snap/microk8s/3582")
            .output()
            .expect("bash runs");
        prop_assert!(output.status.success());
        let theirs: Vec<String> = String::from_utf8(output.stdout).unwrap().split_terminator('\0').map(str::to_owned).collect();
        let ours = microk8s::args::words(file.as_bytes(), &Environment::of(Some("3582")), Reader::Bash);
        prop_assert_eq!(ours, theirs);
    }
}
