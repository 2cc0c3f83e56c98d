//! The recorded cases.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

/// A recorded case; texts still hold `$DIR`.
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) class: String,
    pub(crate) files: Vec<(String, Before)>,
    pub(crate) before: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) unset: Vec<String>,
    pub(crate) cwd: String,
    pub(crate) stdin: Option<String>,
    pub(crate) uid: Option<u64>,
    pub(crate) steps: Vec<Step>,
    pub(crate) changed: BTreeMap<String, After>,
}

/// How a case is judged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Exact,
    Help,
    AnyOrder,
    Defect,
}

/// What is there before.
pub(crate) enum Before {
    Folder,
    Link(String),
    File { content: Vec<u8>, mode: u32 },
}

/// What has to be there afterwards.
pub(crate) struct After {
    /// `None` for a folder.
    pub(crate) content: Option<String>,
    pub(crate) mode: u32,
    pub(crate) new: bool,
}

/// One call.
#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) argv: Vec<String>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) exit: i32,
}

impl Case {
    pub(crate) fn class(&self) -> Class {
        match self.class.as_str() {
            "exact" => Class::Exact,
            "help" => Class::Help,
            "nondeterministic" => Class::AnyOrder,
            class if class.starts_with("defect:") => Class::Defect,
            class => panic!("{}: no such class: {class}", self.id),
        }
    }
}

/// All cases.
pub(crate) fn all() -> Vec<Case> {
    let text = include_str!("../vectors/kubectl-config.json");
    let cases: Value = serde_json::from_str(text).unwrap();
    list(&cases).iter().map(case).collect()
}

fn case(value: &Value) -> Case {
    Case {
        id: text(&value["id"]),
        title: text(&value["title"]),
        class: text(&value["class"]),
        files: map(&value["files"], before),
        before: texts(&value["before"]),
        env: map(&value["env"], text),
        unset: texts(&value["unset"]),
        cwd: text(&value["cwd"]),
        stdin: value["stdin"].as_str().map(str::to_owned),
        uid: value["uid"].as_u64(),
        steps: list(&value["steps"]).iter().map(step).collect(),
        changed: map(&value["changed"], after).into_iter().collect(),
    }
}

fn before(value: &Value) -> Before {
    if value["dir"].as_bool() == Some(true) {
        return Before::Folder;
    }
    let content = if let Some(base64) = value["content_base64"].as_str() {
        BASE64_STANDARD.decode(base64).unwrap()
    } else {
        let content = text(&value["content"]);
        if let Some(target) = content.strip_prefix("->") {
            return Before::Link(target.to_owned());
        }
        content.into_bytes()
    };
    Before::File {
        content,
        mode: mode(&value["mode"]),
    }
}

fn after(value: &Value) -> After {
    After {
        content: value["content"].as_str().map(str::to_owned),
        mode: mode(&value["mode"]),
        new: value["new"].as_bool().unwrap(),
    }
}

fn step(value: &Value) -> Step {
    Step {
        argv: texts(&value["argv"]),
        stdout: text(&value["stdout"]),
        stderr: text(&value["stderr"]),
        exit: i32::try_from(value["exit"].as_i64().unwrap()).unwrap(),
    }
}

fn mode(value: &Value) -> u32 {
    let text = text(value);
    u32::from_str_radix(text.strip_prefix("0o").unwrap(), 8).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    list(value).iter().map(text).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn map<T>(value: &Value, read: impl Fn(&Value) -> T) -> Vec<(String, T)> {
    let map = value.as_object().unwrap();
    map.iter()
        .map(|(key, value)| (key.clone(), read(value)))
        .collect()
}
