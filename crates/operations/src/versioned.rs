//! Files of our own in JSON, which say of which version they are.

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Why one cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    /// A newer bowline wrote it.
    #[error("it is of version {0}")]
    Newer(u32),
    /// Not what any bowline writes.
    #[error(transparent)]
    Damaged(#[from] serde_json::Error),
}

/// Reads one of a version up to `known`.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8], known: u32) -> Result<T, Unusable> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    // The version first: the rest of a newer file may mean anything.
    let Versioned { version } = serde_json::from_slice(bytes)?;
    if version > known {
        return Err(Unusable::Newer(version));
    }
    Ok(serde_json::from_slice(bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct File {
        list: Vec<u8>,
    }

    #[test]
    fn a_newer_file_is_told_from_a_damaged_one_whatever_is_in_it() {
        let read = |text: &str| read::<File>(text.as_bytes(), 3);
        assert_eq!(read(r#"{"version": 3, "list": [1]}"#).unwrap().list, [1]);
        for newer in [r#"{"version": 4, "list": {}}"#, r#"{"version": 4}"#] {
            assert!(matches!(read(newer), Err(Unusable::Newer(4))), "{newer}");
        }
        for damaged in [
            "",
            "{",
            "[]",
            r#"{"list": []}"#,
            r#"{"version": 1, "list": 7}"#,
        ] {
            assert!(
                matches!(read(damaged), Err(Unusable::Damaged(_))),
                "{damaged}"
            );
        }
    }
}
