//! A wire with an ear on it: passes bytes on to an instance and back, and
//! writes down the first line of every request that goes over it.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use super::PATIENCE;

/// Listens until the process ends.
pub struct Tap {
    address: SocketAddr,
    heard: Arc<Heard>,
}

#[derive(Default)]
struct Heard {
    lines: Mutex<Vec<String>>,
    changed: Condvar,
}

impl Tap {
    /// A free port; `to` is asked for at each connection, so what is behind it
    /// may come later.
    pub fn new(to: impl Fn() -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (heard, to) = (Arc::new(Heard::default()), Arc::new(to));
        std::thread::spawn({
            let heard = Arc::clone(&heard);
            move || {
                for stream in listener.incoming().map_while(Result::ok) {
                    let Ok(beyond) = TcpStream::connect(to()) else { continue };
                    let both = (stream.try_clone(), beyond.try_clone());
                    let (Ok(back), Ok(forth)) = both else { continue };
                    let heard = Arc::clone(&heard);
                    std::thread::spawn(move || pass(stream, forth, Some(&heard)));
                    std::thread::spawn(move || pass(beyond, back, None));
                }
            }
        });
        Self { address, heard }
    }

    /// Its base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests began so.
    pub fn count(&self, begins: &str) -> usize {
        let lines = self.heard.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().filter(|line| line.starts_with(begins)).count()
    }

    /// Waits until so many requests began so.
    #[track_caller]
    pub fn until(&self, begins: &str, count: usize) {
        let deadline = Instant::now() + PATIENCE;
        let mut lines = self.heard.lines.lock().unwrap_or_else(PoisonError::into_inner);
        while lines.iter().filter(|line| line.starts_with(begins)).count() < count {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "only these were heard: {lines:#?}");
            let waited = self.heard.changed.wait_timeout(lines, left);
            lines = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, heard: Option<&Heard>) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if let Some(heard) = heard {
            let text = String::from_utf8_lossy(&bytes[..count]);
            let line = text.lines().next().unwrap_or_default();
            if line.ends_with("HTTP/1.1") {
                let mut lines = heard.lines.lock().unwrap_or_else(PoisonError::into_inner);
                lines.push(line.to_owned());
                heard.changed.notify_all();
            }
        }
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
