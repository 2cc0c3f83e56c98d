//! Flags as kubectl's library pflag reads them: a table, and one small parser.
//!
//! What a value has to look like is told by the flag's kind; the messages are pflag's own
//! (`spf13/pflag/errors.go`), because scripts and people know them.

mod csv;
mod platform;
mod value;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::ffi::OsString;

use gotext::quoted;
use gotext::quoted_byte;

pub(crate) use self::value::boolean;

/// What a flag's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// A path, which need not be Unicode.
    Path,
    /// True or false; true when no value is attached.
    Bool,
    /// Texts: one for each time the flag is given.
    Texts,
    /// Texts, separated by commas as in a CSV file; the flag may be given several times.
    CommaSeparated,
    /// A log level (klog).
    Level,
    /// Log levels per file (klog).
    Levels,
    /// A time span as Go writes it.
    Duration,
}

/// One flag.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flag {
    /// Its name, without dashes.
    pub(crate) name: &'static str,
    /// Its one-letter form.
    pub(crate) shorthand: Option<u8>,
    /// What its value is.
    pub(crate) kind: Kind,
    /// Its default, as the help shows it.
    pub(crate) default: &'static str,
    /// What it does, in a line of the help.
    pub(crate) about: &'static str,
}

impl Flag {
    /// A flag without a one-letter form.
    pub(crate) const fn new(name: &'static str, kind: Kind, about: &'static str) -> Self {
        let default = match kind {
            Kind::Text | Kind::Path => "''",
            Kind::Bool => "false",
            Kind::Texts | Kind::CommaSeparated => "[]",
            Kind::Level => "0",
            Kind::Levels => "",
            Kind::Duration => "5s",
        };
        Self {
            name,
            shorthand: None,
            kind,
            default,
            about,
        }
    }

    /// The same with a one-letter form.
    pub(crate) const fn short(mut self, shorthand: u8) -> Self {
        self.shorthand = Some(shorthand);
        self
    }

    /// The same with another default.
    pub(crate) const fn by_default(mut self, default: &'static str) -> Self {
        self.default = default;
        self
    }

    /// What the flag means when no value is attached; without that it takes the next argument.
    fn needs_value(&self) -> bool {
        self.kind != Kind::Bool
    }

    /// As messages and the help show it: `-o, --output`.
    pub(crate) fn shown(&self) -> String {
        match self.shorthand {
            Some(letter) => format!("-{}, --{}", char::from(letter), self.name),
            None => format!("--{}", self.name),
        }
    }
}

/// pflag's `help`, which every command has.
const HELP: Flag = Flag::new("help", Kind::Bool, "").short(b'h');

/// The flags that a command knows: its own and the global ones. An own flag hides the global one of the same
/// name together with its one-letter form (cobra, `addToLocal`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct FlagSet {
    /// The command's own flags.
    pub(crate) own: &'static [Flag],
    /// The flags of every command.
    pub(crate) global: &'static [Flag],
}

impl FlagSet {
    fn own(self, name: &str) -> Option<&'static Flag> {
        self.own.iter().find(|flag| flag.name == name)
    }

    /// Whether a global flag is hidden by one of the command's own.
    pub(crate) fn hides(self, name: &str) -> bool {
        self.own(name).is_some()
    }

    fn named(self, name: &str) -> Option<&'static Flag> {
        // k8s.io/component-base/cli/flag, `WordSepNormalizeFunc`.
        let name = name.replace('_', "-");
        self.own(&name)
            .or_else(|| self.global.iter().find(|flag| flag.name == name))
    }

    /// Whether an argument is one of these flags, with or without its value: `--name`, `--name=value`, `-n`.
    pub(crate) fn knows(self, argument: &str) -> bool {
        match (argument.strip_prefix("--"), argument.as_bytes()) {
            (Some(name), _) => self
                .named(name.split('=').next().unwrap_or_default())
                .is_some(),
            (None, &[b'-', letter, ..]) => self.lettered(letter).is_some(),
            _ => false,
        }
    }

    fn lettered(self, letter: u8) -> Option<&'static Flag> {
        let global = self.global.iter().filter(|flag| !self.hides(flag.name));
        self.own
            .iter()
            .chain(global)
            .find(|flag| flag.shorthand == Some(letter))
    }

    /// Whether an argument, as it stands, takes the next one as its value (cobra, `stripFlags`). A flag
    /// that is not known does, too; `-h` is not known yet when cobra asks this.
    pub(crate) fn takes_the_next(self, argument: &str) -> bool {
        if argument.contains('=') {
            return false;
        }
        let flag = match (argument.strip_prefix("--"), argument.as_bytes()) {
            (Some(name), _) => self.named(name),
            (None, &[b'-', letter]) => self.lettered(letter),
            _ => return false,
        };
        flag.is_none_or(Flag::needs_value)
    }

    /// Reads arguments: flags anywhere before `--`, each with its value, the rest as they stand.
    ///
    /// # Errors
    /// The first flag that is unknown, has no value, or a wrong one: pflag's message, in one line.
    pub(crate) fn parse(self, arguments: &[OsString]) -> Result<Parsed, String> {
        let mut parsed = Parsed::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let text = argument.to_string_lossy();
            if text == "--" {
                parsed.arguments.extend(rest.cloned());
                break;
            } else if text.starts_with("--") {
                self.long(argument, &text, &mut rest, &mut parsed)?;
            } else if text.len() > 1 && text.starts_with('-') {
                self.short(argument, &text, &mut rest, &mut parsed)?;
            } else {
                parsed.arguments.push(argument.clone());
            }
        }
        Ok(parsed)
    }

    fn long<'a>(
        self,
        argument: &OsStr,
        text: &str,
        rest: &mut impl Iterator<Item = &'a OsString>,
        parsed: &mut Parsed,
    ) -> Result<(), String> {
        let body = text.get(2..).unwrap_or_default();
        if body.starts_with(['-', '=']) {
            return Err(format!("bad flag syntax: {text}"));
        }
        let (name, attached) = match body.find('=') {
            Some(at) => (
                body.get(..at).unwrap_or_default(),
                Some(platform::after(argument, 2 + at + 1)),
            ),
            None => (body, None),
        };
        let known = if name == HELP.name {
            Some(&HELP)
        } else {
            self.named(name)
        };
        let flag = known.ok_or_else(|| format!("unknown flag: --{name}"))?;
        let value = match attached {
            Some(value) => value,
            None if !flag.needs_value() => OsString::from("true"),
            None => rest
                .next()
                .cloned()
                .ok_or_else(|| format!("flag needs an argument: {text}"))?,
        };
        parsed.set(flag, value)
    }

    /// Reads one argument of letters: `-hv6`, `-o=json`, `-ojson`, `-o json`.
    fn short<'a>(
        self,
        argument: &OsStr,
        text: &str,
        rest: &mut impl Iterator<Item = &'a OsString>,
        parsed: &mut Parsed,
    ) -> Result<(), String> {
        let mut at = 1;
        // pflag looks at bytes, and quotes a byte as if it were a character.
        while let Some((&letter, after)) = text.as_bytes().get(at..).and_then(<[u8]>::split_first) {
            let letters = text.get(at..).unwrap_or_default();
            // Left to Go's own test flags.
            if letters.starts_with("test.") {
                return Ok(());
            }
            let known = if Some(letter) == HELP.shorthand {
                Some(&HELP)
            } else {
                self.lettered(letter)
            };
            let Some(flag) = known else {
                let letter = quoted_byte(letter);
                return Err(format!("unknown shorthand flag: {letter} in -{letters}"));
            };
            at += 1;
            let value = if after.len() > 1 && after.starts_with(b"=") {
                platform::after(argument, at + 1)
            } else if !flag.needs_value() {
                parsed.set(flag, OsString::from("true"))?;
                continue;
            } else if !after.is_empty() {
                platform::after(argument, at)
            } else if let Some(next) = rest.next() {
                next.clone()
            } else {
                let letter = char::from(letter);
                return Err(format!("flag needs an argument: '{letter}' in -{letter}"));
            };
            return parsed.set(flag, value);
        }
        Ok(())
    }
}

/// The value of a flag that was given.
#[derive(Clone)]
enum Value {
    One(OsString),
    Bool(bool),
    Many(Vec<String>),
}

/// Arguments taken apart. It has no `Debug`: values may be secret.
#[derive(Default)]
pub(crate) struct Parsed {
    values: BTreeMap<&'static str, Value>,
    /// What is no flag, in order.
    pub(crate) arguments: Vec<OsString>,
}

impl Parsed {
    /// Keeps a value. The last one of a flag counts, unless it collects them.
    fn set(&mut self, flag: &'static Flag, given: OsString) -> Result<(), String> {
        let wrong = |text: &str, reason: String| {
            format!(
                "invalid argument {} for {} flag: {reason}",
                quoted(text),
                quoted(&flag.shown())
            )
        };
        // Nobody looks at these values, so that any will do.
        if matches!(flag.kind, Kind::Text | Kind::Path) {
            self.values.insert(flag.name, Value::One(given));
            return Ok(());
        }
        let text = given.to_str().ok_or_else(|| {
            let text = given.to_string_lossy();
            wrong(&text, "it is not valid Unicode".to_owned())
        })?;
        let wrong = |reason| wrong(text, reason);
        let value = match flag.kind {
            Kind::Text | Kind::Path => Value::One(given),
            Kind::Bool => Value::Bool(value::boolean(text).map_err(wrong)?),
            Kind::Texts => self.more(flag, vec![text.to_owned()]),
            Kind::CommaSeparated => {
                let texts = csv::record(text).map_err(|error| wrong(error.to_string()))?;
                self.more(flag, texts)
            }
            Kind::Level => {
                value::level(text).map_err(wrong)?;
                Value::One(given)
            }
            Kind::Levels => {
                value::levels(text).map_err(wrong)?;
                Value::One(given)
            }
            Kind::Duration => {
                value::duration(text).map_err(wrong)?;
                Value::One(given)
            }
        };
        self.values.insert(flag.name, value);
        Ok(())
    }

    fn more(&self, flag: &Flag, texts: Vec<String>) -> Value {
        let mut all = match self.values.get(flag.name) {
            Some(Value::Many(before)) => before.clone(),
            _ => Vec::new(),
        };
        all.extend(texts);
        Value::Many(all)
    }

    /// Whether help is wanted.
    pub(crate) fn help(&self) -> bool {
        self.bool(HELP.name).unwrap_or_default()
    }

    /// The value of a flag, if it was given.
    pub(crate) fn path(&self, name: &str) -> Option<OsString> {
        match self.values.get(name)? {
            Value::One(value) => Some(value.clone()),
            _ => None,
        }
    }

    /// The value of a flag, if it was given.
    ///
    /// # Errors
    /// It is not Unicode, which nothing in a kubeconfig can be.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, String> {
        let Some(value) = self.path(name) else {
            return Ok(None);
        };
        let text = value.into_string();
        text.map(Some)
            .map_err(|_| format!("the value of --{name} is not valid Unicode"))
    }

    /// The value of a flag, if it was given.
    pub(crate) fn bool(&self, name: &str) -> Option<bool> {
        match self.values.get(name)? {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The values of a flag that may be given several times.
    ///
    /// pflag hands them over as a line of CSV (`stringArrayConv`, `stringSliceConv`), in which one empty
    /// text is the same as none, and CR LF the same as LF.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        let Some(Value::Many(texts)) = self.values.get(name) else {
            return Vec::new();
        };
        if matches!(texts.as_slice(), [only] if only.is_empty()) {
            return Vec::new();
        }
        texts
            .iter()
            .map(|text| text.replace("\r\n", "\n"))
            .collect()
    }
}

#[cfg(test)]
mod tests;
