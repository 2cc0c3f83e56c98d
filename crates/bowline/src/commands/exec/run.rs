//! One of many runs.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncRead;
use tokio::io::AsyncReadExt as _;
use tokio::process::Child;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio::time::sleep_until;

use super::Program;
use super::child;
use super::child::End;
use super::child::Signal;
use super::lines::Lines;
use super::many::Ended;
use super::many::Kept;
use super::many::Stop;
use super::printer::Sender;
use super::printer::Stream;
use super::selection::Selections;

/// How long a program that was asked to end may take.
const GRACE: Duration = Duration::from_secs(3);

/// How long the output of one that was ended is still read.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// What is kept of each stream of a run; the rest is read and dropped.
const MOST_KEPT: usize = 1 << 20;

/// One run.
pub(super) struct Run {
    pub(super) program: Arc<Program>,
    pub(super) context: String,
    pub(super) selections: Arc<Selections>,
    pub(super) out: Sink,
    pub(super) err: Sink,
    pub(super) stop: watch::Receiver<Stop>,
}

/// Where the output of a run goes.
pub(super) enum Sink {
    Labelled {
        lines: Lines,
        stream: Stream,
        sender: Sender,
    },
    Kept(Kept),
}

impl Sink {
    pub(super) fn labelled(label: &str, stream: Stream, sender: Sender) -> Self {
        Self::Labelled {
            lines: Lines::new(label),
            stream,
            sender,
        }
    }

    pub(super) fn kept() -> Self {
        Self::Kept(Kept::default())
    }

    /// Takes bytes, and waits where they cannot be written yet.
    async fn take(&mut self, bytes: &[u8]) {
        match self {
            Self::Labelled {
                lines,
                stream,
                sender,
            } => send(sender, *stream, lines.feed(bytes)).await,
            Self::Kept(kept) => {
                let room = MOST_KEPT.saturating_sub(kept.bytes.len()).min(bytes.len());
                kept.bytes.extend(bytes.iter().take(room));
                kept.truncated |= room < bytes.len();
            }
        }
    }

    async fn finish(&mut self) {
        if let Self::Labelled {
            lines,
            stream,
            sender,
        } = self
        {
            send(sender, *stream, lines.finish()).await;
        }
    }

    fn into_kept(self) -> Kept {
        match self {
            Self::Kept(kept) => kept,
            Self::Labelled { .. } => Kept::default(),
        }
    }
}

/// Without a reader all runs are stopped soon.
async fn send(sender: &Sender, stream: Stream, bytes: Vec<u8>) {
    if !bytes.is_empty() {
        let _ = sender.send((stream, bytes)).await;
    }
}

/// Reads a stream to its end.
async fn pump(from: Option<impl AsyncRead + Unpin>, sink: &mut Sink) {
    let mut buffer = vec![0; 8 * 1024];
    if let Some(mut from) = from {
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            sink.take(buffer.get(..length).unwrap_or_default()).await;
        }
    }
    sink.finish().await;
}

/// Runs it to its end.
pub(super) async fn run_one(mut run: Run) -> Ended {
    let began = Instant::now();
    let end = match started(&mut run).await {
        Ok(end) => end,
        Err(error) => {
            let line = format!("bowline: not started: {error}\n");
            run.err.take(line.as_bytes()).await;
            End::NotStarted(error)
        }
    };
    Ended {
        context: run.context,
        end,
        stdout: run.out.into_kept(),
        stderr: run.err.into_kept(),
        elapsed: began.elapsed(),
    }
}

async fn started(run: &mut Run) -> Result<End, String> {
    // It goes when the program has ended.
    let selection = run.selections.make(&run.context);
    let selection = selection.map_err(|error| error.message)?;
    let mut command = child::command_among_others(&run.program, &run.context, &selection);
    let mut child = command
        .spawn()
        .map_err(|error| format!("{} cannot be run: {error}", run.program.path.display()))?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let pumps = async { tokio::join!(pump(out, &mut run.out), pump(err, &mut run.err)) };
    wait(&mut child, pumps, &mut run.stop).await
}

/// Waits until a program has ended and said its last word, or is ended.
async fn wait(
    child: &mut Child,
    pumps: impl Future<Output = ((), ())>,
    stop: &mut watch::Receiver<Stop>,
) -> Result<End, String> {
    // The number of its group, too; it has none any more once it was waited for.
    let id = child.id();
    let mut pumps = std::pin::pin!(pumps);
    let (mut pumped, mut ended, mut killed) = (false, None, false);
    let mut deadline = None;
    loop {
        let due = deadline.unwrap_or_else(Instant::now);
        tokio::select! {
            _ = &mut pumps, if !pumped => pumped = true,
            status = child.wait(), if ended.is_none() => {
                ended = Some(End::of(status.map_err(|error| error.to_string())?));
            }
            Ok(()) = stop.changed() => match *stop.borrow_and_update() {
                Stop::No => {}
                Stop::Asked(signal) => {
                    child::end_group(child, id, signal);
                    deadline = Some(Instant::now() + GRACE);
                }
                Stop::Now => deadline = Some(Instant::now()),
            },
            () = sleep_until(due), if deadline.is_some() => {
                if killed {
                    // What holds its output is no part of its group.
                    pumped = true;
                }
                child::end_group(child, id, Signal::Kill);
                killed = true;
                deadline = Some(Instant::now() + LAST_WORDS);
            }
        }
        if pumped && let Some(end) = ended.clone() {
            if deadline.is_some() {
                child::end_group(child, id, Signal::Kill);
            }
            return Ok(end);
        }
    }
}
