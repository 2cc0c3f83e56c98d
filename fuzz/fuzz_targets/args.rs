//! Any bytes as an args file, for both of its readers, and as the files beside it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use microk8s::args::Args;
use microk8s::args::Environment;
use microk8s::args::Reader;
use microk8s::csr_conf::CsrConf;
use microk8s::dqlite::Members;
use microk8s::flags;

fuzz_target!(|input: &[u8]| {
    let environment = Environment::of(Some("3582"));
    let lines = input.iter().filter(|byte| **byte == b'\n').count() + 1;
    for reader in [Reader::Kubelite, Reader::Bash] {
        let args = Args::parse(input, &environment, reader);
        for flag in &args.flags {
            assert!((1..=lines).contains(&flag.line));
            assert!(args.get(&flag.name).is_some());
        }
        assert!(
            args.problems
                .iter()
                .all(|problem| (1..=lines).contains(&problem.line))
        );
        for service in flags::services() {
            assert_eq!(
                flags::annotate(service, &args, Some(24)).len(),
                args.flags.len()
            );
        }
    }
    let conf = CsrConf::parse(input);
    assert!(conf.duplicates().count() <= conf.alt_names.len());
    if let Ok(members) = Members::parse("cluster.yaml", input)
        && let Some(first) = members.members.first()
    {
        let old = first.address.clone();
        let changed = members
            .readdress(input, &old, "192.0.2.77:19001")
            .expect("it is there");
        let again = Members::parse("cluster.yaml", &changed).expect("still what dqlite writes");
        assert_eq!(again.members.len(), members.members.len());
        assert_eq!(again.members[0].address, "192.0.2.77:19001");
    }
});
