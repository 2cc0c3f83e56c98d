//! Those who are not an API server but may be met where one is looked for.

use http::header::CONTENT_TYPE;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;

use crate::api;
use crate::body::Answer;
use crate::connection::Connection;
use crate::node::Role;

/// What the role of the node answers to anything.
pub(crate) fn answer(connection: &Connection, request: &Request<Incoming>) -> Response<Answer> {
    let (status, kind, text) = match connection.node.role {
        Role::Kubelet { anonymous: false } => (
            StatusCode::UNAUTHORIZED,
            "text/plain; charset=utf-8",
            "Unauthorized",
        ),
        Role::Kubelet { anonymous: true } => (
            StatusCode::NOT_FOUND,
            "text/plain; charset=utf-8",
            "404 page not found\n",
        ),
        Role::CaptivePortal | Role::PlainCaptivePortal => (
            StatusCode::FOUND,
            "text/html; charset=utf-8",
            "<!doctype html><title>Welcome on board</title>\n",
        ),
        Role::WebServer | Role::PlainWebServer | Role::ApiServer => (
            StatusCode::OK,
            "text/html; charset=utf-8",
            "<!doctype html><title>It works</title>\n",
        ),
    };
    let place = api::record(connection, request, None);
    connection
        .node
        .recorder
        .amend_request(place, |record| record.status = status.as_u16());
    let mut response = Response::new(Answer::Whole(Some(text.as_bytes().into())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, http::HeaderValue::from_static(kind));
    if status == StatusCode::FOUND {
        let portal = http::HeaderValue::from_static("http://login.portal.example/?from=cluster");
        headers.insert(http::header::LOCATION, portal);
    }
    response
}
