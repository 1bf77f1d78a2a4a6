//! Where an agent's hooks come for what others wrote: a socket in the private folder of
//! its launch, beside the server of that agent, which knows without asking whether
//! anything waits. Nothing is signed in or asked for by a hook.
//!
//! A hook says in a line what it wants, [`LOOK`] or [`WAIT`], is given words or nothing,
//! and says [`HAVE`] once they are on their way to the model: what was not is given again.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Mutex, Notify};

use super::desk::Here;
use crate::environment::Environment;
use crate::home::folder::Folder;
use crate::home::sessions;
use crate::mcp::{Workplace as _, pushed};

/// How long a hook may take to pass words on.
const LIMIT: Duration = Duration::from_secs(5);

/// The name of the socket in a session's folder.
const SOCKET: &str = "push";

/// What waits now, if anything does.
pub(super) const LOOK: &str = "look";
/// What waits, once anything does, or until another wants to know.
pub(super) const WAIT: &str = "wait";
/// It is on its way to the model.
pub(super) const HAVE: &str = "have";

/// Where the hooks of the agent that the environment tells of come to.
pub(super) fn socket(env: &Environment) -> Option<PathBuf> {
    let session = env.variables.get("CREWMESH_SESSION")?;
    let folder = sessions::find(Folder::in_order(env)?.path(), session)?;
    Some(folder.join(SOCKET))
}

/// Serves hooks for as long as this is waited for. Without a socket there is nothing for
/// them, and the agent reads when it looks.
pub(super) async fn serve(env: &Environment, workplace: Here) {
    let listener = match socket(env) {
        Some(path) => listen(&path).await.ok(),
        None => None,
    };
    let Some(listener) = listener else { return std::future::pending().await };
    // Of two that come at once one is given it.
    let (last, one) = (Arc::new(Notify::new()), Arc::new(Mutex::new(())));
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            let (workplace, both) = (workplace.clone(), (Arc::clone(&last), Arc::clone(&one)));
            tokio::spawn(async move { answer(stream, &workplace, &both.0, &both.1).await });
        } else {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

async fn listen(path: &Path) -> io::Result<UnixListener> {
    // One that a server of this session left behind; never that of one at work.
    if UnixStream::connect(path).await.is_ok() {
        return Err(io::ErrorKind::AddrInUse.into());
    }
    let _ = std::fs::remove_file(path);
    UnixListener::bind(path)
}

/// Gives one hook what it came for; `None` where there is nothing, or it went.
async fn answer(
    stream: UnixStream,
    workplace: &Here,
    last: &Notify,
    one: &Mutex<()>,
) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let line = lines.next_line().await.ok()??;
    if line == WAIT {
        // Whoever waited before waits no more.
        last.notify_waiters();
        tokio::select! {
            () = workplace.waiting().any() => {}
            () = last.notified() => return None,
            _ = lines.next_line() => return None,
        }
    }
    let _one = one.lock().await;
    give(&mut write, &mut lines, workplace).await
}

async fn give(
    write: &mut OwnedWriteHalf,
    lines: &mut tokio::io::Lines<BufReader<OwnedReadHalf>>,
    workplace: &Here,
) -> Option<()> {
    // Known without asking.
    if workplace.unread() == 0 {
        return None;
    }
    let mesh = workplace.mesh(None).await.ok()?;
    let inbox = workplace.to_give(&mesh.id, None).await.ok()?;
    if inbox.data.is_empty() {
        return None;
    }
    let (words, held) = pushed(&mesh.slug, &inbox.data);
    write.write_all(words.as_bytes()).await.ok()?;
    write.shutdown().await.ok()?;
    // One that is stopped keeps no other out.
    let passed_on = tokio::time::timeout(LIMIT, lines.next_line()).await.ok()?;
    if passed_on.ok()?? == HAVE {
        workplace.gave(&mesh.id, &inbox.data[..held]);
    }
    Some(())
}
