//! Entries put, removed and renamed: bytes before, bytes after.

use std::fmt::Write as _;

use super::ONE;
use super::becomes;
use super::current;
use super::edit;
use crate::AuthProvider;
use crate::Cluster;
use crate::Context;
use crate::Document;
use crate::Edit;
use crate::EditError;
use crate::Exec;
use crate::ExecEnv;
use crate::Extensions;
use crate::List;
use crate::Named;
use crate::Preferences;
use crate::Secret;
use crate::User;

fn remove(list: List, name: &str) -> Edit {
    Edit::Remove {
        list,
        name: name.into(),
    }
}

fn rename(list: List, from: &str, to: &str) -> Edit {
    Edit::Rename {
        list,
        from: from.into(),
        to: to.into(),
        references: true,
    }
}

/// The cluster `a` of `before`, changed.
fn cluster(before: &str, change: impl FnOnce(&mut Cluster)) -> Edit {
    let document = Document::parse(before).unwrap();
    let mut cluster = document.config().cluster("a").cloned().unwrap_or_default();
    change(&mut cluster);
    Edit::PutCluster(Named::new("a", cluster))
}

fn user(before: &str, change: impl FnOnce(&mut User)) -> Edit {
    let document = Document::parse(before).unwrap();
    let mut user = document.config().user("a").cloned().unwrap_or_default();
    change(&mut user);
    Edit::PutUser(Named::new("a", user))
}

fn exec(before: &str, change: impl FnOnce(&mut Exec)) -> Edit {
    user(before, |user| change(user.exec.get_or_insert_default()))
}

fn extension(name: &str, value: serde_json::Value) -> Extensions {
    Extensions([(name.to_owned(), value)].into())
}

#[test]
fn a_field_goes_with_its_line() {
    for (before, after) in [
        (
            "clusters:\n- cluster:\n    proxy-url: x # gone\n    # stays\n    server: s\n  name: a\n",
            "clusters:\n- cluster:\n    # stays\n    server: s\n  name: a\n",
        ),
        (
            "clusters:\n- cluster:\n    # stays\n    server: s # too\n    # and this\n    proxy-url: >-\n      x\n      y\n    # and that\n  name: a\n",
            "clusters:\n- cluster:\n    # stays\n    server: s # too\n    # and this\n    # and that\n  name: a\n",
        ),
        // The last of two counts, and both go.
        (
            "clusters:\n- name: a\n  cluster:\n    proxy-url: x\n    server: s\n    proxy-url: z",
            "clusters:\n- name: a\n  cluster:\n    server: s\n",
        ),
        (
            "clusters:\n- name: a\n  cluster: # mine\n    # stays\n    proxy-url: x\n    # too\nusers: []\n",
            "clusters:\n- name: a\n  cluster: {} # mine\n    # stays\n    # too\nusers: []\n",
        ),
        (
            "clusters:\r\n- name: a\r\n  cluster:\r\n    proxy-url: x\r\n    server: s",
            "clusters:\r\n- name: a\r\n  cluster:\r\n    server: s",
        ),
        (
            "{\"clusters\":[{\"name\":\"a\",\"cluster\":{\"server\":\"s\",\"proxy-url\":\"x\"}}]}",
            "{\"clusters\":[{\"name\":\"a\",\"cluster\":{\"server\":\"s\"}}]}",
        ),
        (
            "{\"clusters\":[{\"name\":\"a\",\"cluster\":{\"proxy-url\":\"x\", \"server\":\"s\"}}]}",
            "{\"clusters\":[{\"name\":\"a\",\"cluster\":{\"server\":\"s\"}}]}",
        ),
        (
            "clusters:\n- name: a\n  cluster: {server: s, proxy-url: x, u: [1]}\n",
            "clusters:\n- name: a\n  cluster: {server: s, u: [1]}\n",
        ),
        (
            "clusters:\n- name: a\n  cluster: {proxy-url: x}\n",
            "clusters:\n- name: a\n  cluster: {}\n",
        ),
        (
            "clusters:\n- name: a\n  cluster: {\n    proxy-url: x, # gone\n    # stays\n    }\n",
            "clusters:\n- name: a\n  cluster: {\n    # stays\n    }\n",
        ),
        (
            "{\n\t\"clusters\": [\n\t\t{\n\t\t\t\"name\": \"a\",\n\t\t\t\"cluster\": {\n\t\t\t\t\"server\": \"s\",\n\t\t\t\t\"proxy-url\": \"x\"\n\t\t\t}\n\t\t}\n\t]\n}\n",
            "{\n\t\"clusters\": [\n\t\t{\n\t\t\t\"name\": \"a\",\n\t\t\t\"cluster\": {\n\t\t\t\t\"server\": \"s\"\n\t\t\t}\n\t\t}\n\t]\n}\n",
        ),
    ] {
        becomes(
            before,
            &[cluster(before, |cluster| cluster.proxy_url = None)],
            after,
        );
    }
}

#[test]
fn a_field_comes_where_kubectl_has_it() {
    for (before, after) in [
        (
            "clusters:\n- cluster:\n    certificate-authority: c\n    server: s\n  name: a\n",
            "clusters:\n- cluster:\n    certificate-authority: c\n    insecure-skip-tls-verify: true\n    server: s\n    tls-server-name: t # u\n  name: a\n",
        ),
        (
            "clusters:\n  - name: a\n    cluster: # c\n      # first\n      server: s",
            "clusters:\n  - name: a\n    cluster: # c\n      # first\n      insecure-skip-tls-verify: true\n      server: s\n      tls-server-name: t # u",
        ),
        (
            "clusters:\n- name: a\n  cluster: {server: s}\n",
            "clusters:\n- name: a\n  cluster: {insecure-skip-tls-verify: true, server: s, tls-server-name: 't # u'}\n",
        ),
        (
            "{\n  \"clusters\": [\n    {\n      \"name\": \"a\",\n      \"cluster\": {\n        \"server\": \"s\"\n      }\n    }\n  ]\n}\n",
            "{\n  \"clusters\": [\n    {\n      \"name\": \"a\",\n      \"cluster\": {\n        \"insecure-skip-tls-verify\": true,\n        \"server\": \"s\",\n        \"tls-server-name\": \"t # u\"\n      }\n    }\n  ]\n}\n",
        ),
        (
            "clusters:\n- name: a\n",
            "clusters:\n- cluster:\n    insecure-skip-tls-verify: true\n    server: \"\"\n    tls-server-name: t # u\n  name: a\n",
        ),
        (
            "clusters:\n- name: a\n  cluster: ~ # none\n",
            "clusters:\n- name: a\n  cluster: # none\n    insecure-skip-tls-verify: true\n    server: \"\"\n    tls-server-name: t # u\n",
        ),
        (
            "kind: Config\n",
            "clusters:\n- cluster:\n    insecure-skip-tls-verify: true\n    server: \"\"\n    tls-server-name: t # u\n  name: a\nkind: Config\n",
        ),
        (
            "x: &b {server: b, tls-server-name: b}\nclusters:\n- name: a\n  cluster:\n    server: s\n    <<: *b\n    u: v\n",
            "x: &b {server: b, tls-server-name: b}\nclusters:\n- name: a\n  cluster:\n    insecure-skip-tls-verify: true\n    server: s\n    <<: *b\n    tls-server-name: t # u\n    u: v\n",
        ),
    ] {
        let after = after.replace("t # u\n", "'t # u'\n");
        let after = after
            .strip_suffix("t # u")
            .map_or(after.clone(), |rest| format!("{rest}'t # u'"));
        let edit = cluster(before, |cluster| {
            cluster.insecure_skip_tls_verify = true;
            cluster.tls_server_name = Some("t # u".into());
        });
        becomes(before, &[edit], &after);
    }
}

const PLUGIN: &str = "\
users:
- name: a
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      # first
      - get # g
      - --x
      # last
      - \"y\"
      command: c
      env:
      - name: A # a
        value: \"1\"
      - {name: B, value: x}
      unknown: 1
    # end
";

#[test]
fn plugins_change_item_by_item() {
    let becomes = |change: fn(&mut Exec), diff: &[(&str, &str)]| {
        let mut after = PLUGIN.to_owned();
        for (old, new) in diff {
            assert!(after.contains(old), "{old}");
            after = after.replace(old, new);
        }
        becomes(PLUGIN, &[exec(PLUGIN, change)], &after);
    };
    becomes(
        |exec| exec.args.push("n".into()),
        &[("- \"y\"\n", "- \"y\"\n      - \"n\"\n")],
    );
    becomes(|exec| drop(exec.args.remove(1)), &[("      - --x\n", "")]);
    becomes(
        |exec| exec.args[2] = "z".into(),
        &[("- \"y\"\n", "- \"z\"\n")],
    );
    becomes(
        |exec| exec.args.insert(0, "z".into()),
        &[("      - get", "      - z\n      - get")],
    );
    becomes(
        |exec| exec.args.clear(),
        &[(
            "      args:\n      # first\n      - get # g\n      - --x\n      # last\n      - \"y\"\n",
            "",
        )],
    );
    becomes(|exec| exec.env[0].value = "2".into(), &[("\"1\"", "\"2\"")]);
    becomes(
        |exec| exec.env[1].value = "no".into(),
        &[("value: x", "value: \"no\"")],
    );
    becomes(
        |exec| drop(exec.env.remove(0)),
        &[("      - name: A # a\n        value: \"1\"\n", "")],
    );
    becomes(
        |exec| {
            exec.env.push(ExecEnv {
                name: "C".into(),
                value: "v".into(),
            });
        },
        &[("x}\n", "x}\n      - name: C\n        value: v\n")],
    );
    becomes(
        |exec| {
            exec.provide_cluster_info = true;
            exec.interactive_mode = Some("Never".into());
            exec.install_hint = Some("a\nb".into());
            exec.api_version = None;
        },
        &[
            (
                "      apiVersion: client.authentication.k8s.io/v1beta1\n",
                "",
            ),
            (
                "x}\n",
                "x}\n      installHint: |-\n        a\n        b\n      interactiveMode: Never\n      provideClusterInfo: true\n",
            ),
        ],
    );
}

#[test]
fn users_change_field_by_field() {
    let full = |user: &mut User| {
        user.as_groups = vec!["g".into(), "no".into()];
        user.as_user_extra = [("k".to_owned(), vec!["v".to_owned()])].into();
        user.auth_provider = Some(AuthProvider {
            name: "oidc".into(),
            config: [("id".to_owned(), Secret::from("x"))].into(),
        });
        user.client_key_data = Some(Secret::from("KEY"));
        user.extensions = extension("e", serde_json::json!({"v": [1, null]}));
    };
    for (before, after) in [
        (
            "users:\n- name: a\n  user:\n    token: t # t\n",
            "users:\n- name: a\n  user:\n    as-groups:\n    - g\n    - \"no\"\n    as-user-extra:\n      k:\n      - v\n    auth-provider:\n      config:\n        id: x\n      name: oidc\n    client-key-data: S0VZ\n    extensions:\n    - extension:\n        v:\n        - 1\n        - null\n      name: e\n    token: t # t\n",
        ),
        (
            "users:\n- name: a\n  user: {as-groups: [], as-user-extra: {k: [u], l: [m]}, auth-provider: {name: gcp, config: {a: b}}, extensions: [{name: x}]}\n",
            "users:\n- name: a\n  user: {as-groups: [g, \"no\"], as-user-extra: {k: [v]}, auth-provider: {name: oidc, config: {id: x}}, client-key-data: S0VZ, extensions: [{extension: {v: [1, null]}, name: e}]}\n",
        ),
        (
            "users:\n- name: a\n  user:\n    as-groups: [] # none\n    as-user-extra:\n      # u\n      k: [u] # k\n      l:\n      - m\n    auth-provider:\n      name: gcp # n\n      config:\n        a: b # c\n        # d\n    extensions:\n    - name: x\n    # z\n    - name: e\n      extension: # old\n        v: 1\n",
            "users:\n- name: a\n  user:\n    as-groups: # none\n    - g\n    - \"no\"\n    as-user-extra:\n      # u\n      k: [v] # k\n    auth-provider:\n      name: oidc # n\n      config:\n        id: x\n    client-key-data: S0VZ\n        # d\n    extensions:\n    # z\n    - name: e\n      extension: # old\n        v:\n        - 1\n        - null\n",
        ),
    ] {
        let edit = user(before, full);
        becomes(before, &[edit], after);
    }
    let before = "users:\n- name: a\n  user:\n    auth-provider:\n      config: {a: b}\n      name: x\n    token: t\n";
    becomes(
        before,
        &[user(before, |user| {
            user.auth_provider.get_or_insert_default().config.clear();
        })],
        "users:\n- name: a\n  user:\n    auth-provider:\n      name: x\n    token: t\n",
    );
}

#[test]
fn contexts_change_too() {
    let before =
        "contexts:\n- context:\n    cluster: c\n    namespace: s # n\n    user: u\n  name: a\n";
    let put = |namespace: Option<&str>, user: &str| {
        Edit::PutContext(Named::new(
            "a",
            Context {
                cluster: "c".into(),
                user: user.into(),
                namespace: namespace.map(str::to_owned),
                ..Context::default()
            },
        ))
    };
    becomes(
        before,
        &[put(Some("m"), "")],
        "contexts:\n- context:\n    cluster: c\n    namespace: m # n\n    user: \"\"\n  name: a\n",
    );
    becomes(
        before,
        &[put(None, "u")],
        "contexts:\n- context:\n    cluster: c\n    user: u\n  name: a\n",
    );
    becomes(before, &[put(Some("s"), "u")], before);
}

#[test]
fn entries_go_and_comments_between_them_stay() {
    for (before, names, after) in [
        (
            "# head\nclusters: # l\n# one\n- name: a # a\n  # inside\n  cluster: {server: s}\n# two\n- name: b\n  # below\nkind: Config\n",
            "a",
            "# head\nclusters: # l\n# one\n# two\n- name: b\n  # below\nkind: Config\n",
        ),
        (
            "# head\nclusters: # l\n# one\n- name: a # a\n  # inside\n  cluster: {server: s}\n# two\n- name: b\n  # below\nkind: Config\n",
            "b",
            "# head\nclusters: # l\n# one\n- name: a # a\n  # inside\n  cluster: {server: s}\n# two\n  # below\nkind: Config\n",
        ),
        (
            "# head\nclusters: # l\n# one\n- name: a # a\n  # inside\n  cluster: {server: s}\n# two\n- name: b\n  # below\nkind: Config\n",
            "ab",
            "# head\nclusters: [] # l\n# one\n# two\n  # below\nkind: Config\n",
        ),
        (
            "clusters:\n-\n  name: a\n-\n  name: b",
            "b",
            "clusters:\n-\n  name: a\n",
        ),
        (
            "clusters:\n-\n  name: a\n-\n  name: b\n",
            "a",
            "clusters:\n-\n  name: b\n",
        ),
        (
            "clusters:\n- name: a\n-\n- name: b\n",
            "a",
            "clusters:\n-\n- name: b\n",
        ),
        (
            "clusters:\n- name: a\n-\n- name: b\n",
            " ",
            "clusters:\n- name: a\n- name: b\n",
        ),
        (
            "clusters:\n- name: a\n- ~ # c\n# d\n- name: b\n",
            " ",
            "clusters:\n- name: a\n# d\n- name: b\n",
        ),
        (
            "clusters:\n- name: a\n-\n# d\n",
            " ",
            "clusters:\n- name: a\n# d\n",
        ),
        (
            "clusters:\n  - {name: a}\n  - {name: b}\n",
            "ab",
            "clusters: []\n",
        ),
        (
            "clusters: [{name: a}, {name: b}]\n",
            "a",
            "clusters: [{name: b}]\n",
        ),
        (
            "clusters: [{name: a}, {name: b}]\n",
            "b",
            "clusters: [{name: a}]\n",
        ),
        ("clusters: [{name: a}, {name: b}]\n", "ab", "clusters: []\n"),
        (
            "clusters: [{name: a}, {name: b}, {name: c}, ]\n",
            "ac",
            "clusters: [{name: b}, ]\n",
        ),
        (
            "clusters: [{name: a}, {name: b}, {name: c}]\n",
            "bc",
            "clusters: [{name: a}]\n",
        ),
        (
            "clusters: [{name: a}, !x {name: b}, {name: c}]\n",
            "b",
            "clusters: [{name: a}, {name: c}]\n",
        ),
        (
            "{\n  \"clusters\": [\n    {\"name\": \"a\"},\n    {\n      \"name\": \"b\"\n    },\n    {\"name\": \"c\"}\n  ]\n}\n",
            "b",
            "{\n  \"clusters\": [\n    {\"name\": \"a\"},\n    {\"name\": \"c\"}\n  ]\n}\n",
        ),
        (
            "{\n  \"clusters\": [\n    {\"name\": \"a\"},\n    {\n      \"name\": \"b\"\n    },\n    {\"name\": \"c\"}\n  ]\n}\n",
            "bc",
            "{\n  \"clusters\": [\n    {\"name\": \"a\"}\n  ]\n}\n",
        ),
        (
            "{\n  \"clusters\": [\n    {\"name\": \"a\"},\n    {\n      \"name\": \"b\"\n    },\n    {\"name\": \"c\"}\n  ]\n}\n",
            "abc",
            "{\n  \"clusters\": []\n}\n",
        ),
        (
            "{\"clusters\": [{\n    \"name\": \"a\"\n  }, {\n    \"name\": \"b\"\n  }]}\n",
            "a",
            "{\"clusters\": [{\n    \"name\": \"b\"\n  }]}\n",
        ),
        (
            "{\"clusters\": [{\n    \"name\": \"a\"\n  }, {\n    \"name\": \"b\"\n  }]}\n",
            "b",
            "{\"clusters\": [{\n    \"name\": \"a\"\n  }]}\n",
        ),
        (
            "clusters: [\n  {name: a}, # of a\n  # stays\n  {name: b} # of b\n]\n",
            "b",
            "clusters: [\n  {name: a} # of a\n  # stays\n]\n",
        ),
    ] {
        let names: Vec<_> = names.chars().map(|name| name.to_string()).collect();
        let edits: Vec<_> = names
            .iter()
            .map(|name| remove(List::Clusters, name.trim()))
            .collect();
        let result = edit(before, &edits).unwrap_or_else(|error| panic!("{error}\n{before}"));
        assert_eq!(result, after, "from\n{before}");
    }
}

#[test]
fn what_goes_and_comes_at_once() {
    let before = "users:\n- name: a\n  user: {token: t}\n# c\n- name: b\n  user:\n    exec:\n      command: x\n      args:\n      - z";
    let put = |name: &str| {
        Edit::PutUser(Named::new(
            name,
            User {
                username: Some("me".into()),
                ..User::default()
            },
        ))
    };
    becomes(
        before,
        &[remove(List::Users, "b"), put("b"), current("x")],
        "current-context: x\nusers:\n- name: a\n  user: {token: t}\n# c\n- name: b\n  user:\n    username: me\n"
            .trim_end(),
    );
}

#[test]
fn names_change_in_their_place() {
    let before = "\
contexts:
- name: x # x
  context: {cluster: a, user: 'a'}
clusters:
- cluster: {server: s}
  \"name\": \"a\"
users: [{name: a}, {name: b}]
current-context: x
";
    becomes_once(
        before,
        &[rename(List::Clusters, "a", "12")],
        &before
            .replace("cluster: a", "cluster: \"12\"")
            .replace("\"name\": \"a\"", "\"name\": \"12\""),
    );
    becomes_once(
        before,
        &[rename(List::Users, "a", "it's")],
        &before
            .replace("'a'", "'it''s'")
            .replace("{name: a}", "{name: \"it's\"}"),
    );
    becomes_once(
        before,
        &[rename(List::Contexts, "x", "y z")],
        &before
            .replace("name: x #", "name: y z #")
            .replace("context: x", "context: y z"),
    );
    let rename = Edit::Rename {
        list: List::Clusters,
        from: "a".into(),
        to: "c".into(),
        references: false,
    };
    becomes_once(
        before,
        &[rename],
        &before.replace("\"name\": \"a\"", "\"name\": \"c\""),
    );
}

#[track_caller]
fn becomes_once(before: &str, edits: &[Edit], after: &str) {
    assert_eq!(edit(before, edits).unwrap(), after);
}

#[test]
fn names_that_are_taken_or_missing_are_refused() {
    let before = "users:\n- name: a\n- name: b\n";
    for to in ["a", "b"] {
        assert_eq!(
            edit(before, &[rename(List::Users, "a", to)]),
            Err(EditError::Exists {
                kind: "user",
                name: to.into()
            })
        );
    }
    for edits in [
        vec![rename(List::Users, "c", "d")],
        vec![remove(List::Users, "c")],
        vec![remove(List::Users, "a"), remove(List::Users, "a")],
        vec![remove(List::Contexts, "a")],
    ] {
        let error = edit(before, &edits).unwrap_err();
        assert!(matches!(error, EditError::NotFound { .. }), "{error}");
    }
}

#[test]
fn top_level_fields_change() {
    let colors = Edit::PutPreferences(Preferences {
        colors: true,
        extensions: extension("x", serde_json::json!("y")),
    });
    let none = Edit::PutPreferences(Preferences::default());
    let extensions = Edit::PutExtensions(extension("m", serde_json::json!({"k": 1.5})));
    let no_extensions = Edit::PutExtensions(Extensions::default());
    for (before, edits, after) in [
        (
            "kind: Config\npreferences: {}\nusers: []\n",
            vec![colors.clone(), extensions.clone()],
            "extensions:\n- extension:\n    k: 1.5\n  name: m\nkind: Config\npreferences:\n  colors: true\n  extensions:\n  - extension: \"y\"\n    name: x\nusers: []\n",
        ),
        (
            "preferences: # p\n  # c\n  colors: true # d\nextensions: # e\n- name: o\n  extension: 1\n",
            vec![none.clone(), no_extensions.clone()],
            "preferences: {} # p\n  # c\n",
        ),
        (
            "{\"preferences\": {\"colors\": true}, \"extensions\": [{\"name\": \"n\", \"extension\": {\"a\": 1}}]}",
            vec![none.clone(), extensions.clone()],
            "{\"preferences\": {}, \"extensions\": [{\"extension\": {\"k\": 1.5}, \"name\": \"m\"}]}",
        ),
        (
            "",
            vec![colors.clone(), extensions.clone(), current("c")],
            "apiVersion: v1\nclusters: null\ncontexts: null\ncurrent-context: c\nextensions:\n- extension:\n    k: 1.5\n  name: m\nkind: Config\npreferences:\n  colors: true\n  extensions:\n  - extension: \"y\"\n    name: x\nusers: null\n",
        ),
        ("", vec![none, no_extensions], ""),
        (
            "current-context: x # c\n",
            vec![current("")],
            "current-context: \"\" # c\n",
        ),
        (
            "current-context: 'x'\n",
            vec![current("")],
            "current-context: ''\n",
        ),
        ("kind: Config\n", vec![current("")], "kind: Config\n"),
    ] {
        becomes(before, &edits, after);
    }
}

#[test]
fn what_is_shared_is_not_taken_away() {
    for (before, edit) in [
        (
            "clusters:\n- name: a\n  cluster: &c {server: s}\n- name: b\n  cluster: *c\n",
            remove(List::Clusters, "a"),
        ),
        (
            "clusters:\n- name: a\n  x: &x [y]\nz: *x\n",
            remove(List::Clusters, "a"),
        ),
        (
            "x: &x {proxy-url: p}\nclusters:\n- name: a\n  cluster: {<<: *x}\n",
            Edit::PutCluster(Named::new("a", Cluster::default())),
        ),
        (
            "x: &x\n- name: a\nclusters: *x\n",
            remove(List::Clusters, "a"),
        ),
        ("clusters: &x\n- name: a\n", remove(List::Clusters, "a")),
    ] {
        let error = super::edit(before, &[edit]).unwrap_err();
        assert!(
            matches!(error, EditError::Shared { .. }),
            "{error}\n{before}"
        );
    }
    for (before, name, after) in [
        (
            "clusters:\n- name: a\n  cluster: &c {server: s}\n- name: b\n  cluster: *c\n",
            "b",
            "clusters:\n- name: a\n  cluster: &c {server: s}\n",
        ),
        (
            "clusters:\n- &a\n  name: a\n- &b {name: b}\n",
            "b",
            "clusters:\n- &a\n  name: a\n",
        ),
    ] {
        becomes_once(before, &[remove(List::Clusters, name)], after);
    }
}

#[test]
fn a_block_scalar_does_not_take_a_comment_for_its_own() {
    let before =
        "clusters:\n- cluster:\n    a: |\n      x\n    proxy-url: p\n      # deep\n  name: a\n";
    let error = edit(
        before,
        &[cluster(before, |cluster| cluster.proxy_url = None)],
    )
    .unwrap_err();
    assert!(
        matches!(error, EditError::Unsupported { line: 5, .. }),
        "{error}"
    );
    let before = before.replace("      # deep", "    # not deep\n\n");
    becomes(
        &before,
        &[cluster(&before, |cluster| cluster.proxy_url = None)],
        &before.replace("    proxy-url: p\n", ""),
    );
}

#[test]
fn what_is_added_does_not_take_a_comment_for_its_own() {
    let new = Cluster {
        server: ONE.into(),
        ..Cluster::default()
    };
    let edits = [Edit::PutCluster(Named::new("a\nb", new))];
    becomes(
        "apiVersion: v1\n# of the next line\nkind: Config\n",
        &edits,
        "apiVersion: v1\nclusters:\n- cluster:\n    server: https://10.0.0.1:16443\n  name: |-\n    a\n    b\n\
         # of the next line\nkind: Config\n",
    );
    becomes(
        "apiVersion: v1\n      # deeper\nkind: Config\n",
        &edits,
        "apiVersion: v1\nclusters:\n- cluster:\n    server: https://10.0.0.1:16443\n  name: \"a\\nb\"\n      # deeper\n\
         kind: Config\n",
    );
}

#[test]
fn patches_are_small_and_say_where() {
    let mut text = String::from("\u{feff}clusters:\n");
    let mut edits = Vec::new();
    for index in 0..1000 {
        writeln!(
            text,
            "- name: c{index}\n  cluster:\n    server: https://1\n# {index}"
        )
        .unwrap();
        if index % 10 == 0 {
            edits.push(remove(List::Clusters, &format!("c{index}")));
        }
    }
    let document = Document::parse(text.clone()).unwrap();
    let patch = document.patch(&edits).unwrap();
    assert_eq!(patch.splices.len(), 100);
    assert!(patch.splices.iter().all(|(_, bytes)| bytes.is_empty()));
    let after = String::from_utf8(patch.apply(document.bytes())).unwrap();
    assert_eq!(after.matches('#').count(), 1000);
    assert_eq!(document.edit(&edits).unwrap(), after.as_bytes());

    let put = Edit::PutCluster(Named::new(
        "c7",
        Cluster {
            server: ONE.into(),
            ..Cluster::default()
        },
    ));
    let patch = document.patch(std::slice::from_ref(&put)).unwrap();
    let (range, new) = &patch.splices[0];
    assert_eq!(
        (&text[range.clone()], new.as_slice()),
        ("https://1", ONE.as_bytes())
    );
    assert!(!format!("{patch:?}").contains("https"));
    let after = Document::parse(patch.apply(document.bytes())).unwrap();
    assert!(after.patch(&[put]).unwrap().is_empty());
}
