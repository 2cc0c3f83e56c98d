//! Applying a template to a value (client-go `util/jsonpath/jsonpath.go`).

use serde_json::Value;

use super::compare;
use super::item::Item;
use super::node::{End, Node, Slice};

/// The most results all steps together may have: nested loops multiply.
const MAXIMAL_WORK: usize = 5_000_000;

/// How deep `range` may be nested, and how deep the document `..` descends into.
const MAXIMAL_DEPTH: usize = 256;

/// The results of each top-level node in the order of printing, or what kubectl says failed.
pub(super) fn evaluate<'a>(
    nodes: &'a [Node],
    value: &'a Value,
    missing_keys: bool,
) -> Result<Vec<Vec<Item<'a>>>, String> {
    let mut run = Run {
        nodes,
        missing_keys,
        opening: 0,
        inside: 0,
        closing: 0,
        last_end: None,
        work: 0,
    };
    run.find(0, Item::Value(value), 0)
        .map_err(|failure| failure.reason)
}

/// Why a step failed.
struct Failure {
    reason: String,
    /// Whether kubectl's step hands back results all the same, which `[?(@…)]` takes for existence.
    found: bool,
    /// Whether it is a limit of ours, which nothing may catch.
    limit: bool,
}

impl Failure {
    fn new(reason: impl Into<String>, found: bool) -> Self {
        Self {
            reason: reason.into(),
            found,
            limit: false,
        }
    }

    fn limit(reason: &str) -> Self {
        Self {
            reason: reason.to_owned(),
            found: false,
            limit: true,
        }
    }
}

type Results<'a> = Result<Vec<Item<'a>>, Failure>;

struct Run<'a> {
    nodes: &'a [Node],
    missing_keys: bool,
    /// `range` met and not yet begun.
    opening: usize,
    /// Loops we are in.
    inside: usize,
    /// `end` met and not yet obeyed.
    closing: usize,
    /// The node of the `end` obeyed last.
    last_end: Option<usize>,
    work: usize,
}

impl<'a> Run<'a> {
    fn spend(&mut self, work: usize) -> Result<(), Failure> {
        self.work = self.work.saturating_add(work);
        if self.work > MAXIMAL_WORK {
            return Err(Failure::limit("the template asks for too much"));
        }
        Ok(())
    }

    /// The nodes from `start` on, applied to `value`, up to the `end` of the innermost loop.
    fn find(
        &mut self,
        start: usize,
        value: Item<'a>,
        depth: usize,
    ) -> Result<Vec<Vec<Item<'a>>>, Failure> {
        if depth > MAXIMAL_DEPTH {
            return Err(Failure::limit("too many ranges inside each other"));
        }
        let nodes = self.nodes;
        let mut all = Vec::new();
        let mut index = start;
        while let Some(node) = nodes.get(index) {
            let results = self.walk(vec![value], node)?;
            if self.closing > 0 && self.closing <= self.inside {
                self.closing -= 1;
                self.last_end = Some(index);
                break;
            }
            if self.opening > 0 {
                self.opening -= 1;
                self.inside += 1;
                for &item in &results {
                    let item = if item.is_null() { Item::Nothing } else { item };
                    all.extend(self.find(index + 1, item, depth + 1)?);
                }
                if results.is_empty() {
                    // Only to learn where its `end` is; what it finds is not printed.
                    self.find(index + 1, Item::Nothing, depth + 1)?;
                }
                self.inside -= 1;
                index = self.last_end.filter(|&end| end > index).unwrap_or(index) + 1;
                continue;
            }
            all.push(results);
            index += 1;
        }
        Ok(all)
    }

    fn list(&mut self, input: Vec<Item<'a>>, nodes: &'a [Node]) -> Results<'a> {
        let mut results = input;
        for node in nodes {
            results = self.walk(results, node)?;
        }
        Ok(results)
    }

    fn walk(&mut self, input: Vec<Item<'a>>, node: &'a Node) -> Results<'a> {
        self.spend(input.len() + 1)?;
        let results = match node {
            Node::List(nodes) => self.list(input, nodes)?,
            Node::Text(text) => vec![Item::Text(text)],
            Node::Int(number) => vec![Item::Int(*number); input.len()],
            Node::Float(number) => vec![Item::Float(*number); input.len()],
            Node::Bool(truth) => vec![Item::Bool(*truth); input.len()],
            Node::Field(name) => self.field(&input, name)?,
            Node::Slice(slice) => self.slice(&input, *slice)?,
            Node::Filter {
                left,
                operator,
                right,
            } => self.filter(&input, left, Some((operator, right)))?,
            Node::Exists(left) => self.filter(&input, left, None)?,
            Node::Wildcard => input.iter().flat_map(|item| item.members()).collect(),
            Node::Recursive => {
                let mut results = Vec::new();
                for item in input {
                    self.descend(item, &mut results, 0)?;
                }
                results
            }
            Node::Union(lists) => {
                let mut results = Vec::new();
                for nodes in lists {
                    match self.list(input.clone(), nodes) {
                        Ok(found) => results.extend(found),
                        Err(failure) if failure.limit => return Err(failure),
                        Err(failure) => {
                            return Err(Failure::new(failure.reason, !input.is_empty()));
                        }
                    }
                }
                results
            }
            Node::Identifier(name) => match name.as_str() {
                "range" => {
                    self.opening += 1;
                    input
                }
                "end" if self.inside > 0 => {
                    self.closing += 1;
                    Vec::new()
                }
                "end" => return Err(Failure::new("not in range, nothing to end", false)),
                _ => {
                    let reason = format!("unrecognized identifier {name}");
                    return Err(Failure::new(reason, !input.is_empty()));
                }
            },
        };
        self.spend(results.len())?;
        Ok(results)
    }

    fn field(&self, input: &[Item<'a>], name: &str) -> Results<'a> {
        let results: Vec<_> = input
            .iter()
            .filter_map(|item| match item {
                Item::Value(Value::Object(map)) => map.get(name).map(Item::Value),
                _ => None,
            })
            .collect();
        if results.is_empty() && !input.is_empty() && !self.missing_keys {
            return Err(Failure::new(format!("{name} is not found"), false));
        }
        Ok(results)
    }

    fn slice(&mut self, input: &[Item<'a>], slice: Slice) -> Results<'a> {
        let mut results = Vec::new();
        for item in input {
            let items = match item {
                Item::Value(Value::Null) => continue,
                Item::Value(Value::Array(items)) => items,
                _ => {
                    let reason = format!("{} is not array or slice", item.type_name());
                    return Err(Failure::new(reason, true));
                }
            };
            let Some((range, step)) =
                bounds(slice, items.len()).map_err(|reason| Failure::new(reason, true))?
            else {
                // Nothing asked for here ends it for the items that follow, too.
                return Ok(results);
            };
            let chosen = items.get(range).unwrap_or_default();
            self.spend(chosen.len())?;
            results.extend(chosen.iter().step_by(step).map(Item::Value));
        }
        Ok(results)
    }

    /// `item` and all below it that has members, each before its own.
    fn descend(
        &mut self,
        item: Item<'a>,
        results: &mut Vec<Item<'a>>,
        depth: usize,
    ) -> Result<(), Failure> {
        if depth > MAXIMAL_DEPTH {
            return Err(Failure::limit("the object is nested too deep"));
        }
        let members = item.members();
        self.spend(members.len())?;
        if members.is_empty() {
            return Ok(());
        }
        results.push(item);
        for member in members {
            if !matches!(member, Item::Byte(_)) {
                self.descend(member, results, depth + 1)?;
            }
        }
        Ok(())
    }

    fn filter(
        &mut self,
        input: &[Item<'a>],
        left: &'a [Node],
        comparison: Option<(&'a String, &'a Vec<Node>)>,
    ) -> Results<'a> {
        let mut results = Vec::new();
        for &item in input {
            let Item::Value(Value::Array(items)) = item else {
                // kubectl prints the value itself here, secrets included.
                let kind = item.type_name();
                let reason = format!("{kind} is not array or slice and cannot be filtered");
                return Err(Failure::new(reason, true));
            };
            for item in items.iter().map(Item::Value) {
                let lefts = self.list(vec![item], left);
                let Some((operator, right)) = comparison else {
                    let found = match lefts {
                        Ok(lefts) => !lefts.is_empty(),
                        Err(failure) if failure.limit => return Err(failure),
                        Err(failure) => failure.found,
                    };
                    if found {
                        results.push(item);
                    }
                    continue;
                };
                let Some(left) = single(lefts)? else {
                    continue;
                };
                let Some(right) = single(self.list(vec![item], right))? else {
                    continue;
                };
                match compare::holds(left, operator, right) {
                    Ok(true) => results.push(item),
                    Ok(false) => {}
                    Err(reason) => return Err(Failure::new(reason, !results.is_empty())),
                }
            }
        }
        Ok(results)
    }
}

/// The one result of a side of a comparison; none when there is none.
fn single(results: Results<'_>) -> Result<Option<Item<'_>>, Failure> {
    match results {
        Ok(results) => match *results {
            [] => Ok(None),
            [item] => Ok(Some(item)),
            _ => Err(Failure::new("can only compare one element at a time", true)),
        },
        Err(failure) if failure.limit => Err(failure),
        Err(failure) => Err(Failure::new(failure.reason, true)),
    }
}

/// What a slice takes of a list of `length`: where, and each how manieth. `None` for nothing.
fn bounds(slice: Slice, length: usize) -> Result<Option<(std::ops::Range<usize>, usize)>, String> {
    // No list is longer than `isize::MAX`.
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let from_end = |index: i64| {
        if index < 0 {
            index.saturating_add(length)
        } else {
            index
        }
    };
    let start = from_end(slice.start.unwrap_or(0));
    let end = match slice.end {
        End::Open => length,
        End::Before(index) => from_end(index),
        End::Single => match slice.start.unwrap_or(0).wrapping_add(1) {
            0 => length,
            index => from_end(index),
        },
    };
    if start == end {
        return Ok(None);
    }
    let outside = |index: i64| {
        Err(format!(
            "array index out of bounds: index {index}, length {length}"
        ))
    };
    if start < 0 || start >= length {
        return outside(start);
    }
    if end < 0 || end > length {
        return outside(end.saturating_sub(1));
    }
    if start > end {
        return Err(format!(
            "starting index {start} is greater than ending index {end}"
        ));
    }
    let step = slice.step.unwrap_or(1);
    if step <= 0 {
        return Err("step must be > 0".to_owned());
    }
    let index = |index: i64| usize::try_from(index).unwrap_or(usize::MAX);
    Ok(Some((index(start)..index(end), index(step))))
}
