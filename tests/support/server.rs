//! An instance as whoever runs one has it: `crewmesh serve`, in a process of
//! its own, so that it can be stopped, killed and started again.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::Instant;

use super::PATIENCE;
use super::home::Home;
use super::port::Port;

/// A running instance.
pub struct Instance {
    /// Where its database lies.
    pub home: Home,
    port: Port,
    /// The address of the balancer in front of it, where there is one.
    public: Option<String>,
    arguments: Vec<String>,
    process: Option<Child>,
    /// What it said so far.
    pub said: Vec<String>,
    still: Option<mpsc::Receiver<String>>,
}

impl Instance {
    /// An empty one on a free port, where anybody may sign up.
    pub fn start() -> Self {
        Self::start_with(&["--sign-up", "open"])
    }

    /// The same with other arguments.
    pub fn start_with(arguments: &[&str]) -> Self {
        let mut instance = Self::of(arguments);
        instance.up();
        instance
    }

    /// One that listens on `port` and is reached at `public`.
    pub fn start_behind(public: &str, port: Port) -> Self {
        let mut instance = Self::of(&["--sign-up", "open"]);
        instance.port = port;
        instance.public = Some(public.to_owned());
        instance.up();
        instance
    }

    /// One that writes down all it can, in this form.
    pub fn logging(form: &str) -> Self {
        let mut instance = Self::of(&["--sign-up", "open", "--log", form]);
        instance.home.set("CREWMESH_LOG", "debug");
        instance.up();
        instance
    }

    /// One that sends mails by this server.
    pub fn mailing(smtp: &str) -> Self {
        let mut instance = Self::of(&["--sign-up", "open", "--smtp-from", "mesh@example.org"]);
        instance.home.set("CREWMESH_SMTP_URL", smtp);
        instance.up();
        instance
    }

    /// One that finds providers where these variables say.
    pub fn asking(variables: &[(&str, &str)]) -> Self {
        let mut instance = Self::of(&["--sign-up", "open"]);
        for (name, value) in variables {
            instance.home.set(name, value);
        }
        instance.up();
        instance
    }

    /// One on the database of somebody's own home.
    pub fn in_home(home: Home, arguments: &[&str]) -> Self {
        let mut instance = Self::of(arguments);
        instance.home = home;
        instance.up();
        instance
    }

    /// One where people may also come by what `file` names; writes down all it
    /// can.
    pub fn vouched(file: &std::path::Path, secret: (&str, &str)) -> Self {
        let file = file.to_str().expect("UTF-8");
        let mut instance = Self::of(&["--sign-up", "open", "--log", "text", "--upstreams", file]);
        instance.home.set("CREWMESH_LOG", "debug").set(secret.0, secret.1);
        instance.up();
        instance
    }

    /// One that speaks TLS itself, as `localhost`.
    pub fn on_https(certificate: &std::path::Path, key: &std::path::Path) -> Self {
        let files = [certificate, key].map(|file| file.to_str().expect("UTF-8"));
        let mut instance =
            Self::of(&["--log", "text", "--tls-cert", files[0], "--tls-key", files[1]]);
        instance.public = Some(format!("https://localhost:{}", instance.port.number()));
        instance.up();
        instance
    }

    /// One of several on a database, behind a balancer at `public`.
    pub fn node(public: &str, database: &str, key: &str) -> Self {
        Self::node_with(public, database, key, &[])
    }

    /// The same, told more.
    pub fn node_with(public: &str, database: &str, key: &str, arguments: &[&str]) -> Self {
        let mut instance = Self::of(&[&["--sign-up", "open"], arguments].concat());
        instance.home.set("CREWMESH_DATABASE", database).set("CREWMESH_INSTANCE_KEY", key);
        instance.public = Some(public.to_owned());
        instance.up();
        instance
    }

    /// One on a database of its own, with other arguments.
    pub fn start_on(database: &str, key: &str, arguments: &[&str]) -> Self {
        let mut instance = Self::of(arguments);
        instance.home.set("CREWMESH_DATABASE", database).set("CREWMESH_INSTANCE_KEY", key);
        instance.up();
        instance
    }

    /// One that was not started yet, on the database file at `path`.
    pub fn of_file(path: &std::path::Path, arguments: &[&str]) -> Self {
        let mut instance = Self::of(arguments);
        instance.home.set("CREWMESH_DATABASE", path);
        instance
    }

    fn of(arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        Self {
            home: Home::new(),
            port: Port::free(),
            public: None,
            arguments,
            process: None,
            said: Vec::new(),
            still: None,
        }
    }

    /// Its base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.host())
    }

    /// Its host and port, which is what a client calls it.
    pub fn host(&self) -> String {
        self.port.host()
    }

    /// The number of its process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// Starts it on the same port with the same database.
    pub fn up(&mut self) {
        let (listen, url) = (self.host(), self.public.clone().unwrap_or_else(|| self.url()));
        let mut arguments = vec!["serve", "--listen", &listen, "--public-url", &url];
        arguments.extend(self.arguments.iter().map(String::as_str));
        let mut process = self
            .home
            .run(&arguments)
            .command()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        let (lines, said) = mpsc::channel();
        for stream in [
            process.stdout.take().map(|out| Box::new(out) as Box<dyn std::io::Read + Send>),
            process.stderr.take().map(|err| Box::new(err) as Box<dyn std::io::Read + Send>),
        ] {
            let (stream, lines) = (stream.expect("piped"), lines.clone());
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let _ = lines.send(line);
                }
            });
        }
        drop(lines);
        self.process = Some(process);
        self.said.clear();
        let deadline = Instant::now() + PATIENCE;
        // It says where it is once it listens there.
        while !self.said.iter().any(|line| line.contains(&url)) {
            let left = deadline.saturating_duration_since(Instant::now());
            match said.recv_timeout(left) {
                Ok(line) => self.said.push(line),
                Err(fault) => panic!("the instance does not start ({fault}): {:#?}", self.said),
            }
        }
        self.said.extend(said.try_iter());
        self.still = Some(said);
    }

    /// Waits until it says a line with this in it.
    pub fn says(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut at = 0;
        loop {
            if let Some(line) = self.said[at..].iter().find(|line| line.contains(text)) {
                return line.clone();
            }
            at = self.said.len();
            let left = deadline.saturating_duration_since(Instant::now());
            match self.still.as_ref().expect("it was started").recv_timeout(left) {
                Ok(line) => self.said.push(line),
                Err(fault) => panic!("it does not say {text:?} ({fault}): {:#?}", self.said),
            }
        }
    }

    /// Stops it, and gives everything it ever said.
    #[cfg(unix)]
    pub fn all_it_said(&mut self) -> String {
        self.down();
        // Its end closed both streams.
        self.said.extend(self.still.take().into_iter().flatten());
        self.said.join("\n")
    }

    /// Where people reach it.
    pub fn public(&self) -> String {
        self.public.clone().unwrap_or_else(|| self.url())
    }

    /// Tells it that its certificate was renewed.
    #[cfg(unix)]
    pub fn hang_up(&self) {
        self.signal(rustix::process::Signal::HUP);
    }

    #[cfg(unix)]
    fn signal(&self, signal: rustix::process::Signal) {
        let process = self.process.as_ref().expect("it runs");
        let pid = i32::try_from(process.id()).expect("a process id");
        let pid = rustix::process::Pid::from_raw(pid).expect("a process id");
        rustix::process::kill_process(pid, signal).expect("it runs");
    }

    /// Stops it as an operator does, and waits until it is gone.
    #[cfg(unix)]
    pub fn down(&mut self) {
        if self.process.is_some() {
            self.signal(rustix::process::Signal::TERM);
        }
        let Some(mut process) = self.process.take() else { return };
        let pid = rustix::process::Pid::from_child(&process);
        let Some(status) = super::within(PATIENCE, move || process.wait()) else {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            self.said.extend(self.still.iter().flat_map(mpsc::Receiver::try_iter));
            panic!("the instance does not stop: {:#?}", self.said);
        };
        let status = status.expect("our own child");
        assert!(status.success(), "an instance that is stopped ends well: {status}");
    }

    /// Kills it, as a power cut does.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.kill();
    }
}
