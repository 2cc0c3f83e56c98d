//! Restarting a node's API server, and waiting until it answers again.

use std::time::Duration;

use identity::Limits;
use identity::api::ApiError;
use identity::api::Credentials;
use kubeconfig::Secret;
use machines::Input;
use machines::MachineError;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::access::Access;
use super::reached::Reached;
use super::scripts;

/// How long an API server may take to answer again: dqlite and all controllers start with it.
const PATIENCE: Duration = Duration::from_mins(2);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(250);

/// Why it is not certain that the API server reads the new tokens.
#[derive(Debug, thiserror::Error)]
pub enum RestartError {
    /// It was not restarted.
    #[error("the API server was not restarted: {}; do it by hand: `{command}`", .source.told())]
    NotRestarted {
        /// Why.
        source: MachineError,
        /// The command.
        command: String,
    },
    /// It was, and does not answer as it should.
    #[error("{machine}: the API server was restarted, but {what} within {} s (last: {last}): `sudo microk8s inspect` there says more", .after.as_secs())]
    NotBack {
        /// The machine, escaped.
        machine: String,
        /// What it does not do.
        what: &'static str,
        /// How long it was waited for.
        after: Duration,
        /// The last answer.
        last: String,
    },
    /// A token that should be refused is not.
    #[error(
        "{machine}: the API server was restarted, and still accepts the old token: is there another line or another node with it? `bowline node users list` shows the lines"
    )]
    StillAccepted {
        /// The machine, escaped.
        machine: String,
    },
}

/// The command that a person would type here.
pub fn command(access: &Access) -> String {
    let command = format!("sudo snap restart {}", access.node.apiserver_service());
    access.machine.place().typed(&command)
}

/// Restarts the API server.
///
/// # Errors
/// [`RestartError::NotRestarted`].
pub async fn restart(access: &Access) -> Result<(), RestartError> {
    service(access, "restart", access.node.apiserver_service())
        .await
        .map_err(|source| RestartError::NotRestarted {
            source,
            command: command(access),
        })
}

/// Stops, starts or restarts a service of the snap.
pub(super) async fn service(
    access: &Access,
    verb: &str,
    service: &str,
) -> Result<(), MachineError> {
    let input = Input::new(format!("{verb}\n{service}\n").into_bytes());
    access
        .machine
        .succeed(scripts::SERVICE, &input, access.privilege)
        .await
        .map(drop)
}

/// Waits until a token is accepted.
///
/// # Errors
/// [`RestartError::NotBack`].
pub async fn accepts(
    access: &Access,
    reached: &Reached,
    token: &Secret,
    limits: &Limits,
) -> Result<(), RestartError> {
    wait(
        access,
        reached,
        token,
        limits,
        "does not accept the new token",
        Result::is_ok,
    )
    .await
}

/// Waits until a token is refused.
///
/// # Errors
/// [`RestartError::NotBack`], [`RestartError::StillAccepted`].
pub async fn refuses(
    access: &Access,
    reached: &Reached,
    token: &Secret,
    limits: &Limits,
) -> Result<(), RestartError> {
    let refused =
        |answer: &Result<(), ApiError>| matches!(answer, Err(ApiError::Refused { code: 401, .. }));
    wait(
        access,
        reached,
        token,
        limits,
        "still accepts the old token",
        refused,
    )
    .await
    .map_err(|error| match error {
        RestartError::NotBack { last, .. } if last == ACCEPTED => RestartError::StillAccepted {
            machine: access.name(),
        },
        other => other,
    })
}

const ACCEPTED: &str = "accepted";

async fn wait(
    access: &Access,
    reached: &Reached,
    token: &Secret,
    limits: &Limits,
    what: &'static str,
    enough: impl Fn(&Result<(), ApiError>) -> bool,
) -> Result<(), RestartError> {
    let text = token.expose_str().unwrap_or_default();
    let credentials = Credentials {
        client_key: None,
        authorization: Some(Zeroizing::new(format!("Bearer {text}"))),
    };
    let end = Instant::now() + PATIENCE;
    loop {
        let answer = reached.session(&credentials, limits).is_accepted().await;
        if enough(&answer) {
            return Ok(());
        }
        if Instant::now() + PAUSE > end {
            return Err(RestartError::NotBack {
                machine: access.name(),
                what,
                after: PATIENCE,
                last: match answer {
                    Ok(()) => ACCEPTED.to_owned(),
                    Err(error) => error.to_string(),
                },
            });
        }
        tokio::time::sleep(PAUSE).await;
    }
}
