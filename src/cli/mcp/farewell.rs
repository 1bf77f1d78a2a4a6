//! Saying that an agent is gone when its server cannot: agents end a server as they
//! like, Copilot by SIGKILL at each exit, and what Claude Code has started is killed
//! with it. A second process, of no terminal and no agent, waits for the end of the
//! first and says then what was not said. It is nobody's child: Copilot ends whatever
//! its servers have started, too. It knows no secret: it finds the person's sign-in as
//! any other command does. Below a launch the agent's companion does the same
//! ([`crate::cli::companion`]), and is told by a file.

use std::io::{self, BufRead as _, Write as _};
use std::path::PathBuf;
use std::process::{ChildStdin, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use crate::cli::context::CommandContext;
use crate::cli::globals::Globals;
use crate::environment::Environment;
use crate::environment::children::again;
use crate::home::folder::Folder;
use crate::home::sessions;

/// Who is to be said goodbye for, told to the agent's companion, or to a process that is
/// started for the first one.
#[derive(Clone, Debug, Default)]
pub(super) struct Farewell {
    /// The folder of a launch with a companion.
    folder: Option<PathBuf>,
    /// This program, and what it is given; none where there can be no other process.
    again: Option<(PathBuf, Vec<String>)>,
    told: Arc<Mutex<Option<ChildStdin>>>,
}

impl Farewell {
    /// For a server that was started with these words. Where a token is one of them
    /// there is none: everybody may read arguments.
    pub fn of(globals: &Globals, env: &Environment) -> Self {
        let mut arguments = vec!["mcp".to_owned(), "farewell".to_owned()];
        if let Some(instance) = &globals.instance {
            arguments.extend(["--instance".to_owned(), instance.clone()]);
        }
        let program = env.program.clone().filter(|_| globals.token.is_none());
        let session = env.variables.get("CREWMESH_SESSION");
        let folder = Folder::in_order(env).zip(session).and_then(|(home, session)| {
            sessions::find(home.path(), session).filter(|folder| sessions::is_accompanied(folder))
        });
        let again = program.map(|program| (program, arguments));
        Self { folder, again, told: Arc::default() }
    }

    /// From now on `session` is to be said goodbye for in `mesh`, an id.
    pub fn expects(&self, mesh: &str, session: &str) {
        match &self.folder {
            Some(folder) => sessions::note_seen(folder, Some(mesh)),
            None => self.tell(&format!("{mesh} {session}\n"), true),
        }
    }

    /// Nobody is, any more.
    pub fn is_said(&self) {
        match &self.folder {
            Some(folder) => sessions::note_seen(folder, None),
            None => self.tell("\n", false),
        }
    }

    /// Tells the process, which is started where it `may` be. Without it an agent is
    /// seen until it is missed.
    fn tell(&self, line: &str, may: bool) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none() && may {
            *told = self.again.as_ref().and_then(|(program, arguments)| {
                let process = again(program).args(arguments).stdin(Stdio::piped()).spawn();
                let mut process = process.ok()?;
                let stdin = process.stdin.take();
                // It has started another and ends: nothing is left of it.
                std::thread::spawn(move || process.wait());
                stdin
            });
        }
        if let Some(stdin) = told.as_mut() {
            let _ = stdin.write_all(line.as_bytes());
        }
    }
}

/// The other process, which starts itself once more and ends, so that what goes on is
/// `alone`: that reads until whoever started it has ended, and says goodbye for whom it
/// was told last.
pub(super) fn run(globals: &Globals, context: &CommandContext, alone: bool) -> u8 {
    if !alone {
        if let Some((program, arguments)) = Farewell::of(globals, &context.env).again {
            let mut command = again(&program);
            let _ = command.args(arguments).arg("--alone").stdin(Stdio::inherit()).spawn();
        }
        return 0;
    }
    // What ends an agent's terminal or its group does not end this.
    #[cfg(unix)]
    let _ = rustix::process::setsid();
    let last = io::stdin().lock().lines().map_while(Result::ok).last().unwrap_or_default();
    let Some((mesh, session)) = last.split_once(' ') else { return 0 };
    // Whoever cannot be reached misses it before long.
    let _ = context.online(async |connector| {
        context.sign_in(connector).await?.client.end_peer(mesh, session).await
    });
    0
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn the_process_is_told_of_the_last_and_only_where_somebody_is_seen() {
        let folder = tempfile::tempdir().expect("a folder");
        let told = folder.path().join("told");
        let script = format!("cat > {0}.new; mv {0}.new {0}", told.display());
        let again = Some((PathBuf::from("/bin/sh"), vec!["-c".to_owned(), script]));
        let farewell = Farewell { again, ..Farewell::default() };
        farewell.is_said();
        assert!(farewell.told.lock().expect("no panic").is_none());
        farewell.expects("m1", "s1");
        farewell.expects("m2", "s1");
        farewell.is_said();
        // With it goes the pipe, as with a process that ends.
        drop(farewell);
        let since = Instant::now();
        while !told.exists() && since.elapsed().as_secs() < 60 {
            std::thread::yield_now();
        }
        assert_eq!(std::fs::read_to_string(told).expect("told"), "m1 s1\nm2 s1\n\n");
    }

    #[test]
    fn a_token_among_the_words_is_not_passed_on() {
        let env = Environment {
            program: Some(PathBuf::from("/bin/crewmesh")),
            ..Environment::of(Vec::<(&str, &str)>::new().into_iter().collect())
        };
        let mut globals = Globals { instance: Some("team".into()), ..Globals::none() };
        let (program, arguments) = Farewell::of(&globals, &env).again.expect("one");
        assert_eq!(program, PathBuf::from("/bin/crewmesh"));
        assert_eq!(arguments, ["mcp", "farewell", "--instance", "team"]);
        globals.token = Some(crate::secret::Secret::new("cm_pat_x"));
        assert!(Farewell::of(&globals, &env).again.is_none());
    }
}
