//! Every context as a kubeconfig of its own, in a folder.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use super::TidyError;
use super::export::ExportError;
use super::export::Exported;
use super::export::export;
use super::sight::Sight;

/// A context and the file that it gets.
#[derive(Debug)]
pub struct Part {
    /// The context's name.
    pub context: String,
    /// The file.
    pub path: PathBuf,
    /// What it will hold.
    pub exported: Exported,
}

/// What will be written.
#[derive(Debug, Default)]
pub struct Split {
    /// The files.
    pub parts: Vec<Part>,
    /// Contexts that cannot stand by themselves, and why.
    pub left: Vec<ExportError>,
}

/// Prepares a split. Nothing is written.
///
/// # Errors
/// [`TidyError::NoContexts`] and [`TidyError::NothingFits`]; a context that cannot stand by itself is no reason to leave the others.
pub fn split(
    sight: &Sight,
    into: &Path,
    pattern: Option<&str>,
    folder: &Path,
) -> Result<Split, TidyError> {
    let names = sight.context_names();
    if names.is_empty() {
        return Err(TidyError::NoContexts(sight.files_for_messages()));
    }
    let pattern = pattern.unwrap_or("*");
    let nothing = || TidyError::NothingFits {
        pattern: pattern.to_owned(),
        files: sight.files_for_messages(),
    };
    let fits = glob::Pattern::new(pattern).ok();
    let is_wanted =
        |name: &&&str| **name == pattern || fits.as_ref().is_some_and(|fits| fits.matches(name));
    let mut split = Split::default();
    let mut taken = BTreeSet::new();
    for name in names.iter().filter(is_wanted) {
        match export(sight, name, folder) {
            Ok(exported) => split.parts.push(Part {
                context: (*name).to_owned(),
                path: into.join(file_name(name, &mut taken)),
                exported,
            }),
            Err(error) => split.left.push(error),
        }
    }
    if split.parts.is_empty() && split.left.is_empty() {
        return Err(nothing());
    }
    Ok(split)
}

/// What names of files end in.
const SUFFIX: &str = ".yaml";

/// Longer names of files do not exist anywhere.
const LONGEST: usize = 200;

/// Names that Windows keeps for devices, whatever they end in
/// (<https://learn.microsoft.com/windows/win32/fileio/naming-a-file>).
const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// A name of a file for a context, one that every system allows and that no other has, upper and lower case being
/// the same.
pub fn file_name(context: &str, taken: &mut BTreeSet<String>) -> String {
    let safe = |letter: char| {
        let allowed = letter.is_alphanumeric() || "-_.@+=,".contains(letter);
        if allowed { letter } else { '_' }
    };
    let mut stem: String = context.chars().map(safe).collect();
    while stem.len() > LONGEST {
        stem.pop();
    }
    if stem.is_empty() || stem.starts_with(['.', '-']) || is_reserved(&stem) {
        stem.insert(0, '_');
    }
    let numbered = (2_u32..).map(|number| format!("{stem}-{number}"));
    let mut names = std::iter::once(stem.clone()).chain(numbered);
    let name = names.find(|name| taken.insert(folded(name)));
    format!("{}{SUFFIX}", name.unwrap_or(stem))
}

/// Twice, for letters whose upper case has another lower case.
fn folded(name: &str) -> String {
    name.to_uppercase().to_lowercase()
}

fn is_reserved(stem: &str) -> bool {
    let base = stem.split('.').next().unwrap_or_default().to_lowercase();
    let of_number = |kind: &str| {
        let number = base.strip_prefix(kind).unwrap_or_default();
        let mut letters = number.chars();
        let one = letters.next();
        letters.next().is_none() && one.is_some_and(|it| it.is_ascii_digit() || "¹²³".contains(it))
    };
    RESERVED.contains(&base.as_str()) || of_number("com") || of_number("lpt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_everywhere() {
        let mut taken = BTreeSet::new();
        for (context, file) in [
            ("dev", "dev.yaml"),
            ("DEV", "DEV-2.yaml"),
            ("dev-2", "dev-2-2.yaml"),
            ("../../etc/passwd", "_.._.._etc_passwd.yaml"),
            ("..", "_...yaml"),
            ("", "_.yaml"),
            ("_", "_-2.yaml"),
            ("-rf", "_-rf.yaml"),
            ("con", "_con.yaml"),
            ("NUL.txt", "_NUL.txt.yaml"),
            ("com1", "_com1.yaml"),
            ("com¹", "_com¹.yaml"),
            ("common", "common.yaml"),
            ("a:b\\c*?", "a_b_c__.yaml"),
            ("$(touch owned)", "__touch_owned_.yaml"),
            ("日本 🚀", "日本__.yaml"),
            ("a\u{1b}[2J\n", "a__2J_.yaml"),
            (
                "arn:aws:eks:eu:1:cluster/x",
                "arn_aws_eks_eu_1_cluster_x.yaml",
            ),
        ] {
            assert_eq!(file_name(context, &mut taken), file, "{context:?}");
        }
        let long = file_name(&"ß".repeat(4000), &mut taken);
        assert!(long.len() <= 255, "{}", long.len());
    }
}
