//! Certificates and keys that flags name by path.

use std::ffi::OsStr;
use std::path::Path;

use kubeconfig::Secret;
use kubeconfig::paths;
use kubeconfig::paths::System;

use super::refusal::Refusal;
use crate::environment::Environment;

/// A certificate or key for an entry.
#[derive(Clone, Debug)]
pub(super) enum Material {
    /// Refer to this file, an absolute path.
    Path(String),
    /// Embed this content.
    Content(Secret),
}

/// Takes what a flag says: the file's content to embed, or its absolute path to refer to. A leading
/// `~/` means the home folder when there is no such literal path.
///
/// # Errors
/// Nothing is named, or what is to be embedded is not there, or is no file, or is empty: kubectl then
/// takes away what the entry had, and says that all is well.
pub(super) fn read(
    environment: &Environment,
    flag: &str,
    value: Option<&OsStr>,
    embed: bool,
) -> Result<Option<Material>, Refusal> {
    let Some(value) = value else {
        return Ok(None);
    };
    let shown = value.to_string_lossy();
    if value.is_empty() {
        // With `--embed-certs` the other one of the pair is meant.
        return if embed {
            Ok(None)
        } else {
            Err(Refusal::new(format!(
                "--{flag} is empty: name a file, or remove the field with `config unset`"
            )))
        };
    }
    let path = environment.expand(Path::new(value));
    if !embed {
        return absolute(flag, &path).map(Some);
    }
    let refused =
        |cause: String| Refusal::new(format!("could not stat {flag} file {shown}: {cause}"));
    let metadata = std::fs::metadata(&path)
        .map_err(|error| refused(format!("stat {shown}: {}", go(&error))))?;
    if metadata.is_dir() {
        return Err(Refusal::new(format!(
            "{flag} {shown} is a directory: name the file in it"
        )));
    }
    let content = match store::read(&path) {
        Ok(Some(content)) => content,
        Ok(None) => return Err(refused(format!("stat {shown}: no such file or directory"))),
        Err(error) => return Err(Refusal::new(error.to_string())),
    };
    if content.is_empty() {
        return Err(Refusal::new(format!("{flag} file {shown} is empty")));
    }
    Ok(Some(Material::Content(Secret::new(content))))
}

fn absolute(flag: &str, path: &Path) -> Result<Material, Refusal> {
    let absolute = std::path::absolute(path)
        .map_err(|error| Refusal::new(format!("--{flag} {}: {error}", path.display())))?;
    match absolute.to_str() {
        // Without `..`, as Go makes a path absolute.
        Some(text) => Ok(Material::Path(paths::clean(System::HOST, text))),
        None => Err(Refusal::new(format!(
            "--{flag} {}: the path is not valid Unicode, and a kubeconfig can hold nothing else",
            path.display()
        ))),
    }
}

/// A system error as Go words it.
pub(super) fn go(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::NotADirectory => "not a directory".to_owned(),
        std::io::ErrorKind::IsADirectory => "is a directory".to_owned(),
        _ => {
            // Rust adds the number: "File name too long (os error 36)".
            let text = error.to_string();
            let text = text.split(" (os error").next().unwrap_or_default();
            text.to_lowercase()
        }
    }
}
