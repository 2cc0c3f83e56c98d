//! Comments outside of what the edits touch are there afterwards.

use kubeconfig::Config;
use kubeconfig::Document;
use kubeconfig::Edit;
use kubeconfig::EditError;
use kubeconfig::List;
use kubeconfig::Preferences;
use kubeconfig::outline::Outline;

use crate::apply::apply;
use crate::choices::Choices;

/// No file of the fuzzer's has this.
const MARK: &str = "#~";

const LISTS: [List; 3] = [List::Clusters, List::Users, List::Contexts];

/// What goes when what it belongs to goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part<'a> {
    Entry(List, usize),
    Field(&'a str),
}

/// Puts comments into the file, makes the edits, and looks for the comments.
pub(crate) fn stay(places: &Places, document: &Document, edits: &[Edit], expected: &Config) {
    let Ok(text) = std::str::from_utf8(document.bytes()) else {
        return;
    };
    if text.contains(MARK) {
        return;
    }
    let (text, marks) = marked(places, document.config(), text);
    let plain = Outline::of(text.as_bytes()).is_some();
    let touched = touched(document.config(), edits);
    if marks.is_empty() || (!plain && !touched.is_empty()) {
        return;
    }
    let marked = Document::parse(text.as_str()).expect("it was parsed");
    let edited = match marked.edit(edits) {
        Ok(edited) => String::from_utf8(edited).expect("as before"),
        Err(EditError::Shared { .. } | EditError::Unsupported { .. }) if !plain => return,
        Err(error) => panic!("with comments: {error}\n{text}\n{edits:#?}"),
    };
    let result = Document::parse(edited.as_str()).expect("an edited document parses");
    assert_eq!(result.config(), expected, "{text}\n{edits:#?}");
    for mark in &marks {
        let may_go = plain && part(&text, mark).is_some_and(|part| touched.contains(&part));
        let count = edited.matches(mark.as_str()).count();
        assert!(
            count == 1 || (count == 0 && may_go),
            "{mark} is there {count} times\n{text}\n----\n{edited}\n----\n{edits:#?}"
        );
    }
}

/// Where comments go.
pub(crate) struct Places {
    /// For each of the lines in turn: above or behind it, or how deep above it.
    every: [usize; 5],
    /// A line and a column.
    some: [(usize, usize); 4],
}

impl Places {
    pub(crate) fn new(choices: &mut Choices<'_>) -> Self {
        Self {
            every: std::array::from_fn(|_| choices.below(8)),
            some: std::array::from_fn(|_| (choices.below(100), choices.below(10))),
        }
    }
}

/// The text with comments that do not change its meaning: at every line, or else at some.
fn marked(places: &Places, config: &Config, text: &str) -> (String, Vec<String>) {
    let means = |text: &str| Document::parse(text).is_ok_and(|with| with.config() == config);
    let mut marks = Vec::new();
    let mut out = String::new();
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let mark = format!("{MARK}{number}~");
        let content = line.trim_end_matches(['\r', '\n']);
        let indent = content.len() - content.trim_start_matches(' ').len();
        let above = |indent: usize| format!("{}{mark}\n{line}", " ".repeat(indent));
        out += &match places.every[number % places.every.len()] {
            0..=2 => above(indent),
            3 => above(0),
            4 => above(indent + 3),
            5 => format!("{content} {mark}{}", &line[content.len()..]),
            _ => line.to_owned(),
        };
        if out.contains(&mark) {
            marks.push(mark);
        }
    }
    if Outline::of(text.as_bytes()).is_some() && means(&out) {
        return (out, marks);
    }
    let mut text = text.to_owned();
    marks.clear();
    for (number, (line, indent)) in places.some.into_iter().enumerate() {
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        let at = line % (lines.len() + 1);
        let mark = format!("{MARK}{number}~");
        match lines.get_mut(at) {
            Some(line) if indent > 7 => {
                let end = line.trim_end_matches(['\r', '\n']).len();
                line.insert_str(end, &format!(" {mark}"));
            }
            _ => lines.insert(at, format!("{}{mark}\n", " ".repeat(indent % 8))),
        }
        let with = lines.concat();
        if means(&with) {
            text = with;
            marks.push(mark);
        }
    }
    (text, marks)
}

/// The parts of the file of which the edits may take something away.
fn touched(config: &Config, edits: &[Edit]) -> Vec<Part<'static>> {
    let mut names: Vec<(List, String, Part<'static>)> = Vec::new();
    for list in LISTS {
        let of: Vec<_> = match list {
            List::Clusters => config.clusters.iter().map(|entry| &entry.name).collect(),
            List::Users => config.users.iter().map(|entry| &entry.name).collect(),
            List::Contexts => config.contexts.iter().map(|entry| &entry.name).collect(),
        };
        let entry =
            |(index, name): (usize, &String)| (list, name.clone(), Part::Entry(list, index));
        names.extend(of.into_iter().enumerate().map(entry));
    }
    let mut touched = Vec::new();
    let mut config = config.clone();
    for edit in edits {
        let before = config.clone();
        apply(&mut config, edit).expect("it was made before");
        let entry = match edit {
            Edit::SetTlsServerName { cluster, name } if name.is_empty() => {
                (List::Clusters, cluster)
            }
            Edit::PutCluster(named) => (List::Clusters, &named.name),
            Edit::PutUser(named) => (List::Users, &named.name),
            Edit::PutContext(named) => (List::Contexts, &named.name),
            Edit::Remove { list, name } => (*list, name),
            Edit::Rename { list, from, .. } => (*list, from),
            Edit::PutPreferences(_) if before.preferences != Preferences::default() => {
                touched.push(Part::Field("preferences"));
                continue;
            }
            Edit::PutExtensions(_) if !before.extensions.is_empty() => {
                touched.push(Part::Field("extensions"));
                continue;
            }
            _ => continue,
        };
        let at = names
            .iter()
            .position(|(list, name, _)| (*list, name) == entry);
        match (at, edit) {
            (None, _) => {}
            (Some(at), Edit::Rename { to, .. }) => names[at].1.clone_from(to),
            (Some(at), Edit::Remove { .. }) => touched.push(names.remove(at).2),
            (Some(at), _) => touched.push(names[at].2),
        }
    }
    touched
}

/// What a comment is in, in a file of the plain style; `None` for what stands between.
fn part<'a>(text: &'a str, mark: &str) -> Option<Part<'a>> {
    let is_content = |line: &&str| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#')
    };
    let mut key = "";
    let mut items = 0_usize;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.starts_with('-') && line != "---" {
            items += 1;
        } else if is_content(&line) && !line.starts_with(' ') {
            key = line.split(':').next().unwrap_or_default();
            items = 0;
        }
        if !line.contains(mark) {
            continue;
        }
        let of_list = LISTS.into_iter().find(|list| list.key() == key);
        let part = match of_list {
            Some(list) => Part::Entry(list, items.checked_sub(1)?),
            None => Part::Field(key),
        };
        let next = lines.clone().find(is_content).unwrap_or_default();
        let inside = !line.starts_with('#')
            || next.starts_with(' ')
            || (next.starts_with('-') && of_list.is_none());
        return inside.then_some(part);
    }
    None
}
