//! Why a file cannot be a kubeconfig, and what a person does about it.

use std::path::Path;

use kubeconfig::ParseError;
use kubeconfig::Problem;
use store::StoreError;

use crate::failure::argument;

/// What a message says of a file that cannot be read.
pub(crate) fn unusable(error: &StoreError) -> String {
    match error {
        StoreError::Folder { .. } => format!(
            "{error}: name a file, or take in those of a folder with `bowline dirs add FOLDER`"
        ),
        _ => error.to_string(),
    }
}

/// What a message says after why a file cannot be read as a kubeconfig, where one slip keeps all of it from being used.
pub(crate) fn mended_by(path: &Path, error: &ParseError) -> String {
    match &*error.problem {
        Problem::DuplicateName { .. } => {
            let file = argument(&path.to_string_lossy());
            format!("; rename or remove one of them: bowline edit {file}")
        }
        _ => String::new(),
    }
}
