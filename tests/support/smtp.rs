//! A mail server that keeps what it is given, or refuses it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use super::PATIENCE;

/// One on loopback.
pub struct Sink {
    port: u16,
    mails: Receiver<String>,
}

impl Sink {
    /// One that takes everything but what is sent to `refused`.
    pub fn refusing(refused: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let (taken, mails) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut to = stream.try_clone().expect("a second end");
                let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
                let _ = to.write_all(b"220 sink\r\n");
                while let Some(line) = lines.next() {
                    let answer = if line.starts_with("DATA") {
                        let _ = to.write_all(b"354 go on\r\n");
                        let mail: Vec<_> = lines.by_ref().take_while(|line| line != ".").collect();
                        let _ = taken.send(mail.join("\n"));
                        "250 taken"
                    } else if line.starts_with("RCPT") && line.contains(refused) {
                        "550 nobody here"
                    } else if line.starts_with("QUIT") {
                        "221 bye"
                    } else {
                        "250 good"
                    };
                    if to.write_all(format!("{answer}\r\n").as_bytes()).is_err() {
                        break;
                    }
                }
            }
        });
        Self { port, mails }
    }

    /// What `--smtp-url` is given.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// The next mail, its soft line breaks taken out.
    pub fn mail(&self) -> String {
        let mail = self.mails.recv_timeout(PATIENCE).expect("a mail comes");
        mail.replace("=\n", "").replace("=3D", "=")
    }
}
