use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kubeconfig::Secret;
use zeroize::Zeroizing;

/// A token of `MicroK8s`' own form from 32 random bytes: `openssl rand -base64 32 | base64`
/// (canonical/microk8s `snap/hooks/install`). That is base64 of 44 characters and a line break: 60
/// characters that end in `0K`.
pub fn new_token(random: &[u8; 32]) -> Secret {
    let mut inner = Zeroizing::new(STANDARD.encode(random));
    inner.push('\n');
    Secret::from(STANDARD.encode(inner.as_bytes()))
}

/// Whether a token has the form that `MicroK8s` gives to those that it makes.
pub fn is_made_by_microk8s(token: &Secret) -> bool {
    let decode = |bytes: &[u8]| STANDARD.decode(bytes).ok().map(Zeroizing::new);
    token.expose().len() == 60
        && decode(token.expose())
            .and_then(|inner| decode(inner.strip_suffix(b"\n")?))
            .is_some_and(|random| random.len() == 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_form_of_the_install_hook() {
        let token = new_token(&[7; 32]);
        // `printf '\7…' (32 times) | openssl base64 | base64`.
        assert_eq!(
            token.expose_str(),
            Some("QndjSEJ3Y0hCd2NIQndjSEJ3Y0hCd2NIQndjSEJ3Y0hCd2NIQndjSEJ3Yz0K")
        );
        assert!(is_made_by_microk8s(&token));
        assert!(!is_made_by_microk8s(&Secret::from("a".repeat(60))));
        assert!(!is_made_by_microk8s(&Secret::from("short0K")));
    }
}
