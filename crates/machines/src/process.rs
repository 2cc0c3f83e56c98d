//! One run of a program: input, output and time bounded.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncRead;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::error::MachineError;
use crate::error::unhang;
use crate::place::Place;
use crate::transport::CommandLine;

/// More than anything of ours prints: 64 MiB.
const MOST_OUTPUT: usize = 64 << 20;

/// What is kept of standard error.
const MOST_ERRORS: usize = 64 << 10;

/// What a program left behind.
pub(crate) struct Finished {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Zeroizing<Vec<u8>>,
    pub(crate) stderr: Vec<u8>,
}

/// Runs a command line with `input` on its standard input. A program that does not end in time, or prints
/// without end, is killed.
pub(crate) async fn run(
    place: &Place,
    line: &CommandLine,
    input: &[u8],
    patience: Duration,
) -> Result<Finished, MachineError> {
    let start = |source| MachineError::Start {
        place: place.clone(),
        program: line.program.clone(),
        source,
    };
    let mut child = tokio::process::Command::new(&line.program)
        .args(&line.arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(start)?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async move {
        if let Some(mut stdin) = stdin {
            // A program that ends without reading all of it says why itself.
            let _ = stdin.write_all(input).await;
            let _ = stdin.shutdown().await;
        }
    };
    let exchange = async {
        let ((), stdout, stderr) =
            tokio::join!(write, read(stdout, MOST_OUTPUT), read(stderr, MOST_ERRORS));
        let too_much = stdout.len() > MOST_OUTPUT;
        if too_much {
            let _ = child.start_kill();
        }
        let status = child.wait().await.map_err(start)?;
        if too_much {
            return Err(MachineError::TooMuch {
                place: place.clone(),
                program: line.program.clone(),
                limit: MOST_OUTPUT,
            });
        }
        Ok(Finished {
            code: status.code(),
            stdout,
            stderr: stderr.to_vec(),
        })
    };
    timeout(patience, exchange).await.unwrap_or_else(|_| {
        Err(MachineError::TimedOut {
            place: place.clone(),
            program: line.program.clone(),
            after: patience,
            remedy: unhang(place),
        })
    })
}

/// Reads to the end, keeps at most one byte more than `most`, and reads on where that is not the output:
/// a program must not block on what it says of itself.
async fn read(from: Option<impl AsyncRead + Unpin>, most: usize) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::new());
    let Some(from) = from else { return bytes };
    let mut limited = from.take(most as u64 + 1);
    // What broke off is seen by its length or by the exit code.
    let _ = limited.read_to_end(&mut bytes).await;
    if most == MOST_ERRORS {
        let mut rest = limited.into_inner();
        let mut sink = tokio::io::sink();
        let _ = tokio::io::copy(&mut rest, &mut sink).await;
    }
    bytes
}
