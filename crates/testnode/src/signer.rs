//! The signer of approved certificate requests, which is part of a cluster's kube-controller-manager.

use std::time::{Duration, SystemTime};

use rcgen::{
    CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose, PublicKeyData,
    SubjectPublicKeyInfo,
};
use rustls_pki_types::CertificateDer;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::ca::Ca;
use crate::clock::DAY;
use crate::der::{self, Part};
use crate::leaf;
use crate::pem;
use crate::pkcs10::{CertificateRequest, ORGANIZATION};

/// The signer name of client certificates for the API server.
pub(crate) const CLIENT: &str = "kubernetes.io/kube-apiserver-client";

/// How a cluster's signer answers approved requests for client certificates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signer {
    /// With what was asked for, at once.
    #[default]
    Honest,
    /// Never: a kube-controller-manager without `--cluster-signing-cert-file`.
    Absent,
    /// With a certificate for a key of its own.
    OtherKey,
    /// With a certificate for another user.
    OtherUser,
    /// With a certificate that puts the user into `system:masters` as well.
    MoreGroups,
    /// With a certificate of another CA of the same name.
    OtherAuthority,
    /// With a certificate that ended yesterday.
    Expired,
    /// With a certificate that only servers can use.
    ForServers,
    /// With something that is no certificate.
    Garbage,
}

/// The longest validity that the signer grants unless told otherwise (`--cluster-signing-duration`).
pub(crate) const LONGEST: Duration = Duration::from_hours(365 * 24);

/// How far the start of validity lies back, so that clocks may differ (pkg/controller/certificates/signer).
const BACKDATED: Duration = Duration::from_mins(5);

/// The end of certificates that live shorter than this is not dated back.
const SHORT: Duration = Duration::from_hours(8);

/// The order in which Go writes a subject, as last arcs below 2.5.4: C, O, OU, L, ST, street, postal code,
/// CN, serial number (crypto/x509/pkix, `ToRDNSequence`). Values of one kind become one set.
const ORDER: [u8; 9] = [6, ORGANIZATION, 11, 7, 8, 9, 17, COMMON_NAME, 5];
const COMMON_NAME: u8 = 3;

impl Signer {
    /// The certificate in PEM; the error is the message of a `Failed` condition.
    pub(crate) fn sign(
        self,
        ca: &Ca,
        request: &CertificateRequest,
        usages: &[&str],
        lifetime: Duration,
    ) -> Result<Option<String>, String> {
        check(usages)?;
        let now = SystemTime::now();
        let (mut not_before, mut not_after) = (now - BACKDATED, now + lifetime);
        if lifetime >= SHORT {
            not_after -= BACKDATED;
        }
        not_after = not_after.min(end(ca));
        let mut subject = request.subject.clone();
        let mut authority = ca.clone();
        let mut purpose = ExtendedKeyUsagePurpose::ClientAuth;
        match self {
            Self::Honest | Self::OtherKey => {}
            Self::Absent => return Ok(None),
            Self::OtherUser => {
                subject.retain(|(kind, _)| *kind != COMMON_NAME);
                subject.push((COMMON_NAME, "mallory".to_owned()));
            }
            Self::MoreGroups => subject.push((ORGANIZATION, "system:masters".to_owned())),
            Self::OtherAuthority => authority = Ca::new(crate::MICROK8S_CA_NAME),
            Self::Expired => (not_before, not_after) = (now - 2 * DAY, now - DAY),
            Self::ForServers => purpose = ExtendedKeyUsagePurpose::ServerAuth,
            Self::Garbage => return Ok(Some(pem::encode("CERTIFICATE", b"garbage"))),
        }
        let mut params = CertificateParams::default();
        params.not_before = not_before.into();
        params.not_after = not_after.into();
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.extended_key_usages = vec![purpose];
        for usage in usages {
            match *usage {
                "digital signature" => params.key_usages.push(KeyUsagePurpose::DigitalSignature),
                "key encipherment" => params.key_usages.push(KeyUsagePurpose::KeyEncipherment),
                _ => {}
            }
        }
        let certificate = if self == Self::OtherKey {
            issue(&authority, &params, &leaf::new_key(), &subject)
        } else {
            let key = SubjectPublicKeyInfo::from_der(&request.public_key)
                .map_err(|error| error.to_string())?;
            issue(&authority, &params, &key, &subject)
        };
        Ok(Some(pem::encode("CERTIFICATE", &certificate?)))
    }
}

fn issue(
    ca: &Ca,
    params: &CertificateParams,
    key: &impl PublicKeyData,
    subject: &[(u8, String)],
) -> Result<Vec<u8>, String> {
    let certificate: CertificateDer<'_> = ca.sign(params, key);
    let name = go_name(subject);
    der::rewrite(&certificate, ca.key(), |part, whole| {
        if part == Part::Subject {
            name.clone()
        } else {
            whole.to_vec()
        }
    })
    .map_err(|error| error.to_string())
}

/// A subject as Go writes it anew: see [`ORDER`]; of common names only the last stays.
fn go_name(subject: &[(u8, String)]) -> Vec<u8> {
    let sets: Vec<Vec<_>> = ORDER
        .iter()
        .map(|kind| {
            let mut values: Vec<_> = subject
                .iter()
                .filter(|(own, _)| own == kind)
                .map(|(_, value)| (der::attribute(*kind), value.as_str()))
                .collect();
            if *kind == COMMON_NAME {
                values = values.pop().into_iter().collect();
            }
            values
        })
        .filter(|values| !values.is_empty())
        .collect();
    der::name_of_sets(&sets)
}

/// The usages of this signer (`validAPIServerClientUsages`).
fn check(usages: &[&str]) -> Result<(), String> {
    let optional = ["digital signature", "key encipherment"];
    let odd = usages
        .iter()
        .find(|usage| **usage != "client auth" && !optional.contains(usage));
    if let Some(odd) = odd {
        return Err(format!("invalid usage for client certificate: {odd}"));
    }
    if !usages.contains(&"client auth") {
        return Err("missing required usage for client certificate: client auth".to_owned());
    }
    Ok(())
}

/// The end of the CA's own validity, which no certificate of it outlives.
fn end(ca: &Ca) -> SystemTime {
    let end = X509Certificate::from_der(ca.der())
        .ok()
        .and_then(|(_, ca)| u64::try_from(ca.validity().not_after.timestamp()).ok());
    SystemTime::UNIX_EPOCH + Duration::from_secs(end.unwrap_or_default())
}
