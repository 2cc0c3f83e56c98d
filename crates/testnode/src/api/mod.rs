//! The HTTP API of a kube-apiserver.

mod bindings;
mod change;
mod discovery;
mod health;
mod namespaces;
mod objects;
mod openapi;
mod requests;
mod reviews;
mod selector;
mod table;
mod target;
mod version;
mod watch;
mod wire;

use std::fmt::Write as _;
use std::sync::Arc;

use http::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Bytes, Incoming};
use serde_json::{Value, json};

use crate::behaviour::Behaviour;
use crate::body::Answer;
use crate::cluster::Cluster;
use crate::connection::Connection;
use crate::records::{self, Place};
use crate::status::Failure;
use crate::tokens::User;
use crate::{auth, random};

pub(crate) use target::{Resource, Target};

/// etcd refuses objects above 1.5 MiB, the API server requests above 3 MiB.
const LARGEST_BODY: usize = 3 << 20;

/// Everything that an endpoint may look at.
pub(crate) struct Call<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) user: &'a User,
    pub(crate) method: &'a Method,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: Bytes,
}

impl Call<'_> {
    pub(crate) fn cluster(&self) -> &Cluster {
        &self.connection.node.cluster
    }

    /// Whether the query has this parameter, with any value.
    pub(crate) fn query_has(&self, name: &str) -> bool {
        self.query
            .split('&')
            .any(|pair| pair.split('=').next() == Some(name))
    }

    /// What the authenticator knows of the user beyond name and groups: the certificate (Kubernetes 1.32 and later).
    pub(crate) fn extra(&self) -> Option<Value> {
        let der = self.connection.client_certificate.as_deref()?;
        let by_certificate = self.cluster().user_of_certificate(der)?;
        if by_certificate != *self.user {
            return None;
        }
        let mut id = "X509SHA256=".to_owned();
        for byte in ring::digest::digest(&ring::digest::SHA256, der).as_ref() {
            let _ = write!(id, "{byte:02x}");
        }
        Some(json!({"authentication.kubernetes.io/credential-id": [id]}))
    }

    pub(crate) fn accept(&self) -> &str {
        self.headers
            .get(ACCEPT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

/// Writes the request down; the status is amended once it is known.
pub(crate) fn record<B>(
    connection: &Connection,
    request: &Request<B>,
    user: Option<&User>,
) -> Place {
    let headers = request.headers();
    connection.node.recorder.request(records::Request {
        method: request.method().to_string(),
        path: request
            .uri()
            .path_and_query()
            .map_or_else(String::new, ToString::to_string),
        user_agent: headers
            .get(USER_AGENT)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
        server_name: connection.server_name.clone(),
        version: format!("{:?}", request.version()),
        authorization: headers
            .get_all(AUTHORIZATION)
            .iter()
            .map(|value| value.as_bytes().to_vec())
            .collect(),
        user: user.map(|user| user.name.clone()),
        status: 0,
    })
}

/// Answers one request.
pub(crate) async fn answer(
    connection: &Arc<Connection>,
    request: Request<Incoming>,
) -> Response<Answer> {
    let cluster = &connection.node.cluster;
    let certificate = connection.client_certificate.as_deref();
    let user = auth::authenticate(cluster, certificate, request.headers());
    let place = record(connection, &request, user.as_ref());
    let result = match &user {
        _ if connection.node.behaviour() == Behaviour::Unavailable => Err(Failure::unavailable()),
        None => Err(Failure::unauthorized()),
        Some(user) => authorized(connection, user, request).await,
    };
    let mut response = result
        .unwrap_or_else(|failure| with_status(failure.code, json_response(&failure.object())));
    let date = crate::clock::http_date(connection.node.now());
    let headers = response.headers_mut();
    let mut set = |name, text: &str| {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("audit-id", &random::uuid());
    set("date", &date);
    // Priority and fairness comes after authentication: a 401 carries no UIDs.
    if user.is_some() {
        let (schema, level) = cluster.flow();
        set("x-kubernetes-pf-flowschema-uid", schema);
        set("x-kubernetes-pf-prioritylevel-uid", level);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
    let status = response.status().as_u16();
    connection
        .node
        .recorder
        .amend_request(place, |record| record.status = status);
    response
}

async fn authorized(
    connection: &Arc<Connection>,
    user: &User,
    request: Request<Incoming>,
) -> Result<Response<Answer>, Failure> {
    let (parts, body) = request.into_parts();
    let path = target::decode_path(parts.uri.path());
    let target = Target::of(&path, parts.uri.query().unwrap_or_default());
    if !auth::allows(&connection.node.cluster, user, &parts.method, &target) {
        return Err(Failure::forbidden(user, &parts.method, &target));
    }
    let body = Limited::new(body, LARGEST_BODY)
        .collect()
        .await
        .map_err(|error| Failure::bad_request(format!("the body could not be read: {error}")))?
        .to_bytes();
    let behaviour = connection.node.behaviour();
    let hangs = matches!(behaviour, Behaviour::DatastoreDown | Behaviour::ObjectsHang);
    if hangs && needs_datastore(&target) {
        tokio::time::sleep(std::time::Duration::from_mins(1)).await;
        return Err(Failure::timeout());
    }
    if behaviour == Behaviour::DatastoreDown && path.starts_with("/livez") {
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    }
    let call = Call {
        connection,
        user,
        method: &parts.method,
        query: parts.uri.query().unwrap_or_default(),
        headers: &parts.headers,
        body,
    };
    match &target {
        Target::Other(path) => other(&call, path),
        Target::Resource(resource) if discovery::served(call.cluster(), resource).is_none() => {
            Err(Failure::no_such_resource())
        }
        Target::Resource(resource) => match (resource.group, resource.resource) {
            ("authentication.k8s.io", "selfsubjectreviews") => reviews::who(&call, resource),
            ("authorization.k8s.io", "selfsubjectaccessreviews") => reviews::may(&call, resource),
            _ if *call.method == Method::GET => objects::read(&call, resource),
            _ => change::change(&call, resource),
        },
    }
}

/// Whether a request reads or writes objects: reviews are answered without any.
fn needs_datastore(target: &Target<'_>) -> bool {
    match target {
        Target::Other(_) => false,
        Target::Resource(resource) => {
            !["authentication.k8s.io", "authorization.k8s.io"].contains(&resource.group)
        }
    }
}

fn other(call: &Call<'_>, path: &str) -> Result<Response<Answer>, Failure> {
    let check = ["/readyz", "/livez", "/healthz"]
        .into_iter()
        .find_map(|check| path.strip_prefix(check).map(|rest| (check, rest)));
    if let Some((check, rest)) = check {
        return Ok(health::answer(call, check, rest));
    }
    if path.trim_end_matches('/') == "/version" {
        return Ok(version::answer(call.cluster()));
    }
    discovery::answer(call, path)
        .or_else(|| openapi::answer(call, path))
        .ok_or(())
        .or_else(|()| Ok(no_such_path()))
}

/// What the API server says of paths outside its API: plain text.
pub(crate) fn no_such_path() -> Response<Answer> {
    with_status(
        StatusCode::NOT_FOUND,
        text_response("404 page not found\n".to_owned()),
    )
}

pub(crate) fn text_response(text: String) -> Response<Answer> {
    typed_response("text/plain; charset=utf-8", text)
}

/// JSON with a newline at its end, as the API server writes it.
pub(crate) fn json_response(value: &Value) -> Response<Answer> {
    typed_response("application/json", format!("{value}\n"))
}

pub(crate) fn typed_response(kind: &'static str, text: String) -> Response<Answer> {
    let mut response = Response::new(Answer::Whole(Some(text.into())));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

pub(crate) fn with_status(status: StatusCode, response: Response<Answer>) -> Response<Answer> {
    let mut response = response;
    *response.status_mut() = status;
    response
}
