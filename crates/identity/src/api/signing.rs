//! Certificate signing requests (`certificates.k8s.io/v1`).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::Value;
use serde_json::json;
use tokio::time::Instant;

use super::ApiError;
use super::MANAGED_BY;
use super::Session;
use super::US;
use super::exchange::Change;
use super::names::segment;
use crate::escape;
use crate::request::Subject;
use crate::request::requested_subject;

/// The signer of client certificates for the API server.
pub const CLIENT_SIGNER: &str = "kubernetes.io/kube-apiserver-client";

/// What a client certificate is for.
pub const CLIENT_USAGES: &[&str] = &["client auth"];

const COLLECTION: &str = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

/// The first pause between two looks at a request that is not signed yet; the next ones double up to
/// [`LONGEST_PAUSE`]. The controller mostly needs milliseconds.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A certificate signing request. The texts are the server's: escape them before they are printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Csr {
    /// Its name.
    pub name: String,
    /// Its UID: another request of the same name has another.
    pub uid: String,
    /// Who is to sign it.
    pub signer: String,
    /// The user who asks.
    pub requestor: String,
    /// Whom the certificate is asked for, where the request can be read.
    pub subject: Option<Subject>,
    /// When it was asked for, seconds since the Unix epoch.
    pub created: Option<i64>,
    /// How long the certificate is to last, in seconds; the signer decides where it is not said.
    pub expiration: Option<u64>,
    /// Where it stands.
    pub condition: Condition,
    /// The certificate in PEM, once there is one.
    pub certificate: Option<Vec<u8>>,
    /// The request in PEM.
    pub request: Vec<u8>,
    /// Whether it bears our label.
    pub ours: bool,
}

/// Where a certificate signing request stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Nobody has decided.
    Pending,
    /// It may be signed.
    Approved,
    /// It will not be signed; with the message, which is the server's text.
    Denied(String),
    /// The signer could not sign it; with the message, which is the server's text.
    Failed(String),
}

/// Why there is no certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotIssued {
    /// The API server did not answer.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// Somebody denied the request.
    #[error("the certificate signing request {name} was denied: {message}")]
    Denied {
        /// The request.
        name: String,
        /// What the server says, escaped.
        message: String,
    },
    /// The signer could not sign it.
    #[error("the signer refused the certificate signing request {name}: {message}")]
    Failed {
        /// The request.
        name: String,
        /// What the server says, escaped.
        message: String,
    },
    /// Nobody approved it in time.
    #[error(
        "the certificate signing request {name} was not approved within {} s: kubectl certificate approve {name}",
        .after.as_secs()
    )]
    NotApproved {
        /// The request.
        name: String,
        /// How long was waited.
        after: Duration,
    },
    /// It was approved, and no signer took it up.
    #[error(
        "the certificate signing request {name} was approved, but not signed within {} s: does \
         kube-controller-manager run, with --cluster-signing-cert-file and -key-file?",
        .after.as_secs()
    )]
    NotSigned {
        /// The request.
        name: String,
        /// How long was waited.
        after: Duration,
    },
}

impl Session<'_> {
    /// Asks for a certificate. Its lifetime in seconds is at least 600; servers before Kubernetes 1.22
    /// ignore it.
    ///
    /// # Errors
    /// [`ApiError`]; 403 where `signer` is [`CLIENT_SIGNER`] and the request names `system:masters`.
    pub async fn create_csr(
        &self,
        name: &str,
        request_pem: &str,
        signer: &str,
        usages: &[&str],
        expiration_seconds: Option<u32>,
    ) -> Result<Csr, ApiError> {
        let mut object = json!({
            "apiVersion": "certificates.k8s.io/v1",
            "kind": "CertificateSigningRequest",
            "metadata": {"name": name, "labels": {MANAGED_BY: US}},
            "spec": {
                "request": STANDARD.encode(request_pem),
                "signerName": signer,
                "usages": usages,
            },
        });
        if let Some(seconds) = expiration_seconds {
            object["spec"]["expirationSeconds"] = json!(seconds);
        }
        let created = self
            .request::<Value>(Method::POST, COLLECTION, Some(&object))
            .await?;
        read(&created).ok_or_else(|| ApiError::Unreadable(COLLECTION.to_owned()))
    }

    /// Lets a request be signed, provided that it still is the one that was looked at.
    ///
    /// # Errors
    /// [`ApiError`]; [`ApiError::Replaced`] where there is another request of that name now.
    pub async fn approve_csr(&self, csr: &Csr) -> Result<(), ApiError> {
        self.change(&path(&csr.name), |mut object| {
            let present = read(&object).ok_or_else(|| ApiError::Unreadable(path(&csr.name)))?;
            if (&present.uid, &present.request) != (&csr.uid, &csr.request) {
                return Err(ApiError::Replaced(escape::foreign(&csr.name)));
            }
            if present.condition == Condition::Approved {
                return Ok(Change::Nothing);
            }
            let condition = json!({
                "type": "Approved",
                "status": "True",
                "reason": "BowlineApprove",
                "message": "This CSR was approved by bowline.",
            });
            match &mut object["status"]["conditions"] {
                Value::Array(conditions) => conditions.push(condition),
                absent => *absent = json!([condition]),
            }
            Ok(Change::Replace {
                subresource: "/approval",
                object,
            })
        })
        .await
    }

    /// A request.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn csr(&self, name: &str) -> Result<Csr, ApiError> {
        let object = self.get(&path(name)).await?;
        read(&object).ok_or_else(|| ApiError::Unreadable(path(name)))
    }

    /// All requests. The cluster itself removes signed ones after an hour, others after a day.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn csrs(&self) -> Result<Vec<Csr>, ApiError> {
        let objects = self.list(COLLECTION).await?;
        Ok(objects.iter().filter_map(read).collect())
    }

    /// Removes a request; a certificate that was issued for it stays valid.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn delete_csr(&self, name: &str) -> Result<(), ApiError> {
        self.request::<Value>(Method::DELETE, &path(name), None)
            .await
            .map(drop)
    }

    /// Waits until a request is signed, at most as long as `patience`, and returns the answer in PEM. It is
    /// not verified: [`ClientRequest::verify`](crate::ClientRequest::verify) does.
    ///
    /// # Errors
    /// [`NotIssued`].
    pub async fn signed(&self, name: &str, patience: Duration) -> Result<Vec<u8>, NotIssued> {
        let end = Instant::now() + patience;
        let mut pause = FIRST_PAUSE;
        loop {
            let csr = self.csr(name).await?;
            let name = escape::foreign(name);
            let approved = match csr.condition {
                Condition::Denied(message) => {
                    let message = escape::foreign(&message);
                    return Err(NotIssued::Denied { name, message });
                }
                Condition::Failed(message) => {
                    let message = escape::foreign(&message);
                    return Err(NotIssued::Failed { name, message });
                }
                Condition::Pending => false,
                Condition::Approved => true,
            };
            if let Some(certificate) = csr.certificate {
                return Ok(certificate);
            }
            if Instant::now() + pause > end {
                let after = patience;
                return Err(if approved {
                    NotIssued::NotSigned { name, after }
                } else {
                    NotIssued::NotApproved { name, after }
                });
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

fn path(name: &str) -> String {
    format!("{COLLECTION}/{}", segment(name))
}

fn read(object: &Value) -> Option<Csr> {
    let (metadata, spec, status) = (&object["metadata"], &object["spec"], &object["status"]);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let request = STANDARD.decode(spec["request"].as_str()?).ok()?;
    let certificate = status["certificate"]
        .as_str()
        .filter(|text| !text.is_empty())
        .map(|text| STANDARD.decode(text))
        .transpose()
        .ok()?;
    let message = |kind: &str| {
        let mut conditions = status["conditions"].as_array().into_iter().flatten();
        let condition = conditions.find(|condition| condition["type"] == kind)?;
        Some(text(&condition["message"]).unwrap_or_default())
    };
    let condition = if let Some(message) = message("Denied") {
        Condition::Denied(message)
    } else if let Some(message) = message("Failed") {
        Condition::Failed(message)
    } else if message("Approved").is_some() {
        Condition::Approved
    } else {
        Condition::Pending
    };
    Some(Csr {
        name: text(&metadata["name"])?,
        uid: text(&metadata["uid"])?,
        signer: text(&spec["signerName"]).unwrap_or_default(),
        requestor: text(&spec["username"]).unwrap_or_default(),
        subject: requested_subject(&request),
        created: metadata["creationTimestamp"]
            .as_str()
            .and_then(|time| time.parse::<jiff::Timestamp>().ok())
            .map(jiff::Timestamp::as_second),
        expiration: spec["expirationSeconds"].as_u64(),
        condition,
        certificate,
        request,
        ours: metadata["labels"][MANAGED_BY] == US,
    })
}
