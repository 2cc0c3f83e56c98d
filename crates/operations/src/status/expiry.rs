//! What ends, and when: as the files say it, and as the proved server shows it.

use std::path::Path;

use identity::ClientKey;
use identity::ProbeError;
use identity::Proof;
use identity::Rejection;
use identity::jwt;
use kubeconfig::User;
use serde::Serialize;

use crate::check::Checked;
use crate::credentials;
use crate::failure::argument;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;

/// Something that ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Expiry {
    /// What.
    pub what: Ending,
    /// When, seconds since the Unix epoch.
    pub expires: i64,
    /// The file that holds it; `None` where the server showed it.
    pub file: Option<String>,
    /// What gives another one.
    pub remedy: String,
}

impl Expiry {
    /// `machine` is where config.toml says that the cluster runs.
    fn new(what: Ending, expires: i64, file: Option<String>, machine: Option<&str>) -> Self {
        Self {
            what,
            expires,
            file,
            remedy: what.remedy(machine),
        }
    }
}

/// The kinds of things that end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// The API server's certificate.
    ServerCertificate,
    /// The CA certificate in the cluster entry: kubectl refuses every server once it has ended.
    Authority,
    /// The client certificate of the user entry.
    ClientCertificate,
    /// The bearer token of the user entry.
    Token,
}

impl Ending {
    /// Its name, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::ServerCertificate => "server certificate",
            Self::Authority => "CA certificate",
            Self::ClientCertificate => "client certificate",
            Self::Token => "token",
        }
    }

    fn remedy(self, machine: Option<&str>) -> String {
        match (self, machine) {
            (Self::ServerCertificate, _) => {
                "on the node: `sudo microk8s refresh-certs -e server.crt`".to_owned()
            }
            (Self::Authority, _) => {
                "on the node: `sudo microk8s refresh-certs -e ca.crt`, then fetch its kubeconfig anew"
                    .to_owned()
            }
            // The machine has the present one, if it is known.
            (Self::ClientCertificate | Self::Token, Some(machine)) => {
                format!("bowline add {}", argument(machine))
            }
            (Self::ClientCertificate | Self::Token, None) => {
                "fetch its kubeconfig anew (MicroK8s: `microk8s config`) and `bowline add` it"
                    .to_owned()
            }
        }
    }
}

/// What a user entry says of its end, whether it can be used or not. Nothing of a token is kept.
pub fn of_user(file: &Path, user: &User, machine: Option<&str>) -> Vec<Expiry> {
    let mut expiries = Vec::new();
    let (data, path) = (&user.client_certificate_data, &user.client_certificate);
    let certificate = credentials::data_or_file(file, data.as_deref(), path.as_deref());
    if let Some(expires) = certificate
        .ok()
        .flatten()
        .and_then(|pem| ClientKey::end_of(&pem))
    {
        let holder = holder(file, is_given(data.as_ref()), path.as_deref());
        let what = Ending::ClientCertificate;
        expiries.push(Expiry::new(what, expires, Some(holder), machine));
    }
    let token = credentials::bearer(file, user).ok().flatten();
    if let Some(expires) = token.and_then(|token| jwt::expires(&token)) {
        let inline = user.token.as_ref().map(kubeconfig::Secret::expose);
        let holder = holder(file, is_given(inline), user.token_file.as_deref());
        expiries.push(Expiry::new(Ending::Token, expires, Some(holder), machine));
    }
    expiries
}

/// The end of the CA: of the certificate that the server's hangs on, where that is known. `entry` is the file of the cluster entry.
pub(super) fn of_authority(target: &Target, entry: &Path, proof: Option<&Proof>) -> Option<Expiry> {
    let Trust::Authority { authority, .. } = &target.trust else {
        return None;
    };
    let proved = proof.and_then(|proof| authority.not_after_of(&proof.authority));
    let data = is_given(target.cluster.certificate_authority_data.as_ref());
    let path = target.cluster.certificate_authority.as_deref();
    let expires = proved.unwrap_or_else(|| authority.not_after());
    let holder = holder(entry, data, path);
    Some(Expiry::new(Ending::Authority, expires, Some(holder), None))
}

/// The end of the server's certificate. One that was refused because it has ended was signed by the CA.
pub(super) fn of_server(checked: &Checked) -> Option<Expiry> {
    let expires = match checked {
        Checked::Proved(_, proof) => proof.leaf.not_after,
        Checked::Failed(reasons) => reasons.iter().find_map(|(_, error)| match error {
            ProbeError::Rejected(Rejection::Expired { not_after }) => Some(*not_after),
            _ => None,
        })?,
        Checked::Unresolved(_) | Checked::Unprovable(_) => return None,
    };
    Some(Expiry::new(Ending::ServerCertificate, expires, None, None))
}

fn is_given(data: Option<impl AsRef<[u8]>>) -> bool {
    data.is_some_and(|data| !data.as_ref().is_empty())
}

/// Data wins over a file.
fn holder(entry: &Path, data: bool, path: Option<&str>) -> String {
    let holder = match path {
        Some(path) if !data => kubeconfig::chain::resolve(entry, path),
        _ => entry.to_owned(),
    };
    holder.to_string_lossy().into_owned()
}
