//! `-o go-template`.

use templates::gotemplate::Template;

use crate::random::{self, Random};
use crate::{Oracle, Printed, difference};

/// Since then it is built with a Go whose `range` counts (`{{range 3}}`).
const SINCE: u32 = 33;

const EXTENSION: &str = "{{$n := (index (index .clusters 0).cluster.extensions 0).extension}}{{$s := (index (index .clusters 0).cluster.extensions 1).extension}}";

/// What is the same, errors included.
const SAME: &[&str] = &[
    "{{.kind}}",
    "plain",
    "{{.}}",
    "{{.nope}}",
    "{{.nope.x}}",
    "{{range .contexts}}{{.name}} {{end}}",
    "{{index .contexts 0}}",
    "{{(index .contexts 1).name}}",
    "{{len .contexts}} {{.contexts | len}} {{len .kind}}",
    "{{range $i, $c := .contexts}}{{$i}}={{$c.name}}{{end}}",
    "{{range $k, $v := .}}{{$k}} {{end}}",
    "{{with .kind}}{{.}}{{else}}x{{end}}",
    "{{with .nope}}{{.}}{{else}}x{{end}}",
    "{{if .nope}}a{{else if .kind}}b{{end}}",
    "{{if and .kind (not .nope)}}y{{end}}",
    "{{or .nope .kind}}",
    "{{eq .kind \"Config\"}}{{ne .kind \"a\"}}{{eq .kind \"a\" \"Config\"}}",
    "{{lt 1 2}}{{le 2 2}}{{gt \"b\" \"a\"}}{{ge 1.5 2.5}}",
    "{{printf \"%v %s %q %d %5.2f|%-5s|%05d|%x\" .kind .kind .kind 3 2.5 \"a\" 42 \"hi\"}}",
    "{{range .clusters}}{{.cluster.server | printf \"%q\"}}{{end}}",
    "{{print 1 2 \"a\" \"b\" 3 nil}}",
    "{{println \"a\" 1}}",
    "  {{- .kind -}}  y",
    "a {{- /* c */ -}} b",
    "{{/* c */}}x",
    "{{`raw`}}{{\"q\\n\\x41\"}}{{'a'}}",
    "{{1000000}} {{1.0}} {{0x10}} {{1_000}} {{-3}}",
    "{{true}} {{not 1}} {{html \"<a>&\"}} {{js \"a'b\"}} {{urlquery \"a b&\"}}",
    "{{slice \"abcd\" 1 3}} {{slice .contexts 1}}",
    "{{index \"abc\" 1}}",
    "{{index . \"kind\"}} {{index . \"nope\"}}",
    "{{exists . \"kind\"}} {{exists . \"nope\"}} {{exists .contexts 0 \"name\"}} {{exists .contexts 5}} {{exists .kind 0}} {{exists .nope}}",
    "{{base64decode \"aGk=\"}} {{\"aGk=\" | base64decode}} {{base64decode \"aG\\nk=\"}} {{base64decode \"aGl=\"}}",
    "{{(index .clusters 0).cluster | len}} {{index (index .clusters 0).cluster \"certificate-authority-data\" | base64decode}}",
    "{{define \"x\"}}[{{.}}]{{end}}{{template \"x\" .kind}}",
    "{{block \"x\" .}}{{.kind}}{{end}}",
    "{{range 3}}{{.}}{{end}}",
    "{{range .contexts}}{{if eq .name \"prod\"}}{{break}}{{end}}{{.name}}{{end}}",
    "{{range .nope}}a{{else}}b{{end}}",
    "{{$x := 1}}{{range .contexts}}{{$x = .name}}{{end}}{{$x}}",
    "{{$.kind}}",
    "{{range .contexts}}{{$.kind}}{{end}}",
    "E{{$n.big}} {{$n.small}} {{$n.half}} {{$n.tiny}} {{$n.huge}} {{$n.large}} {{$n.negative}} {{$n.long}} {{$n.zero}}",
    "E{{$n}}",
    "E{{$s}}",
    "E{{$s.nothing}} {{$s.truth}} {{$s.mixed}} {{$s.none}} {{$s.void}} {{$s.nested}} {{$s.text}}",
    "E{{range $s.mixed}}[{{.}}]{{end}}",
    "E{{printf \"%v %v %d %t\" $s.mixed $n $n.big $s.truth}}",
    "E{{print $s.nothing}}",
    "E{{printf \"%x %v\" $s.text $s.words}}",
    "E{{index $s \"a.b\"}} {{len $s.text}}",
    "E{{range $i, $_ := $s.words}}{{$i}}{{end}}",
    "E{{eq $n.big 1000000}} {{eq $n.half 1.5}} {{lt $n.negative 0}}",
    "E{{if $n.zero}}a{{end}}{{if $s.none}}b{{end}}{{if $s.void}}c{{end}}{{if $s.lie}}d{{end}}",
    "{{printf \"%d\" \"a\"}} {{printf \"%s\" 3}} {{printf \"%z\" 1}} {{printf \"%d\"}} {{printf \"a\" 1}}",
    "{{",
    "{{.a",
    "{{end}}",
    "{{range .clusters}}",
    "{{nofunc}}",
    "{{upper \"a\"}}",
    "{{$x}}",
    "a\n{{.kind",
    "a\n{{nofunc 1}}",
    "{{break}}",
    "{{\"a",
    "{{}}",
    "{{/* a",
    "{{else}}",
    "{{if .a}}",
    "{{.kind.x}}",
    "a\nb {{.kind.y}}",
    "{{.clusters.name}}",
    "E{{$n.half.x}}",
];

/// What fails in both, in other words.
const FAIL: &[&str] = &[
    "{{(index .clusters 0).cluster.server.x}}",
    "{{1x}}",
    "{{%}}",
    "{{.kind)}}",
    "{{(.kind}}",
    "{{.kind}",
    "{{if}}",
    "{{len 3}}",
    "{{len nil}}",
    "{{index .clusters 9}}",
    "{{index .clusters \"a\"}}",
    "{{index .clusters -1}}",
    "{{index . 1}}",
    "{{index 3 1}}",
    "{{base64decode \"!\"}}",
    "{{base64decode 3}}",
    "{{range 1.5}}{{end}}",
    "{{range .kind}}{{end}}",
    "{{template \"x\"}}",
    "{{define \"x\"}}{{template \"x\"}}{{end}}{{template \"x\"}}",
    "{{nil}}",
    "{{eq 1 \"a\"}}",
    "{{lt 1 1.5}}",
    "{{lt true false}}",
    "{{\"a\" \"b\"}}",
    "{{call 3}}",
    "{{slice \"abc\" 9}}",
    "{{not}}",
    "{{eq 1}}",
    "{{printf 3}}",
    "{{exists}}",
    "{{.kind 3}}",
    "{{slice 3}}",
    "{{range $a, $b := 3}}{{end}}",
    "{{index nil 1}}",
];

fn ours(oracle: &Oracle, text: &str, missing_keys: bool) -> Printed {
    Template::parse(text)
        .and_then(|template| {
            template
                .allow_missing_keys(missing_keys)
                .print(&oracle.value)
        })
        .map_err(|error| error.to_string())
}

fn theirs(oracle: &Oracle, text: &str, missing_keys: bool) -> Printed {
    oracle
        .view(&format!("go-template={text}"), missing_keys)
        .unwrap()
        .map_err(|error| error.trim_end().to_owned())
}

#[test]
fn gotemplate_fixed() {
    let Some(oracle) = Oracle::find(SINCE) else {
        return;
    };
    let mut differences = Vec::new();
    for text in SAME {
        let text = text.replace('E', EXTENSION);
        for missing_keys in [true, false] {
            // The difference is only in whether a missing key fails.
            if !missing_keys && !text.contains("nope") {
                continue;
            }
            let (ours, theirs) = (
                ours(&oracle, &text, missing_keys),
                theirs(&oracle, &text, missing_keys),
            );
            if ours != theirs {
                differences.push(difference(&text, &ours, &theirs));
            }
        }
    }
    for text in FAIL {
        let text = text.replace('E', EXTENSION);
        let (ours, theirs) = (ours(&oracle, &text, true), theirs(&oracle, &text, true));
        if ours.is_ok() || theirs.is_ok() {
            differences.push(difference(&text, &ours, &theirs));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// An expression; mostly one that both can evaluate.
fn pipeline(random: &mut Random, depth: usize) -> String {
    let list = random.pick(&[
        ".contexts",
        "$.users",
        "$.clusters",
        "$s.list",
        "$s.words",
        "$s.mixed",
        "$s.nested",
        "$s.none",
        ".nope",
        "$",
    ]);
    let word = random.pick(&[
        "$.kind",
        "\"Config\"",
        "\"b\"",
        "`a`",
        "$s.text",
        "\"\"",
        "(index $.contexts 0).name",
    ]);
    let number = random.pick(&[
        "1",
        "0",
        "2",
        "-1",
        "$n.big",
        "$n.negative",
        "$n.zero",
        "(len $.users)",
        "'a'",
        "7",
    ]);
    let inner = if depth < 2 {
        format!("({})", pipeline(random, depth + 1))
    } else {
        ".".to_owned()
    };
    let any = [
        list,
        word,
        number,
        &inner,
        ".",
        "true",
        "$s.lie",
        "$s.nothing",
        "$n",
        "$n.half",
    ][random.below(10)]
    .to_owned();
    let mut text = match random.below(20) {
        0 => format!("len {list}"),
        1 => format!("index {list} {}", random.pick(&["0", "1", "5", "\"name\""])),
        2 => format!("print {any} {word} {number}"),
        3 => format!(
            "printf {} {word} {number} {any}",
            random.pick(&[
                "\"%v %v %v\"",
                "\"%s|%5d|%v\"",
                "\"%q %03d %v\"",
                "\"%-8s%x\"",
                "\"%6.2s %+d\"",
                "\"%[2]v %[1]v\"",
                "\"%% %v %v %v\""
            ])
        ),
        4 => format!("eq {word} {word} {any}"),
        5 => format!(
            "{} {number} {number}",
            random.pick(&["eq", "ne", "lt", "le", "gt", "ge"])
        ),
        6 => format!(
            "{} {word} $.kind",
            random.pick(&["eq", "ne", "lt", "le", "gt", "ge"])
        ),
        7 => format!("and {any} {list}"),
        8 => format!("or {any} {word}"),
        9 => format!("not {any}"),
        10 => format!(
            "exists {list} {}",
            random.pick(&["0", "7", "\"kind\"", "0 \"name\""])
        ),
        11 => format!(
            "{} {word}",
            random.pick(&["html", "js", "urlquery", "print", "println"])
        ),
        12 => format!(
            "slice {} {}",
            random.pick(&["$s.list", "$.kind", "$.contexts"]),
            random.pick(&["1", "0 1", "", "2 1"])
        ),
        13 => inner,
        14 => word.to_owned(),
        15 => list.to_owned(),
        _ => any,
    };
    if random.below(6) == 0 {
        text.push_str(random.pick(&[
            " | print",
            " | printf \"%v\"",
            " | not",
            " | html",
            " | eq 1",
            " | len",
        ]));
    }
    text
}

fn template(random: &mut Random, depth: usize) -> String {
    let mut template = String::new();
    for _ in 0..=random.below(2) {
        match random.below(if depth < 3 { 7 } else { 3 }) {
            0 => template.push_str(random.pick(&[
                " text ",
                "\n",
                " {{- 1 -}} ",
                "{{/* c */}}",
                "{{$x := .}}{{$x}}",
                "{{$.kind}}",
                "é",
            ])),
            1 | 2 => template.push_str(&format!("{{{{{}}}}}", pipeline(random, 0))),
            kind => {
                let keyword = ["if", "with", "range", "range $i, $v :="][kind - 3];
                let head = pipeline(random, 1);
                let body = self::template(random, depth + 1);
                let other = if random.below(2) == 0 {
                    "{{else}}no"
                } else {
                    ""
                };
                let trim = random.pick(&["", "", " -"]);
                template.push_str(&format!(
                    "{{{{{keyword} {head}{trim}}}}}{body}{other}{{{{end}}}}"
                ));
            }
        }
    }
    if random.below(30) == 0 {
        template.push_str(random.pick(&["{{end}}", "{{else}}", "{{if 1}}", "{{nope}}", "{{$y}}"]));
    }
    template
}

#[test]
fn gotemplate_random() {
    let Some(oracle) = Oracle::find(SINCE) else {
        return;
    };
    let (seed, count) = random::settings(20, 120);
    let mut random = Random::new(seed);
    let mut differences = Vec::new();
    let mut printed = 0;
    for _ in 0..count {
        let text = format!("{EXTENSION}{}", template(&mut random, 0));
        let (ours, theirs) = (ours(&oracle, &text, true), theirs(&oracle, &text, true));
        printed += usize::from(theirs.is_ok());
        if ours.as_ref().ok() != theirs.as_ref().ok() {
            differences.push(difference(&text, &ours, &theirs));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    println!("{printed} printed");
    assert!(printed * 3 > count, "only {printed} of {count}");
}
