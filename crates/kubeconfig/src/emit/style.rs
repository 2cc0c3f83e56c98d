//! Which quotes a text needs.

use std::fmt::Write as _;

use crate::yaml11;

/// For whom a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// What kubectl prints, to the byte.
    Kubectl,
    /// The same, except where only go-yaml v2 would read it back: for files.
    Portable,
    /// The same without block scalars, which take deeper comments behind them for their own.
    Quoted,
}

impl Dialect {
    /// Whether a key may stand before its colon.
    pub(super) fn on_one_line(self, key: &str) -> bool {
        self != Self::Kubectl || !key.contains(is_break)
    }
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// `encode.go`, `stringv`, and `emitterc.go`, `yaml_emitter_select_scalar_style`.
pub(super) fn choose(text: &str, key: bool, dialect: Dialect) -> Style {
    let shape = Shape::of(text);
    let portable = dialect != Dialect::Kubectl;
    let typed = if portable {
        yaml11::needs_quotes(text)
    } else {
        yaml11::go_quotes(text)
    };
    if text.contains('\n') {
        let open = portable && (chomp(text) == Some('+') || text.contains(is_wide_break));
        if key || open || dialect == Dialect::Quoted || !shape.literal {
            return Style::Double;
        }
        return Style::Literal;
    }
    if typed || !shape.single || (portable && text.contains(is_wide_break)) {
        return Style::Double;
    }
    // kubectl writes `<<: x`, which it then cannot read.
    if shape.plain && !(key && text == "<<") {
        Style::Plain
    } else {
        Style::Single
    }
}

/// What a text may be written as (`emitterc.go`, `yaml_emitter_analyze_scalar`).
struct Shape {
    plain: bool,
    single: bool,
    literal: bool,
}

impl Shape {
    fn of(text: &str) -> Self {
        let special = text.chars().any(is_special);
        let (mut break_space, mut space_break) = (false, false);
        for (before, char) in text.chars().zip(text.chars().skip(1)) {
            break_space |= is_break(before) && char == ' ';
            space_break |= before == ' ' && is_break(char);
        }
        let breaks = text.contains(is_break);
        let ends = text.starts_with(' ') || text.ends_with(' ');
        Self {
            plain: !(special || breaks || ends || has_indicator(text)),
            single: !(special || break_space || space_break),
            literal: !(special || space_break || text.ends_with(' ')),
        }
    }
}

/// Whether a text looks like syntax in block context.
fn has_indicator(text: &str) -> bool {
    if text.starts_with("---") || text.starts_with("...") {
        return true;
    }
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    let mut first = true;
    while let Some(char) = chars.next() {
        let open = chars.peek().is_none_or(|next| matches!(next, ' ' | '\t'));
        let found = match char {
            '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
            | '@' | '`'
                if first =>
            {
                true
            }
            '?' | '-' if first => open,
            ':' => open,
            '#' => is_break(before) || matches!(before, ' ' | '\t' | '\0'),
            _ => false,
        };
        if found {
            return true;
        }
        first = false;
        before = char;
    }
    false
}

/// Line breaks of YAML 1.1.
pub(super) fn is_break(char: char) -> bool {
    matches!(char, '\n' | '\r') || is_wide_break(char)
}

/// Line breaks that YAML 1.2 does not know.
fn is_wide_break(char: char) -> bool {
    matches!(char, '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Characters that are only written escaped (`yamlprivateh.go`, `is_printable`).
fn is_special(char: char) -> bool {
    !matches!(char, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        || char == '\u{feff}'
}

/// Characters that are escaped in double quotes.
pub(super) fn needs_escape(char: char) -> bool {
    is_special(char) || is_break(char) || matches!(char, '"' | '\\')
}

/// The escape of a character in double quotes.
pub(super) fn escaped(char: char) -> String {
    let short = match char {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            let code = u32::from(char);
            let mut out = String::new();
            // Writing to a string cannot fail.
            let _ = match code {
                0..=0xff => write!(out, "\\x{code:02X}"),
                0x100..=0xffff => write!(out, "\\u{code:04X}"),
                _ => write!(out, "\\U{code:08X}"),
            };
            return out;
        }
    };
    format!("\\{short}")
}

/// What stands behind the `|` of a block for its last line breaks.
pub(super) fn chomp(text: &str) -> Option<char> {
    let mut chars = text.chars().rev();
    match (chars.next(), chars.next()) {
        (Some(last), _) if !is_break(last) => Some('-'),
        (Some(_), None) => Some('+'),
        (Some(_), Some(before)) if is_break(before) => Some('+'),
        (Some(_), Some(_)) => None,
        (None, _) => Some('-'),
    }
}
