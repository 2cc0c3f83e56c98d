//! Finding in a template what an error is about: gotmpl's errors of execution have no position.

use std::ops::ControlFlow;

use gotmpl::Template;
use gotmpl::parse::{Expr, ListNode, Node, PipeNode};

use super::NAME;

/// Where Go says an expression is, and its text.
pub(super) struct Place {
    /// The template, of those that the text defines.
    pub(super) template: String,
    /// The byte in the text.
    pub(super) offset: usize,
    /// The expression as Go shows it.
    pub(super) expression: String,
}

/// The first expression that asks for the field `name`.
pub(super) fn field(template: &Template, name: &str) -> Option<Place> {
    search(template, &mut |place, expr| {
        let (expression, fields, offset) = match expr {
            // Go's position is that of the second field, of the first where there is but one.
            Expr::Field(pos, fields) => {
                let first = fields.first().filter(|_| fields.len() > 1);
                (
                    String::new(),
                    fields,
                    pos.offset + first.map_or(0, |first| first.len() + 1),
                )
            }
            Expr::Variable(pos, variable, fields) => {
                (variable.to_string(), fields, pos.offset + variable.len())
            }
            _ => return None,
        };
        fields.iter().any(|field| field == name).then(|| Place {
            template: place.to_owned(),
            offset,
            expression: fields
                .iter()
                .fold(expression, |text, field| text + "." + field),
        })
    })
}

fn search<T>(template: &Template, find: &mut dyn FnMut(&str, &Expr) -> Option<T>) -> Option<T> {
    let mut names = template.templates();
    // The main template first; it has no entry when it is empty.
    names.sort_by_key(|&name| name != NAME);
    names.into_iter().find_map(|name| {
        let mut visit = |expr: &Expr| match find(name, expr) {
            Some(found) => ControlFlow::Break(found),
            None => ControlFlow::Continue(()),
        };
        list(template.lookup(name)?, &mut visit).break_value()
    })
}

type Visit<'a, T> = &'a mut dyn FnMut(&Expr) -> ControlFlow<T>;

fn list<T>(body: &ListNode, visit: Visit<'_, T>) -> ControlFlow<T> {
    body.nodes.iter().try_for_each(|node| match node {
        Node::List(body) => list(body, visit),
        Node::Action(action) => pipe(&action.pipe, visit),
        Node::If(branch) | Node::Range(branch) | Node::With(branch) => {
            pipe(&branch.pipe, visit)?;
            list(&branch.body, visit)?;
            branch
                .else_body
                .as_ref()
                .map_or(ControlFlow::Continue(()), |body| list(body, visit))
        }
        Node::Template(call) => call
            .pipe
            .as_ref()
            .map_or(ControlFlow::Continue(()), |argument| pipe(argument, visit)),
        Node::Define(define) => list(&define.body, visit),
        Node::Text(_) | Node::Break(_) | Node::Continue(_) => ControlFlow::Continue(()),
    })
}

fn pipe<T>(pipe: &PipeNode, visit: Visit<'_, T>) -> ControlFlow<T> {
    pipe.commands
        .iter()
        .flat_map(|command| &command.args)
        .try_for_each(|expr| expression(expr, visit))
}

fn expression<T>(expr: &Expr, visit: Visit<'_, T>) -> ControlFlow<T> {
    visit(expr)?;
    match expr {
        Expr::Pipe(_, inner) => pipe(inner, visit),
        Expr::Chain(_, inner, _) => expression(inner, visit),
        _ => ControlFlow::Continue(()),
    }
}
