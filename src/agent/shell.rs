//! A shell in the place of an agent: its prompt names the mesh, so that whoever
//! is in it sees where they are. By variables and arguments alone, for those
//! shells that take it so; the person's own files stay as they are and have the
//! last word.

use std::path::Path;

use crate::secret::Secret;

/// Puts the mesh before Bash's prompt, once.
const BASH_MARK: &str = "case $PS1 in \"($CREWMESH_MESH) \"*) ;; \
    *) PS1=\"($CREWMESH_MESH) $PS1\" ;; esac";

/// What a shell is given for its prompt.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Prompt {
    pub args: Vec<String>,
    pub env: Vec<(String, Secret)>,
}

/// How the shell at `program` is brought to say `mesh`, a slug, before its
/// prompt. `command` is the `PROMPT_COMMAND` that it would have.
pub(super) fn prompt(program: &Path, mesh: &str, command: Option<&str>) -> Prompt {
    let name = program.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    let variable = |name: &str, value: String| Prompt {
        env: vec![(name.to_owned(), Secret::new(value))],
        ..Prompt::default()
    };
    match name {
        // Bash's files set PS1 after it was given: this runs after them. Below
        // a shell of another launch it is there already.
        "bash" => {
            let own = command.filter(|own| !own.starts_with(BASH_MARK));
            let own = own.map(|own| format!("{BASH_MARK}; {own}"));
            let below = command.filter(|own| own.starts_with(BASH_MARK)).map(ToOwned::to_owned);
            variable("PROMPT_COMMAND", own.or(below).unwrap_or_else(|| BASH_MARK.to_owned()))
        }
        // The right end of the line, which few files set.
        "zsh" => variable("RPS1", format!("({mesh})")),
        "fish" => {
            let mark = format!(
                "functions -q fish_prompt; and functions -c fish_prompt crewmesh_own_prompt; \
                 function fish_prompt; echo -n '({mesh}) '; \
                 if functions -q crewmesh_own_prompt; crewmesh_own_prompt; else; echo -n '> '; \
                 end; end"
            );
            Prompt { args: vec!["--init-command".into(), mark], ..Prompt::default() }
        }
        "sh" | "dash" | "ash" | "ksh" | "mksh" => variable("PS1", format!("({mesh}) $ ")),
        _ => Prompt::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_names_the_mesh_where_the_shell_takes_it() {
        let of = |program: &str| prompt(Path::new(program), "ops", None);
        assert_eq!(of("/bin/dash").env, [("PS1".to_owned(), Secret::new("(ops) $ "))]);
        assert_eq!(of("/usr/bin/zsh").env, [("RPS1".to_owned(), Secret::new("(ops)"))]);
        assert_eq!(of("/usr/bin/fish").args.len(), 2);
        assert_eq!(of("/opt/nu"), Prompt::default(), "a shell that is not known stays as it is");
    }

    #[test]
    fn what_bash_would_run_before_its_prompt_still_runs() {
        let own = prompt(Path::new("/bin/bash"), "ops", Some("history -a"));
        let first = own.env[0].1.expose();
        assert!(first.starts_with(BASH_MARK) && first.ends_with("; history -a"));
        // In a launch from within one the mark is there once, for the mesh in use.
        let nested = prompt(Path::new("/bin/bash"), "b", Some(first));
        assert_eq!(nested.env[0].1.expose(), first);
    }
}
