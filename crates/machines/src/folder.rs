//! Placeholder until the folder place is merged.
use crate::tree::Tree;
use std::path::Path;
/// Why.
#[derive(Debug, thiserror::Error)]
#[error("folder")]
pub struct FolderError;
pub(crate) fn fetch(_: &Path, _: &[&str]) -> Result<Tree, FolderError> {
    Err(FolderError)
}
pub(crate) fn replace(_: &Path, _: &str, _: Option<&[u8]>, _: &[u8]) -> Result<(), FolderError> {
    Err(FolderError)
}
