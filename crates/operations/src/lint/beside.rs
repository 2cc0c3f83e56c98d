//! The files that kubeconfigs name: certificates, keys, tokens.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::io::Read as _;
use std::path::Path;
use std::path::PathBuf;

use kubeconfig::chain;
use zeroize::Zeroizing;

use super::file::File;
use super::platform;
use super::platform::Access;

/// More than any bundle of certificates has.
const LARGEST: u64 = 4 << 20;

/// A file that an entry names.
pub(super) struct Beside {
    pub(super) content: Content,
    pub(super) access: Option<Access>,
}

/// What is in it.
pub(super) enum Content {
    Missing,
    /// Not read, for this reason.
    Unreadable(String),
    Read(Zeroizing<Vec<u8>>),
}

/// All of them, each read once.
#[derive(Default)]
pub(super) struct Besides(HashMap<PathBuf, Beside>);

impl Besides {
    pub(super) fn read(files: &[File]) -> Self {
        let mut besides = Self::default();
        for file in files {
            let Some(document) = file.document() else {
                continue;
            };
            let config = document.config();
            let of_clusters = config
                .clusters
                .iter()
                .filter_map(|named| named.value.certificate_authority.as_deref());
            let of_users = config.users.iter().flat_map(|named| {
                let user = &named.value;
                [&user.client_certificate, &user.client_key, &user.token_file]
                    .into_iter()
                    .filter_map(|path| path.as_deref())
            });
            for value in of_clusters.chain(of_users) {
                let path = chain::resolve(&file.path, value);
                besides.0.entry(path).or_insert_with_key(|path| look(path));
            }
        }
        besides
    }

    pub(super) fn get(&self, path: &Path) -> Option<&Beside> {
        self.0.get(path)
    }

    /// What is in a file, where it could be read.
    pub(super) fn bytes(&self, path: &Path) -> Option<&[u8]> {
        match &self.get(path)?.content {
            Content::Read(bytes) => Some(bytes),
            _ => None,
        }
    }
}

fn look(path: &Path) -> Beside {
    let content = match read(path) {
        Ok(bytes) => Content::Read(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Content::Missing,
        Err(error) => Content::Unreadable(error.to_string()),
    };
    Beside {
        content,
        access: platform::access(path),
    }
}

/// Files only: a pipe would be waited for, and a device may have no end.
fn read(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(io::Error::other("it is a folder"));
    }
    if !metadata.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    if metadata.len() > LARGEST {
        return Err(io::Error::other("it is larger than 4 MiB"));
    }
    let mut bytes = Zeroizing::new(Vec::new());
    fs::File::open(path)?
        .take(LARGEST)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}
