//! What a probe established about a peer, and the last step of it: that it speaks as an API server.

use std::net::SocketAddr;
use std::time::Duration;

use serde::Deserialize;

use crate::leaf::Leaf;
use crate::pin::PINNED_NAME;
use crate::pin::Satisfied;
use crate::spki::SpkiHash;

/// A peer that is the cluster.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Where it answered.
    pub address: SocketAddr,
    /// The hash of the CA key: which cluster.
    pub authority: SpkiHash,
    /// Its certificate; `leaf.key` says which node.
    pub leaf: Leaf,
    /// Which name was proved.
    pub name: Satisfied,
    /// Whether kubectl accepts this peer with the entry's present host and `tls-server-name`.
    pub kubectl_accepts: bool,
    /// How it answered `GET /version` without credentials.
    pub answer: Answer,
    /// Time for the TCP connection.
    pub connect: Duration,
    /// Time from the first packet to the end of the HTTP answer.
    pub latency: Duration,
}

impl Proof {
    /// The `tls-server-name` that makes kubectl enforce what was checked, where the entry lacks one.
    pub fn name_to_write(&self) -> Option<&'static str> {
        match self.name {
            Satisfied::Cluster => Some(PINNED_NAME),
            Satisfied::Explicit(_) | Satisfied::Host(_) | Satisfied::Address(_) => None,
        }
    }

    /// The name that was proved: what a client has to ask for to check the same.
    pub fn proved_name(&self) -> String {
        match &self.name {
            Satisfied::Explicit(name) | Satisfied::Host(name) => name.clone(),
            Satisfied::Cluster => PINNED_NAME.to_owned(),
            Satisfied::Address(address) => address.to_string(),
        }
    }

    /// Whether the proof identifies the cluster at any address, not only at the one the entry names.
    pub fn identifies(&self) -> bool {
        !matches!(self.name, Satisfied::Address(_))
    }
}

/// How an API server answered without credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Its version, for example `v1.32.3`.
    Version(String),
    /// A `Status` with this code: 401 where anonymous requests are off (`AlwaysAllow`, MicroK8s' default),
    /// 403 where they lack permission, 5xx while it starts.
    Status(u16),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    git_version: Option<String>,
    major: Option<String>,
    kind: Option<String>,
    api_version: Option<String>,
    code: Option<u16>,
}

/// Reads the answer to `GET /version`: a version object or a `Status`
/// (apimachinery `pkg/version`, `pkg/apis/meta/v1`). A kubelet answers with plain text.
pub(crate) fn answer(code: u16, body: &[u8]) -> Option<Answer> {
    let body: Body = serde_json::from_slice(body).ok()?;
    match body {
        Body {
            git_version: Some(version),
            major: Some(_),
            ..
        } if code == 200 => Some(Answer::Version(version)),
        Body {
            kind: Some(kind),
            api_version: Some(v1),
            code: said,
            ..
        } if kind == "Status" && v1 == "v1" && code != 200 && said.is_none_or(|c| c == code) => {
            Some(Answer::Status(code))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Bodies as kube-apiserver v1.36.2 and a kubelet send them.
    #[test]
    fn tells_an_api_server_from_other_peers() {
        let version =
            br#"{"major":"1","minor":"36","gitVersion":"v1.36.2","platform":"linux/amd64"}"#;
        assert_eq!(
            answer(200, version),
            Some(Answer::Version("v1.36.2".to_owned()))
        );
        let status = br#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",
            "message":"Unauthorized","reason":"Unauthorized","code":401}"#;
        assert_eq!(answer(401, status), Some(Answer::Status(401)));
        for (code, other) in [
            (401, &b"Unauthorized"[..]),
            (404, b"404 page not found\n"),
            (200, b"{}"),
            (200, status),
            (403, version),
            (200, b"[1]"),
            (200, b""),
        ] {
            assert_eq!(
                answer(code, other),
                None,
                "{code} {}",
                String::from_utf8_lossy(other)
            );
        }
    }
}
