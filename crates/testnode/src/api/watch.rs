//! Watches: one JSON event per line, for as long as the client listens.

use std::time::Duration;

use http::Response;
use http::header::CONTENT_TYPE;
use hyper::body::Bytes;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::Resource;
use super::discovery::Served;
use super::objects::Show;
use super::selector::Selector;
use super::table;
use crate::body::Answer;
use crate::cluster::Cluster;
use crate::runtime::runtime;

/// How long a watch lasts unless the client says (the API server: 30 to 60 minutes).
const LONGEST: Duration = Duration::from_mins(30);

/// Streams the changes of a collection, whose present `objects` are sent first where the client asks
/// for everything.
pub(super) fn answer(
    cluster: &Cluster,
    served: &'static Served,
    resource: &Resource<'_>,
    selector: Selector,
    show: Show,
    objects: Vec<Value>,
) -> Response<Answer> {
    let since = resource
        .parameter("resourceVersion")
        .and_then(|version| version.parse::<u64>().ok())
        .filter(|version| *version > 0);
    let initial_events = resource.flag("sendInitialEvents");
    let seconds = resource
        .parameter("timeoutSeconds")
        .and_then(|text| text.parse().ok());
    let lifetime = seconds.map_or(LONGEST, Duration::from_secs).min(LONGEST);
    // Subscribed before anything is read, so that no change falls between.
    let mut changed = cluster.state().follow();
    let (sender, receiver) = mpsc::channel(16);
    let mut stream = Stream {
        served,
        selector,
        show,
        sender,
        first: true,
    };
    let cluster = cluster.clone();
    let api_version = resource.api_version();
    runtime().spawn(async move {
        let follow = async {
            let mut seen = match since {
                Some(version) if !initial_events => version,
                _ => {
                    // The newest object tells which changes are in it already.
                    let newest = newest(&objects);
                    for object in objects {
                        stream.send("ADDED", object).await?;
                    }
                    if initial_events {
                        stream.bookmark(&api_version, newest).await?;
                    }
                    newest
                }
            };
            loop {
                changed.borrow_and_update();
                for event in cluster.state().events_after(served.resource, seen) {
                    seen = event.version;
                    stream.send(event.kind, event.object).await?;
                }
                tokio::select! {
                    gone = changed.changed() => gone.map_err(|_| Closed)?,
                    () = stream.sender.closed() => return Err::<(), _>(Closed),
                }
            }
        };
        // Both ends of the watch are the end of the stream: its lifetime, and the client's leaving.
        let _ = tokio::time::timeout(lifetime, follow).await;
    });
    let mut response = Response::new(Answer::Stream(receiver));
    response.headers_mut().insert(
        CONTENT_TYPE,
        http::HeaderValue::from_static("application/json"),
    );
    response
}

fn newest(objects: &[Value]) -> u64 {
    let version = |object: &Value| object["metadata"]["resourceVersion"].as_str()?.parse().ok();
    objects.iter().filter_map(version).max().unwrap_or_default()
}

/// The client is gone.
struct Closed;

struct Stream {
    served: &'static Served,
    selector: Selector,
    show: Show,
    sender: mpsc::Sender<Bytes>,
    /// Only the first table of a watch defines its columns.
    first: bool,
}

impl Stream {
    async fn send(&mut self, kind: &str, object: Value) -> Result<(), Closed> {
        if !self.selector.matches(&object) {
            return Ok(());
        }
        let object = match self.show {
            Show::Objects => object,
            Show::Table(include) => {
                let version = object["metadata"]["resourceVersion"].clone();
                let first = std::mem::take(&mut self.first);
                table::table(self.served, &version, &[object], include, first)
            }
        };
        self.line(&json!({"type": kind, "object": object})).await
    }

    /// The mark that ends the initial events of a client that asked for them (`sendInitialEvents`).
    async fn bookmark(&mut self, api_version: &str, version: u64) -> Result<(), Closed> {
        self.line(&json!({
            "type": "BOOKMARK",
            "object": {
                "kind": self.served.kind,
                "apiVersion": api_version,
                "metadata": {
                    "resourceVersion": version.to_string(),
                    "annotations": {"k8s.io/initial-events-end": "true"},
                },
            },
        }))
        .await
    }

    async fn line(&self, event: &Value) -> Result<(), Closed> {
        self.sender
            .send(format!("{event}\n").into())
            .await
            .map_err(|_| Closed)
    }
}
