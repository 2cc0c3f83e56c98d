//! `bowline node certs`.

use serde_json::Value;

use crate::support::Sandbox;
use crate::support::Tree;

#[test]
fn what_ends_soon_is_told_by_the_exit_code() {
    let sandbox = Sandbox::new();
    let fresh = Tree::stock("1.28");
    let certs = |tree: &Tree, options: &[&str]| {
        let call = ["node", "certs", "--root", tree.argument()];
        sandbox.bowline(&[&call, options].concat())
    };
    let quiet = certs(&fresh, &["--expiring", "30d"])
        .expect(0)
        .says("no certificate ends within that time");
    // Cron sends a mail for each word.
    assert_eq!(quiet.stdout, "");
    let empty = certs(&fresh, &["--expiring", "30d", "-o", "json"]).expect(0);
    let empty: Value = serde_json::from_str(&empty.stdout).unwrap();
    assert_eq!(empty["certificates"], serde_json::json!([]));
    certs(&fresh, &["--expiring", "366d"])
        .expect(8)
        .says("certs/server.crt")
        .says("certs/front-proxy-client.crt")
        .never_says("certs/ca.crt  ");
    certs(&fresh, &["--expiring", "never"]).expect(2);

    let soon = Tree::new("1.28", &["--server-start", "345", "--server-days", "365"]);
    certs(&soon, &["--expiring", "19d"]).expect(0);
    let rows = certs(&soon, &["--expiring", "30d", "-o", "json"]).expect(8);
    let rows: Value = serde_json::from_str(&rows.stdout).unwrap();
    let rows = rows["certificates"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert!(
        rows.iter()
            .all(|row| row["daysLeft"] == 19 || row["daysLeft"] == 20),
        "{rows:?}"
    );

    let old = Tree::new("1.28", &["--server-start", "400", "--server-days", "365"]);
    certs(&old, &["--expiring", "1h"])
        .expect(8)
        .says("expired on");
    certs(&old, &[])
        .expect(0)
        .says("certs/server.crt: expired on")
        .says("refresh-certs -e server.crt");
}

#[test]
fn versions_keys_addresses_and_damage_are_told() {
    let sandbox = Sandbox::new();
    let tree = Tree::stock("1.34");
    let certs = |options: &[&str]| {
        let call = ["node", "certs", "--root", tree.argument()];
        sandbox.bowline(&[&call, options].concat()).expect(0)
    };
    certs(&[])
        .says("X.509 version 1")
        .never_says("does not carry")
        .says("--at ADDRESS");
    certs(&["--at", "172.28.40.7"]).never_says("does not carry");
    certs(&["--at", "172.28.41.9:16443"])
        .says("certs/server.crt: does not carry 172.28.41.9")
        .says("certs/kubelet.crt: does not carry 172.28.41.9")
        .never_says("certs/ca.crt: does not carry");
    let rows = certs(&["--at", "172.28.41.9", "-o", "json"]);
    let rows: Value = serde_json::from_str(&rows.stdout).unwrap();
    let rows = rows["certificates"].as_array().unwrap();
    let row = rows
        .iter()
        .find(|row| row["path"].as_str().unwrap().ends_with("certs/server.crt"));
    assert_eq!(
        row.unwrap()["missingAddresses"],
        serde_json::json!(["172.28.41.9"])
    );

    // A file that is no certificate is a row, and the others are there all the same.
    tree.write(
        "certs/proxy.crt",
        "-----BEGIN CERTIFICATE-----\n\u{1b}[31mAAAA\n",
    );
    tree.write("certs/scheduler.crt", "");
    tree.write("certs/controller.key", &tree.text("certs/scheduler.key"));
    let table = certs(&[])
        .stays_plain()
        .says("certs/proxy.crt: ")
        .says("certs/scheduler.crt: ")
        .says("certs/controller.crt: the key beside it is another's");
    for name in ["certs/proxy.crt", "certs/scheduler.crt"] {
        let row = table
            .stdout
            .lines()
            .find(|row| row.starts_with(name))
            .unwrap();
        assert!(row.contains("damaged"), "{row}");
    }
    assert!(table.stdout.contains("certs/server.crt "));
    // Nobody knows when it ends: cron hears of it.
    let rows = [
        "node",
        "certs",
        "--expiring",
        "1h",
        "-o",
        "json",
        "--root",
        tree.argument(),
    ];
    let rows = sandbox.bowline(&rows).expect(8);
    let rows: Value = serde_json::from_str(&rows.stdout).unwrap();
    assert_eq!(rows["certificates"].as_array().unwrap().len(), 2);
}
