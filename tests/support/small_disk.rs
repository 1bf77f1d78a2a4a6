//! A disk that holds little, for one test in a process of its own: its mounts are
//! its own as well, and are gone with it.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Command;

/// Where the test that was started finds it.
const SMALL_DISK: &str = "CREWMESH_TEST_SMALL_DISK";

/// Runs `test`, by its whole name, where [`small_disk`] is so many MiB large, and
/// gives what it printed.
///
/// # Panics
/// When it fails.
pub fn on_a_small_disk(test: &str, size: u32) -> String {
    let disk = tempfile::tempdir().expect("a folder");
    let script = "mount -t tmpfs -o size=$2,mode=700 none \"$1\" && \
                  exec \"$0\" --exact \"$3\" --nocapture";
    let program = std::env::current_exe().expect("a test binary");
    let output = Command::new("unshare")
        .args(["-Urm", "sh", "-c", script])
        .args([program.as_path(), disk.path()])
        .args([&format!("{size}m"), test])
        .env(SMALL_DISK, disk.path())
        .output()
        .expect("unshare can be started");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let is_well = output.status.success() && said.contains("1 passed");
    assert!(is_well, "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    said
}

/// The disk, in the process that it was made for.
pub fn small_disk() -> Option<PathBuf> {
    std::env::var_os(SMALL_DISK).map(PathBuf::from)
}

/// What takes all the room that is left on a disk, until it is freed.
pub struct Ballast(PathBuf);

impl Ballast {
    pub fn on(disk: &std::path::Path) -> Self {
        Self(disk.join("ballast"))
    }

    /// Fills the disk up to so many bytes.
    pub fn fill_but(&self, room: u64) {
        let mut file = std::fs::File::create(&self.0).expect("a file takes no room yet");
        let filled = std::io::copy(&mut std::io::repeat(0), &mut file);
        assert_eq!(filled.map_err(|why| why.kind()), Err(ErrorKind::StorageFull));
        let length = file.metadata().expect("it is open").len();
        file.set_len(length.saturating_sub(room)).expect("it may be shorter");
    }

    pub fn is_there(&self) -> bool {
        self.0.exists()
    }

    pub fn free(&self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
