//! A large file in kubectl's style is read by a fast scanner, and in part; the same file with one word
//! that the scanner does not know is parsed whole. Nobody may notice which it was.

use std::fmt::Write as _;

use crate::support::Sandbox;

/// The scanner refuses what is not ASCII.
const UNKNOWN: &str = "# été\n";

/// More than 100 KB, some entries with what is rare.
fn large() -> String {
    const ENTRIES: u32 = 60;
    let data = "QUJD".repeat(400);
    let mut text = String::from("apiVersion: v1\nclusters:\n");
    for n in 0..ENTRIES {
        write!(
            text,
            "- cluster:\n    certificate-authority-data: {data}\n    \
               server: https://c{n:02}.example.com:6443\n  name: c{n:02}\n"
        )
        .unwrap();
    }
    text.push_str("contexts:\n");
    for n in 0..ENTRIES {
        let namespace = if n % 3 == 0 {
            "    namespace: team\n"
        } else {
            ""
        };
        write!(
            text,
            "- context:\n    cluster: c{n:02}\n{namespace}    user: u{n:02}\n  name: x{n:02}\n"
        )
        .unwrap();
    }
    text.push_str("current-context: x00\nkind: Config\npreferences: {}\nusers:\n");
    for n in 0..ENTRIES {
        match n % 3 {
            0 => write!(text, "- name: u{n:02}\n  user:\n    token: secret-{n}\n"),
            1 => write!(
                text,
                "- name: u{n:02}\n  user:\n    password: secret-{n}\n    username: \"{n}\"\n"
            ),
            _ => write!(
                text,
                "- name: u{n:02}\n  user:\n    client-certificate-data: {data}\n    \
                   client-key-data: {data}\n"
            ),
        }
        .unwrap();
    }
    assert!(text.len() > 100_000);
    text
}

const COMMANDS: &[&[&str]] = &[
    &["current-context"],
    &["get-contexts"],
    &["get-contexts", "x07", "nope"],
    &["get-contexts", "-o", "json"],
    &["get-contexts", "-o", "yaml"],
    &["get-clusters"],
    &["get-users"],
    &["view"],
    &["view", "--raw"],
    &["view", "--minify"],
    &["view", "--minify", "--context", "x59", "-o", "json"],
    &["use-context", "x00"],
    &["use-context", "x30"],
    &["use-context", "nope"],
    &["set-context", "--current", "--namespace=new"],
    &["set-context", "x03", "--namespace="],
    &["set-context", "x59", "--user=u01", "--cluster=c02"],
    &["set-context", "a-new-one", "--user=u01"],
    &["set-context", "x30b", "--cluster=c30"],
    &["set-context", "zz", "--cluster=c30"],
    &["rename-context", "x00", "first"],
    &["rename-context", "x30", "x00"],
    &["rename-context", "x59", "zz"],
    &["rename-cluster", "c30", "moved"],
    &["rename-user", "u31", "somebody"],
    &["delete-context", "x00"],
    &["delete-context", "x59"],
    &["delete-context", "x30", "--with-cluster-and-user"],
    &["delete-cluster", "c00"],
    &["delete-cluster", "nope"],
    &["delete-user", "u59"],
    &["set-cluster", "c10", "--server=https://new.example.com"],
    &["set-cluster", "c10", "--insecure-skip-tls-verify=true"],
    &["set-cluster", "c10x", "--server=https://new.example.com"],
    &["set-credentials", "u00", "--token=other"],
    &["set-credentials", "u01", "--token=other"],
    &[
        "set-credentials",
        "u02",
        "--exec-command=x",
        "--exec-arg=a,b",
    ],
    &["set-credentials", "u99", "--username=a", "--password=b"],
    &["set", "current-context", "x02"],
    &["set", "clusters.c11.server", "https://s"],
    &["set", "users.u12.token", "t"],
    &["set", "contexts.x13.namespace", "n"],
    &["set", "preferences.colors", "true"],
    &["unset", "current-context"],
    &["unset", "users.u14"],
    &["unset", "contexts.x15.namespace"],
    &["unset", "clusters"],
    &["unset", "nope.x"],
];

#[test]
fn both_tiers_say_and_write_the_same() {
    let plain = large();
    let fast = Sandbox::with(&plain);
    let whole = Sandbox::with(format!("{UNKNOWN}{plain}"));
    let folders = [&fast, &whole].map(|it| it.path("").to_str().unwrap().to_owned());
    for command in COMMANDS {
        let [one, two] = [&fast, &whole].map(|sandbox| sandbox.config(command));
        let without_folder = |text: &str, folder: &str| text.replace(folder, "/");
        assert_eq!(one.code, two.code, "{command:?}: {one:#?} {two:#?}");
        for (one, two) in [(&one.stdout, &two.stdout), (&one.stderr, &two.stderr)] {
            assert_eq!(
                without_folder(one, &folders[0]),
                without_folder(two, &folders[1]),
                "{command:?}"
            );
        }
        let [one, two] = [fast.text(), whole.text()];
        let two = two.strip_prefix(UNKNOWN).unwrap();
        assert!(one == two, "{command:?}: the files differ");
        if one != plain {
            // kubectl reads what was written as it reads the other one, and it can be taken back.
            let [one, two] = [&fast, &whole].map(|it| it.kubectl(&["config", "view"]).expect(0));
            assert_eq!(one.stdout, two.stdout, "{command:?}");
            for sandbox in [&fast, &whole] {
                sandbox.bowline(&["undo", "--reinstate"]).expect(0);
            }
            assert!(fast.text() == plain, "{command:?}: the undo differs");
        }
    }
    let changes = fast.history().len();
    assert_eq!(changes, whole.history().len());
    assert!(changes > 50, "{changes} changes and undos");
}
