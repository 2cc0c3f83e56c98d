//! One kubeconfig: whether it can be read, and what is in it.

use std::path::PathBuf;

use kubeconfig::Document;
use kubeconfig::ParseError;
use kubeconfig::redact::escape;
use store::StoreError;

use super::Looked;
use super::Source;
use super::platform;
use super::platform::Access;

/// What became of reading a file.
#[derive(Debug)]
pub(super) enum Form {
    /// There is none.
    Missing,
    /// It is a folder.
    Folder,
    /// The system does not let us, for this reason.
    Unreadable(String),
    /// Clients refuse it.
    Refused(ParseError),
    /// A kubeconfig.
    Read(Box<Document>),
}

pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) form: Form,
    /// Who else may do what with it, where that can be told.
    pub(super) access: Option<Access>,
    pub(super) size: usize,
    /// Whether it holds entries, or did before it was damaged. A path that was mistyped may lead anywhere.
    pub(super) is_kubeconfig: bool,
}

impl File {
    pub(super) fn read(source: Source) -> Self {
        let (bytes, access) = match source.bytes {
            Some(bytes) => (Ok(Some(bytes)), None),
            None => (store::read(&source.path), platform::access(&source.path)),
        };
        let mut size = 0;
        let mut is_kubeconfig = true;
        let form = match bytes {
            Ok(None) => Form::Missing,
            Ok(Some(bytes)) => {
                size = bytes.len();
                let has_lists = names_lists(&bytes);
                match Document::parse(bytes) {
                    Ok(document) => {
                        let config = document.config();
                        is_kubeconfig = !config.clusters.is_empty()
                            || !config.users.is_empty()
                            || !config.contexts.is_empty();
                        Form::Read(Box::new(document))
                    }
                    Err(error) => {
                        is_kubeconfig = has_lists;
                        Form::Refused(error)
                    }
                }
            }
            Err(StoreError::Folder { .. }) => Form::Folder,
            Err(error) => Form::Unreadable(escape(&error.to_string()).into_owned()),
        };
        Self {
            path: source.path,
            form,
            access,
            size,
            is_kubeconfig,
        }
    }

    pub(super) fn document(&self) -> Option<&Document> {
        match &self.form {
            Form::Read(document) => Some(document),
            _ => None,
        }
    }

    pub(super) fn looked(&self) -> Looked {
        let config = self.document().map(Document::config);
        Looked {
            path: self.path.to_string_lossy().into_owned(),
            state: match &self.form {
                Form::Missing => "missing",
                Form::Folder => "folder",
                Form::Unreadable(_) => "unreadable",
                Form::Refused(_) => "refused",
                Form::Read(_) => "read",
            },
            clusters: config.map_or(0, |config| config.clusters.len()),
            users: config.map_or(0, |config| config.users.len()),
            contexts: config.map_or(0, |config| config.contexts.len()),
        }
    }
}

/// Whether a text that may be damaged has the lists of a kubeconfig. A program may have their names in it, too.
fn names_lists(bytes: &[u8]) -> bool {
    let has = |name: &str| bytes.windows(name.len()).any(|at| at == name.as_bytes());
    !bytes.contains(&0) && has("users:") && (has("clusters:") || has("contexts:"))
}
