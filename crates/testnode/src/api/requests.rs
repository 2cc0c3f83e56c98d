//! The rules of certificate signing requests (Kubernetes, pkg/apis/certificates/validation and
//! pkg/registry/certificates/certificates), and the controller that has approved ones signed.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::change::Strategy;
use super::namespaces::{LABEL, is_label};
use super::{Call, Resource};
use crate::clock;
use crate::pkcs10::CertificateRequest;
use crate::signer;
use crate::status::{Cause, Failure};

const KIND: &str = "CertificateSigningRequest";

const USAGES: [&str; 23] = [
    "any",
    "cert sign",
    "client auth",
    "code signing",
    "content commitment",
    "crl sign",
    "data encipherment",
    "decipher only",
    "digital signature",
    "email protection",
    "encipher only",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "key agreement",
    "key encipherment",
    "microsoft sgc",
    "netscape sgc",
    "ocsp signing",
    "s/mime",
    "server auth",
    "signing",
    "timestamping",
];

/// Conditions that are never taken back, and only ever true.
const FINAL: [&str; 3] = ["Approved", "Denied", "Failed"];

/// What a label of the path of a signer's name must be (k8s.io/apimachinery/pkg/util/validation).
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, \
    '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for \
    validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

pub(super) struct Requests;

impl Strategy for Requests {
    fn create(
        &self,
        call: &Call<'_>,
        resource: &Resource<'_>,
        given: &Value,
    ) -> Result<Value, Failure> {
        let asked = &given["spec"];
        let name = text(&given["metadata"]["name"]);
        let pem = STANDARD
            .decode(text(&asked["request"]))
            .map_err(|error| Failure::bad_request(format!("illegal base64 data: {error}")))?;
        let request = CertificateRequest::from_pem(&pem);
        let mut causes = Vec::new();
        if let Err(why) = &request {
            causes.push(Cause::invalid("spec.request", &go_bytes(&pem), why));
        }
        causes.extend(about_usages(&asked["usages"]));
        causes.extend(about_signer(text(&asked["signerName"])));
        // Servers before 1.22 do not know the field, and drop it.
        let knows_expiration = call.cluster().minor_version() >= 22;
        let expiration = Some(&asked["expirationSeconds"])
            .filter(|seconds| knows_expiration && !seconds.is_null());
        if let Some(seconds) = expiration.filter(|seconds| seconds.as_i64().is_none_or(|s| s < 600))
        {
            let why = "may not specify a duration less than 600 seconds (10 minutes)";
            let field = "spec.expirationSeconds";
            causes.push(Cause::invalid(field, &seconds.to_string(), why));
        }
        let request = match request {
            Ok(request) if causes.is_empty() => request,
            _ => return Err(Failure::invalid(resource, KIND, name, &causes)),
        };
        admit(resource, name, text(&asked["signerName"]), &request)?;
        let user = call.user;
        let mut spec = json!({
            "request": asked["request"],
            "signerName": asked["signerName"],
            "usages": asked["usages"],
            "username": user.name,
            "groups": user.groups,
        });
        if let Some(seconds) = expiration {
            spec["expirationSeconds"] = seconds.clone();
        }
        if !user.uid.is_empty() {
            spec["uid"] = json!(user.uid);
        }
        if let Some(extra) = call.extra() {
            spec["extra"] = extra;
        }
        Ok(json!({"spec": spec, "status": {}}))
    }

    fn replace(
        &self,
        _call: &Call<'_>,
        resource: &Resource<'_>,
        old: &Value,
        given: &Value,
    ) -> Result<Value, Failure> {
        match resource.subresource {
            // Nothing but the approval is open to change.
            None => Ok(old.clone()),
            Some("approval") => approve(resource, old, &given["status"]["conditions"]),
            Some(_) => Err(Failure::method_not_allowed()),
        }
    }

    /// What the controllers make of a request that was changed.
    fn after(&self, call: &Call<'_>, resource: &Resource<'_>) {
        let cluster = call.cluster();
        let name = resource.name.unwrap_or_default();
        // It may be gone by now, and is then nobody's concern.
        let _ = cluster
            .state()
            .update("certificatesigningrequests", "", name, |old| {
                let mut object = old.clone();
                let status = &old["status"];
                let waits = has(status, "Approved")
                    && !has(status, "Failed")
                    && !has(status, "Denied")
                    && status["certificate"].is_null();
                if waits && old["spec"]["signerName"] == signer::CLIENT {
                    sign(call, &mut object);
                }
                Ok::<_, std::convert::Infallible>(object)
            });
    }
}

/// The admission plugin `CertificateSubjectRestriction`
/// (plugin/pkg/admission/certificates/subjectrestriction).
fn admit(
    resource: &Resource<'_>,
    name: &str,
    signer: &str,
    request: &CertificateRequest,
) -> Result<(), Failure> {
    if signer == signer::CLIENT && request.groups().any(|group| group == "system:masters") {
        let why = format!("use of {signer} signer with system:masters group is not allowed");
        return Err(Failure::not_admitted(resource, name, &why));
    }
    Ok(())
}

fn about_usages(usages: &Value) -> Vec<Cause> {
    let usages: Vec<_> = usages.as_array().into_iter().flatten().map(text).collect();
    if usages.is_empty() {
        return vec![Cause::required("spec.usages", "usages must be provided")];
    }
    let field = |index| format!("spec.usages[{index}]");
    let unknown = usages
        .iter()
        .enumerate()
        .filter(|(_, usage)| !USAGES.contains(usage))
        .map(|(index, usage)| Cause::unsupported(&field(index), usage, &USAGES));
    let twice = usages
        .iter()
        .enumerate()
        .filter(|(index, usage)| usages.iter().take(*index).any(|before| before == *usage))
        .map(|(index, usage)| Cause::duplicate(&field(index), usage));
    unknown.chain(twice).collect()
}

fn about_signer(name: &str) -> Vec<Cause> {
    const FIELD: &str = "spec.signerName";
    let wrong = |value: &str, why: &str| Cause::invalid(FIELD, &format!("{value:?}"), why);
    if name.is_empty() {
        return vec![Cause::required(FIELD, "signerName must be provided")];
    }
    if name == "kubernetes.io/legacy-unknown" {
        let why = "the legacy signerName is not allowed via this API version";
        return vec![wrong(name, why)];
    }
    let Some((domain, path)) = name.split_once('/').filter(|(_, path)| !path.contains('/')) else {
        let why = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
        return vec![wrong(name, why)];
    };
    let mut causes = Vec::new();
    if let Some(label) = domain.split('.').find(|label| !is_label(label)) {
        let why = format!("validating label {label:?}: {LABEL}");
        causes.push(wrong(domain, &why));
    }
    if !domain.contains('.') {
        let why = "should be a domain with at least two segments separated by dots";
        causes.push(wrong(domain, why));
    }
    if let Some(label) = path.split('.').find(|label| !is_label(label)) {
        let why = format!("validating label {label:?}: {SUBDOMAIN}");
        causes.push(wrong(path, &why));
    }
    causes
}

/// The request with other conditions, where those may be put on it.
fn approve(resource: &Resource<'_>, old: &Value, conditions: &Value) -> Result<Value, Failure> {
    let now = clock::rfc3339(SystemTime::now());
    let mut causes = Vec::new();
    let mut kept = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for (index, given) in conditions.as_array().into_iter().flatten().enumerate() {
        let field = |part: &str| format!("status.conditions[{index}].{part}");
        let (kind, status) = (text(&given["type"]), text(&given["status"]));
        let allowed: &[&str] = if FINAL.contains(&kind) {
            &["True"]
        } else {
            &["False", "True", "Unknown"]
        };
        if kind.is_empty() {
            causes.push(Cause::required(&field("type"), ""));
        }
        if status.is_empty() {
            causes.push(Cause::required(&field("status"), ""));
        } else if !allowed.contains(&status) {
            causes.push(Cause::unsupported(&field("status"), status, allowed));
        }
        let opposite = match kind {
            "Approved" => "Denied",
            "Denied" => "Approved",
            _ => "",
        };
        if seen.contains(&opposite) {
            let why = "Approved and Denied conditions are mutually exclusive";
            causes.push(Cause::invalid(&field("type"), &format!("{kind:?}"), why));
        }
        if seen.contains(&kind) {
            causes.push(Cause::duplicate(&field("type"), kind));
        }
        seen.push(kind);
        let mut condition = given.clone();
        for time in ["lastUpdateTime", "lastTransitionTime"] {
            if condition[time].is_null() {
                condition[time] = json!(now);
            }
        }
        kept.push(condition);
    }
    for kind in FINAL {
        if has(&old["status"], kind) && !seen.contains(&kind) {
            let why = format!("updates may not remove a condition of type {kind:?}");
            causes.push(Cause::forbidden("status.conditions", &why));
        }
    }
    if !causes.is_empty() {
        let name = resource.name.unwrap_or_default();
        return Err(Failure::invalid(resource, KIND, name, &causes));
    }
    let mut object = old.clone();
    object["status"]["conditions"] = json!(kept);
    Ok(object)
}

/// Puts the certificate on an approved request, or why there is none.
fn sign(call: &Call<'_>, object: &mut Value) {
    let spec = &object["spec"];
    let cluster = call.cluster();
    let usages: Vec<_> = spec["usages"]
        .as_array()
        .into_iter()
        .flatten()
        .map(text)
        .collect();
    let longest = cluster.signing_duration();
    let lifetime = spec["expirationSeconds"]
        .as_u64()
        .map_or(longest, |seconds| Duration::from_secs(seconds).min(longest));
    let signed = STANDARD
        .decode(text(&spec["request"]))
        .map_err(|error| error.to_string())
        .and_then(|pem| CertificateRequest::from_pem(&pem))
        .and_then(|request| {
            cluster
                .signer()
                .sign(cluster.ca(), &request, &usages, lifetime)
        });
    match signed {
        Ok(None) => {}
        Ok(Some(pem)) => object["status"]["certificate"] = json!(STANDARD.encode(pem)),
        Err(message) => {
            let now = clock::rfc3339(SystemTime::now());
            if let Some(conditions) = object["status"]["conditions"].as_array_mut() {
                conditions.push(json!({
                    "type": "Failed",
                    "status": "True",
                    "reason": "SignerValidationFailure",
                    "message": message,
                    "lastUpdateTime": now,
                    "lastTransitionTime": now,
                }));
            }
        }
    }
}

fn has(status: &Value, condition: &str) -> bool {
    let mut conditions = status["conditions"].as_array().into_iter().flatten();
    conditions.any(|own| own["type"] == condition)
}

/// Bytes as Go's `%#v` prints them.
fn go_bytes(bytes: &[u8]) -> String {
    let mut out = "[]byte{".to_owned();
    for (index, byte) in bytes.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        let _ = write!(out, "{comma}{byte:#x}");
    }
    out + "}"
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
