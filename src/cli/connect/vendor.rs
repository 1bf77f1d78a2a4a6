//! Signing in by the provider's own program. It is given the terminal and a folder of ours
//! alone, so that the person's own sign-in there is neither used nor touched; what it
//! leaves is taken out of that folder, which goes whatever happens.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::Asking;
use crate::agent::prepare::new_session;
use crate::cli::context::interruption;
use crate::connect;
use crate::environment::children::tool;
use crate::error::{AppError, ErrorKind};
use crate::home::folder::Folder;
use crate::home::sessions;
use crate::i18n::Message;
use crate::plain::window_columns;
use crate::provider::spec::Vendor;
use crate::provider::vendor::{self, SignedIn};
use crate::regular_file;
use crate::terminal;
use crate::terminal::pass_through::{self, Ended};
use crate::wire::{NewConnection, Way};

/// The number of SIGINT (POSIX), to which shells add 128.
const INTERRUPT: i32 = 2;

/// The most that is read of what was left, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// A folder for one sign-in, until it is dropped.
struct Room {
    home: PathBuf,
    session: String,
    folder: PathBuf,
}

impl Room {
    fn new(home: &Path, vendor: &Vendor) -> io::Result<Self> {
        let session = format!("connect-{}", new_session());
        let folder = sessions::make(home, &session)?;
        let room = Self { home: home.to_owned(), session, folder };
        for (name, text) in &vendor.files {
            fs::write(room.folder.join(name), text)?;
        }
        Ok(room)
    }
}

impl Room {
    /// Takes it away; false where something of it stays.
    fn removed(&self) -> bool {
        sessions::remove(&self.home, &self.session).is_ok()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.removed();
    }
}

/// Whether Ctrl+C ended it.
fn is_interrupted(ended: ExitStatus) -> bool {
    #[cfg(unix)]
    let by = std::os::unix::process::ExitStatusExt::signal(&ended);
    #[cfg(not(unix))]
    let by: Option<i32> = None;
    by == Some(INTERRUPT) || ended.code() == Some(128 + INTERRUPT)
}

/// How long what was told to stop may take: what it does then is done before its folder
/// goes.
const GRACE: Duration = Duration::from_secs(2);

/// Stops what was started where nobody waits for it any more, and sees it gone.
struct Stopper {
    process: Arc<AtomicU32>,
    /// Whether it leads a group of its own.
    leads: bool,
}

impl Stopper {
    fn new(process: Option<u32>, leads: bool) -> Self {
        Self { process: Arc::new(AtomicU32::new(process.unwrap_or_default())), leads }
    }
}

impl Drop for Stopper {
    fn drop(&mut self) {
        #[cfg(unix)]
        {
            use rustix::process::{
                Pid, Signal, WaitOptions, kill_process, kill_process_group, waitpid,
            };
            let process = i32::try_from(self.process.load(Ordering::SeqCst)).ok();
            let Some(process) = process.and_then(Pid::from_raw) else { return };
            let tell = |signal| {
                let tell = if self.leads { kill_process_group } else { kill_process };
                tell(process, signal)
            };
            let until = Instant::now() + GRACE;
            let _ = tell(Signal::TERM);
            // Whoever else waits for it may have seen it go first.
            while let Ok(None) = waitpid(Some(process), WaitOptions::NOHANG) {
                if Instant::now() >= until {
                    let _ = tell(Signal::KILL);
                    let _ = waitpid(Some(process), WaitOptions::empty());
                    break;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }
}

/// Runs it in a terminal of its own, and hears what it shows; stdout is `ours` alone.
async fn heard(command: Command, ours: bool) -> io::Result<(Ended, Zeroizing<Vec<u8>>)> {
    let stopper = Stopper::new(None, true);
    let process = Arc::clone(&stopper.process);
    let run = move || {
        let mut heard = Zeroizing::new(Vec::new());
        let started = |id| process.store(id, Ordering::SeqCst);
        let hear = |bytes: &[u8]| heard.extend_from_slice(bytes);
        let ended = pass_through::run(command, ours, started, hear);
        // Over, and its number is anybody's.
        process.store(0, Ordering::SeqCst);
        Ok((ended?, heard))
    };
    tokio::task::spawn_blocking(run).await.map_err(io::Error::other)?
}

impl Asking<'_> {
    /// What its program signs in by.
    ///
    /// # Errors
    /// Exit code 9 where it is not here, 130 where somebody stopped it; where it ends
    /// without a sign-in.
    pub(super) async fn by_vendor(&self, vendor: &Vendor) -> Result<NewConnection, AppError> {
        let program = connect::program(vendor, &self.context.env).ok_or_else(|| {
            AppError::new(ErrorKind::AgentNotFound, "agent_not_found", connect::missing(vendor))
                .hint(Message::new("provider-nothing-here-hint").with("name", self.name))
        });
        let program = program?.program;
        let home = Folder::open(&self.context.env)?;
        let room = Room::new(home.path(), vendor).map_err(|fault| {
            let message = Message::new("provider-vendor-no-folder").with("why", fault.to_string());
            AppError::new(ErrorKind::Failed, "no_private_folder", message)
        })?;
        if vendor.shows.is_some() && !self.context.can_ask() {
            let message = Message::new("provider-vendor-no-terminal");
            return Err(self.nothing(vendor, "no_terminal", message));
        }
        let said = Message::new("provider-vendor-starts").with("agent", vendor.agent.as_str());
        self.context.out.note(&said.with("provider", self.spec.title.as_str()));
        let mut command = tool(&self.context.env, &program);
        command.args(&vendor.args).env(&vendor.folder, &room.folder);
        for name in &vendor.unset {
            command.env_remove(name);
        }
        let not_started = |fault: io::Error| {
            let message = Message::new("agent-not-started")
                .with("program", program.display().to_string())
                .with("why", fault.to_string());
            AppError::new(ErrorKind::Failed, "agent_not_started", message)
                .hint(Message::new("provider-nothing-here-hint").with("name", self.name))
        };
        let columns = window_columns();
        let (ended, left) = if let Some(begins) = &vendor.shows {
            let ours = self.context.out.is_json();
            let (ended, heard) = heard(command, ours).await.map_err(not_started)?;
            if ended.is_stopped {
                return Err(interruption(ErrorKind::Interrupted));
            }
            (ended.status, vendor::shown(begins, &heard, columns))
        } else {
            let ended = self.lent(command).await.map_err(not_started)?;
            // Ctrl+C is sent to both of us, and it may be over first.
            if is_interrupted(ended) {
                return Err(interruption(ErrorKind::Interrupted));
            }
            let file = vendor.leaves.as_ref().map(|leaves| room.folder.join(&leaves.file));
            let Some(file) = file.filter(|file| ended.success() && file.exists()) else {
                return Err(self.without(vendor, ended));
            };
            let text = regular_file::read_text(&file, LARGEST).map_err(|_| self.unread(vendor))?;
            let left = vendor.leaves.as_ref().and_then(|leaves| vendor::read(leaves, &text));
            (ended, Some(left.ok_or_else(|| self.unread(vendor))?))
        };
        if !room.removed() {
            let path = room.folder.display().to_string();
            let message = Message::new("provider-vendor-left").with("path", path);
            self.context.out.note(&message.with("agent", vendor.agent.as_str()));
        }
        left.map(|left| self.taken(vendor, left)).ok_or_else(|| self.without(vendor, ended))
    }

    /// Lends it our terminal.
    async fn lent(&self, mut command: Command) -> io::Result<ExitStatus> {
        // What it says is no part of our answer.
        let out = if self.context.out.is_json() { io::stderr().into() } else { Stdio::inherit() };
        command.stdin(Stdio::inherit()).stdout(out).stderr(Stdio::inherit());
        let mut lent = terminal::lend();
        let mut child = tokio::process::Command::from(command).spawn()?;
        let stopper = Stopper::new(child.id(), false);
        let ended = child.wait().await;
        stopper.process.store(0, Ordering::SeqCst);
        if ended.as_ref().is_ok_and(ExitStatus::success) {
            lent.ended_well();
        }
        ended
    }

    fn taken(&self, vendor: &Vendor, left: SignedIn) -> NewConnection {
        let SignedIn { secret, refresh_token, holder, plan, expires_at } = left;
        let renewal = self.spec.renewal.as_ref().filter(|_| refresh_token.is_some());
        NewConnection {
            holder,
            plan,
            expires_at,
            client_id: renewal.and_then(|renewal| renewal.client_id.clone()),
            refresh_token,
            verified: true,
            ..NewConnection::new(Way::Vendor, vendor.kind.clone(), Some(secret))
        }
    }

    fn without(&self, vendor: &Vendor, ended: ExitStatus) -> AppError {
        let how = match ended.code() {
            Some(code) => Message::new("provider-vendor-code").with("code", i64::from(code)),
            None => Message::new("provider-vendor-stopped"),
        };
        self.nothing(vendor, "vendor_ended", Message::new("provider-vendor-ended").with("how", how))
    }

    fn unread(&self, vendor: &Vendor) -> AppError {
        self.nothing(vendor, "vendor_unread", Message::new("provider-vendor-unread"))
    }

    fn nothing(&self, vendor: &Vendor, code: &'static str, message: Message) -> AppError {
        let message = message.with("agent", vendor.agent.as_str());
        AppError::new(ErrorKind::Failed, code, message)
            .hint(Message::new("provider-nothing-here-hint").with("name", self.name))
    }
}
