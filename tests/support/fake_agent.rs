//! A fake code agent: it writes down what it was given (environment,
//! arguments, the terminal's modes), waits for a line so that a test can look
//! and type, and ends with the exit code it was told.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::home::Home;

/// What the fake agent was started with, as it wrote it down.
#[derive(Debug, Default)]
pub struct AgentRun {
    pub variables: BTreeMap<String, String>,
    pub arguments: Vec<String>,
    pub modes: String,
    pub folder: String,
}

/// Puts a fake agent called `name` on the home's PATH. It ends with `code`.
pub fn fake_agent(home: &Home, name: &str, code: u8) -> PathBuf {
    let program = home.bin().join(name);
    let notes = notes(home, name);
    let script = format!(
        "#!/bin/sh\n\
         # Answers what an agent is asked for before it is started.\n\
         case \"${{1-}}\" in --version) echo 1.2.3; exit 0;; esac\n\
         {{\n\
           env | sort | sed 's/^/env /'\n\
           for argument in \"$@\"; do printf 'arg %s\\n' \"$argument\"; done\n\
           pwd | sed 's/^/dir /'\n\
           stty -a 2>&1 | sed 's/^/tty /'\n\
         }} > '{notes}.new'\n\
         mv '{notes}.new' '{notes}'\n\
         echo 'agent {name} is here'\n\
         read -r answer && echo \"agent heard $answer\"\n\
         exit {code}\n",
        notes = notes.display(),
    );
    write_program(&program, &script);
    program
}

/// Writes a program that can be started at once. Another does the writing: of a
/// file that we have open ourselves, whatever another test starts just then
/// holds a copy, and nobody may start what somebody has open to write.
pub fn write_program(file: &Path, script: &str) {
    let written = Command::new("/bin/sh")
        .args(["-c", "printf %s \"$2\" >\"$1\" && chmod 755 \"$1\"", "sh"])
        .arg(file)
        .arg(script)
        .status();
    assert!(written.expect("a shell can be started").success(), "{}", file.display());
}

/// What the fake agent called `name` was given when it was last started.
pub fn last_run(home: &Home, name: &str) -> AgentRun {
    let text = std::fs::read_to_string(notes(home, name)).expect("the fake agent was started");
    let mut last_run = AgentRun::default();
    for line in text.lines() {
        match line.split_at(4) {
            ("env ", rest) => {
                if let Some((name, value)) = rest.split_once('=') {
                    last_run.variables.insert(name.to_owned(), value.to_owned());
                }
            }
            ("arg ", rest) => last_run.arguments.push(rest.to_owned()),
            ("dir ", rest) => rest.clone_into(&mut last_run.folder),
            ("tty ", rest) => {
                last_run.modes.push_str(rest);
                last_run.modes.push('\n');
            }
            _ => {}
        }
    }
    last_run
}

fn notes(home: &Home, name: &str) -> PathBuf {
    home.path().join(format!("given-to-{name}"))
}
