//! Runs for programs.

use serde_json::Value;
use serde_json::json;

use super::child::End;
use super::many::Ended;

/// What stands before the runs, each of which is a line.
pub(super) const BEGIN: &str = "{\"schema\": 1, \"runs\": [\n";

/// What stands behind them.
pub(super) const FINISH: &str = "\n]}\n";

/// One run.
pub(super) fn value(ended: &Ended) -> Value {
    let (code, signal, error) = match &ended.end {
        End::Code(code) => (Some(code), None, None),
        End::Signal(signal) => (None, Some(signal), None),
        End::NotStarted(error) => (None, None, Some(error.as_str())),
        End::LeftOut => (None, None, Some("not started")),
    };
    let (stdout, stderr) = (&ended.stdout, &ended.stderr);
    json!({
        "context": ended.context,
        "code": code,
        "signal": signal,
        "error": error,
        "stdout": String::from_utf8_lossy(&stdout.bytes),
        "stderr": String::from_utf8_lossy(&stderr.bytes),
        "truncated": stdout.truncated || stderr.truncated,
        "milliseconds": u64::try_from(ended.elapsed.as_millis()).unwrap_or(u64::MAX),
    })
}
