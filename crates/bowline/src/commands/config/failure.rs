//! What `config` prints when it fails: kubectl's words (cmd/util `checkErr`), and exit code 1 but for what kubectl
//! does not know.

use operations::modify::LoadError;
use operations::modify::ModifyError;
use store::StoreError;

use super::material::go;
use super::refusal::Refusal;
use crate::environment::EnvironmentError;
use crate::exit;

/// Messages: one is printed behind `error: `, several each on a line of its own.
#[derive(Debug)]
pub(super) struct Failure {
    messages: Vec<String>,
    pub(super) exit: u8,
}

impl Failure {
    pub(super) fn several(messages: Vec<String>) -> Self {
        Self {
            messages,
            exit: exit::FAILED,
        }
    }

    /// The text for standard error.
    pub(super) fn text(&self) -> String {
        match self.messages.as_slice() {
            [one] => format!("error: {one}\n"),
            several => several.join("\n") + "\n",
        }
    }

    fn one(message: impl std::fmt::Display) -> Self {
        Self::several(vec![message.to_string()])
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self {
            exit: refusal.exit,
            ..Self::one(refusal)
        }
    }
}

impl From<EnvironmentError> for Failure {
    fn from(error: EnvironmentError) -> Self {
        Self::one(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::one(error)
    }
}

impl From<Vec<LoadError>> for Failure {
    fn from(errors: Vec<LoadError>) -> Self {
        Self::several(errors.iter().map(loading).collect())
    }
}

impl From<ModifyError<Refusal>> for Failure {
    fn from(error: ModifyError<Refusal>) -> Self {
        match error {
            ModifyError::Change(refusal) => refusal.into(),
            ModifyError::Load(errors) => errors.into(),
            error => Self::one(error),
        }
    }
}

/// client-go `tools/clientcmd/loader.go`, `Load`.
fn loading(error: &LoadError) -> String {
    match error {
        LoadError::Parse { path, source } => {
            let cause = source.client_go();
            format!("error loading config file \"{}\": {cause}", path.display())
        }
        LoadError::Read { path, source } => {
            let path = path.display();
            let cause = match source {
                StoreError::Folder { .. } => format!("read {path}: is a directory"),
                StoreError::Unreadable { source, .. } => format!("open {path}: {}", go(source)),
                other => other.to_string(),
            };
            format!("error loading config file \"{path}\": {cause}")
        }
    }
}
