//! Any text as a `server`: what parses must print as something that parses to the same.

#![no_main]

use kubeconfig::server::Server;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(server) = Server::parse(text) {
        let printed = server.to_string();
        let again = Server::parse(&printed).expect("a printed server parses");
        assert_eq!(again.to_string(), printed);
        assert_eq!(again.host, server.host);
        assert_eq!(again.port, server.port);
    }
});
