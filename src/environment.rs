//! What differs from machine to machine and from terminal to terminal, read
//! once in `main` and passed down. Nothing below reads the environment, asks
//! whether stdin is a terminal, or looks for a display; so a test says what
//! the surroundings are instead of changing the process's.

pub mod children;
pub mod programs;

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use crate::error::{AppError, ErrorKind};
use crate::i18n::{Language, Message};

/// What the person's own shell is called among the agents.
pub const SHELL: &str = "shell";

/// Where this process runs.
#[derive(Clone, Debug)]
pub struct Environment {
    /// `CREWMESH_HOME`, else `~/.crewmesh`. `None` when there is no home.
    pub home: Option<PathBuf>,
    /// The working directory, where it could be told.
    pub directory: Option<PathBuf>,
    /// `~`, where there is one.
    pub user_home: Option<PathBuf>,
    /// Environment variables as they were at the start.
    pub variables: Variables,
    /// Which of our streams are terminals.
    pub terminals: Terminals,
    /// What of the desktop can be reached.
    pub desktop: Desktop,
    /// From LC_ALL, LC_MESSAGES, LANG, or the operating system; `None` when
    /// they name nothing we speak.
    pub language: Option<Language>,
    /// The login name.
    pub user: String,
    /// The host name, without its domain.
    pub host: String,
    /// `linux`, `macos`, `windows`, …
    pub os: &'static str,
    /// `x86_64`, `aarch64`, …
    pub arch: &'static str,
    /// The program that runs.
    pub program: Option<PathBuf>,
    /// It runs as root, where there is one.
    pub is_root: bool,
}

/// Which of our streams are terminals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminals {
    /// Somebody can type.
    pub stdin: bool,
    /// Somebody reads stdout as it comes.
    pub stdout: bool,
    /// Somebody reads stderr as it comes.
    pub stderr: bool,
}

/// What of the desktop can be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Desktop {
    /// We are at the far end of an SSH connection (SSH_CONNECTION, not
    /// SSH_TTY: sudo and tmux lose the latter).
    pub ssh: bool,
    /// There is a display: always on macOS and Windows, X11 or Wayland elsewhere.
    pub display: bool,
    /// Inside tmux, as TMUX says.
    pub tmux: bool,
    /// Under WSL.
    pub wsl: bool,
}

/// Environment variables, read once. Debug shows names only: a value may be a
/// token.
#[derive(Clone, Default)]
pub struct Variables(BTreeMap<OsString, OsString>);

impl std::fmt::Debug for Variables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Variables {
    /// The value of `name` where it is set, not empty, and Unicode.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(std::ffi::OsStr::new(name))?.to_str().filter(|value| !value.is_empty())
    }

    /// The value of `name`, whatever it is made of.
    pub fn get_os(&self, name: &str) -> Option<&OsString> {
        self.0.get(std::ffi::OsStr::new(name)).filter(|value| !value.is_empty())
    }

    /// What is set, of what has a name that is Unicode.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().filter_map(|name| name.to_str())
    }

    /// Whether `name` is set to anything but nothing.
    pub fn has(&self, name: &str) -> bool {
        self.get_os(name).is_some()
    }
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Variables {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl Environment {
    /// Looks around. Reads the environment, the standard streams, the host
    /// name; opens no connection and no file but one under `/proc` on Linux.
    pub fn gather() -> Self {
        let variables: Variables = env::vars_os().collect();
        let terminals = Terminals {
            stdin: std::io::stdin().is_terminal(),
            stdout: std::io::stdout().is_terminal(),
            stderr: std::io::stderr().is_terminal(),
        };
        let mut env = Self::of(variables);
        env.terminals = terminals;
        env.directory = env::current_dir().ok();
        env.program = env::current_exe().ok();
        #[cfg(unix)]
        {
            env.is_root = rustix::process::geteuid().is_root();
        }
        env.host = short(&gethostname::gethostname().to_string_lossy());
        env.desktop.wsl = is_wsl();
        if env.user_home.is_none() {
            env.user_home = etcetera::home_dir().ok();
            env.home = env.home.or_else(|| Some(env.user_home.as_ref()?.join(".crewmesh")));
        }
        if env.language.is_none() && !env.names_a_locale() {
            env.language = sys_locale::get_locale().as_deref().and_then(Language::parse);
        }
        env
    }

    /// What these variables alone tell: the start of a test's surroundings.
    pub fn of(variables: Variables) -> Self {
        let path = |name: &str| variables.get_os(name).map(PathBuf::from);
        let user_home = path("HOME").filter(|home| home.is_absolute());
        let home = path("CREWMESH_HOME").or_else(|| Some(user_home.as_ref()?.join(".crewmesh")));
        let desktop = Desktop {
            ssh: variables.has("SSH_CONNECTION") || variables.has("SSH_TTY"),
            display: cfg!(any(target_os = "macos", windows))
                || variables.has("DISPLAY")
                || variables.has("WAYLAND_DISPLAY"),
            tmux: variables.has("TMUX"),
            wsl: false,
        };
        let language = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .find_map(|name| variables.get(name))
            .and_then(Language::parse);
        let user = ["USER", "LOGNAME", "USERNAME"]
            .into_iter()
            .find_map(|name| variables.get(name))
            .unwrap_or("me")
            .to_owned();
        Self {
            home,
            directory: None,
            user_home,
            terminals: Terminals::default(),
            desktop,
            language,
            user,
            host: "this-computer".to_owned(),
            os: env::consts::OS,
            arch: env::consts::ARCH,
            program: None,
            is_root: false,
            variables,
        }
    }

    /// A browser started here would be seen by the person: a display, no SSH,
    /// or `BROWSER` says otherwise.
    pub fn can_open_browser(&self) -> bool {
        self.variables.has("BROWSER") || (self.desktop.display && !self.desktop.ssh)
    }

    /// Whether we run inside an agent that crewmesh started: then nothing
    /// here may approve or mint.
    pub fn inside_agent(&self) -> bool {
        self.variables.has("CREWMESH_SESSION")
    }

    /// The launch whose code agent this process runs below; none in a shell, which is
    /// the person's own.
    pub fn agents_session(&self) -> Option<&str> {
        let is_shell = self.variables.get("CREWMESH_AGENT") == Some(SHELL);
        self.variables.get("CREWMESH_SESSION").filter(|_| !is_shell)
    }

    /// Nothing that an agent runs gets past this: approving, minting, and
    /// changing who is signed in here are a person's. It guards against
    /// accidents; what runs as the person can do what the person can.
    ///
    /// # Errors
    /// Exit code 7, `step_up_required`.
    pub fn refuse_agents(&self) -> Result<(), AppError> {
        if !self.inside_agent() {
            return Ok(());
        }
        let message = Message::new("person-not-agent");
        Err(AppError::new(ErrorKind::NotAllowed, "step_up_required", message)
            .hint(Message::new("api-step-up-required-hint")))
    }

    /// Somebody can be asked: stdin and one of the output streams are terminals.
    pub fn can_ask(&self) -> bool {
        self.terminals.stdin && (self.terminals.stdout || self.terminals.stderr)
    }

    /// `TERM=dumb`, or no terminal to draw on.
    pub fn is_dumb(&self) -> bool {
        !self.terminals.stdout
            || self.variables.get("TERM").is_none_or(|term| term == "dumb") && cfg!(unix)
    }

    fn names_a_locale(&self) -> bool {
        ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().any(|name| self.variables.has(name))
    }
}

fn short(host: &str) -> String {
    host.split('.').next().filter(|name| !name.is_empty()).unwrap_or("this-computer").to_owned()
}

fn is_wsl() -> bool {
    cfg!(target_os = "linux")
        && std::fs::read_to_string(Path::new("/proc/sys/kernel/osrelease"))
            .is_ok_and(|release| release.to_ascii_lowercase().contains("microsoft"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Environment {
        Environment::of(pairs.iter().copied().collect())
    }

    #[test]
    fn home_is_where_it_was_said_to_be() {
        assert_eq!(of(&[("HOME", "/home/a")]).home, Some("/home/a/.crewmesh".into()));
        assert_eq!(of(&[("HOME", "/home/a"), ("CREWMESH_HOME", "/x")]).home, Some("/x".into()));
        assert_eq!(of(&[]).home, None);
    }

    #[test]
    fn no_browser_at_the_far_end_of_ssh() {
        assert!(of(&[("DISPLAY", ":0")]).can_open_browser());
        assert!(!of(&[("DISPLAY", ":0"), ("SSH_CONNECTION", "a b c d")]).can_open_browser());
        assert!(of(&[("SSH_CONNECTION", "a b c d"), ("BROWSER", "x")]).can_open_browser());
    }

    #[test]
    fn the_first_locale_that_is_set_decides() {
        assert_eq!(
            of(&[("LC_ALL", ""), ("LC_MESSAGES", "es_ES"), ("LANG", "en_US")]).language,
            Language::parse("es")
        );
        assert_eq!(of(&[("LANG", "qaa.UTF-8")]).language, None);
    }

    #[test]
    fn variables_print_their_names_only() {
        let printed = format!("{:?}", of(&[("CREWMESH_TOKEN", "cm_pat_x")]));
        assert!(printed.contains("CREWMESH_TOKEN") && !printed.contains("cm_pat_x"), "{printed}");
    }
}
