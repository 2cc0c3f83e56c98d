//! What a template may cost.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gotmpl::parse::{ActionNode, CommandNode, Expr, ListNode, Node, PipeNode};
use gotmpl::{TemplateError, Value};

/// The most rounds of all loops together, and the most calls of templates.
pub(super) const STEPS: u64 = 1_000_000;

/// The most bytes that are printed.
const OUTPUT: usize = 256 << 20;

/// The most bytes of texts given to one function.
const TEXTS: usize = 16 << 20;

/// A function that no template can name.
const STEP: &str = "step of a template";

/// The text of the error when a limit is met.
pub(super) const TOO_MUCH: &str = "the template asks for too much";

/// `template` with its calls of templates counted: gotmpl limits their depth only, and two calls on
/// each of its 200 levels would never end.
pub(super) fn bounded(template: gotmpl::Template) -> gotmpl::Template {
    let bodies: Vec<(String, ListNode)> = template
        .templates()
        .into_iter()
        .filter(|&name| name != super::NAME)
        .filter_map(|name| Some((name.to_owned(), template.lookup(name)?.clone())))
        .collect();
    let steps = Arc::new(AtomicU64::new(0));
    let count = move |_: &[Value]| {
        if steps.fetch_add(1, Ordering::Relaxed) < STEPS {
            Ok(Value::String("".into()))
        } else {
            Err(TemplateError::Exec(TOO_MUCH.to_owned()))
        }
    };
    let template = template.func(STEP, count);
    bodies
        .into_iter()
        .fold(template, |template, (name, mut body)| {
            let pos = body.pos;
            let pipe = PipeNode {
                pos,
                decl: Vec::new(),
                commands: vec![CommandNode {
                    pos,
                    args: vec![Expr::Identifier(pos, STEP.into())],
                }],
                is_assign: false,
            };
            body.nodes.insert(0, Node::Action(ActionNode { pos, pipe }));
            template.add_parse_tree(&name, body)
        })
}

/// Refuses texts too long to make longer ones of. Lists and maps are of the document, and no longer.
pub(super) fn check_texts(arguments: &[Value]) -> gotmpl::Result<()> {
    let lengths = arguments.iter().filter_map(Value::as_str).map(str::len);
    // A format may name one argument many times: `%[1]s`.
    let uses = arguments
        .first()
        .and_then(Value::as_str)
        .map_or(0, |format| format.matches("%[").count())
        .max(1);
    if lengths.sum::<usize>().saturating_mul(uses) > TEXTS {
        return Err(TemplateError::Exec(TOO_MUCH.to_owned()));
    }
    Ok(())
}

/// What has been printed, up to the limit.
#[derive(Default)]
pub(super) struct Output(String);

impl Output {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

impl Write for Output {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        if self.0.len().saturating_add(text.len()) > OUTPUT {
            return Err(std::fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}
