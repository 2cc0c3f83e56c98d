//! Of several kubectls, the one whose version fits the server.

use std::path::Path;
use std::path::PathBuf;

use operations::state::Release;
use store::Store;

use super::known::Known;
use super::known::release;
use crate::output;

/// More are not asked for their version.
const MOST: usize = 6;

/// What is to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    First,
    Other(usize),
    NoneFits,
}

/// Takes the first that fits. Of what is not known, nothing is thought: the user put the first one first.
fn choose(
    count: usize,
    server: Release,
    mut release: impl FnMut(usize) -> Option<Release>,
) -> Choice {
    if count < 2 || release(0).is_none_or(|first| first.fits(server)) {
        return Choice::First;
    }
    (1..count.min(MOST))
        .find(|other| release(*other).is_some_and(|other| other.fits(server)))
        .map_or(Choice::NoneFits, Choice::Other)
}

/// The kubectl to run for a server of this release, and tells, once a day, where it is not the first or does not fit.
/// `about` names the cluster.
pub(crate) fn fitting(
    mut candidates: Vec<PathBuf>,
    server: Release,
    about: &str,
    folder: &Path,
    store: Store,
) -> PathBuf {
    let mut known = Known::load(folder, operations::world::now());
    let choice = choose(candidates.len(), server, |index| {
        let path = candidates.get(index)?;
        release(known.version(path).as_deref())
    });
    let chosen = match choice {
        Choice::Other(other) => other,
        Choice::First | Choice::NoneFits => 0,
    };
    let shown = |known: &mut Known, path: &Path| {
        let version = known.version(path).unwrap_or_default();
        format!("{} ({})", version.trim_start_matches('v'), path.display())
    };
    if let (Some(first), Some(other)) = (candidates.first(), candidates.get(chosen))
        && choice != Choice::First
    {
        let (first, other) = (shown(&mut known, first), shown(&mut known, other));
        if known.is_news(&format!("{about} {server} {first} {other}")) {
            tell(
                server,
                &first,
                (choice != Choice::NoneFits).then_some(&other),
            );
        }
    }
    known.keep(store);
    candidates.swap_remove(chosen)
}

/// Tells that the first kubectl does not fit, and which other one is used, if any.
fn tell(server: Release, first: &str, other: Option<&String>) {
    let misfit = format!("kubectl {first} does not fit server {server}");
    if let Some(other) = other {
        output::note(&format!("{misfit}: {other} is used"));
        return;
    }
    let (oldest, newest) = (
        server.minor.saturating_sub(1),
        server.minor.saturating_add(1),
    );
    output::note(&format!(
        "{misfit}, and no other kubectl here does: install one of {major}.{oldest} to {major}.{newest}",
        major = server.major
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_fits_is_taken_and_no_more_are_asked() {
        let server = Release {
            major: 1,
            minor: 33,
        };
        let some = |minor: u16| Some(Release { major: 1, minor });
        for (releases, choice, asked) in [
            (&[some(20)][..], Choice::First, 0),
            (&[some(34), some(33)], Choice::First, 1),
            (&[some(20), some(32), some(33)], Choice::Other(1), 2),
            (&[some(20), None, some(33)], Choice::Other(2), 3),
            (&[None, some(33)], Choice::First, 1),
            (&[some(20), some(35)], Choice::NoneFits, 2),
        ] {
            let mut count = 0;
            let chosen = choose(releases.len(), server, |index| {
                count += 1;
                releases[index]
            });
            assert_eq!((chosen, count), (choice, asked), "{releases:?}");
        }
    }
}
