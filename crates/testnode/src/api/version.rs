//! `/version`.

use http::Response;

use super::typed_response;
use crate::body::Answer;
use crate::cluster::Cluster;

/// The version object; indented, as only this endpoint of the API server is.
pub(super) fn answer(cluster: &Cluster) -> Response<Answer> {
    let git = cluster.git_version();
    let mut numbers = git.trim_start_matches('v').split('.');
    let (major, minor) = (numbers.next().unwrap_or("1"), numbers.next().unwrap_or("0"));
    typed_response(
        "application/json",
        format!(
            "{{\n  \"major\": \"{major}\",\n  \"minor\": \"{minor}\",\n  \"gitVersion\": \"{git}\",\n  \
             \"gitCommit\": \"0000000000000000000000000000000000000000\",\n  \
             \"gitTreeState\": \"clean\",\n  \"buildDate\": \"2026-09-09T12:00:00Z\",\n  \
             \"goVersion\": \"go1.26.3\",\n  \"compiler\": \"gc\",\n  \"platform\": \"linux/amd64\"\n}}"
        ),
    )
}
