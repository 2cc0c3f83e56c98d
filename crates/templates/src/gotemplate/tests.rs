use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Error, Template};

fn config() -> Value {
    json!({
        "kind": "Config",
        "contexts": [{"name": "dev", "n": 1}, {"name": "prod", "n": 1e30}],
        "secret": {"token": "s3cret"},
    })
}

fn text(printed: Result<Vec<u8>, Error>) -> String {
    match printed {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => format!("error: {error}"),
    }
}

fn print(template: &str) -> String {
    text(Template::parse(template).and_then(|template| template.print(&config())))
}

#[test]
fn values() {
    insta::assert_snapshot!(print("{{.contexts}} {{.nope}}"), @"[map[n:1 name:dev] map[n:1e+30 name:prod]] <no value>");
    insta::assert_snapshot!(print("{{range .contexts}}{{.name}};{{end}}"), @"dev;prod;");
    insta::assert_snapshot!(print("{{range $key, $value := .}}{{$key}} {{end}}"), @"contexts kind secret ");
}

#[test]
fn functions_of_kubectl() {
    insta::assert_snapshot!(print("{{exists .contexts 1 \"name\"}} {{exists .contexts 2}} {{exists . \"nope\"}}"), @"true false false");
    insta::assert_snapshot!(print("{{\"aGk=\" | base64decode}}"), @"hi");
    assert!(print("{{base64decode \"/w==\"}}").ends_with("not UTF-8"));
}

#[test]
fn errors_are_those_of_kubectl() {
    let strict = |template: &str| {
        let template = Template::parse(template).unwrap().allow_missing_keys(false);
        text(template.print(&config()))
    };
    insta::assert_snapshot!(strict("{{.nope}}"), @r#"error: error executing template "{{.nope}}": template: output:1:2: executing "output" at <.nope>: map has no entry for key "nope""#);
    insta::assert_snapshot!(strict("a\n{{$.nope.x}}"), @r#"error: error executing template "a\n{{$.nope.x}}": template: output:2:3: executing "output" at <$.nope.x>: map has no entry for key "nope""#);
    insta::assert_snapshot!(print("{{.kind"), @"error: error parsing template {{.kind, template: output:1: unclosed action");
    insta::assert_snapshot!(print("{{if .kind}}"), @"error: error parsing template {{if .kind}}, template: output:1: unexpected EOF");
    insta::assert_snapshot!(print("\n{{nope 1}}"), @r#"
    error: error parsing template 
    {{nope 1}}, template: output:2: function "nope" not defined
    "#);
    insta::assert_snapshot!(print("{{if $x := 1}}{{end}}{{$x}}"), @r#"error: error parsing template {{if $x := 1}}{{end}}{{$x}}, template: output:1: undefined variable "$x""#);
}

#[test]
fn errors_hold_no_value() {
    for template in [
        "{{range .secret.token}}{{end}}",
        "{{printf .secret}}",
        "{{len .secret.token.x}}",
        "{{index .secret.token \"a\"}}",
        "{{index . .secret}}",
        "{{slice .secret 1}}",
        "{{call .secret.token}}",
        "{{eq .secret .secret}}",
        "{{lt .secret.token 1}}",
        "{{base64decode .secret.token}}",
        "{{template \"x\" .secret}}",
        "{{.secret.token.field}}",
    ] {
        let error = print(template);
        assert!(error.starts_with("error: "), "{template} {error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}

#[test]
fn too_much_is_refused() {
    let twice = "{{$x = print $x $x}}";
    for template in [
        format!("{{{{$x := \"ab\"}}}}{}", twice.repeat(60)),
        format!("{{{{$x := \"ab\"}}}}{{{{range 60}}}}{twice}{{{{end}}}}"),
        "{{range 1000000000}}{{end}}".to_owned(),
        "{{range 5000}}{{range 5000}}{{end}}{{end}}".to_owned(),
        "{{define \"x\"}}{{if .}}{{template \"x\" slice . 1}}{{template \"x\" slice . 1}}{{end}}{{end}}\
         {{template \"x\" \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}}"
            .to_owned(),
    ] {
        let error = print(&template);
        assert!(error.ends_with("the template asks for too much"), "{error}");
    }
    for template in [
        "{{define \"x\"}}{{template \"x\"}}{{end}}{{template \"x\"}}".to_owned(),
        format!("{{{{{}1{}}}}}", "(".repeat(100_000), ")".repeat(100_000)),
        "{{if 1}}".repeat(100_000) + &"{{end}}".repeat(100_000),
        format!("{{{{printf \"%{}d\" 1}}}}", "9".repeat(30)),
    ] {
        print(&template);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_template_panics(pieces in prop::collection::vec(prop::sample::select(vec![
        "{{", "}}", "{{", "}}", "-", "(", ")", "|", ".", "$", "$x", ":=", "=", ",", "\"", "`", "'", "\\", "1", "1e9", "0x", "range ", "if ", "with ",
        "else ", "end", "define \"a\"", "template \"a\"", "break", "kind", ".contexts", "len ", "index ", "printf ", "\"%*d\" ", "slice ", "exists ",
        "base64decode ", " ", "\n", "é", "/*", "*/", "nil", "true", "{{range .contexts}}", "{{end}}",
    ]), 0..24)) {
        let template = pieces.concat();
        if let Ok(template) = Template::parse(&template) {
            let _ = template.print(&config());
            let _ = template.allow_missing_keys(false).print(&config());
        }
    }

    #[test]
    fn no_action_panics(actions in prop::collection::vec(prop::sample::select(vec![
        "{{.kind}}", "{{.}}", "{{$x := .}}", "{{$x = print $x $x}}", "{{$}}", "{{range .contexts}}", "{{range $i, $e := .}}", "{{range 3}}", "{{if .kind}}",
        "{{with .secret}}", "{{else}}", "{{else if .nope}}", "{{end}}", "{{end}}", "{{end}}", "{{break}}", "{{continue}}", "{{define \"a\"}}", "{{template \"a\" .}}",
        "{{template \"a\"}}", "{{block \"b\" .}}", "{{printf \"%*d|%[3]v|%!|%\" 9 . 1}}", "{{printf \"%99999999d%.99999999f\" 1 2.5}}",
        "{{index . \"contexts\" 1 \"name\" 0}}", "{{index .contexts -1}}", "{{slice .kind 2 1}}", "{{slice .contexts 1 9}}", "{{slice \"é\" 1}}",
        "{{exists . \"kind\" 0 0}}", "{{exists .kind -1}}", "{{base64decode \"====\"}}", "{{eq . .}}", "{{lt 1 .}}", "{{len .}}", "{{html . | js | urlquery}}",
        "{{call .}}", "{{9223372036854775807}}", "{{0x1p-9999}}", "{{- \"a\" -}}", " text ",
    ]), 0..10)) {
        if let Ok(template) = Template::parse(&actions.concat()) {
            let _ = template.print(&config());
            let _ = template.allow_missing_keys(false).print(&config());
        }
    }

    #[test]
    fn text_without_braces_is_printed(template in "[^{]*") {
        prop_assert_eq!(Template::parse(&template).unwrap().print(&config()).unwrap(), template.as_bytes());
    }
}
