//! The labels of runs.

use kubeconfig::redact::escape;

/// A longer name is not cut, and stands out of the column.
const WIDEST: usize = 48;

/// What stands before the lines of each context, aligned.
pub(super) fn labels(contexts: &[String]) -> Vec<String> {
    let names: Vec<_> = contexts.iter().map(|name| escape(name)).collect();
    let width = |name: &str| name.chars().count();
    let widths = names.iter().map(|name| width(name));
    let column = widths.filter(|width| *width <= WIDEST).max().unwrap_or(0);
    names
        .iter()
        .map(|name| {
            let blanks = " ".repeat(column.saturating_sub(width(name)));
            format!("{name}{blanks} | ")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_aligned_and_drive_no_terminal() {
        let long = "x".repeat(60);
        let names = ["a", "überlang", "\u{1b}[2J\n", &long].map(str::to_owned);
        assert_eq!(
            labels(&names),
            [
                "a         | ",
                "überlang  | ",
                "\\x1b[2J\\n | ",
                &format!("{long} | ")
            ]
        );
    }
}
