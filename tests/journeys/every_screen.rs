//! Each screen × each way out: the real binary in a real pseudo-terminal, led
//! to the screen by a person's keys, then left by Esc, Ctrl+C and the system's
//! signals, and stopped and continued. The terminal is as it was, the exit code
//! says why, and what is kept at home is as it was.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use crewmesh::wizard::screens::AnyScreen;
use rustix::process::Signal;

use super::{WAITING, approve, at_home, row};
use crate::cli::upgrade_to_team::sign_in_alone;
use crate::support::fake_agent::fake_agent;
use crate::support::github_device::{GitHubDevice, USER_CODE};
use crate::support::home::{Home, Run};
use crate::support::server::Instance;
use crate::support::terminal::{Terminal, stopped};

/// How many at once; each waits more than it works.
const HANDS: usize = 6;

/// Where a walk begins.
#[derive(Clone, Copy, PartialEq)]
enum From {
    /// Nobody was here, the embedded instance is meant.
    Nothing,
    /// Nobody was here, a team's instance is meant.
    NothingRemote,
    /// A sign-in there was begun and not ended.
    Unfinished,
    /// Signed in there, with a mesh, but not this machine.
    SignedIn,
    /// This machine too.
    Settled,
    /// The same on the embedded instance, which is known at GitHub.
    AtHome,
    /// A token for an instance that never answers.
    Silence,
}

/// A screen, where it is reached from, how, and what is seen on it alone.
type Case = (&'static str, From, fn(&Terminal), &'static str);

const BRING: &str = "Bring this machine";

const CASES: [Case; 26] = [
    ("Welcome", From::Nothing, |_| {}, BRING),
    ("Resume", From::Unfinished, |_| {}, "Go on with it"),
    (
        "Instances",
        From::Nothing,
        |at| {
            at.shows(BRING).press("i");
        },
        "Which instance do you want",
    ),
    (
        "SignIn",
        From::NothingRemote,
        |at| {
            at.shows(BRING).press("enter");
        },
        WAITING,
    ),
    (
        "ApproveHere",
        From::Nothing,
        |at| {
            at.shows(BRING).press("enter").shows(WAITING).press("a");
        },
        "▸ Deny",
    ),
    (
        "ApproveCode",
        From::Settled,
        |at| {
            at.shows("▸ Continue").paste("WDJB-MJPV");
        },
        "crewmesh  another device",
    ),
    (
        "BigQr",
        From::NothingRemote,
        |at| {
            at.shows(BRING).press("enter").shows(WAITING).press("f").hides(WAITING);
        },
        "████",
    ),
    (
        "Token",
        From::NothingRemote,
        |at| {
            at.shows(BRING).press("4").shows("Recognised");
            at.paste("cm_pat_abc");
        },
        "•••",
    ),
    (
        "Join",
        From::NothingRemote,
        |at| {
            at.shows(BRING).paste("https://mesh.example.org/i/ABCDE-23456-FGHIJ-67234");
        },
        "not used on this machine",
    ),
    (
        "CreateAccount",
        From::Nothing,
        |at| {
            at.shows(BRING).press("i").shows("Which instance do you want").press("2");
            at.shows(BRING).press("5");
        },
        "crewmesh  create an account",
    ),
    ("Status", From::Silence, |_| {}, "○ Use the sign-in"),
    ("Launch", From::Settled, |_| {}, "▸ Continue"),
    ("Meshes", From::Settled, |at| row(at, "Mesh"), "Which mesh?"),
    (
        "Members",
        From::Settled,
        |at| {
            at.shows("▸ Continue").press("m");
        },
        "Who is in Platform team",
    ),
    (
        "CreateMesh",
        From::Settled,
        |at| {
            row(at, "Mesh");
            at.shows("Which mesh?").send(b"Night").shows("Night").press("enter");
        },
        "Short name",
    ),
    ("Machines", From::Settled, |at| row(at, "Machine"), "Which machine?"),
    ("NameMachine", From::SignedIn, |_| {}, "Name this machine"),
    (
        "Places",
        From::Settled,
        |at| {
            row(at, "Machine");
            at.shows("Which machine?").press("down").shows("▸ 2  Place").press("enter");
        },
        "Where is it?",
    ),
    ("DisplayName", From::Settled, |at| row(at, "Name"), "what others in the mesh see"),
    ("RoleTag", From::Settled, |at| row(at, "Role"), "a tag that others see"),
    ("Agents", From::Settled, |at| row(at, "Agent"), "What should be started?"),
    ("Providers", From::Settled, providers, "claude works with it"),
    (
        "ConnectProvider",
        From::Settled,
        |at| {
            providers(at);
            at.press("enter");
        },
        "How should Anthropic be connected?",
    ),
    (
        "ProviderCode",
        From::AtHome,
        |at| {
            providers(at);
            at.press("7").shows("How should GitHub").press("enter").shows(USER_CODE);
        },
        "Waiting for GitHub",
    ),
    (
        "ProviderKey",
        From::Settled,
        |at| {
            providers(at);
            at.press("enter").shows("2  Paste a key").press("2");
        },
        "Paste a key of Anthropic",
    ),
    (
        "ModelServer",
        From::Settled,
        |at| {
            providers(at);
            at.press("2");
        },
        "Where is your model server",
    ),
];

fn providers(at: &Terminal) {
    at.shows("▸ Continue").press("p").shows("1  Anthropic");
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum WayOut {
    Esc,
    CtrlC,
    Terminate,
    HangUp,
}

const WAYS: [WayOut; 4] = [WayOut::Esc, WayOut::CtrlC, WayOut::Terminate, WayOut::HangUp];

/// What the walks begin with, made once.
struct Ground {
    url: String,
    silent: TcpListener,
    unfinished: Home,
    signed_in: Home,
    settled: Home,
    at_home: Home,
    github: GitHubDevice,
}

impl Ground {
    fn new(server: &Instance, fresh: &Instance) -> Self {
        let signed_in = |server: &Instance| {
            let home = Home::new();
            let mut terminal = home.run(&["login", "--instance", &server.url()]).terminal(80, 24);
            terminal.shows(WAITING);
            approve(&terminal, &server.url());
            terminal.exits(0);
            home.run(&["create", "Platform team"]).output("").exits(0);
            home
        };
        let (settled, named) = (signed_in(server), signed_in(fresh));
        settled.run(&["machine", "register", "Radiology 3", "-y"]).output("").exits(0);
        let unfinished = Home::new();
        let start = ["login", "--start", "--instance", &server.url()];
        unfinished.run(&start).output("").exits(0);
        let at_home = Home::new();
        sign_in_alone(&at_home, "alejandro");
        at_home.run(&["create", "alejandro's mesh"]).output("").exits(0);
        at_home.run(&["machine", "register", "-y"]).output("").exits(0);
        let github = GitHubDevice::start();
        let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
        Self { url: server.url(), silent, unfinished, signed_in: named, settled, at_home, github }
    }

    /// A home of its own for one walk, and the command that begins it.
    fn begin(&self, from: From) -> (Home, Run) {
        let home = at_home();
        fake_agent(&home, "claude", 0);
        let kept = match from {
            From::Unfinished => Some(&self.unfinished),
            From::SignedIn => Some(&self.signed_in),
            From::Settled => Some(&self.settled),
            From::AtHome => Some(&self.at_home),
            From::Nothing | From::NothingRemote | From::Silence => None,
        };
        if let Some(kept) = kept {
            copy(&kept.crewmesh(), &home.crewmesh());
        }
        let run = match from {
            From::Nothing => home.run(&[]),
            From::NothingRemote => home.run(&["--no-browser", "--instance", &self.url]),
            From::Unfinished => home.run(&["login", "--instance", &self.url]),
            From::SignedIn | From::Settled => home.run(&["--choose"]),
            From::AtHome => {
                let [address, client] = self.github.variables();
                let run = home.run(&["--choose"]).with(address.0, address.1);
                run.with(client.0, client.1)
            }
            From::Silence => {
                let at = self.silent.local_addr().expect("an address");
                let token = format!("cm_pat_{}", "a".repeat(52));
                let named = ["--instance", &format!("http://{at}")];
                home.run(&named).with("CREWMESH_TOKEN", token)
            }
        };
        (home, run)
    }
}

/// A folder and everything in it, with the modes it has.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a home takes folders");
    fs::set_permissions(to, fs::metadata(from).expect("it is there").permissions()).expect("ours");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("a home takes files");
        }
    }
}

/// Every file with a sign-in, finished or not.
fn kept(home: &Home) -> BTreeMap<String, Vec<u8>> {
    let mut kept = BTreeMap::new();
    let pending = fs::read_dir(home.crewmesh().join("pending"));
    let pending = pending.into_iter().flatten().flatten().map(|file| file.path());
    for file in pending.chain([home.crewmesh().join("auth.json")]) {
        if let Ok(bytes) = fs::read(&file) {
            kept.insert(file.file_name().expect("a file").to_string_lossy().into_owned(), bytes);
        }
    }
    kept
}

/// What is seen, but for the countdown in the first row.
fn seen(screen: &vt100::Screen) -> String {
    screen.contents().split_once('\n').map_or_else(String::new, |(_, rest)| rest.to_owned())
}

fn leave(terminal: &mut Terminal, way: WayOut, mark: &str) {
    match way {
        WayOut::Esc => {
            stop_and_go_on(terminal, mark);
            while terminal.runs() {
                let before = terminal.look(seen);
                terminal.press("esc");
                terminal.wait("Esc to lead back", |now| !terminal.runs() || seen(now) != before);
            }
            terminal.exits(0);
        }
        WayOut::CtrlC => {
            terminal.press("ctrl+c");
            terminal.exits(130);
        }
        WayOut::Terminate => {
            terminal.signal(Signal::TERM);
            terminal.exits(143);
        }
        WayOut::HangUp => {
            terminal.signal(Signal::HUP);
            terminal.exits(129);
        }
    }
}

/// The shell has a whole terminal meanwhile, and the screen comes back.
fn stop_and_go_on(terminal: &Terminal, mark: &str) {
    terminal.signal(Signal::TSTP);
    terminal.wait("the screen to be left", |screen| !screen.alternate_screen());
    stopped(terminal);
    terminal.whole();
    terminal.signal(Signal::CONT);
    terminal.wait("the same screen again", |screen| {
        screen.alternate_screen() && screen.bracketed_paste() && screen.contents().contains(mark)
    });
}

fn walk(ground: &Ground, (_, from, connector, mark): Case, way: WayOut) {
    let (home, run) = ground.begin(from);
    let mut terminal = run.terminal(80, 24);
    connector(&terminal);
    terminal.shows(mark);
    let before = kept(&home);
    leave(&mut terminal, way, mark);
    terminal.whole();
    let raw = terminal.raw();
    let (taken, given) = (raw.matches("\x1b[?1049h").count(), raw.matches("\x1b[?1049l").count());
    assert_eq!(taken, given, "taken as often as given back: {}", raw.escape_debug());
    let after = kept(&home);
    // A code that was waited for can be gone on with, whoever is signed in is
    // still, and nothing else came.
    assert!(before == after, "{before:?}\nis now {after:?}");
}

#[test]
fn every_way_out_of_every_screen_leaves_the_terminal_as_it_was() {
    let named: Vec<_> = CASES.iter().map(|(screen, ..)| *screen).collect();
    assert_eq!(named, AnyScreen::NAMES, "each screen has its walk");
    let (server, fresh) = (Instance::start(), Instance::start());
    let ground = Ground::new(&server, &fresh);
    let walks: Vec<_> = CASES.iter().flat_map(|case| WAYS.map(|way| (*case, way))).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let hands: Vec<_> = (0..HANDS)
            .map(|_| {
                scope.spawn(|| {
                    while let Some((case, way)) = walks.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let walked = std::panic::AssertUnwindSafe(|| walk(&ground, *case, *way));
                        if let Err(fault) = std::panic::catch_unwind(walked) {
                            eprintln!("on {} by {way:?}", case.0);
                            std::panic::resume_unwind(fault);
                        }
                    }
                })
            })
            .collect();
        for hand in hands {
            hand.join().expect("every walk ends well");
        }
    });
}
