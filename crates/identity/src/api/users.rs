//! Who a credential makes of its bearer.

use http::Method;
use serde::Deserialize;
use serde_json::Value;
use serde_json::json;

use super::ApiError;
use super::Session;

/// The user that the API server sees behind a credential. The texts are the server's: escape them before
/// they are printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhoAmI {
    /// The name that bindings know.
    pub user: String,
    /// The groups, `system:authenticated` among them.
    pub groups: Vec<String>,
    /// The UID; x509 users have none.
    pub uid: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Review {
    status: ReviewStatus,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReviewStatus {
    user_info: UserInfo,
}

#[derive(Deserialize)]
struct UserInfo {
    #[serde(default)]
    username: String,
    #[serde(default)]
    groups: Option<Vec<String>>,
    uid: Option<String>,
}

impl Session<'_> {
    /// Who the cluster takes the bearer of the credential for (`SelfSubjectReview`).
    ///
    /// # Errors
    /// [`ApiError`]; [`ApiError::NotServed`] where the API server is older than Kubernetes 1.28 and was not
    /// told to serve the beta of this resource.
    pub async fn who_am_i(&self) -> Result<WhoAmI, ApiError> {
        for version in ["v1", "v1beta1"] {
            let path = format!("/apis/authentication.k8s.io/{version}/selfsubjectreviews");
            let review = json!({
                "apiVersion": format!("authentication.k8s.io/{version}"),
                "kind": "SelfSubjectReview",
            });
            match self
                .request::<Value>(Method::POST, &path, Some(&review))
                .await
            {
                Err(ApiError::Refused { code: 404, .. }) => {}
                Err(error) => return Err(error),
                Ok(answer) => {
                    let review: Review =
                        serde_json::from_value(answer).map_err(|_| ApiError::Unreadable(path))?;
                    let info = review.status.user_info;
                    return Ok(WhoAmI {
                        user: info.username,
                        groups: info.groups.unwrap_or_default(),
                        uid: info.uid.filter(|uid| !uid.is_empty()),
                    });
                }
            }
        }
        Err(ApiError::NotServed(
            "SelfSubjectReview, which Kubernetes has since 1.28",
        ))
    }
}
