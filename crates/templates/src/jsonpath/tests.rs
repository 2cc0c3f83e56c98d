use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Error, Template};

fn config() -> Value {
    json!({
        "kind": "Config",
        "contexts": [{"name": "dev", "n": 1}, {"name": "prod", "n": 1_000_000}],
        "mixed": [1, "a", true, null, 2.5, {"k": "<v>"}],
        "nested": [{"x": [1]}, {"x": []}, {"x": [2]}],
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
fn results_are_joined_by_blanks() {
    insta::assert_snapshot!(print("{.contexts[*].name} {.contexts[*].n}"), @"dev prod 1 1e+06");
    insta::assert_snapshot!(print("{.mixed[*]}"), @r#"1 a true null 2.5 {"k":"\u003cv\u003e"}"#);
    insta::assert_snapshot!(print("{['kind','nope']}|{.nope}|"), @"Config||");
}

#[test]
fn ranges() {
    insta::assert_snapshot!(print("{range .contexts[*]}{.name}{','}{end}{.kind}"), @"dev,prod,Config");
    insta::assert_snapshot!(print("{range .nope[*]}{.name}{end}{.kind}"), @"Config");
    insta::assert_snapshot!(print("{range .mixed[*]}[{@}]{end}"), @r#"[1][a][true][<no value>][2.5][{"k":"\u003cv\u003e"}]"#);
    insta::assert_snapshot!(print("{range .contexts[*]}{.name}"), @"devprod");
}

#[test]
fn filters() {
    insta::assert_snapshot!(print("{.contexts[?(@.name==\"prod\")].n}"), @"1e+06");
    insta::assert_snapshot!(print("{.contexts[?(@.n<2.0)].name}"), @"dev");
    insta::assert_snapshot!(print("{.mixed[?(@.k)]}"), @r#"{"k":"\u003cv\u003e"}"#);
    insta::assert_snapshot!(print("{.contexts[?(@.n<2)].name}"), @r#"error: error executing jsonpath "{.contexts[?(@.n<2)].name}": Error executing template: incompatible types for comparison"#);
}

#[test]
fn a_slice_that_asks_for_nothing_ends_the_others() {
    insta::assert_snapshot!(print("{.nested[*].x[*]}"), @"1");
}

#[test]
fn errors_are_those_of_kubectl() {
    insta::assert_snapshot!(print("{.contexts["), @"error: error parsing jsonpath {.contexts[, unterminated array");
    insta::assert_snapshot!(print("{.contexts[9].name}"), @r#"error: error executing jsonpath "{.contexts[9].name}": Error executing template: array index out of bounds: index 9, length 2"#);
    let strict = Template::parse("{.nope}")
        .unwrap()
        .allow_missing_keys(false);
    insta::assert_snapshot!(text(strict.print(&config())), @r#"error: error executing jsonpath "{.nope}": Error executing template: nope is not found"#);
}

#[test]
fn errors_hold_no_value() {
    for template in [
        "{.secret[?(@.a)]}",
        "{.secret.token[?(@.a)]}",
        "{.secret[0]}",
    ] {
        let error = print(template);
        assert!(error.starts_with("error: "), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}

#[test]
fn json_is_one_array_for_each_part() {
    let template = Template::parse("{.contexts[*].name}{.nope}").unwrap();
    insta::assert_snapshot!(text(template.print_json(&config())), @r#"
    [
        "dev",
        "prod"
    ]
    []
    "#);
}

#[test]
fn members_come_in_the_order_of_their_keys() {
    let value = json!({"b": 1, "a": 2, "C": 3});
    let template = Template::parse("{.*}").unwrap();
    assert_eq!(template.print(&value).unwrap(), b"3 2 1");
}

#[test]
fn too_much_is_refused() {
    let deep = format!("{{{}@{}}}", "[?(@".repeat(100), ")]".repeat(100));
    assert!(Template::parse(&deep).is_err());
    let long = json!(vec![json!([1, 2, 3]); 100]);
    let template = Template::parse(&"{range ..}".repeat(40)).unwrap();
    assert!(text(template.print(&long)).ends_with("the template asks for too much"));
    let template = Template::parse(&"{range @}".repeat(100_000)).unwrap();
    assert!(text(template.print(&long)).ends_with("too many ranges inside each other"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_template_panics(pieces in prop::collection::vec(prop::sample::select(vec![
        "{", "}", "[", "]", "[?(", ")]", "(", "..", ".", "*", "@", "$", "'", "\"", "\\", ",", ":", "-", "1",
        "9999999999999999999", "==", "<", "range ", "end", "mixed", "contexts", "name", " ", "\n", "é", "true", "[*]", "{range .mixed[*]}", "{end}",
    ]), 0..24)) {
        let template = pieces.concat();
        if let Ok(template) = Template::parse(&template) {
            let _ = template.print(&config());
            let _ = template.print_json(&config());
            let _ = template.allow_missing_keys(false).print(&config());
        }
    }

    #[test]
    fn text_without_braces_is_printed(template in "[^{]*") {
        prop_assert_eq!(Template::parse(&template).unwrap().print(&config()).unwrap(), template.as_bytes());
    }

    #[test]
    fn a_slice_is_that_of_the_list(start in -7_i64..7, end in -7_i64..7, step in 1_usize..4) {
        let list: Vec<i64> = (0..5).collect();
        let template = Template::parse(&format!("{{[{start}:{end}:{step}]}}")).unwrap();
        let from_end = |index: i64| if index < 0 { index + 5 } else { index };
        let (start, end) = (from_end(start), from_end(end));
        let expected = if start == end {
            Some(Vec::new())
        } else if (0..5).contains(&start) && start < end && end <= 5 {
            Some((start..end).step_by(step).map(|item| item.to_string()).collect())
        } else {
            None
        };
        prop_assert_eq!(template.print(&json!(list)).ok(), expected.map(|items| items.join(" ").into_bytes()));
    }
}
