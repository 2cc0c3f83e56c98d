//! Forms that kubectl's own answers are compared with elsewhere; here without it.

use super::json;
use super::kyaml;
use super::new_file;
use super::value;
use super::yaml;
use crate::config::Config;
use crate::document::Document;

const TEXTS: &str = r#"
kind: Config
current-context: "a b"
users:
- name: "2024-01-01"
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      command: "line one\n  line two\n"
      args: ["", " x", "x:", "1_0", "=", "\u0007", "\ufeffx", "é\u2028 x", "😀", "a\n\n", "\tx\ny", "<&>"]
      installHint: "a text with more than eighty characters is folded at the first blank that comes after them,  but not at two"
- name: a2
  user: {as: "a \"long\" text with a bell\a is in double quotes and folded at the first blank after its eightieth character  so"}
- name: a10
  user: {auth-provider: {name: it's, config: {a10: "", a2: "", "l\n": x, q: "a b 'c' # d"}}}
extensions:
- name: e
  extension: {f: 1234567.5, g: 1e21, "[]": [], "{}": {}, l: [[1, ~], {a: b}], Y: 1e-7}
preferences: {colors: true}
"#;

fn config() -> Config {
    Document::parse(TEXTS).unwrap().config().clone()
}

#[test]
fn yaml_is_kubectls() {
    let shown = yaml(&config()).replace('\u{2028}', "<U+2028>");
    insta::assert_snapshot!(shown, @r#"
    apiVersion: v1
    clusters: null
    contexts: null
    current-context: a b
    extensions:
    - extension:
        '[]': []
        '{}': {}
        f: 1.2345675e+06
        g: 1e+21
        l:
        - - 1
          - null
        - a: b
        "true": 1e-07
      name: e
    kind: Config
    preferences:
      colors: true
    users:
    - name: "2024-01-01"
      user:
        exec:
          apiVersion: client.authentication.k8s.io/v1beta1
          args:
          - ""
          - ' x'
          - 'x:'
          - "1_0"
          - =
          - "\a"
          - "\uFEFF\x78"
          - "é\L x"
          - "\U0001F600"
          - |+
            a

          - "\tx\ny"
          - <&>
          command: |
            line one
              line two
          env: null
          installHint: a text with more than eighty characters is folded at the first
            blank that comes after them,  but not at two
          interactiveMode: IfAvailable
          provideClusterInfo: false
    - name: a10
      user:
        auth-provider:
          config:
            a2: ""
            a10: ""
            ? |
              l
            : x
            q: 'a b ''c'' # d'
          name: it's
    - name: a2
      user:
        as: "a \"long\" text with a bell\a is in double quotes and folded at the first
          blank after its eightieth character  so"
    "#);
}

#[test]
fn json_is_kubectls() {
    insta::assert_snapshot!(json(&config()), @r#"
    {
        "kind": "Config",
        "apiVersion": "v1",
        "preferences": {
            "colors": true
        },
        "clusters": null,
        "users": [
            {
                "name": "2024-01-01",
                "user": {
                    "exec": {
                        "command": "line one\n  line two\n",
                        "args": [
                            "",
                            " x",
                            "x:",
                            "1_0",
                            "=",
                            "\u0007",
                            "﻿x",
                            "é\u2028 x",
                            "😀",
                            "a\n\n",
                            "\tx\ny",
                            "\u003c\u0026\u003e"
                        ],
                        "env": null,
                        "apiVersion": "client.authentication.k8s.io/v1beta1",
                        "installHint": "a text with more than eighty characters is folded at the first blank that comes after them,  but not at two",
                        "provideClusterInfo": false,
                        "interactiveMode": "IfAvailable"
                    }
                }
            },
            {
                "name": "a10",
                "user": {
                    "auth-provider": {
                        "name": "it's",
                        "config": {
                            "a10": "",
                            "a2": "",
                            "l\n": "x",
                            "q": "a b 'c' # d"
                        }
                    }
                }
            },
            {
                "name": "a2",
                "user": {
                    "as": "a \"long\" text with a bell\u0007 is in double quotes and folded at the first blank after its eightieth character  so"
                }
            }
        ],
        "contexts": null,
        "current-context": "a b",
        "extensions": [
            {
                "name": "e",
                "extension": {
                    "[]": [],
                    "f": 1234567.5,
                    "g": 1e+21,
                    "l": [
                        [
                            1,
                            null
                        ],
                        {
                            "a": "b"
                        }
                    ],
                    "true": 1e-7,
                    "{}": {}
                }
            }
        ]
    }
    "#);
}

#[test]
fn kyaml_is_kubectls() {
    insta::assert_snapshot!(kyaml(&config()), @r#"
    ---
    {
      kind: "Config",
      apiVersion: "v1",
      preferences: {
        colors: true,
      },
      clusters: null,
      users: [{
        name: "2024-01-01",
        user: {
          exec: {
            command: "\
               line one\n\
              \  line two\n\
              ",
            args: [
              "",
              " x",
              "x:",
              "1_0",
              "=",
              "\a",
              "\ufeffx",
              "é\L x",
              "😀",
              "\
                 a\n\
                 \n\
                ",
              "\
                 \tx\n\
                 y\
                ",
              "<&>",
            ],
            env: null,
            apiVersion: "client.authentication.k8s.io/v1beta1",
            installHint: "a text with more than eighty characters is folded at the first blank that comes after them,  but not at two",
            provideClusterInfo: false,
            interactiveMode: "IfAvailable",
          },
        },
      }, {
        name: "a10",
        user: {
          auth-provider: {
            name: "it's",
            config: {
              a10: "",
              a2: "",
              "l\n": "x",
              q: "a b 'c' # d",
            },
          },
        },
      }, {
        name: "a2",
        user: {
          as: "a \"long\" text with a bell\a is in double quotes and folded at the first blank after its eightieth character  so",
        },
      }],
      contexts: null,
      current-context: "a b",
      extensions: [{
        name: "e",
        extension: {
          "[]": [],
          "f": 1234567.5,
          g: 1e+21,
          l: [[
            1,
            null,
          ], {
            a: "b",
          }],
          "true": 1e-7,
          "{}": {},
        },
      }],
    }
    "#);
}

#[test]
fn a_file_can_be_read_by_all() {
    let file = new_file(&config());
    assert!(!file.contains('\u{2028}') && file.contains("\\L"), "{file}");
    assert_eq!(Document::parse(file).unwrap().config().users.len(), 3);
}

#[test]
fn an_empty_config_has_no_preferences() {
    let empty = Config::default();
    let all = [
        yaml(&empty),
        json(&empty),
        kyaml(&empty),
        value(&empty).to_string(),
    ]
    .concat();
    insta::assert_snapshot!(all, @r#"
    apiVersion: v1
    clusters: null
    contexts: null
    current-context: ""
    kind: Config
    users: null
    {
        "kind": "Config",
        "apiVersion": "v1",
        "clusters": null,
        "users": null,
        "contexts": null,
        "current-context": ""
    }
    ---
    {
      kind: "Config",
      apiVersion: "v1",
      clusters: null,
      users: null,
      contexts: null,
      current-context: "",
    }
    {"apiVersion":"v1","clusters":null,"contexts":null,"current-context":"","kind":"Config","users":null}
    "#);
    assert_eq!(new_file(&empty), yaml(&empty));
}
