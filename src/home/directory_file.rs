//! What a directory says about where its agents belong: `.crewmesh.toml`, the
//! *name* of an instance somebody is signed in to already, and a mesh.
//! Surprising rule: a file that came with somebody else's code decides nothing
//! by itself. It is read only when this user or root owns it, only up to the
//! repository's root or home, never holds an address, and a new one is asked
//! about once.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::environment::Environment;
use crate::i18n::{Message, printable};
use crate::regular_file;
use crate::secret::Secret;

/// Its name in a directory.
pub const FILE_NAME: &str = ".crewmesh.toml";

/// The most of a file that is read, in bytes.
const LARGEST_FILE: u64 = 64 * 1024;

/// What a directory says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryChoice {
    /// The file that says so.
    pub file: PathBuf,
    /// Name of an instance already signed in to.
    pub instance: Option<String>,
    /// Slug of a mesh.
    pub mesh: Option<String>,
}

impl DirectoryChoice {
    /// What the answer to "use it?" is remembered by: another file, or another
    /// content, is asked about again.
    pub fn fingerprint(&self) -> String {
        let part = |text: &Option<String>| text.clone().unwrap_or_default();
        let text =
            format!("{}\n{}\n{}", self.file.display(), part(&self.instance), part(&self.mesh));
        data_encoding::HEXLOWER.encode(&Secret::new(text).sha256())
    }
}

/// What was found on the way up from the working directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    Nothing,
    /// A file that says something.
    Choice(DirectoryChoice),
    /// A file that is not heard, and why: to be said.
    Ignored {
        file: PathBuf,
        /// Why it is not heard.
        because: Message,
    },
}

#[derive(Deserialize)]
struct Contents {
    instance: Option<String>,
    mesh: Option<String>,
}

/// Looks from the working directory up to the repository's root or home;
/// where neither is above it, only in the directory itself. The nearest file
/// counts.
pub fn find(env: &Environment) -> Found {
    let Some(start) = env.directory.as_deref() else { return Found::Nothing };
    let top = top(start, env.user_home.as_deref());
    for directory in start.ancestors() {
        let file = directory.join(FILE_NAME);
        match read(&file) {
            Ok(None) => {}
            Ok(Some(contents)) => return checked(file, contents),
            Err(because) => return Found::Ignored { file, because },
        }
        if directory == top {
            break;
        }
    }
    Found::Nothing
}

fn top<'a>(start: &'a Path, home: Option<&Path>) -> &'a Path {
    start
        .ancestors()
        .find(|directory| Some(*directory) == home || directory.join(".git").exists())
        .unwrap_or(start)
}

fn read(path: &Path) -> Result<Option<String>, Message> {
    let unreadable = |error: std::io::Error| {
        Message::new("directory-unreadable").with("what", error.to_string())
    };
    // Opened first and asked afterwards: what is read is what was checked.
    let mut file = match regular_file::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == ErrorKind::InvalidInput => {
            return Err(Message::new("directory-not-a-file"));
        }
        Err(error) => return Err(unreadable(error)),
    };
    let metadata = file.metadata().map_err(unreadable)?;
    if !is_ours(&metadata) {
        return Err(Message::new("directory-of-another-user"));
    }
    let bytes = regular_file::read_open(&mut file, LARGEST_FILE).map_err(unreadable)?;
    // What is no text is no file of ours either.
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(unix)]
fn is_ours(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.uid() == 0 || metadata.uid() == rustix::process::geteuid().as_raw()
}

// Windows keeps other people out of a profile by its access lists.
#[cfg(not(unix))]
fn is_ours(_: &std::fs::Metadata) -> bool {
    true
}

fn checked(file: PathBuf, contents: String) -> Found {
    let ignored = |because| Found::Ignored { file: file.clone(), because };
    let Ok(contents) = toml::from_str::<Contents>(&contents) else {
        return ignored(Message::new("directory-malformed"));
    };
    if contents.instance.as_deref().is_some_and(|name| !is_name(name)) {
        return ignored(Message::new("directory-names-an-address"));
    }
    if contents.mesh.as_deref().is_some_and(|mesh| !crate::slug::is_slug(mesh)) {
        return ignored(Message::new("directory-malformed"));
    }
    if contents.instance.is_none() && contents.mesh.is_none() {
        return Found::Nothing;
    }
    Found::Choice(DirectoryChoice { file, instance: contents.instance, mesh: contents.mesh })
}

/// A name as `auth.json` keeps them (a host, with a port where it has one, or
/// what the person chose), never a URL.
fn is_name(name: &str) -> bool {
    (1..=255).contains(&name.len())
        && printable(name) == name
        && !name.contains(|c: char| c.is_whitespace() || matches!(c, '/' | '\\' | '@' | '?' | '#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(directory: &Path, home: Option<&Path>) -> Environment {
        let mut env = Environment::of([("A", "b")].into_iter().collect());
        env.directory = Some(directory.to_owned());
        env.user_home = home.map(Path::to_owned);
        env
    }

    fn write(directory: &Path, text: &str) {
        std::fs::create_dir_all(directory).expect("made");
        std::fs::write(directory.join(FILE_NAME), text).expect("written");
    }

    #[test]
    fn the_nearest_file_up_to_the_repository_counts() {
        let top = tempfile::tempdir().expect("a directory");
        let repository = top.path().join("repo");
        let below = repository.join("a/b");
        std::fs::create_dir_all(&below).expect("made");
        std::fs::create_dir(repository.join(".git")).expect("made");
        write(top.path(), "instance = 'outside'");
        assert_eq!(find(&environment(&below, None)), Found::Nothing);
        write(&repository, "instance = 'mesh.example.org'\nmesh = 'platform'");
        let Found::Choice(choice) = find(&environment(&below, None)) else {
            panic!("nothing found");
        };
        assert_eq!(choice.instance.as_deref(), Some("mesh.example.org"));
        assert_eq!(choice.mesh.as_deref(), Some("platform"));
        write(&below, "mesh = 'nearer'");
        let Found::Choice(nearer) = find(&environment(&below, None)) else {
            panic!("nothing found");
        };
        assert_eq!(nearer.mesh.as_deref(), Some("nearer"));
        assert_ne!(nearer.fingerprint(), choice.fingerprint());
    }

    #[test]
    fn outside_of_repository_and_home_only_the_directory_itself_is_looked_at() {
        let top = tempfile::tempdir().expect("a directory");
        let below = top.path().join("a");
        std::fs::create_dir(&below).expect("made");
        write(top.path(), "mesh = 'outside'");
        assert_eq!(find(&environment(&below, None)), Found::Nothing);
        assert!(matches!(find(&environment(&below, Some(top.path()))), Found::Choice(_)));
    }

    #[test]
    fn an_address_or_a_broken_file_is_not_heard() {
        let top = tempfile::tempdir().expect("a directory");
        for (text, id) in [
            ("instance = 'https://evil.example'", "directory-names-an-address"),
            ("instance = 'evil.example/x'", "directory-names-an-address"),
            ("mesh = '../x'", "directory-malformed"),
            ("instance = ", "directory-malformed"),
        ] {
            write(top.path(), text);
            match find(&environment(top.path(), None)) {
                Found::Ignored { because, .. } => assert_eq!(because.id, id, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }
}
