//! Requests and their answers.

use http::Method;
use serde::Deserialize;
use serde_json::Value;

use super::ApiError;
use super::Session;
use crate::escape;
use crate::probe::below;
use crate::transport::Connection;
use crate::transport::Response;
use crate::transport::Terms;

/// How many objects are asked for at once, as kubectl does (`--chunk-size`).
const PAGE: usize = 500;

/// More pages than any cluster fills: a server that never ends is not followed.
const MOST_PAGES: usize = 200;

/// How often a change is tried again that another client's change came before.
const TRIES: usize = 5;

impl Session<'_> {
    /// One request on a connection of its own, which proves the peer anew before any credential is sent.
    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Response, ApiError> {
        let authorization = match &self.credentials.authorization {
            None => None,
            Some(value) => {
                let mut value =
                    http::HeaderValue::from_str(value).map_err(|_| ApiError::Credential)?;
                value.set_sensitive(true);
                Some(value)
            }
        };
        let terms = Terms {
            authority: self.authority,
            pin: self.pin,
            own_address: self.own_address,
            expected_leaf: Some(self.leaf),
            client_key: self.credentials.client_key.as_ref(),
        };
        let body = body.map(|value| value.to_string().into_bytes());
        let mut connection = Connection::open(self.address, &terms, &self.limits).await?;
        let response = connection
            .send(method, &below(self.base, path), authorization, body)
            .await?;
        connection.close().await;
        Ok(response)
    }

    /// One request, and its answer where it succeeded.
    pub(super) async fn request<T: for<'de> Deserialize<'de>>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<T, ApiError> {
        let response = self.exchange(method, path, body).await?;
        if !(200..300).contains(&response.code) {
            return Err(refusal(&response));
        }
        serde_json::from_slice(&response.body).map_err(|_| ApiError::Unreadable(path.to_owned()))
    }

    pub(super) async fn get<T: for<'de> Deserialize<'de>>(
        &self,
        path: &str,
    ) -> Result<T, ApiError> {
        self.request(Method::GET, path, None).await
    }

    /// All objects of a collection, page by page.
    pub(super) async fn list(&self, path: &str) -> Result<Vec<Value>, ApiError> {
        let mut all = Vec::new();
        let mut next = String::new();
        for _ in 0..MOST_PAGES {
            let page = format!(
                "{path}?limit={PAGE}&continue={}",
                super::names::segment(&next)
            );
            let mut list: Value = self.get(&page).await?;
            match list["items"].take() {
                Value::Array(items) => all.extend(items),
                // Go writes an empty list as null.
                Value::Null => {}
                _ => return Err(ApiError::Unreadable(path.to_owned())),
            }
            match list["metadata"]["continue"].as_str() {
                Some(token) if !token.is_empty() => token.clone_into(&mut next),
                _ => return Ok(all),
            }
        }
        Err(ApiError::Unreadable(path.to_owned()))
    }

    /// Reads an object, and sends what `change` makes of it, anew where another client was faster.
    pub(super) async fn change(
        &self,
        path: &str,
        change: impl Fn(Value) -> Result<Change, ApiError>,
    ) -> Result<(), ApiError> {
        let mut tries = 1;
        loop {
            let sent = match change(self.get(path).await?)? {
                Change::Nothing => return Ok(()),
                Change::Replace {
                    subresource,
                    object,
                } => {
                    let path = format!("{path}{subresource}");
                    self.request::<Value>(Method::PUT, &path, Some(&object))
                        .await
                }
                Change::Delete(options) => {
                    self.request::<Value>(Method::DELETE, path, Some(&options))
                        .await
                }
            };
            match sent {
                Err(ApiError::Refused { code: 409, .. }) if tries < TRIES => tries += 1,
                other => return other.map(drop),
            }
        }
    }
}

/// What is to be done with an object that was read.
pub(super) enum Change {
    Nothing,
    Replace {
        subresource: &'static str,
        object: Value,
    },
    /// With these `DeleteOptions`.
    Delete(Value),
}

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    message: String,
    #[serde(default)]
    reason: String,
}

/// What the server says of a request that failed: a `Status` (apimachinery `pkg/apis/meta/v1`), where it is
/// the API server that answers.
fn refusal(response: &Response) -> ApiError {
    let status = serde_json::from_slice(&response.body).unwrap_or(Status {
        message: String::new(),
        reason: String::new(),
    });
    ApiError::Refused {
        code: response.code,
        reason: escape::foreign(&status.reason),
        message: escape::foreign(&status.message),
    }
}
