//! Any bytes as `known_tokens.csv`: reading keeps them, and an edit keeps all users but the one it means.
//!
//! The input is a file, and behind the byte 0xff, if there is one, the name of a user to add and change.

#![no_main]

use kubeconfig::Secret;
use libfuzzer_sys::fuzz_target;
use microk8s::tokens::EditError;
use microk8s::tokens::KnownTokens;
use microk8s::tokens::NewUser;
use microk8s::tokens::TokenUser;

fn users(tokens: &KnownTokens) -> Vec<TokenUser> {
    let users = tokens.users().iter().cloned();
    users.map(|user| TokenUser { line: 0, ..user }).collect()
}

fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(2, |byte| *byte == 0xff);
    let file = parts.next().unwrap_or_default();
    let name = parts
        .next()
        .and_then(|name| std::str::from_utf8(name).ok())
        .unwrap_or("someone");
    let mut tokens = KnownTokens::parse(file);
    assert_eq!(tokens.bytes(), file);

    let before = users(&tokens);
    let new = NewUser {
        token: Secret::from("Zm9vYmFyZm9vYmFyZm9vYmFy"),
        name: name.to_owned(),
        uid: name.to_owned(),
        groups: vec![name.to_owned(), "g".to_owned()],
    };
    match tokens.add(&new) {
        Ok(()) => {
            assert!(tokens.bytes().starts_with(file));
            let mut after = users(&tokens);
            let added = after.pop().expect("a user was added");
            assert_eq!(after, before);
            assert_eq!((added.name.as_str(), added.uid.as_str()), (name, name));
            assert_eq!(added.groups, new.groups);
            assert_eq!(added.token, new.token);
        }
        Err(EditError::Damaged(_)) => {
            assert!(tokens.fatal().is_some());
            return;
        }
        Err(_) => assert_eq!(tokens.bytes(), file),
    }

    let other = Secret::from("b3RoZXJvdGhlcm90aGVy");
    for at in 0..tokens.users().len() {
        let name = tokens.users()[at].name.clone();
        let mut expected = users(&tokens);
        let mut changed = tokens.clone();
        if changed.set_token(&name, &other).is_ok() {
            expected[at].token = other.clone();
            assert_eq!(users(&changed), expected);
        }
        changed.remove(&name).expect("a user can be removed");
        expected.retain(|user| user.name != name);
        assert_eq!(users(&changed).len(), expected.len());
    }
});
