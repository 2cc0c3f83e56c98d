//! Why a file cannot be a kubeconfig, and what a person does about it.

use store::StoreError;

/// What a message says of a file that cannot be read.
pub(crate) fn unusable(error: &StoreError) -> String {
    match error {
        StoreError::Folder { .. } => format!(
            "{error}: name a file, or take in those of a folder with `bowline dirs add FOLDER`"
        ),
        _ => error.to_string(),
    }
}
