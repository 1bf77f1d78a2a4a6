//! A real Secret Service of one's own: a private session bus with an unlocked
//! GNOME keyring on it, in a test's home.

use std::io::{BufRead, BufReader, Write as _};
use std::process::{Child, Stdio};
use std::time::Instant;

use super::home::Home;
use super::{PATIENCE, within};

/// Runs until dropped.
pub struct Keyring {
    bus: Child,
    address: String,
    daemon: Option<Child>,
}

impl Keyring {
    /// A session bus with an unlocked keyring; the home's commands use it.
    pub fn unlocked(home: &mut Home) -> Self {
        let mut keyring = Self::bus_only(home);
        let runtime = home.path().join("run");
        std::fs::create_dir_all(&runtime).expect("the home takes folders");
        home.set("XDG_RUNTIME_DIR", &runtime);
        let mut daemon = home
            .program("gnome-keyring-daemon", &["--unlock", "--foreground", "--components=secrets"])
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("gnome-keyring-daemon can be started");
        // The password of the keyring is what it reads up to the end.
        let mut password = daemon.stdin.take().expect("piped");
        password.write_all(b"a password").expect("it reads its password");
        drop(password);
        keyring.daemon = Some(daemon);
        let deadline = Instant::now() + PATIENCE;
        // Asking who has the name starts nobody; a call before it is taken
        // would have the bus start a second daemon, a locked one.
        let owner = home.program(
            "dbus-send",
            &[
                "--session",
                "--print-reply",
                "--dest=org.freedesktop.DBus",
                "/org/freedesktop/DBus",
                "org.freedesktop.DBus.NameHasOwner",
                "string:org.freedesktop.secrets",
            ],
        );
        while !owner.output("").out.contains("boolean true") {
            assert!(Instant::now() < deadline, "nobody takes the keyring's name");
        }
        let store =
            home.program("secret-tool", &["store", "--label=probe", "crewmesh-test", "probe"]);
        while store.output("x").code != Some(0) {
            assert!(Instant::now() < deadline, "the keyring does not come up");
        }
        keyring
    }

    /// A session bus with nothing on it.
    pub fn bus_only(home: &mut Home) -> Self {
        let mut bus = home
            .program("dbus-daemon", &["--session", "--nofork", "--nopidfile", "--print-address"])
            .command()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon can be started");
        let output = bus.stdout.take().expect("piped");
        let first = within(PATIENCE, || BufReader::new(output).lines().next());
        let Some(Some(Ok(address))) = first else { panic!("a bus says its address: {first:?}") };
        home.set("DBUS_SESSION_BUS_ADDRESS", address.trim());
        Self { bus, address: address.trim().to_owned(), daemon: None }
    }

    /// Where the bus is.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// From now on it keeps its name on the bus and answers nobody.
    pub fn stall(&self) {
        let daemon = self.daemon.as_ref().expect("a keyring is running");
        let daemon = rustix::process::Pid::from_child(daemon);
        rustix::process::kill_process(daemon, rustix::process::Signal::STOP).expect("ours");
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        for process in self.daemon.iter_mut().chain([&mut self.bus]) {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
