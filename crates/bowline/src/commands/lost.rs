//! Telling that another program took back changes of ours.

use std::path::PathBuf;

use kubeconfig::redact::escape;
use operations::lost;
use operations::lost::Lost;
use store::Store;

use crate::output;

/// Tells, once for each change, what is no longer in these files though nothing of ours undid it.
///
/// Never fails: it is said beside a command that did what it was asked for.
pub(crate) fn tell(store: &Store, files: &[PathBuf]) {
    for file in files {
        let Ok(lost) = lost::find(store, file) else {
            continue;
        };
        let untold = lost::untold(store, lost).unwrap_or_default();
        if let Some(message) = message(&untold) {
            output::note(&message);
        }
    }
}

fn message(lost: &[Lost]) -> Option<String> {
    const SHOWN: usize = 8;
    let first = lost.first()?;
    let entries: Vec<_> = lost
        .iter()
        .flat_map(|lost| &lost.entries)
        .map(|touched| {
            let what = match (&touched.before, &touched.after) {
                (None, _) => "is gone",
                (_, None) => "is back",
                _ => "has its old value again",
            };
            format!(
                "{} {} {what}",
                touched.list.trim_end_matches('s'),
                escape(&touched.name)
            )
        })
        .collect();
    let more = entries.len().saturating_sub(SHOWN);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let shown: Vec<_> = entries.iter().take(SHOWN).map(String::as_str).collect();
    let (changes, number) = match lost {
        [only] => (format!("change {}", only.group), format!(" {}", only.group)),
        several => (format!("{} changes", several.len()), String::new()),
    };
    Some(format!(
        "another program took back {changes} of bowline in {}: {}{more}; \
         `bowline redo{number}` makes it so again",
        first.file.display(),
        shown.join(", "),
    ))
}
