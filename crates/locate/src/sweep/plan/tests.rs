use super::*;

fn network(interface: &str, address: &str, kind: Kind) -> Network {
    let (address, prefix) = address.split_once('/').unwrap();
    Network {
        interface: interface.to_owned(),
        address: address.parse().unwrap(),
        prefix: prefix.parse().unwrap(),
        kind,
    }
}

fn addresses(plan: &Plan) -> Vec<String> {
    plan.targets
        .iter()
        .map(|target| target.address.to_string())
        .collect()
}

fn refusals(plan: &Plan) -> Vec<(String, Refusal)> {
    plan.refused
        .iter()
        .map(|(network, refusal)| (network.interface.clone(), *refusal))
        .collect()
}

fn ip(address: &str) -> IpAddr {
    address.parse().unwrap()
}

#[test]
fn a_virtual_switch_is_swept_unasked_and_a_lan_is_not() {
    let networks = [
        network("lo", "127.0.0.1/8", Kind::Loopback),
        network("eth0", "192.168.1.10/24", Kind::Lan),
        network("docker0", "172.17.0.1/24", Kind::Containers),
        network("virbr0", "192.168.122.1/24", Kind::HostOnly),
        network("eth0", "fe80::1/64", Kind::Lan),
    ];
    let unasked = plan(&networks, None, false);
    assert_eq!(unasked.targets.len(), 253);
    assert_eq!(
        refusals(&unasked),
        [
            ("eth0".to_owned(), Refusal::NotAsked),
            ("docker0".to_owned(), Refusal::NotAsked),
        ]
    );
    let asked = plan(&networks, None, true);
    assert_eq!(asked.targets.len(), 3 * 253);
    assert!(asked.refused.is_empty());
}

#[test]
fn public_networks_and_tunnels_are_refused_whoever_asks() {
    let networks = [
        network("eth0", "203.0.113.5/24", Kind::Lan),
        network("virbr0", "198.18.0.1/24", Kind::HostOnly),
        network("eth1", "100.64.0.5/24", Kind::Lan),
        network("eth2", "192.168.0.1/15", Kind::Lan),
        network("tun0", "10.8.0.2/24", Kind::PointToPoint),
        network("en5", "169.254.7.7/16", Kind::Lan),
    ];
    let plan = plan(&networks, Some(ip("192.168.0.7")), true);
    assert!(plan.targets.is_empty());
    assert_eq!(
        refusals(&plan),
        [
            ("eth0".to_owned(), Refusal::Public),
            ("virbr0".to_owned(), Refusal::Public),
            ("eth1".to_owned(), Refusal::Public),
            ("eth2".to_owned(), Refusal::Public),
            ("tun0".to_owned(), Refusal::PointToPoint),
        ]
    );
}

#[test]
fn the_nearest_come_first_without_first_last_own_and_old() {
    let networks = [network("virbr0", "10.0.0.1/29", Kind::HostOnly)];
    let order = |old| addresses(&plan(&networks, old, false));
    assert_eq!(
        order(Some(ip("10.0.0.4"))),
        ["10.0.0.3", "10.0.0.5", "10.0.0.2", "10.0.0.6"]
    );
    assert_eq!(
        order(Some(ip("10.0.0.6"))),
        ["10.0.0.5", "10.0.0.4", "10.0.0.3", "10.0.0.2"]
    );
    // Of another subnet: the same host part, and that address itself.
    assert_eq!(
        order(Some(ip("172.16.9.13"))),
        ["10.0.0.5", "10.0.0.4", "10.0.0.6", "10.0.0.3", "10.0.0.2"]
    );
    let beginning = ["10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6"];
    assert_eq!(order(None), beginning);
    assert_eq!(order(Some(ip("fd00::4"))), beginning);
}

#[test]
fn the_network_of_the_old_address_comes_first_and_the_others_take_turns() {
    let networks = [
        network("virbr0", "10.0.0.1/29", Kind::HostOnly),
        network("virbr1", "10.0.1.1/29", Kind::HostOnly),
        network("virbr2", "10.0.2.1/29", Kind::HostOnly),
    ];
    assert_eq!(
        addresses(&plan(&networks, Some(ip("10.0.1.3")), false))[..8],
        [
            "10.0.1.2", "10.0.1.4", "10.0.1.5", "10.0.1.6", "10.0.0.3", "10.0.2.3", "10.0.0.2",
            "10.0.2.2"
        ]
    );
}

#[test]
fn a_slash_20_is_whole_and_a_larger_one_is_swept_around_the_old_address_only() {
    let switch = network(
        "vEthernet (Default Switch)",
        "172.28.32.1/20",
        Kind::HostOnly,
    );
    let whole = plan(
        std::slice::from_ref(&switch),
        Some(ip("172.23.138.107")),
        false,
    );
    let distinct: HashSet<_> = whole.targets.iter().map(|target| target.address).collect();
    assert_eq!((whole.targets.len(), distinct.len()), (4093, 4093));
    assert_eq!(whole.shares[0].to_string(), switch.to_string());

    let large = [network("eth0", "10.0.0.5/8", Kind::Lan)];
    let lost = plan(&large, Some(ip("192.168.0.7")), true);
    assert!(lost.targets.is_empty());
    assert_eq!(refusals(&lost), [("eth0".to_owned(), Refusal::TooLarge)]);
    let near = plan(&large, Some(ip("10.200.0.7")), true);
    assert_eq!(near.targets.len(), 4094);
    let distance = |target: &Target| target.address.to_bits().abs_diff(0x0ac8_0007);
    assert!(near.targets.iter().all(|target| distance(target) <= 2047));
    assert_eq!(
        near.shares[0].to_string(),
        "4094 of the 16777212 addresses of 10.0.0.0/8 on eth0"
    );
}

#[test]
fn all_together_are_no_more_than_the_time_allows() {
    let networks: Vec<Network> = (0..9)
        .map(|n| network("virbr", &format!("172.16.{}.1/20", n * 16), Kind::HostOnly))
        .collect();
    let plan = plan(&networks, Some(ip("172.16.0.9")), false);
    assert_eq!(plan.targets.len(), MOST_OF_ALL);
    let tried: Vec<usize> = plan.shares.iter().map(|share| share.tried).collect();
    assert_eq!(tried, [4092, 64, 64, 64, 64, 63, 63, 63, 63]);
}

#[test]
fn two_interfaces_in_one_network_try_each_address_once() {
    let networks = [
        network("en0", "192.168.1.10/24", Kind::Lan),
        network("en1", "192.168.1.11/24", Kind::Lan),
    ];
    let plan = plan(&networks, None, true);
    assert_eq!(plan.targets.len(), 252);
}

#[test]
fn those_alive_come_first() {
    let networks = [network("virbr0", "10.0.0.1/29", Kind::HostOnly)];
    let mut plan = plan(&networks, None, false);
    plan.prefer(&["10.0.0.6".parse().unwrap(), "10.9.9.9".parse().unwrap()]);
    assert_eq!(
        addresses(&plan),
        ["10.0.0.6", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"]
    );
}

#[test]
fn impossible_prefixes_are_left_alone() {
    for prefix in ["0", "31", "32", "33", "255"] {
        let networks = [network(
            "virbr0",
            &format!("10.0.0.1/{prefix}"),
            Kind::HostOnly,
        )];
        assert!(
            plan(&networks, Some(ip("10.0.0.2")), true)
                .targets
                .is_empty(),
            "{prefix}"
        );
    }
}
