use super::*;

use std::fs;
use std::path::{Path, PathBuf};

/// Somebody's home, empty; sign-ins are kept in a file.
pub(crate) struct Desk {
    pub folder: tempfile::TempDir,
    pub env: Environment,
    pub home: Home,
}

impl Desk {
    pub fn new() -> Self {
        Self::with(&[])
    }

    pub fn with(variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let home = folder.path().to_str().expect("Unicode").to_owned();
        let fixed = [("HOME", home.as_str()), ("CREWMESH_STORE", "file")];
        let mut env = Environment::of(fixed.into_iter().chain(variables.iter().copied()).collect());
        env.directory = Some(folder.path().to_owned());
        let home = Home::new(&env);
        Self { folder, env, home }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join(".crewmesh")
    }

    pub fn text(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).expect("it is there")
    }

    pub fn write(&self, file: &str, text: &str) {
        self.home.open().expect("a home");
        fs::write(self.path().join(file), text).expect("written");
        set_mode(&self.path().join(file), 0o600);
    }
}

#[cfg(unix)]
pub(crate) fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
}

#[cfg(not(unix))]
pub(crate) fn set_mode(_: &Path, _: u32) {}

pub(crate) fn ids(notes: Vec<Message>) -> Vec<&'static str> {
    notes.into_iter().map(|note| note.id).collect()
}
