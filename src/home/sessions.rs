//! A private folder for each agent that is started here, with what it alone is given.
//! It goes once the agent is gone: whoever starts the next one looks.
//!
//! Its surprising rule: it lies on the disk, though there may be a tmpfs. Those that a person
//! has are emptied when they leave for the last time (`XDG_RUNTIME_DIR`; `/dev/shm` by
//! systemd-logind's `RemoveIPC`), under agents that go on in a multiplexer.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use crate::home::disk::set_mode;

/// Holds one folder a session.
const FOLDER: &str = "sessions";
/// In a session's folder: the process that it belongs to.
const PROCESS: &str = "process";
/// In the same: there where a companion stands by the agent.
const COMPANION: &str = "companion";
/// How long a folder stands of which nobody says whose it is: one that is being made, or
/// that of a process that this one cannot see.
const OF_NOBODY: Duration = Duration::from_mins(1);
const UNSEEN: Duration = Duration::from_hours(12);

/// In the same: the mesh that its server is seen in.
const SEEN: &str = "seen";

/// Makes the folder of `session` in `home`, for this process and what it becomes.
///
/// # Errors
/// When it cannot be made.
pub fn make(home: &Path, session: &str) -> io::Result<PathBuf> {
    let all = home.join(FOLDER);
    fs::create_dir_all(&all)?;
    set_mode(&all, 0o700)?;
    sweep(home);
    let folder = all.join(session);
    fs::create_dir(&folder)?;
    set_mode(&folder, 0o700)?;
    let process = std::process::id();
    let began = began(process).unwrap_or_else(|| "-".to_owned());
    fs::write(folder.join(PROCESS), format!("{process} {began} {}", namespace()))?;
    Ok(folder)
}

/// The folder of `session`, where there is one.
pub fn find(home: &Path, session: &str) -> Option<PathBuf> {
    // A name, and no way out of there.
    let is_name = matches!(Path::new(session).components().collect::<Vec<_>>()[..],
        [Component::Normal(name)] if name == session);
    let folder = home.join(FOLDER).join(session);
    (is_name && folder.is_dir()).then_some(folder)
}

/// A companion stands by the agent whose folder this is.
pub fn accompany(folder: &Path) {
    let _ = fs::write(folder.join(COMPANION), "");
}

/// Whether one does.
pub fn is_accompanied(folder: &Path) -> bool {
    folder.join(COMPANION).exists()
}

/// The agent whose folder this is is seen in `mesh`, an id, or nowhere any more.
pub fn note_seen(folder: &Path, mesh: Option<&str>) {
    let _ = match mesh {
        Some(mesh) => fs::write(folder.join(SEEN), mesh),
        None => fs::remove_file(folder.join(SEEN)),
    };
}

/// Where it is seen.
pub fn seen_in(folder: &Path) -> Option<String> {
    fs::read_to_string(folder.join(SEEN)).ok()
}

/// Removes the folder of `session`, whose agent is gone.
///
/// # Errors
/// When something of it stays: whoever starts the next one tries again.
pub fn remove(home: &Path, session: &str) -> io::Result<()> {
    find(home, session).map_or(Ok(()), |folder| clear(&folder))
}

/// Removes all that goes of `folder`; whose it is last of all, so that a rest is found
/// again.
fn clear(folder: &Path) -> io::Result<()> {
    set_mode(folder, 0o700)?;
    let mut cleared = Ok(());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.file_name().is_none_or(|name| name != PROCESS) {
            cleared = cleared.and(remove_all(&path));
        }
    }
    cleared?;
    fs::remove_dir_all(folder)
}

fn remove_all(path: &Path) -> io::Result<()> {
    if !fs::symlink_metadata(path)?.is_dir() {
        return fs::remove_file(path);
    }
    // One that its maker closed is opened first.
    let mut removed = set_mode(path, 0o700);
    for entry in fs::read_dir(path)? {
        removed = removed.and(remove_all(&entry?.path()));
    }
    removed.and(fs::remove_dir(path))
}

/// Removes the folders of agents in `home` that are gone. What cannot be removed stays for
/// the next time.
pub fn sweep(home: &Path) {
    for entry in fs::read_dir(home.join(FOLDER)).into_iter().flatten().flatten() {
        let folder = entry.path();
        let process = fs::read_to_string(folder.join(PROCESS)).unwrap_or_default();
        let mut words = process.split_whitespace();
        let process = words.next().and_then(|number| number.parse::<u32>().ok());
        let (then, there) = (words.next().filter(|then| *then != "-"), words.next());
        let is_it = |process: u32| {
            let is_same = |at: String| then.is_none_or(|then| at == then);
            i32::try_from(process).is_ok_and(is_alive) && began(process).is_none_or(is_same)
        };
        let is_older = |than: Duration| {
            let changed = entry.metadata().and_then(|facts| facts.modified());
            changed.is_ok_and(|at| at.elapsed().is_ok_and(|since| since > than))
        };
        let is_gone = match process {
            None => is_older(OF_NOBODY),
            // In another container, say, on one home: its numbers say nothing here.
            Some(_) if there.is_some_and(|there| there != namespace()) => is_older(UNSEEN),
            Some(process) => !is_it(process),
        };
        if is_gone {
            let _ = clear(&folder);
        }
    }
}

/// Where the numbers of processes are from (`pid_namespaces(7)`).
fn namespace() -> String {
    let name = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    name.to_string_lossy().split_whitespace().collect()
}

/// When a process began, as the system counts it: another of the same number, after a
/// power cut for one, began at another time. Where that cannot be told, nothing.
fn began(process: u32) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // Behind its name, which may hold anything (proc(5), field 22 of all).
    let (_, rest) = text.rsplit_once(')')?;
    rest.split_whitespace().nth(19).map(str::to_owned)
}

/// Whether there is such a process.
#[cfg(unix)]
pub fn is_alive(process: i32) -> bool {
    let Some(process) = rustix::process::Pid::from_raw(process) else { return false };
    match rustix::process::test_kill_process(process) {
        // Somebody else's is alive too.
        Ok(()) | Err(rustix::io::Errno::PERM) => true,
        Err(_) => false,
    }
}

/// Whether there is such a process, as far as that can be told here.
#[cfg(not(unix))]
pub fn is_alive(_: i32) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_folder_is_private_and_goes_with_its_process() {
        let home = tempfile::tempdir().expect("a folder");
        let own = make(home.path(), "own").expect("it can be made");
        for folder in [own.as_path(), own.parent().expect("it is in one")] {
            let mode = fs::metadata(folder).expect("it is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{}", folder.display());
        }
        assert!(make(home.path(), "own").is_err(), "a session has its own");
        let gone = make(home.path(), "gone").expect("it can be made");
        let mut child = std::process::Command::new("true").spawn().expect("a process");
        child.wait().expect("it ends");
        fs::write(gone.join(PROCESS), child.id().to_string()).expect("a file");
        // The number of a process that lives, and not the one that it was.
        let reused = make(home.path(), "reused").expect("it can be made");
        fs::write(reused.join(PROCESS), format!("{} 1", std::process::id())).expect("a file");
        let begun = home.path().join(FOLDER).join("begun");
        fs::create_dir(&begun).expect("a folder");
        make(home.path(), "next").expect("it can be made");
        assert!(own.exists() && begun.exists() && !gone.exists());
        assert_eq!(reused.exists(), began(std::process::id()).is_none());
    }

    #[test]
    fn one_of_nobody_goes_in_time_and_one_from_elsewhere_stays() {
        let home = tempfile::tempdir().expect("a folder");
        let [nobodys, elsewhere, long] = ["nobodys", "elsewhere", "long"].map(|name| {
            let folder = make(home.path(), name).expect("it can be made");
            fs::write(folder.join("auth.json"), "secret").expect("a file");
            folder
        });
        // A number that nothing has, of another container.
        for folder in [&elsewhere, &long] {
            fs::write(folder.join(PROCESS), "4194305 1 pid:[1]").expect("a file");
        }
        fs::remove_file(nobodys.join(PROCESS)).expect("it was there");
        let ago = |folder: &Path, since: Duration| {
            let at = std::time::SystemTime::now() - since;
            let folder = fs::File::open(folder).expect("it is there");
            folder.set_modified(at).expect("it can be done");
        };
        ago(&nobodys, OF_NOBODY * 2);
        ago(&elsewhere, OF_NOBODY * 2);
        ago(&long, UNSEEN * 2);
        sweep(home.path());
        assert!(!nobodys.exists() && elsewhere.exists() && !long.exists());
    }

    #[test]
    fn what_was_closed_goes_too() {
        let home = tempfile::tempdir().expect("a folder");
        let own = make(home.path(), "own").expect("it can be made");
        fs::create_dir_all(own.join("closed/within")).expect("a folder");
        fs::write(own.join("closed/within/file"), "x").expect("a file");
        for folder in ["closed/within", "closed"] {
            set_mode(&own.join(folder), 0o500).expect("it can be done");
        }
        std::os::unix::fs::symlink("/nowhere", own.join("link")).expect("a link");
        remove(home.path(), "own").expect("all of it goes");
        assert!(!own.exists());
        remove(home.path(), "own").expect("there is none");
    }
}
