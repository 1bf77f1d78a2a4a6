//! The hooks by which an agent comes for what others wrote, as it is given them for one
//! session. Pure. Each is a command of ours, the same in every launch: some agents ask
//! their person about one that they do not know.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::spec::{Moment, Push};

/// The plugin, in which the command stands for `COMMAND`.
const SCRIPT: &str = include_str!("../../assets/agents/opencode.push.js");
/// Its file.
pub(super) const SCRIPT_FILE: &str = "push.js";
/// The file with the hooks.
pub(super) const FILE: &str = "hooks.json";

/// How many seconds one may wait that waits for words: it is told when it is of no use
/// any more.
const LONG: u32 = 7 * 24 * 60 * 60;

/// `{EVENT:[{"hooks":[{"type":"command","command":"…"}]}]}`.
pub(super) fn hooks(push: &Push, program: &Path) -> Value {
    let of = |event: &str, moment: Moment| {
        let mut hook =
            json!({ "type": "command", "command": command(push, program, event, moment) });
        if moment == Moment::Rest {
            hook["asyncRewake"] = json!(true);
            hook["timeout"] = json!(LONG);
        }
        json!([{ "hooks": [hook] }])
    };
    push.on
        .iter()
        .map(|(event, moment)| (event.clone(), of(event, *moment)))
        .collect::<Map<_, _>>()
        .into()
}

/// A plugin of Copilot's that has nothing but hooks: its two files, each with its name.
pub(super) fn plugin(push: &Push, program: &Path) -> [(&'static str, Value); 2] {
    let of = |(event, moment): (&String, &Moment)| {
        let hook = json!({ "type": "command", "bash": command(push, program, event, *moment) });
        (event.clone(), json!([hook]))
    };
    let hooks: Value = push.on.iter().map(of).collect::<Map<_, _>>().into();
    let about = json!({
        "name": "crewmesh", "version": env!("CARGO_PKG_VERSION"), "hooks": FILE,
        "description": "What others in the mesh write, as it comes",
    });
    [("plugin.json", about), (FILE, json!({ "version": 1, "hooks": hooks }))]
}

/// The same as settings for an agent that takes TOML.
pub(super) fn settings(push: &Push, program: &Path) -> Vec<String> {
    let of = |(event, moment): (&String, &Moment)| {
        // A JSON text is a TOML text as well.
        let command = json!(command(push, program, event, *moment)).to_string();
        format!("hooks.{event}=[{{hooks=[{{type=\"command\",command={command}}}]}}]")
    };
    push.on.iter().map(of).collect()
}

/// A plugin of opencode's.
pub(super) fn script(push: &Push, program: &Path) -> String {
    let mut command = vec![program.display().to_string(), "mcp".to_owned(), "hook".to_owned()];
    for (event, moment) in &push.on {
        command.extend([moment.word().to_owned(), event.clone()]);
    }
    SCRIPT.replacen("COMMAND", &json!(command).to_string(), 1)
}

/// `text` as one word for a shell.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// For a shell.
fn command(push: &Push, program: &Path, event: &str, moment: Moment) -> String {
    let program = quoted(&program.display().to_string());
    let command = format!("{program} mcp hook {} {event}", moment.word());
    match &push.rest_where {
        Some(only) if moment == Moment::Rest => format!("{command} --only {only}"),
        _ => command,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::spec;

    #[test]
    fn each_hook_runs_a_command_of_ours() {
        let program = Path::new("/opt/ana's/crewmesh");
        let push = spec::find("claude").and_then(|spec| spec.push).expect("it is pushed to");
        let hooks = hooks(&push, program);
        let stop = &hooks["Stop"][0]["hooks"][0];
        let command =
            "'/opt/ana'\\''s/crewmesh' mcp hook rest Stop --only CLAUDE_CODE_ENTRYPOINT=cli";
        assert_eq!((&stop["command"], &stop["asyncRewake"]), (&json!(command), &json!(true)));
        let tool = &hooks["PostToolUse"][0]["hooks"][0];
        assert!(tool.get("asyncRewake").is_none() && tool.get("timeout").is_none(), "{tool}");
        let push = spec::find("codex").and_then(|spec| spec.push).expect("it is pushed to");
        for setting in settings(&push, program) {
            let table: toml::Table = toml::from_str(&setting).expect("TOML");
            let (event, hooks) =
                table["hooks"].as_table().and_then(|all| all.iter().next()).expect("one");
            let command = hooks[0]["hooks"][0]["command"].as_str().expect("a text");
            assert!(command.starts_with("'/opt/") && command.ends_with(event), "{command}");
        }
    }
}
