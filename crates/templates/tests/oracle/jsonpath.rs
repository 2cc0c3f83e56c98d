//! `-o jsonpath` and `-o jsonpath-as-json`.

use templates::jsonpath::Template;

use crate::random::{self, Random};
use crate::{Oracle, Printed, difference};

/// Since then a null prints as `null`, before as `<nil>`.
const SINCE: u32 = 29;

const NUMBERS: &str = ".clusters[0].cluster.extensions[0].extension";
const SHAPES: &str = ".clusters[0].cluster.extensions[1].extension";

fn fixed() -> Vec<String> {
    let plain = [
        "{.kind}",
        "plain",
        " ",
        "}",
        "{}",
        "{",
        "{{}}",
        "a{.kind",
        "{.kind}}",
        "{ .kind }",
        "{\t.kind}",
        "{.kind\r}",
        "{.}",
        "{$}",
        "{@.kind}{$.kind}",
        "{kind}",
        "{.nope}",
        "{.nope.x}",
        "{.nope[0]}",
        "{.contexts[*].name}",
        "{.contexts[0]}",
        "{.contexts[9].name}",
        "{.contexts[-1].name}",
        "{.contexts[-3]}",
        "{.contexts[",
        "{.contexts[x]}",
        "{.contexts[]}",
        "{.contexts[-]}",
        "{.contexts[99999999999999999999]}",
        "{.contexts[ 0 ]}",
        "{.contexts[0:9]}",
        "{.contexts[1:0]}",
        "{.contexts[::2].name}",
        "{.contexts[::0]}",
        "{.contexts[0:2:1].name}",
        "{.contexts[:-1].name}",
        "{.contexts[0,1].name}",
        "{.contexts[0,x]}",
        "{['kind','apiVersion']}",
        "{['kind', 'nope' ,'apiVersion']}",
        "{.contexts.name}",
        "{.kind[0]}",
        "{.kind.*}",
        "{.users[?(@.name==\"joe\")].user.exec.command}",
        "{.users[?(@.name=='joe')].name}",
        "{.users[?(@.name == \"ann\")].name}",
        "{.users[?(@.name!=\"joe\")].name}",
        "{.users[?(@.name<\"b\")].name}",
        "{.users[?(@.name>=\"b\")].name}",
        "{.users[?(@.name<1)].name}",
        "{.users[?(@.user.exec)].name}",
        "{.users[?(@[0])].name}",
        "{.users[?(@.name in \"a\")].name}",
        "{.users[?(@.name==@.name)].name}",
        "{.users[?(@.name==\"a)\")]}",
        "{.users[?(@.name)==1]}",
        "{.users[?(@==)]}",
        "{.users[?(=1)]}",
        "{.users[?(@.name<>1)]}",
        "{.users[?(@.name=~\"j\")]}",
        "{.users[?(@.name==",
        "{.users[?(@.user.exec.env[*].name==\"A\")]}",
        "{.users[?(@.name==\"a\" || @.name==\"b\")]}",
        "{.kind[?(@.a)]}",
        "{.users[(@.length-1)]}",
        "{range .contexts[*]}{.name}{\"\\n\"}{end}",
        "{range .contexts[*]}{.name}",
        "{end}",
        "{range .nope[*]}{.a}{end}x",
        "{range .clusters[*]}{range .cluster.extensions[*]}{.name};{end}{.name},{end}{.kind}",
        "{range .contexts[*]}{end end}{.name}{end}",
        "{range range .contexts[*]}{.name}{end}{end}",
        "{range .contexts[*]}{range .nope[*]}x{end}{.name}{end}",
        "{range .users}{.name}{end}",
        "{'x'}{\"y\"}",
        "{'it\\'s'}{\"a\\\"b\\t\\u00e9\\x41\\101\\xff\"}",
        "{\"\\q\"}",
        "{'\\\"'}",
        "{\"a",
        "{\"a\nb\"}",
        "{'a' \"b\"}",
        "{1}{2.50}{true}{false}{-1}{+2}{1000000}{1000000.0}{trueish}",
        "{1.2.3}",
        "{-}",
        "{⌘}",
        "{é}",
        "{%}",
        "{.a,b}",
        "{1 .kind}",
        "{..name}",
        "{..}",
        "{....}",
        "{...name}",
        "{..*}",
        "{.clusters..server}",
        "{.ki\\nd}",
        "{.*}",
        "{.contexts[0].context.*}",
    ];
    let shaped = [
        "{S.list} {S.none} {S.void} {S.mixed} {S.nothing} {S.text}",
        "{S.mixed[*]}",
        "{S.nested[*].x[*]}",
        "{S.nested[*].x}",
        "{S.a\\.b}{S['a\\.b']}{S['a.b']}{S['a/b']}{S.a/b}",
        "{S.list[?(@>1)]}",
        "{S.list[?(@>1.0)]}",
        "{S.floats[?(@==1.5)]}",
        "{S.mixed[?(@==1.0)]}",
        "{S.mixed[?(@.k)]}",
        "{S.mixed[?(@.k==\"v\")]}",
        "{S.nothing[?(@.a)]}",
        "{S[?(@.a)]}",
        "{S.list[5:5]}x",
        "{S.list[3]}",
        "{S.none[0]}",
        "{S.none[*]}x",
        "{S.list[-9]}",
        "{S.list[-2:]} {S.list[:2]} {S.list[1:3:5]}",
        "{range S.mixed[*]}[{@}]{end}",
        "{range S.mixed[*]}{.k}{end}",
        "{range S.mixed[*]}{[0]}{end}",
        "{S.words[*]}|{S.words}",
        "{S}",
        "{N}",
        "{range S.words[*]}{@}{','}{end}",
        "{S.truth}{S.lie}{S.zero}",
        "{S.words[?(@==\"a\")]}",
        "{S.words[?(@>'a')]}",
        "{N.big} {N.small} {N.half} {N.tiny} {N.huge} {N.large} {N.negative} {N.long} {N.zero}",
        "{S.mixed[?(@==true)]}",
    ];
    let shaped = shaped
        .iter()
        .map(|template| {
            template
                .replace("S.", &format!("{SHAPES}."))
                .replace("N.", &format!("{NUMBERS}."))
        })
        .map(|template| {
            template
                .replace("{S", &format!("{{{SHAPES}"))
                .replace("{N", &format!("{{{NUMBERS}"))
        });
    plain
        .iter()
        .map(|&template| template.to_owned())
        .chain(shaped)
        .collect()
}

fn expression(random: &mut Random, depth: usize) -> String {
    let mut path = random
        .pick(&[
            "",
            ".clusters",
            ".contexts",
            ".users",
            ".kind",
            ".clusters[*]",
            ".contexts[*]",
            ".users[1].user.exec",
            SHAPES,
            SHAPES,
            NUMBERS,
        ])
        .to_owned();
    for _ in 0..random.below(4) {
        let step = match random.below(8) {
            0 | 1 => random
                .pick(&[
                    ".name", ".context", ".cluster", ".user", ".x", ".k", ".nope", "..name", "@",
                    " ",
                ])
                .to_owned(),
            2 | 3 => random
                .pick(&[
                    ".list", ".floats", ".words", ".mixed", ".none", ".void", ".nested",
                    ".nothing", ".big", ".env", ".args",
                ])
                .to_owned(),
            4 => random
                .pick(&[
                    "[*]",
                    "[0]",
                    "[1]",
                    "[-1]",
                    "[0,1]",
                    "['name']",
                    "['name','kind']",
                    "[]",
                    "[7]",
                    "[:]",
                ])
                .to_owned(),
            5 => {
                let mut index = || {
                    random
                        .pick(&["", "", "0", "1", "2", "-1", "-2", "9"])
                        .to_owned()
                };
                format!("[{}:{}:{}]", index(), index(), index())
            }
            6 if depth < 2 => {
                let left = expression(random, depth + 1);
                let left = if random.below(2) == 0 {
                    random.pick(&["@", "@.name", "@.x[0]", "@.k"]).to_owned()
                } else {
                    left
                };
                let right = random.pick(&[
                    "'a'", "\"dev\"", "1.0", "2", "true", "@", "@.name", "nope", "''",
                ]);
                match random.pick(&["", "==", "!=", "<", ">", "<=", ">=", "=", "==="]) {
                    "" => format!("[?({left})]"),
                    operator => format!("[?({left}{operator}{right})]"),
                }
            }
            _ => continue,
        };
        path.push_str(&step);
    }
    path
}

fn template(random: &mut Random) -> String {
    let mut template = String::new();
    for _ in 0..=random.below(5) {
        match random.below(9) {
            0 => template.push_str(random.pick(&[" ", "text", "é", "}"])),
            1 => template.push_str(random.pick(&[
                "{\"\\n\"}",
                "{'x'}",
                "{1.5}",
                "{true}",
                "{@}",
                "{}",
                "{nope}",
                "{",
            ])),
            2 | 3 => {
                template.push_str(&format!("{{range {}}}", expression(random, 0)));
            }
            4 | 5 => template.push_str("{end}"),
            _ => template.push_str(&format!("{{{}}}", expression(random, 0))),
        }
    }
    template
}

fn ours(oracle: &Oracle, text: &str, json: bool, missing_keys: bool) -> Printed {
    let template = Template::parse(text)
        .map_err(|error| error.to_string())?
        .allow_missing_keys(missing_keys);
    let printed = if json {
        template.print_json(&oracle.value)
    } else {
        template.print(&oracle.value)
    };
    printed.map_err(|error| error.to_string())
}

/// The same but for what is known to differ: the order of members, and values in an error.
fn comparable(text: &str, printed: Printed) -> Printed {
    printed
        .map(|mut bytes| {
            if text.contains("..") || text.contains(".*") {
                bytes.sort_unstable();
            }
            bytes
        })
        .map_err(|error| {
            let more = ". Printing more information";
            let line = error.split(more).next().unwrap_or_default().trim_end();
            let filtered = " is not array or slice and cannot be filtered";
            match line.strip_suffix(filtered) {
                Some(start) => {
                    let end = start.find("Error executing template: ").unwrap();
                    format!("{}{filtered}", &start[..end])
                }
                None => line.to_owned(),
            }
        })
}

fn compare(oracle: &Oracle, text: &str, differences: &mut Vec<String>) -> bool {
    let mut compared = false;
    let modes: &[_] = if text.len().is_multiple_of(3) {
        &[(false, true), (true, true), (false, false)]
    } else {
        &[(false, true)]
    };
    for &(json, missing_keys) in modes {
        let format = if json { "jsonpath-as-json" } else { "jsonpath" };
        let ours = comparable(text, ours(oracle, text, json, missing_keys));
        let Some(theirs) = oracle.view(&format!("{format}={text}"), missing_keys) else {
            continue;
        };
        let theirs = comparable(text, theirs);
        if ours != theirs {
            differences.push(difference(text, &ours, &theirs));
        }
        compared = true;
    }
    compared
}

#[test]
fn jsonpath_fixed() {
    let Some(oracle) = Oracle::find(SINCE) else {
        return;
    };
    let mut differences = Vec::new();
    for text in fixed() {
        compare(&oracle, &text, &mut differences);
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn jsonpath_random() {
    let Some(oracle) = Oracle::find(SINCE) else {
        return;
    };
    let (seed, count) = random::settings(20, 120);
    let mut random = Random::new(seed);
    let mut differences = Vec::new();
    let mut compared = 0;
    for _ in 0..count {
        let text = template(&mut random);
        compared += usize::from(compare(&oracle, &text, &mut differences));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(compared * 10 > count * 8, "only {compared} of {count}");
}
