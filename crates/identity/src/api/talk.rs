//! Several questions on one connection to a proved peer.

use std::time::Duration;

use http::HeaderValue;
use http::Method;
use serde_json::Value;
use tokio::time::timeout;

use super::ApiError;
use super::Session;
use crate::escape;
use crate::probe::ProbeError;
use crate::probe::below;
use crate::transport::Connection;
use crate::transport::Terms;

/// A connection on which the peer was proved and credentials may be used.
pub struct Talk {
    connection: Connection,
    authorization: Option<HeaderValue>,
    base: String,
}

/// An answer, whatever it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP code.
    pub code: u16,
    /// The body. It is the server's: escape it before it is printed.
    pub body: Vec<u8>,
    /// The time by the server's clock, seconds since the Unix epoch.
    pub date: Option<i64>,
}

impl Reply {
    /// What a refusal says: the message of its `Status`, escaped.
    pub fn message(&self) -> Option<String> {
        let status: Value = serde_json::from_slice(&self.body).ok()?;
        status["message"].as_str().map(escape::foreign)
    }

    /// The body as JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

impl Session<'_> {
    /// Connects and proves the peer anew, before any credential is sent. The limits are those of the whole
    /// talk.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn open(&self) -> Result<Talk, ApiError> {
        let authorization = match &self.credentials.authorization {
            None => None,
            Some(value) => {
                let mut value = HeaderValue::from_str(value).map_err(|_| ApiError::Credential)?;
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
        Ok(Talk {
            connection: Connection::open(self.address, &terms, &self.limits).await?,
            authorization,
            base: self.base.to_owned(),
        })
    }
}

impl Talk {
    /// One GET.
    ///
    /// # Errors
    /// [`ApiError`] where no answer comes; a refusal is an answer. After an error nothing more can be asked.
    pub async fn get(&mut self, path: &str, patience: Duration) -> Result<Reply, ApiError> {
        self.ask(Method::GET, path, None, patience).await
    }

    /// One POST.
    ///
    /// # Errors
    /// As [`Talk::get`].
    pub async fn post(
        &mut self,
        path: &str,
        body: &Value,
        patience: Duration,
    ) -> Result<Reply, ApiError> {
        self.ask(Method::POST, path, Some(body), patience).await
    }

    async fn ask(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        patience: Duration,
    ) -> Result<Reply, ApiError> {
        let path = below(&self.base, path);
        let body = body.map(|value| value.to_string().into_bytes());
        let authorization = self.authorization.clone();
        let sent = self.connection.send(method, &path, authorization, body);
        match timeout(patience, sent).await {
            Ok(response) => {
                let response = response?;
                Ok(Reply {
                    code: response.code,
                    body: response.body.to_vec(),
                    date: response.date,
                })
            }
            Err(_) => Err(ApiError::Connection(ProbeError::Hung {
                after: patience,
                stage: "HTTP",
            })),
        }
    }

    /// Closes politely.
    pub async fn close(self) {
        self.connection.close().await;
    }
}
