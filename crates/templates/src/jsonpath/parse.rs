//! Reading a template (client-go `util/jsonpath/parser.go`).

use gotext::code_point;

use super::node::Node;
use super::{number, unquote};

/// How deep filters and names may hold each other; kubectl knows no limit.
const MAXIMAL_DEPTH: usize = 64;

/// The nodes of a template, or what kubectl says is wrong with it.
pub(super) fn parse(text: &str) -> Result<Vec<Node>, String> {
    parse_nested(text, 0)
}

fn parse_nested(text: &str, depth: usize) -> Result<Vec<Node>, String> {
    if depth > MAXIMAL_DEPTH {
        return Err(format!("nested more than {MAXIMAL_DEPTH} levels deep"));
    }
    let mut parser = Parser {
        input: text,
        position: 0,
        depth,
    };
    let mut nodes = Vec::new();
    while let Some(length) = parser.rest().find('{') {
        if length > 0 {
            nodes.push(Node::Text(parser.take(length).as_bytes().to_vec()));
        }
        parser.take(1);
        nodes.push(Node::List(parser.action()?));
    }
    let rest = parser.rest();
    if !rest.is_empty() {
        nodes.push(Node::Text(rest.as_bytes().to_vec()));
    }
    Ok(nodes)
}

struct Parser<'a> {
    input: &'a str,
    position: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.input.get(self.position..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.position += char.len_utf8();
        Some(char)
    }

    /// The next `length` bytes, which are known to be there.
    fn take(&mut self, length: usize) -> &'a str {
        let taken = self.rest().get(..length).unwrap_or_default();
        self.position += length;
        taken
    }

    /// What was passed since `start`.
    fn since(&self, start: usize) -> &'a str {
        self.input.get(start..self.position).unwrap_or_default()
    }

    /// What stands inside braces, behind the opening one.
    fn action(&mut self) -> Result<Vec<Node>, String> {
        let mut nodes = Vec::new();
        loop {
            if self.rest().starts_with("[?(") {
                self.take(3);
                nodes.push(self.filter()?);
                continue;
            }
            if self.rest().starts_with("..") {
                if nodes.last() == Some(&Node::Recursive) {
                    return Err("invalid multiple recursive descent".to_owned());
                }
                self.take(2);
                nodes.push(Node::Recursive);
                if self.peek().is_some_and(is_word) {
                    nodes.push(self.field());
                }
                continue;
            }
            let start = self.position;
            match self.next() {
                Some('}') => return Ok(nodes),
                None | Some('\r' | '\n') => return Err("unclosed action".to_owned()),
                // The current object: nothing to do. kubectl makes no difference between the two.
                Some(' ' | '@' | '$') => {}
                Some('[') => self.array(&mut nodes)?,
                Some(quote @ ('"' | '\'')) => nodes.push(self.quoted(start, quote)?),
                Some('.') => nodes.push(self.field()),
                Some(char) if char == '+' || char == '-' || is_digit(char) => {
                    nodes.push(self.number(start)?);
                }
                Some(char) if is_word(char) => nodes.push(self.identifier(start)),
                Some(char) => {
                    let char = code_point(char);
                    return Err(format!("unrecognized character in action: {char}"));
                }
            }
        }
    }

    /// The list that `text` makes as the first action of a template.
    fn nested(&self, text: &str) -> Result<Vec<Node>, String> {
        let nodes = parse_nested(&format!("{{{text}}}"), self.depth + 1)?;
        match nodes.into_iter().next() {
            Some(Node::List(nodes)) => Ok(nodes),
            _ => Ok(Vec::new()),
        }
    }

    fn identifier(&mut self, start: usize) -> Node {
        while self.peek().is_some_and(|char| !ends_name(char)) {
            self.next();
        }
        match self.since(start) {
            "true" => Node::Bool(true),
            "false" => Node::Bool(false),
            name => Node::Identifier(name.to_owned()),
        }
    }

    fn number(&mut self, start: usize) -> Result<Node, String> {
        while self
            .peek()
            .is_some_and(|char| char == '.' || is_digit(char))
        {
            self.next();
        }
        let text = self.since(start);
        number::integer(text)
            .map(Node::Int)
            .or_else(|| number::float(text).map(Node::Float))
            .ok_or_else(|| format!("cannot parse number {text}"))
    }

    fn field(&mut self) -> Node {
        let start = self.position;
        while let Some(char) = self.peek() {
            if char == '\\' {
                self.next();
            } else if ends_name(char) {
                break;
            }
            self.next();
        }
        match self.since(start) {
            "*" => Node::Wildcard,
            name => Node::Field(name.replace('\\', "")),
        }
    }

    fn quoted(&mut self, start: usize, quote: char) -> Result<Node, String> {
        loop {
            let before = self.input.as_bytes().get(self.position.wrapping_sub(1));
            let escaped = before == Some(&b'\\');
            match self.next() {
                None | Some('\n') => return Err("unterminated quoted string".to_owned()),
                Some(char) if char == quote && !escaped => break,
                Some(_) => {}
            }
        }
        let text = self.since(start);
        unquote::unquote(text)
            .map(Node::Text)
            .ok_or_else(|| format!("unquote string {text} error invalid syntax"))
    }

    /// `[…]`, behind the opening bracket.
    fn array(&mut self, nodes: &mut Vec<Node>) -> Result<(), String> {
        let length = self.rest().find([']', '\n']);
        let Some(length) = length.filter(|&at| self.rest().as_bytes().get(at) == Some(&b']'))
        else {
            return Err("unterminated array".to_owned());
        };
        let text = self.take(length);
        self.take(1);
        if text.contains(',') {
            let parts = text.split(',');
            let union = parts.map(|part| self.nested(&format!("[{}]", part.trim_matches(' '))));
            nodes.push(Node::Union(union.collect::<Result<_, _>>()?));
            return Ok(());
        }
        let name = text
            .strip_prefix('\'')
            .and_then(|text| text.strip_suffix('\''));
        if let Some(name) = name.filter(|name| !name.contains('\'')) {
            nodes.extend(self.nested(&format!(".{name}"))?);
            return Ok(());
        }
        let text = if text == "*" { ":" } else { text };
        nodes.push(Node::Slice(number::slice(text)?));
        Ok(())
    }

    /// `[?(…)]`, behind the opening parenthesis.
    fn filter(&mut self) -> Result<Node, String> {
        let start = self.position;
        // The first quote met; only one quoted text is seen, and a `)` inside it ends nothing.
        let mut opened = None;
        let mut closed = false;
        loop {
            let before = self.input.as_bytes().get(self.position.wrapping_sub(1));
            let escaped = before == Some(&b'\\');
            match self.next() {
                None | Some('\n') => return Err("unterminated filter".to_owned()),
                Some(quote @ ('"' | '\'')) => match opened {
                    None => opened = Some(quote),
                    Some(opened) => closed |= quote == opened && !escaped,
                },
                Some(')') if opened.is_some() == closed => break,
                Some(_) => {}
            }
        }
        let text = self.since(start);
        let text = text.strip_suffix(')').unwrap_or(text);
        if self.next() != Some(']') {
            return Err("unclosed array expect ]".to_owned());
        }
        match split_comparison(text) {
            None => Ok(Node::Exists(self.nested(text)?)),
            Some((left, operator, right)) => Ok(Node::Filter {
                left: self.nested(left)?,
                operator: operator.to_owned(),
                right: self.nested(right)?,
            }),
        }
    }
}

/// The parts of kubectl's pattern `^([^!<>=]+)([!<>=]+)(.+?)$`.
fn split_comparison(text: &str) -> Option<(&str, &str, &str)> {
    const OPERATORS: [char; 4] = ['!', '<', '>', '='];
    let at = text.find(OPERATORS).filter(|&at| at > 0)?;
    let (left, rest) = text.split_at(at);
    // An operator that leaves nothing for the right side gives back its last character.
    let length = match rest.find(|char| !OPERATORS.contains(&char)) {
        Some(length) => length,
        None => rest.len() - 1,
    };
    let (operator, right) = rest.split_at_checked(length).filter(|_| length > 0)?;
    Some((left, operator, right))
}

fn ends_name(char: char) -> bool {
    matches!(
        char,
        ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}'
    )
}

fn is_digit(char: char) -> bool {
    char.is_numeric()
}

fn is_word(char: char) -> bool {
    char == '_' || char.is_alphanumeric()
}
