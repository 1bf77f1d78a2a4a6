//! A shell in the place of an agent: its prompt names the mesh, so that whoever
//! is in it sees where they are. By variables and arguments alone, for those
//! shells that take it so; the person's own files stay as they are and have the
//! last word.

use std::path::Path;

use crate::secret::Secret;

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
        // Bash's files set PS1 after it was given: this runs after them.
        "bash" => {
            let mark = format!("case $PS1 in \"({mesh}) \"*) ;; *) PS1=\"({mesh}) $PS1\" ;; esac");
            variable("PROMPT_COMMAND", command.map_or(mark.clone(), |own| format!("{mark}; {own}")))
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
        assert!(own.env[0].1.expose().ends_with("; history -a"));
    }
}
