//! Which version a cluster is of, where it says so only to its users.

use serde::Deserialize;

use super::ApiError;
use super::Session;

impl Session<'_> {
    /// The server's version, for example `v1.32.3`. Asked with the credential: with anonymous requests off, it is
    /// nobody else's business.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn version(&self) -> Result<String, ApiError> {
        let version: Version = self.get("/version").await?;
        Ok(version.git_version)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    git_version: String,
}
