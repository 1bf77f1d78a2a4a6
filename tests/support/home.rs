//! A home of one's own and an environment that holds what a fresh login
//! would: nothing of the developer's machine reaches the program under test,
//! and nothing of the test reaches the developer's keyring.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{PATIENCE, crewmesh};

/// An empty home, gone when dropped.
pub struct Home {
    folder: TempDir,
    variables: BTreeMap<OsString, OsString>,
}

impl Home {
    /// An empty one.
    pub fn new() -> Self {
        let folder = TempDir::with_prefix("crewmesh-home-").expect("a temporary folder");
        let mut variables = BTreeMap::new();
        let mut set = |name: &str, value: &OsStr| {
            variables.insert(OsString::from(name), value.to_owned());
        };
        let bin = folder.path().join("bin");
        let work = folder.path().join("work");
        std::fs::create_dir(&bin).expect("an empty folder takes a folder");
        std::fs::create_dir(&work).expect("an empty folder takes a folder");
        set("HOME", folder.path().as_os_str());
        set("TERM", OsStr::new("xterm-256color"));
        set("LANG", OsStr::new("C.UTF-8"));
        set("TZ", OsStr::new("Europe/Berlin"));
        set("USER", OsStr::new("alejandro"));
        // Nobody's session bus: a keyring is there only where a test brings one.
        set("DBUS_SESSION_BUS_ADDRESS", OsStr::new("unix:path=/nonexistent/bus"));
        if !cfg!(target_os = "linux") {
            set("CREWMESH_STORE", OsStr::new("file"));
        }
        let path = std::env::join_paths([bin.as_path(), Path::new("/usr/bin"), Path::new("/bin")]);
        set("PATH", &path.expect("no colon in these"));
        for kept in ["SystemRoot", "TMPDIR", "TEMP", "TMP"] {
            if let Some(value) = std::env::var_os(kept) {
                set(kept, &value);
            }
        }
        Self { folder, variables }
    }

    /// `~`.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// `~/.crewmesh`.
    pub fn crewmesh(&self) -> PathBuf {
        self.path().join(".crewmesh")
    }

    /// The first folder on PATH.
    pub fn bin(&self) -> PathBuf {
        self.path().join("bin")
    }

    /// Where commands are run.
    pub fn work(&self) -> PathBuf {
        self.path().join("work")
    }

    /// Sets a variable for everything run from here on.
    pub fn set(&mut self, name: &str, value: impl AsRef<OsStr>) -> &mut Self {
        self.variables.insert(name.into(), value.as_ref().to_owned());
        self
    }

    /// A file under `~/.crewmesh`, as text.
    pub fn kept(&self, file: &str) -> String {
        let path = self.crewmesh().join(file);
        std::fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
    }

    /// `crewmesh` with these arguments, not yet run.
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.program(crewmesh().as_os_str(), arguments)
    }

    /// Any program in this home.
    pub fn program(&self, program: impl AsRef<OsStr>, arguments: &[&str]) -> Run {
        Run {
            program: program.as_ref().to_owned(),
            arguments: arguments.iter().map(Into::into).collect(),
            variables: self.variables.clone(),
            folder: self.work(),
        }
    }
}

/// A program about to be run.
#[derive(Clone)]
pub struct Run {
    pub program: OsString,
    pub arguments: Vec<OsString>,
    pub variables: BTreeMap<OsString, OsString>,
    pub folder: PathBuf,
}

impl Run {
    /// With this variable set.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.variables.insert(name.into(), value.as_ref().to_owned());
        self
    }

    /// With this variable unset.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.variables.remove(OsStr::new(name));
        self
    }

    /// In this folder.
    #[must_use]
    pub fn within(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.folder);
        self
    }

    /// The same, started by another program: `ip netns exec NAME`, …
    #[must_use]
    pub fn under(mut self, words: &[&str]) -> Self {
        let program = std::mem::replace(&mut self.program, words[0].into());
        let rest = words[1..].iter().map(OsString::from);
        self.arguments = rest.chain([program]).chain(self.arguments).collect();
        self
    }

    /// As the standard library starts programs.
    pub fn command(&self) -> std::process::Command {
        let mut command = std::process::Command::new(&self.program);
        command.args(&self.arguments).env_clear().envs(&self.variables).current_dir(&self.folder);
        command
    }

    /// Runs it to its end without a terminal.
    ///
    /// # Panics
    /// When it does not end.
    pub fn output(&self, stdin: &str) -> Said {
        let output = assert_cmd::Command::from_std(self.command())
            .write_stdin(stdin)
            .timeout(PATIENCE)
            .output()
            .expect("the program can be started");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// What a program said.
#[derive(Debug)]
pub struct Said {
    /// `None` when a signal or our patience ended it.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    /// The exit code must be this one.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// Stdout as the one JSON object it must be.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|fault| panic!("stdout is not one JSON value: {fault}\n{self:#?}"))
    }
}
