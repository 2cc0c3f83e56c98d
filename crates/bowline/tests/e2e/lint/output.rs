//! The forms of the report, and what is left out of it.

use serde_json::Value;

use super::findings;
use super::kubeconfig;
use super::lint;
use super::rules;
use super::write;
use crate::support::Sandbox;

fn faulty() -> Sandbox {
    let sandbox = Sandbox::new();
    let text = kubeconfig(
        "server: \"https://10.0.0.1:6443\", insecure-skip-tls-verify: true",
        "",
    )
    .replace(
        "contexts:",
        "- name: old\n  user: {token: hunter2}\ncontexts:",
    );
    write(&sandbox.file(), text);
    sandbox
}

#[test]
fn severity_rules_and_exceptions_choose() {
    let sandbox = faulty();
    let all = ["insecure-skip-tls-verify", "unused-user", "no-credential"];
    assert_eq!(rules(&lint(&sandbox, &[])), all);
    let call = |options: &[&str]| {
        let outcome = sandbox.bowline(&[&["lint", "-o", "json"], options].concat());
        let all = findings(&outcome);
        all.iter()
            .map(|finding| finding["rule"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(call(&[]), all[..2]);
    assert_eq!(call(&["--severity", "medium"]), all[..1]);
    assert_eq!(call(&["--rule", "no-credential"]), all[2..]);
    assert_eq!(call(&["--ignore", "insecure-skip-tls-verify"]), all[1..2]);
    let none = ["--ignore", all[0], "--ignore", all[1]];
    assert!(call(&none).is_empty());
}

#[test]
fn the_table_tells_what_it_means_and_what_mends_it() {
    let sandbox = faulty();
    let told = sandbox.bowline(&["lint"]).expect(8);
    let file = sandbox.file();
    let file = file.display();
    told.says("HIGH: The cluster's identity is not checked (insecure-skip-tls-verify)")
        .says("  means: Whoever answers at the address gets the credential.")
        .says(&format!("  seen: {file}:4: cluster dev: insecure-skip-tls-verify is true"))
        .says("  mend: bowline heal --pin dev")
        .says(&format!("  mend: bowline config delete-user --kubeconfig={file} old"))
        .says(&format!(
            "{file} (1 context): 1 high, 0 medium, 1 low, 0 info; 1 of less severity: --severity info tells them"
        ))
        .never_says("hunter2");
}

#[test]
fn json_yaml_and_sarif_say_the_same() {
    let sandbox = faulty();
    let outcome = sandbox.bowline(&["lint", "-o", "json"]).expect(8);
    let value: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(value["counts"]["high"], 1);
    assert_eq!(value["files"][0]["state"], "read");
    assert_eq!(value["files"][0]["users"], 2);
    let first = &value["findings"][0];
    let keys: Vec<&String> = first.as_object().unwrap().keys().collect();
    let expected = [
        "command",
        "consequence",
        "entry",
        "evidence",
        "file",
        "fixable",
        "line",
        "remedy",
        "rule",
        "severity",
        "title",
    ];
    assert_eq!(keys, expected);
    assert_eq!(first["entry"]["kind"], "cluster");
    assert_eq!(first["entry"]["name"], "dev");
    assert_eq!(first["line"], 4);

    let yaml = sandbox.bowline(&["lint", "-o", "yaml"]).expect(8);
    yaml.says("rule: insecure-skip-tls-verify")
        .says("schema: 1");

    let sarif = sandbox.bowline(&["lint", "-o", "sarif"]).expect(8);
    let sarif: Value = serde_json::from_str(&sarif.stdout).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    assert_eq!(results[0]["ruleId"], "insecure-skip-tls-verify");
    assert_eq!(results[0]["level"], "error");
    let place = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(place["region"]["startLine"], 4);
    let index = usize::try_from(results[1]["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(run["tool"]["driver"]["rules"][index]["id"], "unused-user");
}

/// The page names every rule, and no other.
#[test]
fn the_page_lists_the_rules() {
    let sandbox = Sandbox::new();
    let listed = sandbox
        .bowline(&["lint", "--rules", "-o", "json"])
        .expect(0);
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    let rules: Vec<(String, String, String)> = listed["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| {
            let text = |name: &str| rule[name].as_str().unwrap().to_owned();
            (text("id"), text("severity"), text("title"))
        })
        .collect();
    let page = include_str!("../../../../../docs/lint.md");
    let rows: Vec<(String, String, String)> = page
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.strip_prefix("| `")?.split(" | ").collect();
            let [id, severity, title, ..] = cells.as_slice() else {
                return None;
            };
            let severity = severity.to_owned().to_owned();
            ["info", "low", "medium", "high"]
                .contains(&severity.as_str())
                .then(|| {
                    let title = title.trim_end_matches(" |").to_owned();
                    (id.trim_end_matches('`').to_owned(), severity, title)
                })
        })
        .collect();
    assert_eq!(rows, rules);
}
