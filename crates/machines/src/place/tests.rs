use proptest::prelude::*;

use super::*;

fn place(text: &str) -> Place {
    text.parse().unwrap()
}

fn refusal(text: &str) -> String {
    text.parse::<Place>().unwrap_err().to_string()
}

fn ssh(destination: &str, port: Option<u16>) -> Place {
    let destination = destination.to_owned();
    Place::Ssh { destination, port }
}

#[test]
fn reads_every_kind() {
    assert_eq!(place("local"), Place::Local);
    assert_eq!(place("folder:../a b"), Place::Folder("../a b".into()));
    assert_eq!(place("multipass:dev-1"), Place::Multipass("dev-1".into()));
    assert_eq!(place("lxd:r1:c2"), Place::Lxd("r1:c2".into()));
    assert_eq!(place("lxc:c2"), Place::Lxd("c2".into()));
    assert_eq!(place("incus:c2"), Place::Incus("c2".into()));
    assert_eq!(place("wsl:My \"L\" x"), Place::Wsl("My \"L\" x".into()));
}

#[test]
fn reads_destinations_of_ssh() {
    let cases = [
        ("ssh:lab1", "lab1", None),
        ("ssh:ubuntu@lab1:2222", "ubuntu@lab1", Some(2222)),
        ("ssh://ubuntu@lab1:22/", "ubuntu@lab1", Some(22)),
        ("ssh:a@b.c@lab1", "a@b.c@lab1", None),
        ("ssh:::1", "::1", None),
        ("ssh:u@[fd00::1]:22", "u@fd00::1", Some(22)),
        ("ssh:[fe80::1%eth0]", "fe80::1%eth0", None),
    ];
    for (text, destination, port) in cases {
        assert_eq!(place(text), ssh(destination, port), "{text}");
        assert_eq!(place(&place(text).to_string()), place(text), "{text}");
    }
    assert_eq!(place("ssh:u@fd00::1").to_string(), "ssh:u@[fd00::1]");
}

#[test]
fn refuses_what_a_program_could_misread() {
    for text in [
        "",
        "local:",
        "Local",
        "dev",
        "/etc",
        "docker:x",
        "folder:",
        "folder:a\nb",
        "folder:a\0",
        "ssh:",
        "ssh:@h",
        "ssh:u@",
        "ssh:-oProxyCommand=id",
        "ssh:u@-h",
        "ssh:-u@h",
        "ssh:u x@h",
        "ssh:h:0",
        "ssh:h:",
        "ssh:h:+22",
        "ssh:h:65536",
        "ssh:h:22:22",
        "ssh:[h]",
        "ssh:[::1",
        "ssh:[::1]22",
        "ssh:[::1%-x]",
        "ssh:`id`",
        "ssh:$(id)",
        "ssh:h;id",
        "ssh:'h'",
        "ssh:h\n",
        "ssh://h/path",
        "ssh:[-x]",
        "multipass:",
        "multipass:-x",
        "multipass:1x",
        "multipass:x-",
        "multipass:a b",
        "multipass:a'b",
        "lxd:",
        "lxd:-x",
        "lxd:r:-x",
        "lxd:-r:x",
        "lxd::x",
        "lxd:r:",
        "lxd:a:b:c",
        "lxd:a b",
        "incus:-x",
        "wsl:",
        "wsl: ",
        "wsl:-x",
        "wsl:--shutdown",
        "wsl:a\nb",
        "wsl:a\u{7f}",
    ] {
        let why = refusal(text);
        assert!(why.contains("names no machine: "), "{text:?}: {why}");
        assert!(!why.contains(char::is_control), "{why:?}");
    }
    let long = "x".repeat(256);
    for kind in ["ssh", "multipass", "lxd", "incus", "wsl"] {
        let why = refusal(&format!("{kind}:{long}"));
        assert!(why.len() < 300, "{why}");
    }
    assert!(refusal(&format!("folder:{}", "x".repeat(4097))).contains("4096"));
}

#[test]
fn a_refusal_names_the_text_and_what_is_expected() {
    assert_eq!(
        refusal("multipass:-x"),
        "\"multipass:-x\" names no machine: an instance of Multipass is named with letters, digits and \
         hyphens, a letter first and no hyphen last"
    );
    assert!(refusal("dev").contains("ssh:[USER@]HOST[:PORT]"));
    assert!(refusal("wsl:\u{1b}[2J").starts_with(r#""wsl:\u{1b}[2J""#));
}

#[test]
fn has_a_name() {
    for (text, name) in [
        ("local", "microk8s"),
        ("multipass:dev", "dev"),
        ("ssh:ubuntu@lab1:2222", "lab1"),
        ("ssh:[::1]:2222", "::1"),
        ("folder:/backup/monday/", "monday"),
        ("folder:..", "microk8s"),
        ("lxd:remote:c1", "c1"),
        ("incus:c1", "c1"),
        ("wsl:Ubuntu 22", "Ubuntu 22"),
    ] {
        assert_eq!(place(text).name(), name, "{text}");
    }
    assert_eq!(place("ssh:a@[::1]:22").ssh_host(), Some("::1"));
    assert_eq!(place("multipass:dev").ssh_host(), None);
}

#[test]
fn an_argument_is_never_more_than_a_text() {
    assert_eq!(place("multipass:dev").argument(), "multipass:dev");
    assert_eq!(place("ssh:u@h:1").argument(), "ssh:u@h:1");
    assert_eq!(place("ssh:[::1]").argument(), "'ssh:[::1]'");
    assert_eq!(
        place("wsl:a 'b' $(id)").argument(),
        r"'wsl:a '\''b'\'' $(id)'"
    );
    assert_eq!(place("folder:C:\\a").argument(), r"'folder:C:\a'");
    assert_eq!(place("wsl:a\u{202e}b").argument(), r"'wsl:a\u{202e}b'");
}

/// Texts that are likely to be a place, and some that are nearly one.
fn texts() -> impl Strategy<Value = String> {
    let kind = prop::sample::select(vec![
        "folder",
        "ssh",
        "multipass",
        "lxd",
        "lxc",
        "incus",
        "wsl",
    ]);
    let rest = prop_oneof![
        "[a-z0-9-]{1,8}",
        "([a-z-]{1,4}@)?[a-z.-]{1,6}(:[0-9]{1,5})?",
        "([a-z-]{1,4}@)?\\[[0-9a-f:]{2,6}(%[a-z-]{1,4})?\\](:[0-9]{1,5})?",
        "[a-z-]{1,4}:[a-z-]{1,4}",
        "\\PC{0,12}",
        any::<String>(),
    ];
    (kind, rest).prop_map(|(kind, rest)| format!("{kind}:{rest}"))
}

proptest! {
    #[test]
    fn what_is_printed_is_read_again(text in texts()) {
        if let Ok(place) = text.parse::<Place>() {
            prop_assert_eq!(place.to_string().parse::<Place>().unwrap(), place);
        }
    }

    #[test]
    fn no_argument_is_an_option(text in texts()) {
        let Ok(place) = text.parse::<Place>() else { return Ok(()) };
        let arguments = match &place {
            Place::Local | Place::Folder(_) => vec![],
            Place::Ssh { destination, .. } => {
                vec![destination.as_str(), place.ssh_host().unwrap()]
            }
            Place::Lxd(name) | Place::Incus(name) => {
                let mut parts: Vec<&str> = name.split(':').collect();
                parts.push(name);
                parts
            }
            Place::Multipass(name) | Place::Wsl(name) => vec![name.as_str()],
        };
        for argument in arguments {
            prop_assert!(!argument.is_empty() && !argument.starts_with('-'), "{:?}", argument);
            prop_assert!(!argument.contains(char::is_control), "{:?}", argument);
        }
        prop_assert!(!place.argument().starts_with('-'));
        prop_assert!(!place.argument().contains(char::is_control));
    }

    #[test]
    fn never_panics(text in any::<String>()) {
        let _ = text.parse::<Place>();
    }
}
