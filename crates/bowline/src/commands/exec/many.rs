//! Many contexts at once.

use std::sync::Arc;
use std::time::Duration;

use kubeconfig::redact::escape;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Program;
use super::child::End;
use super::child::Signal;
use super::child::Signals;
use super::labelled::labels;
use super::printer;
use super::printer::Sender;
use super::printer::Stream;
use super::run::Run;
use super::run::Sink;
use super::run::run_one;
use super::selection::Selections;
use super::structured;
use crate::cli::exec::ExecFormat;
use crate::error::CommandError;
use crate::exit;
use crate::output;

/// More failures are counted, and not named.
const NAMED: usize = 8;

/// How long a reader that does not read is waited for after Ctrl-C.
const READER: Duration = Duration::from_secs(1);

/// What is to be done.
pub(super) struct Plan {
    pub(super) program: Program,
    pub(super) contexts: Vec<String>,
    pub(super) selections: Selections,
    /// How many run at once.
    pub(super) jobs: usize,
    pub(super) fail_fast: bool,
    pub(super) format: Option<ExecFormat>,
}

/// Whether runs may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    No,
    /// They are asked to end.
    Asked(Signal),
    /// They are ended.
    Now,
}

/// Runs the program in all contexts; the worst exit code.
pub(super) async fn run(plan: Plan) -> Result<u8, CommandError> {
    let mut signals = Signals::listen()?;
    let (sender, writer) = printer::start()?;
    let (stop, stopped) = watch::channel(Stop::No);
    let (program, selections) = (Arc::new(plan.program), Arc::new(plan.selections));
    let labels = labels(&plan.contexts);
    let mut report = Report::new(plan.format, sender.clone());
    let mut waiting = plan.contexts.into_iter().zip(labels);
    let mut running = JoinSet::new();
    let mut interrupted = None;
    let mut has_reader = true;
    loop {
        while *stop.borrow() == Stop::No && running.len() < plan.jobs {
            let Some((context, label)) = waiting.next() else {
                break;
            };
            let sink = |stream| match plan.format {
                None => Sink::labelled(&label, stream, sender.clone()),
                Some(ExecFormat::Json) => Sink::kept(),
            };
            let run = Run {
                program: program.clone(),
                selections: selections.clone(),
                out: sink(Stream::Out),
                err: sink(Stream::Err),
                context,
                stop: stopped.clone(),
            };
            running.spawn(run_one(run));
        }
        tokio::select! {
            ended = running.join_next() => match ended {
                None => break,
                Some(ended) => {
                    let ended = ended.map_err(|error| CommandError::new(exit::FAILED, error.to_string()))?;
                    let failed = ended.end.exit_code() != exit::OK;
                    report.add(&ended).await;
                    if failed && plan.fail_fast && *stop.borrow() == Stop::No {
                        stop.send_replace(Stop::Asked(Signal::Terminate));
                    }
                }
            },
            signal = signals.next() => {
                let first = interrupted.replace(signal).is_none();
                stop.send_replace(if first { Stop::Asked(signal) } else { Stop::Now });
            }
            () = sender.closed(), if has_reader => {
                // As a program in a pipe ends that writes to nobody.
                has_reader = false;
                stop.send_replace(Stop::Asked(Signal::Terminate));
            }
        }
    }
    let left_out: Vec<String> = waiting.map(|(context, _)| context).collect();
    let worst = report.finish(left_out).await;
    drop(sender);
    let written = tokio::task::spawn_blocking(move || writer.join());
    let written = if interrupted.is_some() {
        timeout(READER, written).await.ok()
    } else {
        Some(written.await)
    };
    if let Some(Ok(Ok(written))) = written {
        written?;
    }
    Ok(match interrupted {
        Some(signal) => signal.number().saturating_add(128),
        None => worst,
    })
}

/// What came of a run.
pub(super) struct Ended {
    pub(super) context: String,
    pub(super) end: End,
    pub(super) stdout: Kept,
    pub(super) stderr: Kept,
    pub(super) elapsed: Duration,
}

/// Output that is collected.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) bytes: Vec<u8>,
    /// Whether there was more.
    pub(super) truncated: bool,
}

/// What is told of the runs.
struct Report {
    format: Option<ExecFormat>,
    sender: Sender,
    /// How many runs there were.
    ended: usize,
    /// How many of them were written.
    told: usize,
    failed: Vec<String>,
    worst: u8,
}

impl Report {
    fn new(format: Option<ExecFormat>, sender: Sender) -> Self {
        Self {
            format,
            sender,
            ended: 0,
            told: 0,
            failed: Vec::new(),
            worst: exit::OK,
        }
    }

    async fn add(&mut self, ended: &Ended) {
        self.ended += 1;
        self.worst = self.worst.max(ended.end.exit_code());
        let context = escape(&ended.context);
        match &ended.end {
            End::Code(0) | End::LeftOut => {}
            End::Code(code) => self.failed.push(format!("{context} (exit code {code})")),
            End::Signal(signal) => self.failed.push(format!("{context} (signal {signal})")),
            End::NotStarted(error) => self.failed.push(format!("{context} ({error})")),
        }
        self.tell(ended).await;
    }

    async fn tell(&mut self, ended: &Ended) {
        if self.format.is_none() {
            return;
        }
        let before = if self.told == 0 {
            structured::BEGIN
        } else {
            ",\n"
        };
        self.told += 1;
        let line = output::structured::json_line(&structured::value(ended));
        self.write(format!("{before}{}", line.trim_end())).await;
    }

    /// Without a reader there is nobody to tell.
    async fn write(&self, text: String) {
        let _ = self.sender.send((Stream::Out, text.into_bytes())).await;
    }

    async fn finish(mut self, left_out: Vec<String>) -> u8 {
        for context in left_out.iter().cloned() {
            let ended = Ended {
                context,
                end: End::LeftOut,
                stdout: Kept::default(),
                stderr: Kept::default(),
                elapsed: Duration::ZERO,
            };
            self.tell(&ended).await;
        }
        if self.format.is_some() {
            self.write(structured::FINISH.to_owned()).await;
        }
        if !self.failed.is_empty() {
            let named: Vec<&str> = self.failed.iter().take(NAMED).map(String::as_str).collect();
            let more = if self.failed.len() > NAMED {
                ", …"
            } else {
                ""
            };
            let failed = self.failed.len();
            let all = self.ended + left_out.len();
            self.note(format!(
                "failed in {failed} of {all}: {}{more}",
                named.join(", ")
            ))
            .await;
        }
        if !left_out.is_empty() {
            let contexts = output::count(left_out.len(), "context");
            self.note(format!("not started in {contexts}")).await;
        }
        self.worst
    }

    /// Behind all that the programs said.
    async fn note(&self, text: String) {
        let line = format!("bowline: {}\n", output::plain(&text));
        let _ = self.sender.send((Stream::Err, line.into_bytes())).await;
    }
}
