//! kubectl's refusals, to the byte.
//!
//! Runs where a plain kubectl is found (`BOWLINE_KUBECTL`, or on `PATH`) and says so where not.
//! `BOWLINE_MUTATIONS` sets how many random files are tried.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

use std::fmt::Write as _;
use std::path::Path;

use kubeconfig::Document;
use testnode::kubectl::Kubectl;

/// What kubectl says of a file, without the file's name and without what we leave out.
fn theirs(kubectl: &Kubectl, folder: &Path, bytes: &[u8]) -> Result<(), String> {
    let file = folder.join("config");
    std::fs::write(&file, bytes).unwrap();
    let output = kubectl
        .command(folder, &file)
        .args(["config", "view"])
        .output()
        .unwrap();
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let prefix = format!("error: error loading config file \"{}\": ", file.display());
    let text = text.strip_prefix(&prefix).unwrap_or(&text).trim_end();
    Err(without_values(text))
}

/// What [`ParseError::client_go`](kubeconfig::ParseError::client_go) documents as left out.
fn without_values(text: &str) -> String {
    for last in [
        "in list",
        "key: <nil>",
        "Object 'apiVersion' is missing",
        "yaml: invalid map key: []interface {}",
        "yaml: invalid map key: map[interface {}]interface {}",
    ] {
        if let Some(at) = text.find(last) {
            return text[..at + last.len()].to_owned();
        }
    }
    if text.starts_with("yaml: cannot decode ") {
        let (before, rest) = text.split_once(" `").unwrap();
        let (_, after) = rest.rsplit_once("` ").unwrap();
        return format!("{before} {after}");
    }
    text.to_owned()
}

fn ours(bytes: &[u8]) -> Result<(), String> {
    match Document::parse(bytes) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.client_go()),
    }
}

/// Files that are wrong in all the ways we know of, and some that only look so.
fn table() -> Vec<Vec<u8>> {
    let user = |fields: &str| format!("users: [{{user: {{{fields}}}}}]\n");
    let mut texts: Vec<String> = [
        // Scanner.
        "{", "]", "}", "[", "[a", "[a, ", "{a", "{a: ", "{a: b", "{a: b,", "[a]]", "{a: [}", "{a: b]", "a: ]", "a: }",
        "a: [b\nc: d\n", "a: {b\nc: d\n", "current-context: \"dev\nkind: Config\n", "current-context: 'dev\n", "\"", "'",
        "@", "`", "a: @b", "a: `b", "a: %b", "a: |b", "a: >b\n", "a: |0\n b", "a: |+0\n b", "a: |2-\n  b\n", "a: |\n\tb", "a: |\n \tb\n",
        "\ta: b", "a:\n\tb: c", "a:\n  b: c\n\td: e\n", "a: b\n\tc", "a: b\n\t\tc: d", "- a\n\t- b", "-\ta", "-\t- a", "a:\tb", "a: \tb", "a\t: b", "{a:\tb}", "{\n\ta: b}",
        "a: b: c", "a: b\n  c: d", "a:\n  b: c\n d: e\n", "a:\n    b: c\n  d: e\n", "a\nb: c", "a: b\nc", "a: b\nc\nd: e", "a: b\nc\n", "a: b\n- c", "- a\nb: c", "- a\n b", "- a\n- b: c\n  d",
        "a: - b", "a: ? b", "? a\n? b\n", ": a", "? a\n: b: c", "a: \"b\" c", "a: 'b' c", "a: [b] c", "a: {b: c} d", "\"a\" b: c", "a: \"b\": c", "a: 'b': c",
        "a: \"\\q\"", "b: 1\na: \"\\q\"", "a: \"\\xzz\"", "a: \"\\u12\"", "a: \"\\UFFFFFFFF\"", "a: \"\\ud83d\"", "a: \"b\n---\nc\"", "a: 'b\n...\n'", "a: \"\\",
        "a: *", "a: * b", "a: &", "a: & b", "a: &b&c d", "a: *b!", "a: &b *c", "a: *c", "users:\n- name: *c", "clusters:\n- name: *c", "a: &b [*b]", "clusters: &b [*b]", "a: &b\nc: *b", "a: &b &c d", "a: !b !c d",
        "a: !<b", "a: !< >", "a: !!", "a: !b!c d", "x: 1\na: !b!c d", "a: !!str!x b", "a: !%zz b", "a: !%c3%28 b", "a: !%ff b", "a: ![b] c", "a: !{b} c", "a: !b, c", "[!b, c]", "[! b]",
        "%", "%YAML", "%YAML 1", "%YAML 1.", "%YAML 1.1", "%YAML 1.1\na", "%YAML 1.1\n---\na: b", "%YAML 1.2\n---\na: b", "%YAML 2.0\n---\n", "%YAML 1.1 x\n---\n", "%YAML 1.1\n%YAML 1.1\n---\n", "%YAML 111.1\n---", "%YAML x\n---", "%FOO x\n---\n", "%TAG\n---", "%TAG x y\n---", "%TAG ! y\n%TAG ! z\n---\n", "%TAG !a y\n---", "%TAG !a!y\n---", "%TAG !a! y\n--- !a!b c", "a: b\n%YAML 1.1\n---\n", "# c\n%YAML 1.1\n---\n%YAML",
        "...", "...\na: b", "---\n...\na: b\n", "--- a: b", "--- a\n--- b", "---\na: b\n---\n[", "{a: b} @", "{a: b} c", "{a: b}\n@", "a: b\n...\n@", "a: b\n--- @", "--- [a]\n", "--- |\n a\n",
        "a: b\u{2028}c: d\n", "a: b\u{85}c: @\n", "a: \"b\u{2029}c\"\n", "a: b\r\rc: @", "a: b\r\nc: @",
        // Parser.
        "{a: b c: d}", "{a b: c}", "{a, b: c, @}", "{a: b, , c: d}", "[a, , b]", "[,]", "{,}", "[a: b, c: d]", "[a: b: c]", "[? a : b]", "[? , b]", "[?]", "{?}", "{? a}", "{: a}", "[: a]", "{a:b}", "{\"a\":b}", "[a:b]", "{a: b: c}", "[- a]", "{- a}", "{a: - b}", "[a\n- b]", "{a: b\n---\n}", "[a,\n...\n]", "a: [\nb,\nc\n]\n", "[a, b\n] c: d", "{a: b}: c", "[a]: b", "? [a]\n: b", "? {a: b}\n: c", "? |\n a\n: b", "~: x", "null: x", "? \n: x",
        "- - a\n  b", "- a: b\n  - c", "- a: b\n c: d", "a:\n- b\n c", "a:\n- b\n  c: d\n", "a:\n  - b\n - c", "a:\n  - b\n  c: d", "a: |\n  b\n c\n", "a: |\n  b\nc\n", "a: >\n\n\n  b\n c: d\n",
        // Decoder.
        "<<: x", "<<: [x]", "<<: [[x]]", "<<: {a: b}", "<<: [{a: b}]", "x: &y [a]\n<<: *y", "x: {<<: 5}", "'<<': x", "<<: ~", "a: [{<<: x}]",
        "a: !!int b", "a: !!int '5'", "a: !!float b", "a: !!bool 5", "a: !!bool 'yes'", "a: !!null 5", "a: !!null", "a: !!timestamp b", "a: !!timestamp 2001-01-01", "a: !!timestamp 2001-02-30", "a: !!timestamp 2001-1-1T1:2:3Z", "a: !!timestamp 2001-01-01 10:00:00", "a: !!binary 5", "a: !!binary aGk=", "a: !!foo b", "a: !!seq b", "a: !!merge b", "a: !!int 5.0", "a: !!float 5",
        "a: .nan", "a: -.inf", "a: +.inf", "a: .NaN", ".inf: a", "a: [1, {b: .inf}]", "a: 1e999",
        // Header.
        "5", "hello", "true", "1.5", "'x'", "- a", "[]", "!!binary aGk=", "kind: Pod", "kind: config", "kind: [x]", "kind: {}", "kind: 5", "kind: yes", "kind: ~", "kind: \"a\\u0001\\\"\\e\"", "apiVersion: v2", "apiVersion: foo/v1", "apiVersion: a/b/c", "apiVersion: v1/", "apiVersion: /v1", "apiVersion: /v2", "apiVersion: /", "apiVersion: 5", "apiVersion: []", "apiVersion: v2\nkind: Pod", "apiVersion: []\nKind: {}", "Kind: Pod\nkind: ~", "KIND: Pod\nkind: Config", "kind: Pod\nclusters: 5",
        // Types.
        "clusters: {}", "clusters: x", "clusters: 5", "clusters: yes", "clusters: [5]", "clusters: [x]", "clusters: [[x]]", "clusters: [{cluster: 5}]", "clusters: [{cluster: []}]", "clusters: [{name: []}]", "clusters: [{name: {}}]", "clusters: [{cluster: {server: 5}}]", "clusters: [{cluster: {insecure-skip-tls-verify: 'true'}}]", "clusters: [{cluster: {certificate-authority-data: Q0VSVA}}]", "clusters: [{cluster: {extensions: [{name: 5}]}}]", "contexts: [{name: 123}]", "contexts: [{context: {user: y}}]", "contexts: [{context: {namespace: 433e40}}]", "current-context: yes", "current-context: []", "preferences: x", "preferences: [1]", "preferences: {colors: 1}", "preferences: {colors: {}}", "extensions: 5", "extensions: {}", "extensions: [5]",
        "current-context: 5\nclusters: 5", "users: [{user: {client-key-data: '!!'}}]\ncontexts: 5", "contexts: 5\nclusters: [{name: a}, {name: a}]", "contexts: [{name: 1}, {name: y}]", "contexts: [{context: {user: y, cluster: 5}}]", "contexts: [{name: 1, name: a}]", "a: &a {name: 1}\ncontexts: [*a]", "a: &a {name: 1}\ncontexts: [{<<: *a}]",
        "clusters: [{name: a}, {name: a}]", "users: [{name: a}, {name: a}]", "contexts: [{name: a}, {name: b}, {name: a}]", "extensions: [{name: a, extension: 1}, {name: a}]", "extensions: [{name: a, extension: 1}]\nusers: [{}, {}]", "clusters: [{name: a, cluster: {extensions: [{name: b, extension: 1}, {name: b}]}}, {name: a}]", "users: [{name: a}, {name: a}]\nclusters: [{name: b}, {name: b}]",
    ]
    .map(str::to_owned)
    .into();
    for fields in [
        "token: 5",
        "token: [a]",
        "password: y",
        "as-groups: 5",
        "as-groups: [5]",
        "as-groups: [a, [b]]",
        "as-user-extra: 5",
        "as-user-extra: {k: v}",
        "as-user-extra: {k: [5]}",
        "auth-provider: 5",
        "auth-provider: {config: 5}",
        "auth-provider: {config: {a: 5}}",
        "auth-provider: {config: {a: {}}}",
        "auth-provider: {name: 5}",
        "exec: 5",
        "exec: {args: a}",
        "exec: {args: [5]}",
        "exec: {env: {}}",
        "exec: {env: [5]}",
        "exec: {env: [{name: 5}]}",
        "exec: {env: [{value: [5]}]}",
        "exec: {provideClusterInfo: maybe}",
        "exec: {interactiveMode: 5}",
        "exec: {apiVersion: 5}",
        "client-key-data: 5",
        "client-key-data: y",
        "client-key-data: {}",
        "client-key-data: []",
        "client-key-data: [1, 255, ~]",
        "client-key-data: [a]",
        "client-key-data: '='",
        "client-key-data: 'Q0VS VA=='",
        "client-key-data: Q0VSVA=",
        "client-key-data: Q0-S",
        "client-key-data: ~",
        "client-key-data: \"Q0VS\\nVA==\"",
    ] {
        texts.push(user(fields));
    }
    let deep = |text: &str, count| text.repeat(count);
    texts.extend([
        deep("[", 10_001),
        deep("- ", 10_001),
        deep("{a: ", 10_001),
        format!("a: b\nc: {}", deep("[", 10_001)),
    ]);
    texts.push(format!("{}: b", "a".repeat(1024)));
    texts.push(format!("{}: b", "a".repeat(1025)));
    texts.push(format!("a:\n  \"{}\": b", "a".repeat(1025)));
    let mut bomb = String::from("a: &a [x,x,x,x,x,x,x,x,x]\n");
    for (this, last) in ["b", "c", "d", "e", "f", "g"]
        .iter()
        .zip(["a", "b", "c", "d", "e", "f"])
    {
        let items = vec![format!("*{last}"); 9].join(",");
        writeln!(bomb, "{this}: &{this} [{items}]").unwrap();
    }
    texts.push(bomb);
    let mut files: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).collect();
    let long = |rest: &[u8]| [b"a: b # ".as_slice(), &[b'x'; 600], b"\n", rest].concat();
    files.extend([
        b"a: \xff".to_vec(),
        b"a: \xc3".to_vec(),
        b"a: \xc3a".to_vec(),
        b"a: \xed\xa0\x80".to_vec(),
        b"a: \xc0\x80".to_vec(),
        b"a: \xf5\x80\x80\x80".to_vec(),
        b"a: \xf8aaaa".to_vec(),
        b"a: \xe0\x80\x80".to_vec(),
        b"\xff\xfea".to_vec(),
        b"\xff\xfe\x00\xd8".to_vec(),
        b"\xff\xfe\x00\xdc".to_vec(),
        b"\xff\xfe\x00\xd8a\x00".to_vec(),
        b"\xfe\xff\x00a\x00:\xd8\x00\x00a".to_vec(),
        b"a: \0".to_vec(),
        b"a: b\nc: \x01".to_vec(),
        b"a: \x7f".to_vec(),
        b"a: \"\xc2\x80\"".to_vec(),
        b"a: \xef\xbf\xbe".to_vec(),
        b"@\0".to_vec(),
        b"\x01\xff".to_vec(),
        long(b"c: @\n\xff"),
        long(b"c: \xff"),
        [b"@\n".to_vec(), long(b"c: \xff")].concat(),
        [b"a: [}\n".to_vec(), long(b"c: \0")].concat(),
        b"\xef\xbb\xbfa: @".to_vec(),
        b"\xff\xfea\0:\0 \0@\0".to_vec(),
    ]);
    files
}

#[test]
fn every_known_refusal_reads_as_kubectls() {
    let kubectl = match testnode::kubectl::find() {
        Ok(kubectl) => kubectl,
        Err(error) => {
            println!("skipped: {error}");
            return;
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let mut differences = Vec::new();
    let files = table();
    for bytes in &files {
        let (ours, theirs) = (ours(bytes), theirs(&kubectl, folder.path(), bytes));
        if !same(&ours, &theirs) {
            let shown = bytes.get(..100).unwrap_or(bytes);
            let shown = String::from_utf8_lossy(shown);
            differences.push(format!("{shown:?}\n  we:   {ours:?}\n  they: {theirs:?}"));
        }
    }
    println!("{} files", files.len());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Equal but for the name of an unknown anchor, which we show only where it cannot be a secret.
fn same(ours: &Result<(), String>, theirs: &Result<(), String>) -> bool {
    match (ours, theirs) {
        (Err(ours), Err(theirs)) if ours == "yaml: unknown anchor referenced" => {
            theirs.starts_with("yaml: unknown anchor '")
        }
        _ => ours == theirs,
    }
}

const SEEDS: [&str; 3] = [
    "apiVersion: v1\nkind: Config\nclusters:\n- cluster:\n    certificate-authority-data: Q0EtREVW\n    server: https://10.0.0.1:6443 # the VM\n  name: dev\ncontexts:\n- context:\n    cluster: dev\n    namespace: team-a\n    user: \"admin\"\n  name: dev\ncurrent-context: dev\npreferences: {}\nusers:\n- name: admin\n  user:\n    client-key-data: S0VZ\n    token: 's3cr3t'\n    exec:\n      args: [a, \"b c\", 'd']\n      env:\n      - {name: X, value: \"1\"}\n",
    "{\"kind\": \"Config\", \"clusters\": [{\"name\": \"a\", \"cluster\": {\"server\": \"https://1\", \"insecure-skip-tls-verify\": true}}],\n\t\"users\": [], \"contexts\": [{\"name\": \"c\", \"context\": {\"cluster\": \"a\", \"user\": \"\"}}]}\n",
    "%YAML 1.1\n---\nbase: &base\n  server: https://base:6443\n  proxy-url: >-\n    socks5://x\n    y\nclusters:\n- name: a\n  cluster: *base\n- name: b\n  cluster:\n    <<: *base\n    server: |\n      https://b\n\n? kind\n: !!str Config\nextensions:\n- {name: e, extension: {x: [1, 2.5, ~, yes]}}\n...\n",
];

/// The next number of a sequence that is the same in every run (a xorshift generator).
fn next(state: &mut u64, below: usize) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state >> 11).unwrap() % below
}

fn mutated(state: &mut u64) -> Vec<u8> {
    const LETTERS: &[u8] = b":{}[]\"'#&*!|>%@`\t\n\r -,?\\<=~.0axy";
    let mut bytes = SEEDS[next(state, SEEDS.len())].as_bytes().to_vec();
    for _ in 0..=next(state, 3) {
        let at = next(state, bytes.len());
        match next(state, 8) {
            0 | 1 => drop(bytes.remove(at)),
            2 => bytes[at] = LETTERS[next(state, LETTERS.len())],
            3 => {
                let end = (at + 1 + next(state, 30)).min(bytes.len());
                bytes.drain(at..end);
            }
            4 => {
                let end = (at + 1 + next(state, 30)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                let to = next(state, bytes.len());
                bytes.splice(to..to, piece);
            }
            5 if next(state, 8) == 0 => bytes[at] = 0x80 | u8::try_from(at & 0x7f).unwrap(),
            _ => bytes.insert(at, LETTERS[next(state, LETTERS.len())]),
        }
    }
    bytes
}

#[test]
fn random_files_are_refused_with_kubectls_words() {
    let Ok(kubectl) = testnode::kubectl::find() else {
        return;
    };
    let count = std::env::var("BOWLINE_MUTATIONS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(300);
    let folder = tempfile::tempdir().unwrap();
    let mut state = 0x9e37_79b9_7f4a_7c15;
    let (mut refused, mut equal) = (0, 0);
    let (mut opposite, mut different) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let bytes = mutated(&mut state);
        let (ours, theirs) = (ours(&bytes), theirs(&kubectl, folder.path(), &bytes));
        let shown = || {
            let text = String::from_utf8_lossy(&bytes);
            format!("{text:?}\n  we:   {ours:?}\n  they: {theirs:?}")
        };
        if ours.is_err() && theirs.is_err() {
            refused += 1;
            if same(&ours, &theirs) {
                equal += 1;
            } else {
                different.push(shown());
            }
        } else if ours != theirs && !json_escape(&theirs) {
            opposite.push(shown());
        }
    }
    println!("{count} files, {refused} refused, {equal} with the same words");
    for difference in &different {
        println!("{difference}");
    }
    assert!(opposite.is_empty(), "{}", opposite.join("\n"));
    assert!(refused > count / 5, "only {refused} refused");
    assert!(equal * 100 >= refused * 95, "{equal} of {refused}");
}

/// What kubectl refuses and we read on purpose.
fn json_escape(theirs: &Result<(), String>) -> bool {
    theirs.as_ref().is_err_and(|text| {
        text.contains("unknown escape character") || text.contains("Unicode character escape")
    })
}
