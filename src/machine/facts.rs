//! What this computer is: the device an approval card shows, and the anchor by
//! which an account finds its machine again.
//!
//! The surprising rule: the anchor never looks at a network card. A MAC
//! address changes with a dock, a container or a privacy setting, and a
//! machine that changes its identity is registered again and again.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::Stdio;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::environment::Environment;
use crate::environment::children::tool;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, printable};
use crate::regular_file;
use crate::secret::random_bytes;
use crate::wire::{Device, LONGEST_DEVICE_NAME};

/// No machine's id comes near this many bytes.
const LARGEST_ID: u64 = 4096;

/// The device as the approval card shows it. The name is the one the owner
/// gave this computer (`/etc/machine-info`) where there is one, else the host
/// name.
pub fn device(env: &Environment) -> Device {
    let pretty = (env.os == "linux").then(|| pretty_name(Path::new("/etc/machine-info")));
    let name = pretty.flatten().unwrap_or_else(|| env.host.clone());
    Device {
        device_name: printable(&name).chars().take(LONGEST_DEVICE_NAME).collect(),
        device_os: env.os.to_owned(),
        device_arch: env.arch.to_owned(),
    }
}

/// Hex SHA-256 over the instance's id, the operating system's machine id and
/// the user's id in it: so two people on one box have two machines, and one
/// person on two instances cannot be matched by it.
///
/// Where the operating system has no machine id, a random one is made once and
/// kept in `home`.
///
/// # Errors
/// When there is no machine id and none can be kept in `home`.
pub fn anchor(env: &Environment, home: &Path, instance_id: &str) -> Result<String, AppError> {
    let machine = match os_machine_id(env) {
        Some(id) => id,
        None => stored_machine_id(home)?,
    };
    Ok(digest(instance_id, &machine, &user_id(env)))
}

/// Each part is preceded by its length, so that no two triples read alike.
fn digest(instance_id: &str, machine: &str, user: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"crewmesh machine anchor 1");
    for part in [instance_id, machine, user] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    HEXLOWER.encode(&hash.finalize())
}

fn pretty_name(file: &Path) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix("PRETTY_HOSTNAME="))?;
    let name = value.trim().trim_matches(['"', '\'']).trim();
    (!name.is_empty()).then(|| name.to_owned())
}

fn os_machine_id(env: &Environment) -> Option<String> {
    match env.os {
        "macos" | "ios" => {
            output_of(env, "/usr/sbin/ioreg", &["-rd1", "-c", "IOPlatformExpertDevice"])
                .and_then(|text| quoted_value(&text, "\"IOPlatformUUID\""))
        }
        "windows" => {
            let root = env.variables.get("SystemRoot").unwrap_or("C:\\Windows");
            let reg = Path::new(root).join("System32").join("reg.exe");
            let key = "HKLM\\SOFTWARE\\Microsoft\\Cryptography";
            output_of(env, reg, &["query", key, "/v", "MachineGuid", "/reg:64"])
                .and_then(|text| text.split_whitespace().last().and_then(valid_id))
        }
        _ => ["/etc/machine-id", "/var/lib/dbus/machine-id", "/etc/hostid"]
            .into_iter()
            .find_map(|file| valid_id(&fs::read_to_string(file).ok()?)),
    }
}

/// What a program of the operating system's, named by its full path, prints.
fn output_of(env: &Environment, program: impl AsRef<OsStr>, arguments: &[&str]) -> Option<String> {
    let output = tool(env, program).args(arguments).stdout(Stdio::piped()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn quoted_value(text: &str, key: &str) -> Option<String> {
    let rest = text.split_once(key)?.1.split_once('=')?.1;
    valid_id(rest.split('"').nth(1)?)
}

/// An id that tells machines apart: systemd writes `uninitialized` into an
/// image that was not started yet, and some images hold nothing but zeros.
fn valid_id(text: &str) -> Option<String> {
    let id = text.trim().to_ascii_lowercase();
    let digits: String = id.chars().filter(|c| *c != '-').collect();
    let is_distinct = digits.len() >= 8
        && digits.chars().all(|c| c.is_ascii_hexdigit())
        && digits.chars().any(|c| c != '0');
    is_distinct.then_some(id)
}

#[cfg(unix)]
fn user_id(_: &Environment) -> String {
    rustix::process::getuid().as_raw().to_string()
}

#[cfg(not(unix))]
fn user_id(env: &Environment) -> String {
    let domain = env.variables.get("USERDOMAIN").unwrap_or_default();
    format!("{domain}\\{}", env.user).to_lowercase()
}

/// The random id kept in `home/machine-id`, made on first need. Two processes
/// at once end with the same one: whoever cannot make the file reads it.
fn stored_machine_id(home: &Path) -> Result<String, AppError> {
    let file = home.join("machine-id");
    match read_stored(&file) {
        Ok(Some(id)) => return Ok(id),
        Ok(None) => {}
        Err(error) => return Err(not_stored(&file, &error)),
    }
    let id = HEXLOWER.encode(&random_bytes::<16>());
    match store(home, &file, &id) {
        Ok(()) => Ok(id),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            read_stored(&file).ok().flatten().ok_or_else(|| not_stored(&file, &error))
        }
        Err(error) => Err(not_stored(&file, &error)),
    }
}

fn read_stored(file: &Path) -> std::io::Result<Option<String>> {
    match regular_file::read_text(file, LARGEST_ID) {
        Ok(text) => Ok(valid_id(&text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Written whole under another name first (0600, as tempfile makes them), then
/// given its own only if nobody has it yet.
fn store(home: &Path, file: &Path, id: &str) -> std::io::Result<()> {
    let mut line = String::new();
    let _ = writeln!(line, "{id}");
    let mut temporary = tempfile::NamedTempFile::new_in(home)?;
    temporary.write_all(line.as_bytes())?;
    temporary.as_file().sync_all()?;
    temporary.persist_noclobber(file).map_err(|error| error.error)?;
    Ok(())
}

fn not_stored(file: &Path, error: &std::io::Error) -> AppError {
    AppError::new(
        ErrorKind::Internal,
        "machine_id_not_kept",
        Message::new("machine-id-not-kept")
            .with("file", file.display().to_string())
            .with("why", error.to_string()),
    )
    .hint(Message::new("machine-id-not-kept-hint"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_differs_by_instance_machine_and_user() {
        let one = digest("i", "m", "1000");
        assert_eq!(one.len(), 64);
        assert_eq!(one, digest("i", "m", "1000"));
        for other in [digest("j", "m", "1000"), digest("i", "n", "1000"), digest("i", "m", "1001")]
        {
            assert_ne!(one, other);
        }
        assert_ne!(digest("ab", "c", "d"), digest("a", "bc", "d"));
    }

    #[test]
    fn an_id_that_tells_nothing_is_none() {
        assert_eq!(valid_id("uninitialized\n"), None);
        assert_eq!(valid_id(""), None);
        assert_eq!(valid_id("00000000-0000-0000-0000-000000000000"), None);
        assert_eq!(
            valid_id("9F2C41D8A0B34E5F9F2C41D8A0B34E5F\n").as_deref(),
            Some("9f2c41d8a0b34e5f9f2c41d8a0b34e5f")
        );
    }

    #[test]
    fn a_mac_says_its_id_between_quotes() {
        let said = "  \"IOPlatformUUID\" = \"0A1B2C3D-0000-1111-2222-333344445555\"\n";
        assert_eq!(
            quoted_value(said, "\"IOPlatformUUID\"").as_deref(),
            Some("0a1b2c3d-0000-1111-2222-333344445555")
        );
    }

    #[test]
    fn a_random_id_is_made_once() {
        let home = tempfile::tempdir().unwrap();
        let first = stored_machine_id(home.path()).unwrap();
        assert_eq!(stored_machine_id(home.path()).unwrap(), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(home.path().join("machine-id")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_home_that_cannot_keep_it_says_so() {
        let error = stored_machine_id(Path::new("/nonexistent/home")).unwrap_err();
        assert_eq!(error.code, "machine_id_not_kept");
    }

    #[test]
    fn the_owners_name_for_the_computer_comes_first() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("machine-info");
        fs::write(&file, "CHASSIS=laptop\nPRETTY_HOSTNAME=\"Ana's laptop\"\n").unwrap();
        assert_eq!(pretty_name(&file).as_deref(), Some("Ana's laptop"));
        fs::write(&file, "CHASSIS=laptop\n").unwrap();
        assert_eq!(pretty_name(&file), None);
    }
}
