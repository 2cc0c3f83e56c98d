//! `bowline doctor`: every way in which a connection fails is staged, alone and together with another; the
//! first broken rung is named; and the command that it prints mends that rung.

mod bad_input;
mod healthy;
mod network;
mod places;
mod remedy;
mod rows;
mod stage;

use serde_json::Value;

use self::rows::Row;
use self::stage::Stage;

/// Finds the row of a name.
#[track_caller]
fn row(name: &str) -> &'static Row {
    rows::all()
        .find(|row| row.name == name)
        .unwrap_or_else(|| panic!("there is no row {name}"))
}

/// The names of the rungs, from the files outward.
const RUNGS: [&str; 12] = [
    "kubeconfig",
    "name",
    "address",
    "port",
    "identity",
    "server-name",
    "expiry",
    "credential-form",
    "credential",
    "permission",
    "server",
    "node",
];

fn place_of(rung: &Value) -> usize {
    RUNGS.iter().position(|known| rung == known).unwrap()
}

/// Checks what holds for every diagnosis.
#[track_caller]
fn assert_sound(diagnosis: &Value) {
    let rungs = diagnosis["rungs"].as_array().unwrap();
    let names: Vec<_> = rungs
        .iter()
        .map(|rung| rung["rung"].as_str().unwrap())
        .collect();
    assert_eq!(names, RUNGS);
    let findings = diagnosis["findings"].as_array().unwrap();
    let places: Vec<_> = findings.iter().map(|f| place_of(&f["rung"])).collect();
    assert!(places.is_sorted(), "{diagnosis:#}");
    let broken = findings.iter().find(|finding| finding["breaks"] == true);
    match broken {
        None => {
            assert_eq!(diagnosis["healthy"], true);
            assert_eq!(diagnosis["verdict"], Value::Null);
        }
        Some(finding) => {
            assert_eq!(diagnosis["healthy"], false);
            assert_eq!(diagnosis["verdict"], finding["id"]);
            assert_eq!(rungs[place_of(&finding["rung"])]["state"], "broken");
        }
    }
    for finding in findings {
        let said = |field: &str| finding[field].as_str().is_some_and(|text| !text.is_empty());
        assert!(said("seen") && said("meaning"), "{finding:#}");
        let mend = &finding["mend"];
        assert!(
            mend["command"].is_string() || mend["text"].is_string(),
            "{finding:#}"
        );
    }
}

/// Fault, diagnosis, remedy, and the second look that finds the rung mended.
#[track_caller]
fn act(row: &Row) {
    let mut stage = Stage::of(row);
    (row.fault)(&mut stage);
    if !row.kubectl.is_empty() && row.is_known_to_kubectl() {
        let failed = stage.kubectl(row.ask);
        assert_ne!(failed.code, Some(0), "{}: {failed:#?}", row.name);
        let said = format!("{}{}", failed.stdout, failed.stderr);
        assert!(said.contains(row.kubectl), "{}: {failed:#?}", row.name);
    }
    let diagnosis = stage.diagnose(row.code);
    assert_eq!(diagnosis["verdict"], row.id, "{}: {diagnosis:#}", row.name);
    let finding = stage::verdict(&diagnosis);
    assert_eq!(finding["rung"], row.rung, "{}", row.name);
    remedy::apply(&mut stage, &finding, row.hand);
    let mended = stage.diagnose(0);
    assert_eq!(mended["verdict"], Value::Null, "{}: {mended:#}", row.name);
    if row.is_known_to_kubectl() {
        let works = stage.kubectl(row.ask);
        assert_eq!(works.code, Some(0), "{}: {works:#?}", row.name);
    }
}

macro_rules! each {
    ($($rung:ident),*) => {$(
        #[test]
        fn $rung() {
            let rung = stringify!($rung).replace('_', "-");
            let rows: Vec<_> = rows::all().filter(|row| row.rung == rung).collect();
            assert!(!rows.is_empty());
            for row in rows {
                println!("row {}", row.name);
                act(row);
            }
        }
    )*};
}

mod one_fault {
    use super::*;

    each!(
        kubeconfig,
        name,
        address,
        port,
        identity,
        server_name,
        expiry,
        credential_form,
        credential,
        permission,
        server,
        node
    );
}

/// A finding that no test finds may as well not exist.
#[test]
fn everything_that_can_be_found_is_found_here() {
    let rows = rows::all().map(|row| row.id);
    let network = network::ROWS.iter().map(|row| row.id);
    let warnings = healthy::WARNINGS
        .iter()
        .flat_map(|(_, _, ids)| *ids)
        .copied();
    let rest = healthy::FOUND.iter().copied().chain(["resolver-silent"]);
    let found: Vec<_> = rows.chain(network).chain(warnings).chain(rest).collect();
    for kind in operations::doctor::catalogue::ALL {
        assert!(found.contains(&kind.id), "nothing finds {}", kind.id);
    }
}

/// Two faults, in the order of the ladder, and whether the second is known before the first is mended.
const PAIRS: &[(&str, &str, bool)] = &[
    ("port refused", "exposed and expired plugin protocol", true),
    ("CA and insecure", "certificate expired", true),
    ("CA and insecure", "wrong token", true),
    ("http to the TLS port", "wrong token", false),
    ("CA unusable", "port refused", true),
    ("CA file missing", "plugin missing", true),
    ("server without scheme", "token expired", true),
    ("name without address", "client certificate expired", true),
    ("black hole", "plugin missing", true),
    ("port refused", "token file missing", true),
    ("port refused", "wrong token", false),
    ("moved", "wrong token", false),
    ("hung", "no credential", true),
    ("relay without server", "plugin not executable", true),
    ("another cluster has the address", "token expired", true),
    ("another cluster has the address", "wrong token", false),
    ("captive portal", "plugin missing", true),
    ("no CA", "client certificate expired", true),
    ("certificate lacks the address", "certificate expired", true),
    ("certificate lacks the address", "wrong token", true),
    ("wrong tls-server-name", "certificate not yet valid", true),
    ("wrong tls-server-name", "wrong token", false),
    ("certificate expired", "token expired", true),
    ("certificate expired", "wrong token", false),
    ("clock of the node", "wrong token", false),
    ("wrong token", "not ready", false),
    ("plugin missing", "datastore down", false),
    ("client certificate expired", "datastore down", false),
    ("wrong token", "kubelet at another address", false),
    ("datastore down", "kubelet certificate expired", false),
    ("not ready", "kubelet at another address", true),
    ("connection that ends in the answer", "wrong token", false),
    ("another cluster of the same CA", "token expired", true),
    (
        "objects are not answered",
        "kubelet at another address",
        false,
    ),
    ("no permission", "not ready", true),
];

#[test]
fn of_two_faults_the_first_is_the_verdict() {
    for (first, second, both) in PAIRS {
        println!("pair {first} + {second}");
        let (first, second) = (row(first), row(second));
        // The cluster that one of them needs.
        let needs = if first.is_special() { first } else { second };
        let mut stage = Stage::of(needs);
        // The second first: what is broken nearer to the user is laid over it.
        (second.fault)(&mut stage);
        (first.fault)(&mut stage);
        let diagnosis = stage.diagnose(first.code);
        let names = format!("{} + {}", first.name, second.name);
        assert_eq!(diagnosis["verdict"], first.id, "{names}: {diagnosis:#}");
        let known = diagnosis["findings"].as_array().unwrap();
        let known = known.iter().any(|finding| finding["id"] == second.id);
        assert_eq!(known, *both, "{names}: {diagnosis:#}");
        let finding = stage::verdict(&diagnosis);
        remedy::apply(&mut stage, &finding, first.hand);
        let diagnosis = stage.diagnose(second.code);
        assert_eq!(diagnosis["verdict"], second.id, "{names}: {diagnosis:#}");
        let finding = stage::verdict(&diagnosis);
        remedy::apply(&mut stage, &finding, second.hand);
        let mended = stage.diagnose(0);
        assert_eq!(mended["verdict"], Value::Null, "{names}: {mended:#}");
        if first.is_known_to_kubectl() && second.is_known_to_kubectl() {
            let works = stage.kubectl(needs.ask);
            assert_eq!(works.code, Some(0), "{names}: {works:#?}");
        }
    }
}
