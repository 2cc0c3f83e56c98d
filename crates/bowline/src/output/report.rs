//! The reports of `status`.

use std::fmt::Write as _;

use kubeconfig::redact::escape;
use operations::status::Ending;
use operations::status::Expiry;
use operations::status::Report;
use serde_json::Value;
use serde_json::json;

use super::count;
use super::day;
use super::second;
use super::structured;
use super::table;
use crate::cli::Format;

/// The version of the JSON form; it grows by adding fields, and changes its number otherwise.
const SCHEMA: u32 = 1;

/// The states of a context, the best first.
const STATES: [&str; 5] = ["ok", "not proved", "broken", "unreachable", "unreadable"];

/// What is told of each context.
const HEADER: [&str; 10] = [
    "CURRENT",
    "CONTEXT",
    "SERVER",
    "STATE",
    "PROVED",
    "LATENCY",
    "CERT UNTIL",
    "CA UNTIL",
    "CREDENTIAL",
    "ADDRESS BY",
];

/// What a terminal need not have room for, the most wanted first.
const SPARE: [&str; 6] = [
    "CREDENTIAL",
    "CERT UNTIL",
    "LATENCY",
    "PROVED",
    "ADDRESS BY",
    "CA UNTIL",
];

/// Reports as they are shown.
pub(crate) struct Shown<'a> {
    pub(crate) reports: Vec<&'a Report>,
    /// When they were made, seconds since the Unix epoch.
    at: i64,
    /// Until when what is shown ends.
    ends_before: Option<i64>,
    /// How wide a table may be.
    room: usize,
}

impl<'a> Shown<'a> {
    /// All of them, or only those where something ends before a time.
    pub(crate) fn new(reports: &'a [Report], at: i64, ends_before: Option<i64>) -> Self {
        let ends = |report: &&Report| {
            ends_before.is_none_or(|before| ending(report, before).next().is_some())
        };
        Self {
            reports: reports.iter().filter(ends).collect(),
            at,
            ends_before,
            room: usize::MAX,
        }
    }

    /// The same, for a terminal that is so wide.
    pub(crate) fn on(mut self, columns: usize) -> Self {
        self.room = columns;
        self
    }

    pub(crate) fn text(&self, format: Format) -> String {
        match format {
            Format::Table => super::plain(&match self.ends_before {
                Some(before) => self.endings(before),
                None => self.table(),
            }),
            Format::Json => structured::json(&self.value()),
            Format::Yaml => structured::yaml(&self.value()),
        }
    }

    /// For programs.
    pub(crate) fn value(&self) -> Value {
        json!({
            "schema": SCHEMA,
            "at": self.at,
            "endsBefore": self.ends_before,
            "contexts": self.reports,
        })
    }

    /// For people.
    fn table(&self) -> String {
        let rows: Vec<Vec<String>> = self.reports.iter().map(|report| self.row(report)).collect();
        let (mut text, left_out) = table::fitting(&HEADER, &rows, &SPARE, self.room);
        if !left_out.is_empty() {
            let titles = left_out.join(", ");
            let _ = writeln!(text, "(no room here for {titles}: `-o yaml` has all)");
        }
        for report in &self.reports {
            let context = escape(&report.context);
            if let Some(failure) = &report.failure {
                let _ = write!(
                    text,
                    "\n{context}: {}\n  mend: {}\n",
                    failure.cause, failure.remedy
                );
            } else if let Some(note) = &report.note {
                let _ = write!(text, "\n{context}: not proved: {note}\n");
            } else if let Some(credential) = &report.credential
                && let ("unchecked", None) = (credential.state, &credential.program)
                && let Some(reason) = &credential.reason
            {
                // It was proved, and still does not work as it should: a server that is starting, for example.
                let reason = escape(reason);
                let _ = write!(
                    text,
                    "\n{context}: its credential was not checked: {reason}\n"
                );
            }
        }
        text
    }

    fn row(&self, report: &Report) -> Vec<String> {
        let end = |kinds: &[Ending]| first_of(report, kinds).map(|expiry| self.end(expiry));
        vec![
            if report.current { "*" } else { "" }.to_owned(),
            escape(&report.context).into_owned(),
            report
                .server
                .as_deref()
                .map(|server| escape(server).into_owned())
                .unwrap_or_default(),
            state(report).to_owned(),
            proved(report),
            report
                .address
                .as_ref()
                .map(|a| format!("{:.1} ms", a.latency_ms))
                .unwrap_or_default(),
            end(&[Ending::ServerCertificate]).unwrap_or_default(),
            end(&[Ending::Authority]).unwrap_or_default(),
            self.credential(report),
            found_by(report),
        ]
    }

    fn end(&self, expiry: &Expiry) -> String {
        let ended = if expiry.expires <= self.at {
            " (ended)"
        } else {
            ""
        };
        format!("{}{ended}", day(expiry.expires))
    }

    /// What became of it, and when the first part of it ends.
    fn credential(&self, report: &Report) -> String {
        let state = report
            .credential
            .as_ref()
            .map(|credential| credential.state);
        let end = first_of(report, &[Ending::ClientCertificate, Ending::Token]);
        let end = end.map(|expiry| format!("until {}", self.end(expiry)));
        let words: Vec<String> = state.map(str::to_owned).into_iter().chain(end).collect();
        words.join(" ")
    }

    /// What ends before a time, one line each.
    fn endings(&self, before: i64) -> String {
        let rows = self.reports.iter().flat_map(|report| {
            ending(report, before).map(|expiry| {
                vec![
                    escape(&report.context).into_owned(),
                    expiry.what.name().to_owned(),
                    day(expiry.expires),
                    left(expiry.expires.saturating_sub(self.at)),
                    expiry
                        .file
                        .as_deref()
                        .map_or_else(|| "the server".to_owned(), |file| escape(file).into_owned()),
                    expiry.remedy.clone(),
                ]
            })
        });
        let rows: Vec<Vec<String>> = rows.collect();
        table::table(&["CONTEXT", "WHAT", "ENDS", "LEFT", "IN", "MEND"], &rows)
    }
}

/// How things stand in one line: when, and how many contexts are in which state.
pub(crate) fn summary(reports: &[Report], at: i64) -> String {
    let states = STATES.iter().filter_map(|name| {
        let number = reports.iter().filter(|report| state(report) == *name);
        match number.count() {
            0 => None,
            number => Some(format!("{number} {name}")),
        }
    });
    let states: Vec<String> = states.collect();
    let contexts = count(reports.len(), "context");
    format!("{}  {contexts}: {}", second(at), states.join(", "))
}

/// Whether nobody has to look after it.
pub(crate) fn is_well(report: &Report) -> bool {
    state(report) == "ok"
}

/// The reports without what is measured anew each time.
pub(crate) fn lasting(reports: &[Report]) -> Value {
    let mut value = json!(reports);
    let contexts = value.as_array_mut().into_iter().flatten();
    for context in contexts {
        for (object, measured) in [
            ("address", "latencyMs"),
            ("failure", "cause"),
            ("credential", "reason"),
        ] {
            if let Some(object) = context.get_mut(object).and_then(Value::as_object_mut) {
                object.remove(measured);
            }
        }
    }
    value
}

fn ending(report: &Report, before: i64) -> impl Iterator<Item = &Expiry> {
    let expiries = report.expiries.iter();
    expiries.filter(move |expiry| expiry.expires <= before)
}

/// Of these kinds, what ends first.
fn first_of<'a>(report: &'a Report, kinds: &[Ending]) -> Option<&'a Expiry> {
    // They are in order.
    let mut expiries = report.expiries.iter();
    expiries.find(|expiry| kinds.contains(&expiry.what))
}

/// A length of time in its largest unit.
fn left(seconds: i64) -> String {
    const UNITS: [(&str, u64); 3] = [("day", 86_400), ("hour", 3600), ("minute", 60)];
    let length = seconds.unsigned_abs();
    let unit = UNITS.iter().find(|(_, unit)| length >= *unit);
    let text = match unit {
        Some((name, unit)) => count(usize::try_from(length / unit).unwrap_or(usize::MAX), name),
        None => "less than a minute".to_owned(),
    };
    if seconds <= 0 {
        format!("ended {text} ago")
    } else {
        text
    }
}

fn state(report: &Report) -> &'static str {
    match (report.reachable, &report.failure) {
        (Some(true), None) => "ok",
        (Some(true), Some(_)) => "broken",
        (Some(false), _) => "unreachable",
        (None, Some(_)) => "unreadable",
        (None, None) => "not proved",
    }
}

/// The name, which node, and a mark where only bowline checks the name.
fn proved(report: &Report) -> String {
    report
        .identity
        .as_ref()
        .map_or_else(String::new, |identity| {
            let node: String = identity
                .node
                .trim_start_matches("sha256:")
                .chars()
                .take(8)
                .collect();
            let mark = if identity.enforced {
                ""
            } else {
                " (not pinned)"
            };
            format!("{} {node}{mark}", escape(&identity.name))
        })
}

fn found_by(report: &Report) -> String {
    report
        .address
        .as_ref()
        .map_or_else(String::new, |address| match &address.name {
            Some(name) => format!("{} ({})", address.source, escape(name)),
            None => address.source.clone(),
        })
}

#[cfg(test)]
pub(crate) mod tests {
    use operations::failure::Failure;
    use operations::failure::Rung;
    use operations::status::Address;

    use super::*;

    const AT: i64 = 1_795_000_000;

    /// A report of a context of the file `/kubeconfig`.
    pub(crate) fn report(context: &str, reachable: bool) -> Report {
        let failure = Failure {
            rung: Rung::Address,
            cause: "no answer within 920 ms".to_owned(),
            remedy: "bowline heal".to_owned(),
        };
        Report {
            context: context.to_owned(),
            current: false,
            cluster: Some(context.to_owned()),
            user: Some("admin".to_owned()),
            file: Some("/kubeconfig".to_owned()),
            server: Some("https://10.0.0.1:16443".to_owned()),
            reachable: Some(reachable),
            identity: None,
            address: None,
            credential: None,
            expiries: Vec::new(),
            failure: (!reachable).then_some(failure),
            note: None,
        }
    }

    fn expiry(what: Ending, expires: i64) -> Expiry {
        Expiry {
            what,
            expires,
            file: (what != Ending::ServerCertificate).then(|| "/kubeconfig".to_owned()),
            remedy: "bowline add multipass:dev".to_owned(),
        }
    }

    #[test]
    fn says_what_ends_within_a_time() {
        let mut soon = report("soon", false);
        soon.expiries = vec![
            expiry(Ending::ClientCertificate, AT - 3 * 86_400),
            expiry(Ending::ServerCertificate, AT + 90 * 60),
            expiry(Ending::Token, AT + 29 * 86_400),
            expiry(Ending::Authority, AT + 3650 * 86_400),
        ];
        let mut later = report("later", true);
        later.expiries = vec![expiry(Ending::Token, AT + 31 * 86_400)];
        let reports = [soon, later, report("never", true)];
        let shown = Shown::new(&reports, AT, Some(AT + 30 * 86_400));
        insta::assert_snapshot!(shown.text(Format::Table), @r"
        CONTEXT   WHAT                 ENDS         LEFT               IN            MEND
        soon      client certificate   2026-11-15   ended 3 days ago   /kubeconfig   bowline add multipass:dev
        soon      server certificate   2026-11-18   1 hour             the server    bowline add multipass:dev
        soon      token                2026-12-17   29 days            /kubeconfig   bowline add multipass:dev
        ");
        let value = shown.value();
        assert_eq!(value["endsBefore"], AT + 30 * 86_400);
        assert_eq!(value["contexts"].as_array().map(Vec::len), Some(1));
        assert_eq!(
            value["contexts"][0]["expiries"][1]["what"],
            "server-certificate"
        );
        assert_eq!(
            value["contexts"][0]["expiries"].as_array().map(Vec::len),
            Some(4)
        );
        let all = Shown::new(&reports, AT, None).text(Format::Table);
        let row = all.lines().nth(1).unwrap_or_default();
        for part in ["2026-11-18", "2036-11-15", "until 2026-11-15 (ended)"] {
            assert!(row.contains(part), "{part}: {all}");
        }
    }

    #[test]
    fn what_is_only_measured_is_no_change() {
        let mut before = report("a", false);
        let mut after = report("a", false);
        let address = |latency_ms| {
            Some(Address {
                address: "10.0.0.1:16443".to_owned(),
                source: "entry".to_owned(),
                name: None,
                latency_ms,
            })
        };
        (before.address, after.address) = (address(1.0), address(2.0));
        if let Some(failure) = &mut after.failure {
            "no answer within 921 ms".clone_into(&mut failure.cause);
        }
        assert_eq!(lasting(&[before.clone()]), lasting(&[after.clone()]));
        after.reachable = Some(true);
        assert_ne!(lasting(&[before]), lasting(&[after]));
    }
}
