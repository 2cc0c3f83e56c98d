//! Thousands of machines: the one whose name is on record is asked all the same.

use std::fmt::Write as _;
use std::fs;

use testnode::Cluster;
use testnode::Node;

use super::stand_in;
use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;

#[test]
fn a_name_on_record_is_not_cut_off() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let before = odd(&cluster, &format!("https://{}", place()));
    let crowd = |sandbox: &Sandbox| {
        let mut leases = String::new();
        for number in 0..5000 {
            // Nobody listens there: the addresses of these tests begin at 127.1.0.0.
            let (high, low) = (number / 250, number % 250 + 1);
            writeln!(leases, "1900000000 * 127.0.{}.{low} vm{number} *", high + 1).unwrap();
        }
        writeln!(leases, "1 * {} lab1 *", node.address().ip()).unwrap();
        fs::write(sandbox.path("dnsmasq.leases"), leases).unwrap();
        let mut listed: Vec<String> = (0..2000)
            .map(|i| {
                format!(
                    r#""vm{i}":{{"state":"Running","ipv4":["127.0.200.{}"]}}"#,
                    i % 250
                )
            })
            .collect();
        listed.push(r#""z":{"state":"Running","ipv4":["127.0.1.1"]}"#.to_owned());
        let json = format!(r#"{{"errors":[],"info":{{{}}}}}"#, listed.join(","));
        stand_in(sandbox, "multipass", &[("info --format json", &json)]);
    };
    let settings = |sandbox: &Sandbox| {
        format!(
            "dnsmasq_leases = ['{}']\n",
            sandbox.path("dnsmasq.leases").display()
        )
    };
    // The last of thousands, and nothing says that it is the one.
    let sandbox = Sandbox::with(&before);
    crowd(&sandbox);
    sandbox.settings(&settings(&sandbox));
    let outcome = sandbox.bowline(&["heal"]).expect(3);
    let tried = outcome.stdout.matches("(by ").count();
    assert!(tried <= 64, "{tried} were tried: {outcome:#?}");
    assert_eq!(sandbox.text(), before);
    // Its name is on record.
    sandbox.settings(&format!(
        "{}[clusters.microk8s]\nhost = 'lab1.invalid'\n",
        settings(&sandbox)
    ));
    sandbox
        .bowline(&["heal"])
        .expect(0)
        .says("(by dnsmasq.leases, lab1");
    assert!(sandbox.text().contains(&node.url()));
}
