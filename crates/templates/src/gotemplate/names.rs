//! Names that Go refuses when it reads a template, and gotmpl when it meets them, or never.

use gotext::quoted;
use gotmpl::Template;
use gotmpl::parse::{BranchNode, Expr, ListNode, Node, PipeNode};

use super::NAME;
use super::functions::{ADDED, BUILT_IN};

/// The line and what Go says is wrong there.
pub(super) fn check(template: &Template) -> Result<(), (usize, String)> {
    let mut names = template.templates();
    names.sort_by_key(|&name| name != NAME);
    for body in names.into_iter().filter_map(|name| template.lookup(name)) {
        Scope::default().list(body)?;
    }
    Ok(())
}

/// What is known at one place of a template.
#[derive(Default)]
struct Scope {
    variables: Vec<String>,
    ranges: usize,
}

impl Scope {
    fn list(&mut self, body: &ListNode) -> Result<(), (usize, String)> {
        for node in &body.nodes {
            match node {
                Node::List(body) => self.list(body)?,
                Node::Action(action) => self.pipe(&action.pipe)?,
                Node::If(branch) | Node::With(branch) => self.branch(branch, 0)?,
                Node::Range(branch) => self.branch(branch, 1)?,
                Node::Template(call) => {
                    if let Some(argument) = &call.pipe {
                        self.pipe(argument)?;
                    }
                }
                Node::Break(pos) if self.ranges == 0 => {
                    return Err((pos.line, "{{break}} outside {{range}}".to_owned()));
                }
                Node::Continue(pos) if self.ranges == 0 => {
                    return Err((pos.line, "{{continue}} outside {{range}}".to_owned()));
                }
                // A definition is among the templates itself.
                Node::Define(_) | Node::Text(_) | Node::Break(_) | Node::Continue(_) => {}
            }
        }
        Ok(())
    }

    fn branch(&mut self, branch: &BranchNode, ranges: usize) -> Result<(), (usize, String)> {
        let known = self.variables.len();
        self.pipe(&branch.pipe)?;
        self.ranges += ranges;
        self.list(&branch.body)?;
        self.ranges -= ranges;
        if let Some(body) = &branch.else_body {
            self.list(body)?;
        }
        self.variables.truncate(known);
        Ok(())
    }

    fn pipe(&mut self, pipe: &PipeNode) -> Result<(), (usize, String)> {
        if pipe.is_assign {
            for name in &pipe.decl {
                self.variable(pipe.pos.line, name)?;
            }
        }
        for expr in pipe.commands.iter().flat_map(|command| &command.args) {
            self.expression(expr)?;
        }
        if !pipe.is_assign {
            self.variables
                .extend(pipe.decl.iter().map(ToString::to_string));
        }
        Ok(())
    }

    fn expression(&mut self, expr: &Expr) -> Result<(), (usize, String)> {
        match expr {
            Expr::Variable(pos, name, _) => self.variable(pos.line, name),
            Expr::Identifier(pos, name)
                if !BUILT_IN.contains(&name.as_str()) && !ADDED.contains(&name.as_str()) =>
            {
                Err((pos.line, format!("function {} not defined", quoted(name))))
            }
            Expr::Pipe(_, pipe) => self.pipe(pipe),
            Expr::Chain(_, inner, _) => self.expression(inner),
            _ => Ok(()),
        }
    }

    fn variable(&self, line: usize, name: &str) -> Result<(), (usize, String)> {
        if name == "$" || self.variables.iter().any(|known| known == name) {
            return Ok(());
        }
        Err((line, format!("undefined variable {}", quoted(name))))
    }
}
