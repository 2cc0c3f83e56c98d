mod oracle;

use super::*;

/// The words of a line; `''` is an empty one.
fn words(line: &str) -> Vec<OsString> {
    line.split(' ')
        .filter(|word| !word.is_empty())
        .map(|word| OsString::from(if word == "''" { "" } else { word }))
        .collect()
}

#[track_caller]
fn command(line: &str) -> Command {
    parse(&words(line))
        .unwrap_or_else(|usage| panic!("{line}: {usage:?}"))
        .0
}

#[track_caller]
fn refusal(line: &str) -> Usage {
    match parse(&words(line)) {
        Ok(parsed) => panic!("{line}: {parsed:?}"),
        Err(usage) => usage,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it is what a given flag is")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn reads_every_simple_command() {
    let name = || "a".to_owned();
    let rename = || Rename {
        from: name(),
        to: "b".to_owned(),
    };
    for (line, expected) in [
        ("current-context ignored", Command::CurrentContext),
        ("get-clusters ignored", Command::GetClusters),
        ("get-users", Command::GetUsers),
        ("use-context a", Command::UseContext { name: name() }),
        ("use a", Command::UseContext { name: name() }),
        ("delete-cluster a", Command::DeleteCluster { name: name() }),
        ("delete-user a", Command::DeleteUser { name: name() }),
        ("rename-context a b", Command::RenameContext(rename())),
        ("rename-cluster a b", Command::RenameCluster(rename())),
        ("rename-user a b", Command::RenameUser(rename())),
        ("unset a", Command::Unset { path: name() }),
        ("--help", Command::Help { of: None }),
        ("bogus -h", Command::Help { of: None }),
        // cobra does not know `-h` yet when it looks for the subcommand.
        ("-h view", Command::Help { of: None }),
        (
            "use x y -h",
            Command::Help {
                of: Some(Subcommand::UseContext),
            },
        ),
    ] {
        assert_eq!(command(line), expected, "{line}");
    }
    for (line, cascade) in [("", false), (" --with-cluster-and-user", true)] {
        let expected = Command::DeleteContext {
            name: name(),
            with_cluster_and_user: cascade,
        };
        assert_eq!(command(&format!("delete-context a{line}")), expected);
    }
    for (line, raw_bytes) in [
        ("set a v", false),
        ("set --set-raw-bytes a v", true),
        ("set a v --set-raw-bytes=false", false),
    ] {
        let expected = Command::Set {
            path: name(),
            value: Secret::from("v"),
            raw_bytes,
        };
        assert_eq!(command(line), expected, "{line}");
    }
}

#[test]
fn reads_what_contexts_to_list() {
    for (line, names, output, no_headers) in [
        ("get-contexts", &[][..], ContextsOutput::Table, false),
        ("get-contexts -o ''", &[], ContextsOutput::Table, false),
        (
            "get-contexts b a -oname",
            &["b", "a"],
            ContextsOutput::Name,
            false,
        ),
        (
            "get-contexts -o json --no-headers",
            &[],
            ContextsOutput::Json,
            true,
        ),
        ("-o yaml get-contexts", &[], ContextsOutput::Yaml, false),
    ] {
        let expected = Command::GetContexts(GetContexts {
            names: names.iter().map(|&name| name.to_owned()).collect(),
            output,
            no_headers,
        });
        assert_eq!(command(line), expected, "{line}");
    }
}

#[test]
fn reads_a_context() {
    let expected = SetContext {
        name: some("dev"),
        current: false,
        cluster: some(""),
        user: None,
        namespace: some("x"),
    };
    for line in [
        "set-context dev --cluster= -n x",
        "--cluster x set-context dev --cluster= --namespace=x",
    ] {
        assert_eq!(
            command(line),
            Command::SetContext(expected.clone()),
            "{line}"
        );
        // They are the command's own here.
        assert_eq!(parse(&words(line)).unwrap().1, Globals::default(), "{line}");
    }
    let current = SetContext {
        name: None,
        current: true,
        cluster: None,
        user: some("u"),
        namespace: None,
    };
    for line in [
        "set-context --current --user u",
        "set-context '' --current --user=u",
    ] {
        assert_eq!(
            command(line),
            Command::SetContext(current.clone()),
            "{line}"
        );
    }
}

#[test]
fn reads_a_cluster() {
    let line = "set-cluster c --server=s --embed-certs --certificate-authority=~/ca --insecure-skip-tls-verify=0";
    let expected = SetCluster {
        name: "c".to_owned(),
        server: some("s"),
        tls_server_name: None,
        insecure_skip_tls_verify: Some(false),
        certificate_authority: Some("~/ca".into()),
        embed_certs: Some(true),
        proxy_url: None,
    };
    assert_eq!(command(line), Command::SetCluster(expected));
}

#[test]
fn reads_credentials() {
    let line = "set-credentials u --client-key=k --token=hunter2 --exec-arg=a,b --exec-arg c \
                --exec-env=A=1,2 --exec-env=B- --auth-provider-arg=x=hunter2,y- \
                --exec-interactive-mode=Never --exec-provide-cluster-info";
    let Command::SetCredentials(user) = command(line) else {
        panic!("{line}");
    };
    assert_eq!(user.name, "u");
    assert_eq!(user.client_key, Some("k".into()));
    assert_eq!(user.token, Some("hunter2".into()));
    assert_eq!(user.exec_args, ["a", "b", "c"].map(Secret::from));
    assert_eq!(user.exec_env.set, [("A".to_owned(), "1,2".into())]);
    assert_eq!(user.exec_env.remove, ["B"]);
    assert_eq!(user.auth_provider_args.remove, ["y"]);
    assert_eq!(user.exec_interactive_mode, Some(InteractiveMode::Never));
    assert_eq!(user.exec_provide_cluster_info, Some(true));
    assert_eq!((user.username.as_ref(), user.embed_certs), (None, None));
    assert!(!format!("{user:?}").contains("hunter2"));
}

#[test]
fn reads_what_to_view() {
    let expected = View {
        raw: true,
        flatten: false,
        minify: true,
        merge: Some(false),
        output: some("jsonpath={.a}"),
        template: None,
        allow_missing_template_keys: false,
    };
    let line = "view --raw --minify --merge=false -o jsonpath={.a} --allow-missing-template-keys=f";
    assert_eq!(command(line), Command::View(expected));
    let (_, globals) = parse(&words(
        "--context a view -n n --kubeconfig f --user= --cluster c -s s",
    ))
    .unwrap();
    let expected = Globals {
        kubeconfig: Some("f".into()),
        context: some("a"),
        cluster: some("c"),
        user: some(""),
        namespace: some("n"),
    };
    assert_eq!(globals, expected);
    assert_eq!(
        parse(&words("view --kubeconfig=")).unwrap().1.kubeconfig,
        None
    );
}

#[test]
fn refuses_on_the_streams_of_kubectl() {
    let usage = refusal("view --bogus");
    assert_eq!(
        usage.stderr,
        "error: unknown flag: --bogus\nSee 'kubectl config view --help' for usage.\n"
    );
    assert_eq!((usage.stdout.as_str(), usage.exit), ("", 1));
    let usage = refusal("");
    assert!(usage.stderr.contains("Available Commands:"), "{usage:?}");
    assert_eq!((usage.stdout.as_str(), usage.exit), ("", 1));
    // Of these kubectl makes a success.
    for line in [
        "delete-context",
        "delete-context a b",
        "delete-cluster",
        "delete-cluster a b",
    ] {
        let usage = refusal(line);
        let arguments = line.split_once(' ').map_or("", |(_, rest)| rest);
        assert_eq!(
            usage.stderr,
            format!("error: Unexpected args: [{arguments}]\n")
        );
        assert!(
            usage.stdout.contains("Usage:\n  bowline config delete-"),
            "{usage:?}"
        );
        assert_eq!(usage.exit, 1);
    }
    for kind in ["cluster", "user"] {
        let usage = refusal(&format!("rename-{kind} a ''"));
        assert_eq!(
            usage.stderr,
            format!("error: You must specify a new non-empty {kind} name\n")
        );
    }
}

#[test]
fn what_is_quoted_drives_no_terminal() {
    for line in [
        "view \u{1b}[2J",
        "\u{1b}[2J",
        "view --\u{1b}[2J",
        "view -\u{1b}",
        "view --raw=\u{1b}[2J",
    ] {
        let usage = refusal(line);
        assert!(usage.stderr.contains("\\x1b"), "{usage:?}");
        assert!(!usage.stderr.contains('\u{1b}'), "{usage:?}");
    }
}

#[cfg(unix)]
#[test]
fn names_must_be_unicode() {
    use std::os::unix::ffi::OsStringExt as _;
    let raw = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
    for line in [
        vec!["use-context".into(), raw(b"\xff")],
        vec!["set-context".into(), "a".into(), raw(b"--user=\xff")],
        vec!["view".into(), raw(b"--context=\xff")],
    ] {
        let usage = parse(&line).unwrap_err();
        assert!(usage.stderr.contains("not valid Unicode"), "{usage:?}");
    }
    let line = [
        "set-cluster".into(),
        "c".into(),
        raw(b"--certificate-authority=\xff"),
    ];
    assert!(parse(&line).is_ok());
}

#[test]
fn a_secret_that_is_one_argument_too_many_is_not_told() {
    for (line, shown) in [
        (
            &["set", "users.a.token", "hunter2", "x"][..],
            "[users.a.token REDACTED REDACTED]",
        ),
        (
            &["set", "users.a.password=hunter2"],
            "[users.a.password=REDACTED]",
        ),
        (
            &["set", "users.a.username", "joe", "x"],
            "[users.a.username joe x]",
        ),
    ] {
        let arguments: Vec<OsString> = line.iter().map(OsString::from).collect();
        let usage = parse(&arguments).unwrap_err();
        assert!(usage.stderr.contains(shown), "{}", usage.stderr);
        assert!(!usage.stderr.contains("hunter2"));
    }
}
