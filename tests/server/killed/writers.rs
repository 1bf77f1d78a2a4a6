//! Those who write while the disk fills and the process is killed, each in a way of
//! its own, and what they are told.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;

use crate::server::durable::{FORM, Reply, exchange};

/// What somebody was told is done.
pub enum Done {
    Code(String),
    Mesh(String),
    Renamed(u64),
    Revoked(usize),
}

pub enum Heard {
    Done(Done),
    /// With 503, and when to come back.
    Refused,
    Wrong(String),
}

/// Where they write, as whom, and who is told.
#[derive(Clone)]
pub struct Writer {
    pub host: String,
    pub bearer: String,
    pub heard: mpsc::Sender<Heard>,
}

impl Writer {
    /// Asks once, and tells what came of it: whether that was `status`, or nothing
    /// where nobody answers any more.
    fn ask(
        &self,
        line: &str,
        body: &str,
        status: u16,
        done: impl FnOnce(Reply) -> Done,
    ) -> Option<bool> {
        let headers = if line.starts_with("POST /oauth/") { FORM } else { &self.bearer };
        let reply = exchange(&self.host, line, headers, body)?;
        let is_done = reply.status == status;
        let heard = if is_done {
            Heard::Done(done(reply))
        } else if reply.status == 503 && reply.head.contains("retry-after: 1") {
            Heard::Refused
        } else {
            Heard::Wrong(format!("{line}: {}\n{}", reply.head, reply.body))
        };
        self.heard.send(heard).ok().map(|()| is_done)
    }

    pub fn codes(self) -> Option<()> {
        loop {
            let line = "POST /oauth/device_authorization";
            self.ask(line, "client_id=crewmesh", 200, |reply| {
                Done::Code(reply.json()["device_code"].as_str().expect("a code").to_owned())
            })?;
        }
    }

    pub fn meshes(self, tried: &AtomicU64) -> Option<()> {
        loop {
            let slug = format!("m{}", tried.fetch_add(1, Ordering::Relaxed));
            let body = format!(r#"{{"name":"Mesh","slug":"{slug}"}}"#);
            self.ask("POST /api/my/meshes", &body, 201, |reply| {
                Done::Mesh(reply.json()["id"].as_str().expect("an id").to_owned())
            })?;
        }
    }

    pub fn names(self, mesh: &str, tried: &AtomicU64) -> Option<()> {
        loop {
            let name = 1 + tried.fetch_add(1, Ordering::Relaxed);
            let body = format!(r#"{{"name":"{name}"}}"#);
            let line = format!("PATCH /api/my/meshes/{mesh}");
            self.ask(&line, &body, 200, |_| Done::Renamed(name))?;
        }
    }

    pub fn revocations(self, ids: Vec<(usize, String)>) -> Option<()> {
        for (which, id) in ids {
            let line = format!("DELETE /api/my/cli/tokens/{id}");
            // What was refused was not done, and is asked for again.
            while !self.ask(&line, "", 204, |_| Done::Revoked(which))? {}
        }
        Some(())
    }
}
