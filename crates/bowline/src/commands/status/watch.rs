//! `bowline status --watch`: on a terminal one table that is kept up to date in place; elsewhere another one
//! each time that something changed.
//!
//! Ctrl-C ends it as it ends any program that does not listen to it: nothing of the terminal was switched that
//! would have to be switched back, and the last table stays.

use std::thread;
use std::time::Duration;

use operations::status::Report;
use serde_json::Value;

use super::Scene;
use crate::cli::Format;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::redraw;
use crate::output::redraw::Redraw;
use crate::output::redraw::Size;
use crate::output::report;
use crate::output::report::Shown;
use crate::output::structured;

pub(super) fn run(scene: &Scene<'_>, seconds: u32) -> Result<u8, CommandError> {
    let format = scene.arguments.output;
    let in_place = format == Format::Table && output::is_terminal();
    let mut redraw = Redraw::default();
    let mut last: Option<Value> = None;
    let mut first = true;
    loop {
        let looked = scene.look(first);
        let text = match looked {
            // What is wrong from the start is not waited for.
            Err(error) if first => return Err(error),
            // A file that is just being edited: it may be whole again the next time.
            Err(error) => {
                let line = format!("error: {}", output::plain(&error.message));
                if in_place {
                    let lines = line.lines().map(str::to_owned).collect();
                    Some(redraw.next(lines, redraw::size()))
                } else {
                    let seen = Value::String(error.message);
                    let news = last.as_ref() != Some(&seen);
                    last = Some(seen);
                    if news {
                        output::note(&line);
                    }
                    None
                }
            }
            Ok((reports, at)) if in_place => {
                let size = redraw::size();
                let lines = frame(&reports, at, seconds, size);
                Some(redraw.next(lines, size))
            }
            Ok((reports, at)) => {
                let seen = report::lasting(&reports);
                let news = last.as_ref() != Some(&seen);
                last = Some(seen);
                news.then(|| piece(&reports, at, format))
            }
        };
        if let Some(text) = text
            && !output::print_while_read(text.as_bytes())?
        {
            return Ok(exit::OK);
        }
        first = false;
        thread::sleep(Duration::from_secs(seconds.into()));
    }
}

/// One state of things among others, for a file or another program.
fn piece(reports: &[Report], at: i64, format: Format) -> String {
    let shown = Shown::new(reports, at, None);
    match format {
        Format::Table => {
            let head = report::summary(reports, at);
            format!("{head}\n{}\n", shown.text(format))
        }
        Format::Json => structured::json_line(&shown.value()),
        Format::Yaml => format!("---\n{}", shown.text(format)),
    }
}

/// What stands on the screen: no more lines than it has. The order of the contexts stays; only where there is no
/// room for all, those that need somebody come first.
fn frame(reports: &[Report], at: i64, seconds: u32, size: Size) -> Vec<String> {
    let head = format!(
        "{}; again every {seconds} s, Ctrl-C ends",
        report::summary(reports, at)
    );
    let lines = |shown: &Shown<'_>| -> Vec<String> {
        let text = shown.text(Format::Table);
        std::iter::once(head.clone())
            .chain(text.lines().map(str::to_owned))
            .collect()
    };
    // The last row is the cursor's.
    let room = size.rows.saturating_sub(1).max(1);
    let mut shown = Shown::new(reports, at, None).on(size.columns);
    let whole = lines(&shown);
    if whole.len() <= room {
        return whole;
    }
    shown.reports.sort_by_key(|report| report::is_well(report));
    let mut cut = lines(&shown);
    let hidden = cut.len().saturating_sub(room.saturating_sub(1));
    cut.truncate(room.saturating_sub(1));
    cut.push(format!("… {hidden} lines more than the screen has"));
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::report::tests::report;

    #[test]
    fn keeps_the_order_while_there_is_room_and_shows_what_is_broken_where_there_is_none() {
        let reports: Vec<Report> = (0..40)
            .map(|number| report(&format!("c{number:02}"), number != 31))
            .collect();
        let at = 1_795_000_000;
        let size = |rows| Size { columns: 80, rows };
        let whole = frame(&reports, at, 5, size(200));
        assert!(whole[0].starts_with("2026-11-18 "), "{}", whole[0]);
        assert!(
            whole[0].ends_with("40 contexts: 39 ok, 1 unreachable; again every 5 s, Ctrl-C ends"),
            "{}",
            whole[0]
        );
        assert!(
            whole[2].contains("c00") && whole[33].contains("c31"),
            "{whole:#?}"
        );
        let cut = frame(&reports, at, 5, size(24));
        assert_eq!(cut.len(), 23);
        assert!(cut[2].contains("c31") && cut[3].contains("c00"), "{cut:#?}");
        assert!(
            cut[22].ends_with("lines more than the screen has"),
            "{cut:#?}"
        );
        assert_eq!(frame(&reports, at, 5, size(0)).len(), 1);
    }
}
