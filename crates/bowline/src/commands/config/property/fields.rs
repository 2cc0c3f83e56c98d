//! The fields that `set` and `unset` know, by the names that client-go's internal types have for them
//! (`tools/clientcmd/api/types.go`): `act-as` where the file has `as`.

use kubeconfig::Cluster;
use kubeconfig::Context;
use kubeconfig::Extensions;
use kubeconfig::Secret;
use kubeconfig::User;

/// A field of an entry.
pub(super) struct Field<T> {
    pub(super) name: &'static str,
    pub(super) kind: Kind<T>,
}

/// What a field holds, and how it is changed; unset is the empty value.
pub(super) enum Kind<T> {
    Text(fn(&mut T, String)),
    Flag(fn(&mut T, bool)),
    Bytes(fn(&mut T, Vec<u8>)),
    /// A list of texts, which can only be unset.
    Texts(fn(&mut T)),
    /// A map of anything, which can only be unset.
    Map(fn(&mut T)),
    /// A mapping behind a pointer, which can only be unset.
    Whole(fn(&mut T)),
    Extensions(fn(&mut T) -> &mut Extensions),
}

impl<T> Clone for Kind<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Kind<T> {}

fn filled(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn secret(text: String) -> Option<Secret> {
    filled(text).map(Secret::from)
}

fn bytes(bytes: Vec<u8>) -> Option<Vec<u8>> {
    Some(bytes).filter(|bytes| !bytes.is_empty())
}

macro_rules! field {
    ($name:literal, $kind:expr) => {
        Field {
            name: $name,
            kind: $kind,
        }
    };
}

pub(super) const CLUSTER: &[Field<Cluster>] = &[
    field!("server", Kind::Text(|c, v| c.server = v)),
    field!(
        "tls-server-name",
        Kind::Text(|c, v| c.tls_server_name = filled(v))
    ),
    field!(
        "insecure-skip-tls-verify",
        Kind::Flag(|c, v| c.insecure_skip_tls_verify = v)
    ),
    field!(
        "certificate-authority",
        Kind::Text(|c, v| c.certificate_authority = filled(v))
    ),
    field!(
        "certificate-authority-data",
        Kind::Bytes(|c, v| c.certificate_authority_data = bytes(v))
    ),
    field!("proxy-url", Kind::Text(|c, v| c.proxy_url = filled(v))),
    field!(
        "disable-compression",
        Kind::Flag(|c, v| c.disable_compression = v)
    ),
    field!("extensions", Kind::Extensions(|c| &mut c.extensions)),
];

pub(super) const USER: &[Field<User>] = &[
    field!(
        "client-certificate",
        Kind::Text(|u, v| u.client_certificate = filled(v))
    ),
    field!(
        "client-certificate-data",
        Kind::Bytes(|u, v| u.client_certificate_data = bytes(v))
    ),
    field!("client-key", Kind::Text(|u, v| u.client_key = filled(v))),
    field!(
        "client-key-data",
        Kind::Bytes(|u, v| u.client_key_data = bytes(v).map(Secret::new))
    ),
    field!("token", Kind::Text(|u, v| u.token = secret(v))),
    field!("tokenFile", Kind::Text(|u, v| u.token_file = filled(v))),
    field!("act-as", Kind::Text(|u, v| u.as_user = filled(v))),
    field!("act-as-uid", Kind::Text(|u, v| u.as_uid = filled(v))),
    field!("act-as-groups", Kind::Texts(|u| u.as_groups.clear())),
    field!("act-as-user-extra", Kind::Map(|u| u.as_user_extra.clear())),
    field!("username", Kind::Text(|u, v| u.username = filled(v))),
    field!("password", Kind::Text(|u, v| u.password = secret(v))),
    field!("auth-provider", Kind::Whole(|u| u.auth_provider = None)),
    field!("exec", Kind::Whole(|u| u.exec = None)),
    field!("extensions", Kind::Extensions(|u| &mut u.extensions)),
];

pub(super) const CONTEXT: &[Field<Context>] = &[
    field!("cluster", Kind::Text(|c, v| c.cluster = v)),
    field!("user", Kind::Text(|c, v| c.user = v)),
    field!("namespace", Kind::Text(|c, v| c.namespace = filled(v))),
    field!("extensions", Kind::Extensions(|c| &mut c.extensions)),
];
