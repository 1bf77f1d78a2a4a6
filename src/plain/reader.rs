//! One line from stdin, on a thread of its own: reading cannot be given up
//! once begun. Byte by byte, so that nothing behind the line is taken away
//! from whoever reads next.

use std::io;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::secret::Secret;

/// The longest line that is taken: more is no answer, and no token.
const LONGEST: usize = 64 * 1024;

/// What came of reading.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// A line without its end. A secret until somebody knows better.
    Text(Secret),
    /// There is nothing more.
    End,
}

type Source = Box<dyn FnMut() -> Line + Send>;

/// Reads when asked to.
pub struct Reader {
    /// Taken by the thread when it is first asked.
    source: Option<Source>,
    requests: Option<Sender<()>>,
    answers: UnboundedSender<Line>,
    lines: UnboundedReceiver<Line>,
    reading: bool,
}

impl Reader {
    pub fn stdin() -> Self {
        Self::from(Box::new(read))
    }

    pub fn from(source: Source) -> Self {
        let (answers, lines) = unbounded_channel();
        Self { source: Some(source), requests: None, answers, lines, reading: false }
    }

    /// Begins to read a line, unless one is being read.
    pub fn ask(&mut self) {
        if self.reading {
            return;
        }
        if let Some(mut source) = self.source.take() {
            let (requests, requested) = channel();
            let answers = self.answers.clone();
            thread::spawn(move || {
                while requested.recv().is_ok() {
                    if answers.send(source()).is_err() {
                        break;
                    }
                }
            });
            self.requests = Some(requests);
        }
        self.reading = self.requests.as_ref().is_some_and(|requests| requests.send(()).is_ok());
    }

    /// The line asked for; never comes when none was.
    pub async fn line(&mut self) -> Line {
        let line = self.lines.recv().await.unwrap_or(Line::End);
        self.reading = false;
        line
    }
}

/// One line of stdin; waits for it.
pub fn read() -> Line {
    // At its full size at once: bytes that grow leave copies behind.
    let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(LONGEST));
    loop {
        match byte() {
            Ok(Some(b'\n')) => break,
            Ok(Some(byte)) if bytes.len() < LONGEST => bytes.push(byte),
            Ok(Some(_)) => {}
            Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
            Ok(None) | Err(_) if bytes.is_empty() => return Line::End,
            Ok(None) | Err(_) => break,
        }
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    Line::Text(Secret::new(String::from_utf8_lossy(&bytes)))
}

#[cfg(unix)]
fn byte() -> io::Result<Option<u8>> {
    let mut byte = [0];
    let count = rustix::io::read(io::stdin(), &mut byte)?;
    Ok((count > 0).then_some(byte[0]))
}

// The console is read through the standard library, which knows its encoding.
#[cfg(not(unix))]
fn byte() -> io::Result<Option<u8>> {
    use std::io::Read as _;
    let mut byte = [0];
    let count = io::stdin().lock().read(&mut byte)?;
    Ok((count > 0).then_some(byte[0]))
}
