use proptest::prelude::*;

use super::PathError;
use super::Probe;
use super::System;
use super::System::Unix;
use super::System::Windows;
use super::clean;
use super::dir;
use super::expand_tilde;
use super::has_separator;
use super::home;
use super::is_abs;
use super::join;
use super::rel;
use super::relativize;
use super::resolve;
use super::split_list;

#[test]
fn paths_are_cleaned_as_by_go() {
    for (path, expected) in [
        ("", "."),
        ("abc", "abc"),
        ("abc/", "abc"),
        ("/", "/"),
        ("..", ".."),
        ("../../abc", "../../abc"),
        ("abc//def//ghi", "abc/def/ghi"),
        ("//abc", "/abc"),
        ("abc/./def", "abc/def"),
        ("/./abc/def", "/abc/def"),
        ("abc/def/..", "abc"),
        ("abc/def/../../..", ".."),
        ("/../abc", "/abc"),
        ("abc/../../././../def", "../../def"),
        ("a\\b/../c", "c"),
    ] {
        assert_eq!(clean(Unix, path), expected, "{path}");
    }
    for (path, expected) in [
        ("c:", "c:."),
        ("c:\\", "c:\\"),
        ("c:/a/../b", "c:\\b"),
        ("c:\\..\\a", "c:\\a"),
        ("c:abc\\..\\..\\.\\.\\..\\def", "c:..\\..\\def"),
        ("/", "\\"),
        ("\\\\host\\share", "\\\\host\\share"),
        ("\\\\host\\share\\a\\..\\b", "\\\\host\\share\\b"),
        ("//host/share/../x", "\\\\host\\share\\x"),
        ("a\\..\\c:", ".\\c:"),
        ("a/../c:/x", ".\\c:\\x"),
        ("\\\\.\\c:\\a\\..", "\\\\.\\c:\\"),
    ] {
        assert_eq!(clean(Windows, path), expected, "{path}");
    }
}

#[test]
fn roots_are_those_of_go() {
    assert!(is_abs(Unix, "/") && is_abs(Unix, "/a") && !is_abs(Unix, "") && !is_abs(Unix, "c:\\a"));
    for path in [
        "c:\\",
        "C:/a",
        "\\\\host\\share\\a",
        "\\\\host\\share",
        "//host/share/a",
        "\\\\.\\c:\\",
    ] {
        assert!(is_abs(Windows, path), "{path}");
    }
    for path in ["", "c:", "c:a", "\\", "\\a", "/a", "a\\b"] {
        assert!(!is_abs(Windows, path), "{path}");
    }
}

#[test]
fn elements_are_joined_as_by_go() {
    for (elements, expected) in [
        (vec![], ""),
        (vec![""], ""),
        (vec!["", ""], ""),
        (vec!["a", "b"], "a/b"),
        (vec!["a", ""], "a"),
        (vec!["", "b"], "b"),
        (vec!["/", "a"], "/a"),
        (vec!["/", ""], "/"),
        (vec!["a/", "/b"], "a/b"),
        (vec!["a", "../../c"], "../c"),
    ] {
        assert_eq!(join(Unix, &elements), expected, "{elements:?}");
    }
    for (elements, expected) in [
        (vec!["c:", "a"], "c:a"),
        (vec!["c:\\", "a"], "c:\\a"),
        (vec!["c:\\", "\\a"], "c:\\a"),
        (vec!["c:", "\\a"], "c:\\a"),
        (vec!["\\\\host\\share", "a"], "\\\\host\\share\\a"),
        (vec!["a", "b", "..\\c"], "a\\c"),
        (vec!["\\", "??\\a"], "\\.\\??\\a"),
        (vec!["a", ""], "a"),
    ] {
        assert_eq!(join(Windows, &elements), expected, "{elements:?}");
    }
}

#[test]
fn directories_are_those_of_go() {
    for (path, expected) in [
        ("", "."),
        ("/", "/"),
        ("/a", "/"),
        ("a", "."),
        ("a/b", "a"),
        ("a/b/", "a/b"),
        ("/a/../b", "/"),
    ] {
        assert_eq!(dir(Unix, path), expected, "{path}");
    }
    for (path, expected) in [
        ("c:\\a", "c:\\"),
        ("c:a", "c:."),
        ("c:\\a\\b", "c:\\a"),
        ("\\\\h\\s", "\\\\h\\s"),
        ("\\\\h\\s\\a", "\\\\h\\s\\"),
        ("a/b", "a"),
    ] {
        assert_eq!(dir(Windows, path), expected, "{path}");
    }
}

#[test]
fn ways_are_those_of_go() {
    let way =
        |system, base: &str, path: &str| rel(system, base, path).map_err(|error| error.to_string());
    for (base, path, expected) in [
        ("a/b", "a/b", "."),
        ("a/b/.", "a/b", "."),
        ("a/b", "./a/b", "."),
        ("ab/cd", "ab/cde", "../cde"),
        ("a/b", "a/b/c/d", "c/d"),
        ("a/b/c", "a/c/d", "../../c/d"),
        ("a/b/c/d", "a/b", "../.."),
        ("../../a/b", "../../a/b/c/d", "c/d"),
        ("/a/b", "/a/b/c", "c"),
        ("/", "/a", "a"),
        (".", "a/b", "a/b"),
        (".", "..", ".."),
        ("/a", "/A", "../A"),
    ] {
        assert_eq!(
            way(Unix, base, path).as_deref(),
            Ok(expected),
            "{base} {path}"
        );
    }
    for (base, path) in [
        ("..", "."),
        ("..", "a"),
        ("../..", ".."),
        ("a", "/a"),
        ("/a", "a"),
    ] {
        assert!(way(Unix, base, path).is_err(), "{base} {path}");
    }
    for (base, path, expected) in [
        ("C:a\\b\\c", "C:a/b/d", "..\\d"),
        ("C:\\Projects", "c:\\projects\\src", "src"),
        ("C:\\Projects", "c:\\projects", "."),
        ("C:\\Projects\\a\\..", "c:\\projects", "."),
        ("\\\\host\\share", "\\\\host\\share\\file.txt", "file.txt"),
    ] {
        assert_eq!(
            way(Windows, base, path).as_deref(),
            Ok(expected),
            "{base} {path}"
        );
    }
    assert_eq!(
        way(Windows, "C:\\k", "D:\\ca"),
        Err("Rel: can't make D:\\ca relative to C:\\k".into())
    );
    assert!(way(Windows, "C:\\", "C:").is_err());
}

#[test]
fn lists_are_split_as_by_go() {
    assert_eq!(split_list(Unix, ""), Vec::<String>::new());
    assert_eq!(split_list(Unix, "a::b:"), ["a", "", "b", ""]);
    assert_eq!(
        split_list(Windows, "a;\"b;c\"\\d;e\"f\""),
        ["a", "b;c\\d", "ef"]
    );
    assert_eq!(split_list(Windows, "c:\\a"), ["c:\\a"]);
    assert!(has_separator(Unix, "./a") && !has_separator(Unix, "a\\b"));
    assert!(has_separator(Windows, ".\\a") && !has_separator(Windows, "./a"));
}

#[test]
fn values_are_resolved_and_relativized_as_by_client_go() {
    assert_eq!(resolve(Unix, "/k", ""), "");
    assert_eq!(resolve(Unix, "/k", "./x/../ca.crt"), "/k/ca.crt");
    assert_eq!(resolve(Unix, "/k", "/x/../ca.crt"), "/x/../ca.crt");
    assert_eq!(resolve(Windows, "C:\\k", "x/ca.crt"), "C:\\k\\x\\ca.crt");
    assert_eq!(relativize(Unix, "/k", "/k/x/ca"), Ok("x/ca".into()));
    assert_eq!(relativize(Unix, "/k", "/x/ca"), Ok("/x/ca".into()));
    assert_eq!(relativize(Unix, "/k/a", "/k"), Ok("..".into()));
    assert_eq!(relativize(Unix, "/k", ""), Ok(String::new()));
    assert_eq!(
        relativize(Unix, "k", "x"),
        Err(PathError::Backsteps { path: "x".into() })
    );
    assert_eq!(relativize(Windows, "C:\\k", "C:\\x"), Ok("..\\x".into()));
}

#[test]
fn home_is_that_of_client_go() {
    let ask = |system: System, set: &[(&str, &str)], config: &str, good: &str, there: &str| {
        let probe = |path: &str| Probe {
            exists: path == format!("{config}\\.kube\\config") || path == good || path == there,
            writable_directory: path == good,
        };
        let variable = |name: &str| {
            set.iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        home(system, &variable, &probe)
    };
    let all = [
        ("HOME", "C:\\h"),
        ("HOMEDRIVE", "C:"),
        ("HOMEPATH", "\\d"),
        ("USERPROFILE", "C:\\p"),
    ];
    let windows = |config, good, there| ask(Windows, &all, config, good, there).unwrap();
    assert_eq!(windows("C:\\p", "C:\\h", ""), "C:\\p");
    assert_eq!(windows("C:\\d", "", ""), "C:\\d");
    assert_eq!(windows("", "C:\\d", "C:\\h"), "C:\\d");
    assert_eq!(windows("", "", "C:\\p"), "C:\\p");
    assert_eq!(windows("", "", ""), "C:\\h");
    assert_eq!(ask(Windows, &all[1..], "", "", "").unwrap(), "C:\\p");
    assert_eq!(ask(Windows, &[], "", "", ""), None);
    assert_eq!(
        ask(Unix, &[("HOME", "/h"), ("USERPROFILE", "x")], "", "", ""),
        Some("/h".into())
    );
    assert_eq!(ask(Unix, &[("HOME", "")], "", "", ""), None);
}

#[test]
fn a_tilde_is_home() {
    let expand = |system, home, path| expand_tilde(system, home, path, &|path| path == "~/literal");
    assert_eq!(expand(Unix, Some("/h"), "~/x"), "/h/x");
    assert_eq!(expand(Unix, Some("/h"), "~/literal"), "~/literal");
    assert_eq!(expand(Windows, Some("C:\\h"), "~\\x"), "C:\\h\\x");
    for path in ["~", "~/", "~y/z", "~\\x", "a/~/b"] {
        assert_eq!(expand(Unix, Some("/h"), path), path);
    }
    assert_eq!(expand(Unix, None, "~/x"), "~/x");
}

proptest! {
    #[test]
    fn the_way_leads_back(base in "/[ab./]{0,9}", to in "[ab./]{1,9}") {
        let path = join(Unix, &[&base, &to]);
        let way = rel(Unix, &base, &path).unwrap();
        prop_assert_eq!(join(Unix, &[&base, &way]), path);
    }

    #[test]
    fn the_way_leads_back_on_windows(base in r"[cC]:\\[ab.\\/]{0,9}", to in r"[ab.\\/]{1,9}") {
        let path = join(Windows, &[&base, &to]);
        let way = rel(Windows, &base, &path).unwrap();
        prop_assert_eq!(join(Windows, &[&base, &way]), path);
    }

    #[test]
    fn clean_stays_clean(path in r"(c:|//h/s|)[ab./\\:?]{0,10}") {
        for system in [Unix, Windows] {
            let once = clean(system, &path);
            // Of a volume alone Go makes that volume's own folder by adding a dot (`path/filepath`, `Clean`), each time
            // anew where the result is a volume to it again: `\:` is a drive, and so is all behind `\??\`
            // (`internal/filepathlite`, `volumeNameLen`).
            if !once.starts_with("\\:") && !once.starts_with("\\??") {
                prop_assert_eq!(clean(system, &once), once.clone());
            }
        }
    }
}
