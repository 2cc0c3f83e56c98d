//! What a command says when it fails: one message, one exit code.

use std::fmt;
use std::io::Write as _;

use identity::api::ApiError;
use machines::MachineError;
use microk8s::NodeError;
use operations::add::AddError;
use operations::add::fetch::FetchError;
use operations::add::find::FindError;
use operations::heal::apply::ApplyError;
use operations::heal::by_name::ByNameError;
use operations::heal::plan::PlanError;
use operations::kubeconfigs::KubeconfigError;
use operations::lost::LostError;
use operations::node::access::AccessError;
use operations::node::issued::IssuedError;
use operations::node::ours::OursError;
use operations::node::reached::ReachError;
use operations::node::restart::RestartError;
use operations::node::users::certificates::CertificateError;
use operations::node::users::find::FindCredentialError;
use operations::node::users::tokens::TokenError;
use operations::session::EndError;
use operations::session::ListError;
use operations::session::SessionError;
use operations::settings::edit::ChangeError;
use operations::state::StateError;
use store::StoreError;
use store::UndoError;
use store::UpdateError;

use crate::environment::EnvironmentError;
use crate::exit;

/// A failed command. The message names the thing, the cause and the remedy.
#[derive(Debug)]
pub(crate) struct CommandError {
    pub(crate) message: String,
    pub(crate) code: u8,
}

impl CommandError {
    pub(crate) fn new(code: u8, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code,
        }
    }

    /// One of which the user knows: there is nothing to say.
    pub(crate) fn silent(code: u8) -> Self {
        Self::new(code, "")
    }

    /// Prints the message in the way of kubectl and returns the exit code.
    pub(crate) fn report(&self) -> u8 {
        if self.message.is_empty() {
            return self.code;
        }
        // The code says it, too, where nobody reads.
        let _ = writeln!(
            std::io::stderr(),
            "error: {}",
            crate::output::plain(&self.message)
        );
        self.code
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

macro_rules! codes {
    ($($error:ty => $code:expr;)*) => {$(
        impl From<$error> for CommandError {
            fn from(error: $error) -> Self {
                Self::new($code, error.to_string())
            }
        }
    )*};
}

impl From<AddError> for CommandError {
    fn from(error: AddError) -> Self {
        let code = match &error {
            AddError::Nowhere {
                somebody: false, ..
            } => exit::NOT_FOUND,
            AddError::Nowhere { .. } | AddError::NoAuthority { .. } => exit::NOT_PROVED,
            AddError::Settings { .. } => exit::BAD_STATE,
            AddError::NotAccepted { .. } => exit::NOT_ACCEPTED,
            AddError::Store(_) => exit::FAILED,
            _ => exit::BAD_INPUT,
        };
        Self::new(code, error.to_string())
    }
}

impl From<FetchError> for CommandError {
    fn from(error: FetchError) -> Self {
        let code = match &error {
            FetchError::Machine { source } => of_machine(source),
            FetchError::Permission { .. } => exit::FAILED,
            FetchError::Worker { .. } | FetchError::Nothing { .. } => exit::BAD_INPUT,
        };
        Self::new(code, error.to_string())
    }
}

fn of_machine(error: &MachineError) -> u8 {
    match error {
        MachineError::BadPlace(_) => exit::USAGE,
        MachineError::NotRunning { .. }
        | MachineError::NoSuchMachine { .. }
        | MachineError::Unreachable { .. }
        | MachineError::TimedOut { .. }
        | MachineError::NoProgram { .. } => exit::NOT_FOUND,
        // Who answers is not the host that ssh knows.
        MachineError::HostKey { .. } => exit::NOT_PROVED,
        MachineError::SshAuth { .. } => exit::NOT_ACCEPTED,
        _ => exit::FAILED,
    }
}

impl From<FindError> for CommandError {
    fn from(error: FindError) -> Self {
        let code = match &error {
            FindError::None { .. } => exit::NOT_FOUND,
            FindError::Several { .. } => exit::BAD_INPUT,
        };
        Self::new(code, error.to_string())
    }
}

impl From<AccessError> for CommandError {
    fn from(error: AccessError) -> Self {
        let code = match &error {
            AccessError::Machine(source) => of_machine(source),
            AccessError::Node {
                source: NodeError::NotPermitted { .. },
                ..
            } => exit::FAILED,
            AccessError::Node { .. }
            | AccessError::NoAdministrator { .. }
            | AccessError::Administrator { .. } => exit::BAD_INPUT,
        };
        Self::new(code, error.to_string())
    }
}

impl From<UpdateError<ChangeError>> for CommandError {
    fn from(error: UpdateError<ChangeError>) -> Self {
        match error {
            UpdateError::Store(error) => error.into(),
            UpdateError::Change(error) => {
                Self::new(exit::BAD_STATE, format!("the settings file: {error}"))
            }
        }
    }
}

impl From<ReachError> for CommandError {
    fn from(error: ReachError) -> Self {
        let code = match error {
            ReachError::Access(error) => return error.into(),
            ReachError::NotFound { .. } => exit::NOT_FOUND,
            ReachError::Several { .. } | ReachError::NoAuthority { .. } => exit::NOT_PROVED,
            ReachError::Kubeconfig(_)
            | ReachError::NoContext { .. }
            | ReachError::Credential { .. } => exit::BAD_INPUT,
        };
        Self::new(code, error.to_string())
    }
}

impl From<CertificateError> for CommandError {
    fn from(error: CertificateError) -> Self {
        let code = match &error {
            CertificateError::Request(_) => exit::BAD_INPUT,
            CertificateError::Issue { .. } => exit::NOT_PROVED,
            CertificateError::Machine(source) => of_machine(source),
            CertificateError::Api {
                source: ApiError::Refused { code: 401, .. },
                ..
            } => exit::NOT_ACCEPTED,
            _ => exit::FAILED,
        };
        Self::new(code, error.to_string())
    }
}

codes! {
    ApplyError => exit::FAILED;
    ByNameError => exit::NOT_FOUND;
    EndError => exit::FAILED;
    EnvironmentError => exit::BAD_STATE;
    FindCredentialError => exit::BAD_INPUT;
    IssuedError => exit::BAD_STATE;
    KubeconfigError => exit::BAD_INPUT;
    ListError => exit::BAD_STATE;
    OursError => exit::FAILED;
    PlanError => exit::BAD_INPUT;
    LostError => exit::FAILED;
    StateError => exit::BAD_STATE;
    RestartError => exit::FAILED;
    SessionError => exit::FAILED;
    StoreError => exit::FAILED;
    TokenError => exit::BAD_INPUT;
    UndoError => exit::FAILED;
    std::io::Error => exit::FAILED;
}
