//! Protections that are lifted for a while.

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;
use store::Store;
use store::StoreError;
use store::UpdateError;

use super::Rule;
use crate::versioned;
use crate::versioned::Unusable;

/// The version of the file that this program writes.
const VERSION: u32 = 1;

/// More than anybody lifts at a time.
const MOST: usize = 64;

/// Nothing is lifted for longer: what is lifted for good is not protected.
pub const LONGEST: Duration = Duration::from_hours(24);

/// The contents of `lifts.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifts {
    version: u32,
    #[serde(default)]
    lifts: Vec<Lift>,
}

impl Default for Lifts {
    fn default() -> Self {
        Self {
            version: VERSION,
            lifts: Vec::new(),
        }
    }
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lift {
    /// The pattern of a rule, or the name of a context.
    pub name: String,
    /// From when on, seconds since the Unix epoch.
    pub since: u64,
    /// Until when.
    pub until: u64,
}

impl Lift {
    fn lasts(&self, now: Duration) -> bool {
        // One that begins in the future was written under another clock, and would last who knows how long.
        let now = now.as_secs();
        let length = self.until.saturating_sub(self.since);
        self.since <= now && now < self.until && length <= LONGEST.as_secs()
    }

    /// How long it lasts still.
    pub fn left(&self, now: Duration) -> Duration {
        Duration::from_secs(self.until.saturating_sub(now.as_secs()))
    }
}

/// Why it cannot be known what is lifted.
#[derive(Debug, thiserror::Error)]
pub enum LiftsError {
    /// Not what this program writes.
    #[error("the file {path} is damaged ({cause}); it holds only which protections are lifted: remove it with `rm {path}`", path = .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where and why.
        cause: String,
    },
    /// Written by a newer bowline.
    #[error("the file {path} is of version {version}, this bowline knows up to {VERSION}: update bowline", path = .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// It cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Lifts {
    /// Reads the file; none means that nothing is lifted.
    ///
    /// # Errors
    /// [`LiftsError`]; nothing is lifted then.
    pub fn load(path: &Path) -> Result<Self, LiftsError> {
        match store::read(path)? {
            Some(bytes) => Self::parse(path, &bytes),
            None => Ok(Self::default()),
        }
    }

    /// Lifts a rule or a context until then, or, with no time, ends that.
    ///
    /// # Errors
    /// [`LiftsError`]; the file is then as it was.
    pub fn set(
        store: &Store,
        path: &Path,
        name: &str,
        time: Duration,
        now: Duration,
    ) -> Result<(), LiftsError> {
        let result = store.replace_private(path, store::Durability::Durable, |old| {
            let mut lifts = match old {
                Some(bytes) => Self::parse(path, bytes)?,
                None => Self::default(),
            };
            lifts
                .lifts
                .retain(|lift| lift.name != name && lift.lasts(now));
            let time = time.min(LONGEST).as_secs();
            if time > 0 {
                lifts.lifts.push(Lift {
                    name: name.to_owned(),
                    since: now.as_secs(),
                    until: now.as_secs().saturating_add(time),
                });
            }
            let first = lifts.lifts.len().saturating_sub(MOST);
            lifts.lifts.drain(..first);
            let json = serde_json::to_vec(&lifts).map_err(|error| LiftsError::Damaged {
                path: path.to_owned(),
                cause: error.to_string(),
            })?;
            Ok(Some(json))
        });
        match result {
            Ok(_) => Ok(()),
            Err(UpdateError::Store(error)) => Err(error.into()),
            Err(UpdateError::Change(error)) => Err(error),
        }
    }

    /// Those that last still.
    pub fn lasting(&self, now: Duration) -> impl Iterator<Item = &Lift> {
        self.lifts.iter().filter(move |lift| lift.lasts(now))
    }

    /// What lifts a rule in a context, the longest.
    pub fn of(&self, rule: &Rule, context: &str, now: Duration) -> Option<&Lift> {
        self.lasting(now)
            .filter(|lift| lift.name == rule.pattern || lift.name == context)
            .max_by_key(|lift| lift.until)
    }

    fn parse(path: &Path, bytes: &[u8]) -> Result<Self, LiftsError> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        versioned::read(bytes, VERSION).map_err(|unusable| match unusable {
            Unusable::Newer(version) => LiftsError::Newer {
                path: path.to_owned(),
                version,
            },
            Unusable::Damaged(error) => LiftsError::Damaged {
                path: path.to_owned(),
                cause: error.to_string(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Protection;

    #[test]
    fn a_lift_ends_by_the_clock_and_with_the_clock() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        let path = folder.path().join("lifts.json");
        let rule = Rule::new("prod*", &Protection::default()).unwrap();
        let now = Duration::from_secs(1_000_000);
        let minute = Duration::from_mins(1);
        let lift = |name: &str, time| Lifts::set(&store, &path, name, time, now).unwrap();
        let lifted = |context: &str, now| {
            let lifts = Lifts::load(&path).unwrap();
            lifts.of(&rule, context, now).is_some()
        };
        assert!(!lifted("prod-eu", now));
        lift("prod-eu", minute);
        assert!(lifted("prod-eu", now));
        assert!(!lifted("prod-us", now));
        assert!(!lifted("prod-eu", now + minute));
        assert!(!lifted("prod-eu", now.checked_sub(minute).unwrap()));
        lift("prod*", minute);
        assert!(lifted("prod-us", now));
        lift("prod*", Duration::ZERO);
        assert!(!lifted("prod-us", now));
        assert!(lifted("prod-eu", now));
        for number in 0..200 {
            lift(&format!("c{number}"), minute);
        }
        assert_eq!(Lifts::load(&path).unwrap().lasting(now).count(), MOST);
    }

    #[test]
    fn nothing_is_lifted_by_a_file_that_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lifts.json");
        for (text, mends) in [
            ("{", "rm "),
            (r#"{"version": 1, "lifts": 3}"#, "rm "),
            (r#"{"version": 2, "lifts": []}"#, "update bowline"),
            (r#"{"version": 2, "lifts": 3}"#, "update bowline"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = Lifts::load(&path).unwrap_err().to_string();
            assert!(error.contains(mends), "{text}: {error}");
        }
        // Written by hand, for a year.
        let text = r#"{"version": 1, "lifts": [{"name": "prod", "since": 1, "until": 31536000}]}"#;
        std::fs::write(&path, text).unwrap();
        let lifts = Lifts::load(&path).unwrap();
        assert_eq!(lifts.lasting(Duration::from_secs(1000)).count(), 0);
    }
}
