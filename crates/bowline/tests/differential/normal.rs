//! What does not count: addresses in memory, orders that are random in kubectl, what only some of its
//! versions print, and the bodies of help.

use serde_json::Value;
use serde_json::json;

use crate::play::Seen;
use crate::play::json;

/// Makes equal what means the same.
pub(crate) fn outcomes(seen: &mut Seen<'_>) {
    let sorted = ["get-clusters", "get-users"].contains(&seen.subcommand());
    for outcome in [&mut seen.ours, &mut seen.theirs] {
        outcome.stderr =
            pointers(&outcome.stderr).replace("jsonpath-file,kyaml,name", "jsonpath-file,name");
        if sorted && outcome.stdout.starts_with("NAME\n") {
            let mut lines: Vec<_> = outcome.stdout.lines().collect();
            lines.sort_unstable();
            outcome.stdout = lines.join("\n");
        }
        // Since 1.34 they are not printed when empty.
        // An empty list in a file is none.
        outcome.stdout = outcome
            .stdout
            .replace("config: {}\n", "config: null\n")
            .replace("\"config\": {}", "\"config\": null")
            .replace("args: []\n", "args: null\n")
            .replace("env: []\n", "env: null\n")
            .replace("\"args\": []", "\"args\": null")
            .replace("\"env\": []", "\"env\": null")
            .replace("preferences: {}\n", "")
            .replace("    \"preferences\": {},\n", "")
            .replace(",\"preferences\":{}", "");
    }
}

/// Whether both say the same.
pub(crate) fn same(seen: &Seen<'_>) -> bool {
    let (ours, theirs) = (&seen.ours, &seen.theirs);
    if ours == theirs {
        return true;
    }
    let is_help = |text: &str| text.contains("Usage:\n  ");
    let errors = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.starts_with("error:"));
        lines.map(str::to_owned).collect()
    };
    ours.exit == theirs.exit
        && [
            (&ours.stdout, &theirs.stdout),
            (&ours.stderr, &theirs.stderr),
        ]
        .iter()
        .all(|(ours, theirs)| {
            ours == theirs || is_help(ours) && is_help(theirs) && errors(ours) == errors(theirs)
        })
}

/// Go's addresses, each `0x…`.
fn pointers(text: &str) -> String {
    let text = text.replace("[{preferences 0x", "[preferences:0x");
    let text = text.replace("}] at api.Preferences", "] at api.Preferences");
    let text = text.replace("[preferences] at", "[preferences:0x] at");
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once(":0x") {
        out += before;
        out += ":0x…";
        rest = after.trim_start_matches(|char: char| char.is_ascii_hexdigit());
    }
    out + rest
}

/// What kubectl reads, without what is only a matter of the writer.
pub(crate) fn view(text: &str) -> Option<Value> {
    let mut value = json(text)?;
    let root = value.as_object_mut()?;
    if root.get("preferences") == Some(&json!({})) {
        root.remove("preferences");
    }
    let users = root.get_mut("users").and_then(Value::as_array_mut);
    for user in users.into_iter().flatten() {
        if let Some(exec) = user["user"].get_mut("exec").and_then(Value::as_object_mut) {
            for list in ["args", "env"] {
                if exec.get(list) == Some(&json!([])) {
                    exec.insert(list.into(), Value::Null);
                }
            }
        }
        if let Some(provider) = user["user"].get_mut("auth-provider")
            && provider["config"] == json!({})
        {
            provider["config"] = Value::Null;
        }
    }
    Some(value)
}
