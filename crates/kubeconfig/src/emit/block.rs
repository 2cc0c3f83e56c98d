//! Block style, as go-yaml v2's emitter writes it (`emitterc.go`), to the byte.

use super::Value;
use super::number;
use super::style;
use super::style::Dialect;
use super::style::Style;

/// Where go-yaml begins to look for a blank to break a line at.
const WIDTH: usize = 80;
/// From a key or a `-` to a scalar's second line.
const STEP: usize = 2;
/// Longer keys stand behind a `?` (`yaml_emitter_check_simple_key`); in bytes.
const SIMPLE_KEY: usize = 128;

/// Writes a whole document.
pub(super) fn document(value: &Value, dialect: Dialect) -> String {
    let mut writer = Writer::new(dialect, STEP);
    match value {
        Value::Map(fields) if !fields.is_empty() => writer.mapping(fields, 0),
        value => writer.node(value, 0, STEP),
    }
    writer.indent(0);
    writer.out
}

/// Writes fields of a mapping whose keys stand at column `indent`.
pub(super) fn fields(
    fields: &[(String, Value)],
    indent: usize,
    step: usize,
    dialect: Dialect,
) -> Vec<String> {
    let mut writer = Writer::new(dialect, step);
    writer.mapping(fields, indent);
    writer.lines()
}

/// Writes an item of a list whose dashes stand at column `indent` and its keys `dash` columns
/// further; what is below a key stands `step` columns further than that.
pub(super) fn item(
    item: &Value,
    indent: usize,
    dash: usize,
    step: usize,
    dialect: Dialect,
) -> Vec<String> {
    let mut writer = Writer::new(dialect, step);
    writer.item(item, indent, dash);
    writer.lines()
}

/// Text in the making. The emitter's own state decides about blanks and line breaks.
struct Writer {
    out: String,
    dialect: Dialect,
    /// From a key to the keys below it.
    step: usize,
    /// In characters.
    column: usize,
    /// Whether the last thing was a blank.
    blank: bool,
    /// Whether there is nothing in the line yet but indentation and indicators.
    indention: bool,
}

impl Writer {
    fn new(dialect: Dialect, step: usize) -> Self {
        Self {
            out: String::new(),
            dialect,
            step,
            column: 0,
            blank: true,
            indention: true,
        }
    }

    fn lines(self) -> Vec<String> {
        // A block's last line break is also that of its last line.
        let text = self.out.strip_suffix('\n').unwrap_or(&self.out);
        text.split('\n').map(str::to_owned).collect()
    }

    fn put(&mut self, char: char) {
        self.out.push(char);
        self.column += 1;
    }

    fn break_line(&mut self, char: char) {
        self.out.push(char);
        self.column = 0;
    }

    fn indent(&mut self, indent: usize) {
        if !self.indention || self.column > indent || (self.column == indent && !self.blank) {
            self.break_line('\n');
        }
        while self.column < indent {
            self.put(' ');
        }
        self.blank = true;
        self.indention = true;
    }

    /// Writes `?`, `-` or `:`, after which a line may still begin.
    fn indicator(&mut self, indicator: char) {
        if !self.blank {
            self.put(' ');
        }
        self.put(indicator);
        self.blank = false;
    }

    /// Writes what ends the beginning of a line.
    fn word(&mut self, text: &str) {
        if !self.blank {
            self.put(' ');
        }
        text.chars().for_each(|char| self.put(char));
        self.blank = false;
        self.indention = false;
    }

    fn mapping(&mut self, fields: &[(String, Value)], indent: usize) {
        for (key, value) in fields {
            self.indent(indent);
            if key.len() <= SIMPLE_KEY && self.dialect.on_one_line(key) {
                self.scalar(key, indent + STEP, true);
                self.put(':');
                self.indention = false;
            } else {
                self.indicator('?');
                self.scalar(key, indent + STEP, false);
                self.indent(indent);
                self.indicator(':');
            }
            self.blank = false;
            match value {
                // Lists stand under their key, unless that is behind a `?`.
                Value::List(items) if !items.is_empty() && !self.indention => {
                    self.list(items, indent);
                }
                value => self.node(value, indent, self.step),
            }
        }
    }

    fn list(&mut self, items: &[Value], indent: usize) {
        for item in items {
            self.item(item, indent, STEP);
        }
    }

    fn item(&mut self, item: &Value, indent: usize, dash: usize) {
        self.indent(indent);
        self.indicator('-');
        self.node(item, indent, dash);
    }

    /// Writes what follows a key or a dash that stands at column `indent`; collections go `by`
    /// columns further.
    fn node(&mut self, value: &Value, indent: usize, by: usize) {
        match value {
            Value::Null => self.word("null"),
            Value::Bool(value) => self.word(if *value { "true" } else { "false" }),
            Value::Number(value) => self.word(&number::yaml(value)),
            Value::Text(text) => self.scalar(text, indent + STEP, false),
            Value::List(items) if items.is_empty() => self.word("[]"),
            Value::Map(fields) if fields.is_empty() => self.word("{}"),
            Value::List(items) => self.list(items, indent + by),
            Value::Map(fields) => self.mapping(fields, indent + by),
        }
    }

    /// Writes a text whose further lines stand at column `indent`.
    fn scalar(&mut self, text: &str, indent: usize, key: bool) {
        match style::choose(text, key, self.dialect) {
            Style::Plain => self.plain(text, indent, key),
            Style::Single => self.single(text, indent, key),
            Style::Double => self.double(text, indent, key),
            Style::Literal => self.literal(text, indent),
        }
    }

    fn plain(&mut self, text: &str, indent: usize, key: bool) {
        self.word("");
        self.folded(text, indent, key, false);
    }

    fn single(&mut self, text: &str, indent: usize, key: bool) {
        self.word("'");
        self.folded(text, indent, key, true);
        self.put('\'');
    }

    /// Writes plain and single-quoted content. In both a line may end at a lone blank.
    fn folded(&mut self, text: &str, indent: usize, key: bool, quoted: bool) {
        let last = text.len().saturating_sub(1);
        let (mut blanks, mut breaks) = (false, false);
        let mut chars = text.char_indices().peekable();
        while let Some((at, char)) = chars.next() {
            if char == ' ' {
                let lone = !blanks && chars.peek().is_some_and(|(_, next)| *next != ' ');
                let inside = !quoted || (at > 0 && at < last);
                if !key && self.column > WIDTH && lone && inside {
                    self.indent(indent);
                } else {
                    self.put(char);
                }
                blanks = true;
            } else if style::is_break(char) {
                // A line feed never comes here: it makes a literal block or double quotes.
                self.break_line(char);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.indent(indent);
                }
                if quoted && char == '\'' {
                    self.put('\'');
                }
                self.put(char);
                self.indention = false;
                (blanks, breaks) = (false, false);
            }
        }
        self.blank = false;
        self.indention = false;
    }

    fn double(&mut self, text: &str, indent: usize, key: bool) {
        self.word("\"");
        let last = text.len().saturating_sub(1);
        let all = text.starts_with('\u{feff}');
        let mut blanks = false;
        let mut chars = text.char_indices().peekable();
        while let Some((at, char)) = chars.next() {
            // `is_bom` looks at the beginning of the text, wherever the emitter is.
            if all || style::needs_escape(char) {
                style::escaped(char).chars().for_each(|char| self.put(char));
                blanks = false;
            } else if char == ' ' {
                if !key && !blanks && self.column > WIDTH && at > 0 && at < last {
                    self.indent(indent);
                    if chars.peek().is_some_and(|(_, next)| *next == ' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(char);
                }
                blanks = true;
            } else {
                self.put(char);
                blanks = false;
            }
        }
        self.put('"');
        self.blank = false;
        self.indention = false;
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.word("|");
        // Relative to the key, whatever the file's own steps are.
        if text.starts_with(' ') || text.starts_with(style::is_break) {
            self.put('2');
        }
        if let Some(hint) = style::chomp(text) {
            self.put(hint);
        }
        self.break_line('\n');
        self.indention = true;
        self.blank = true;
        let mut breaks = true;
        for char in text.chars() {
            if style::is_break(char) {
                self.break_line(char);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.indent(indent);
                }
                self.put(char);
                self.indention = false;
                breaks = false;
            }
        }
    }
}
