//! The way there: name, address, port.

use super::*;

pub(super) const ROWS: &[Row] = &[
    // The name.
    Row {
        name: "name without address",
        fault: |stage| {
            let ip = stage.node.address().ip().to_string();
            stage.edit(&format!("https://{ip}:"), "https://microk8s-vm.mshome.net:");
        },
        id: "name-unresolved",
        rung: "name",
        code: 3,
        kubectl: "lookup microk8s-vm.mshome.net",
        ..PLAIN
    },
    // The address. What needs a network of its own is in `network`.
    Row {
        name: "black hole",
        fault: |stage| stage.node.set_behaviour(Behaviour::Swallow).unwrap(),
        id: "no-answer",
        rung: "address",
        code: 3,
        ..PLAIN
    },
    // The port.
    Row {
        name: "port refused",
        fault: |stage| stage.node.set_behaviour(Behaviour::Refuse).unwrap(),
        id: "port-refused",
        rung: "port",
        code: 3,
        kubectl: "was refused - did you specify the right host or port?",
        ..PLAIN
    },
    Row {
        name: "moved",
        fault: |stage| {
            stage.move_away();
        },
        id: "port-refused",
        rung: "port",
        code: 3,
        kubectl: "was refused",
        ..PLAIN
    },
    Row {
        name: "hung",
        fault: |stage| stage.node.set_behaviour(Behaviour::Hang).unwrap(),
        id: "hung",
        rung: "port",
        code: 3,
        ..PLAIN
    },
    Row {
        name: "relay without server",
        fault: |stage| {
            stage
                .node
                .set_behaviour(Behaviour::CloseAfterAccept)
                .unwrap();
        },
        id: "accepts-then-closes",
        rung: "port",
        code: 3,
        ..PLAIN
    },
    Row {
        name: "connection that ends in the answer",
        fault: |stage| {
            stage
                .node
                .set_behaviour(Behaviour::CloseAfterHandshake)
                .unwrap();
        },
        id: "http-failed",
        rung: "port",
        code: 3,
        ..PLAIN
    },
    Row {
        name: "tunnel that is not up",
        fault: |stage| {
            stage.node.move_to(([127, 0, 0, 1], 0).into()).unwrap();
            restore(stage);
            stage.node.set_behaviour(Behaviour::Refuse).unwrap();
        },
        id: "port-refused",
        rung: "port",
        code: 3,
        kubectl: "was refused",
        hand: Some(|stage| stage.node.set_behaviour(Behaviour::Serve).unwrap()),
        ..PLAIN
    },
    Row {
        name: "proxy that is not up",
        fault: |stage| {
            let proxy = place();
            stage.edit(
                "    server: ",
                &format!("    proxy-url: http://{proxy}\n    server: "),
            );
        },
        id: "proxy-unreachable",
        rung: "port",
        code: 3,
        kubectl: "was refused",
        hand: Some(|stage| {
            stage
                .bowline(&["config", "unset", "clusters.dev.proxy-url"])
                .expect(0);
        }),
        ..PLAIN
    },
];
