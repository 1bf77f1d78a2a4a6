//! An agent that takes no server for one session from whoever starts it: its person
//! gives it one, once, by its own command. Said at each start until that was done, and
//! never done for them: what stands in an agent's own files is the person's.

use std::fs;

use super::inject::SERVER;
use super::spec;
use crate::environment::Environment;
use crate::i18n::Message;
use crate::model::LaunchPlan;

/// What the person is told, where the agent of `plan` is to have the mesh as tools and
/// will not.
pub fn to_be_done(plan: &LaunchPlan, env: &Environment) -> Option<Message> {
    let mcp = spec::find(&plan.agent)?.mcp.filter(|_| plan.mcp && !env.is_root)?;
    let by_hand = mcp.by_hand?;
    let kept = env.user_home.as_ref()?.join(by_hand.kept);
    let is_done = fs::read_to_string(kept).is_ok_and(|text| text.contains(SERVER));
    let said = Message::new("launch-by-hand").with("agent", plan.agent.clone());
    (!is_done).then(|| said.with("command", by_hand.command))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::model::Delivery;

    #[test]
    fn it_is_said_until_it_is_done_and_never_to_root() {
        let home = tempfile::tempdir().expect("a folder");
        let variables = [("HOME", home.path().as_os_str())];
        let mut env = Environment::of(variables.into_iter().collect());
        let mut plan = LaunchPlan {
            program: PathBuf::from("/usr/bin/gemini"),
            agent: "gemini".into(),
            arguments: Vec::new(),
            instance: "local".into(),
            mesh: "ops".into(),
            machine: "lab".into(),
            name: "Ana".into(),
            role: None,
            messages: Delivery::default(),
            provider: None,
            model: None,
            mcp: true,
            task: None,
        };
        let said = format!("{:?}", to_be_done(&plan, &env).expect("a message"));
        assert!(said.contains("gemini mcp add"), "{said}");
        env.is_root = true;
        assert!(to_be_done(&plan, &env).is_none());
        env.is_root = false;
        let settings = home.path().join(".gemini/settings.json");
        fs::create_dir(settings.parent().expect("a folder")).expect("a folder");
        fs::write(&settings, "{\"mcpServers\":{}}").expect("a file");
        assert!(to_be_done(&plan, &env).is_some());
        fs::write(&settings, "{\"mcpServers\":{\"crewmesh\":{}}}").expect("a file");
        assert!(to_be_done(&plan, &env).is_none());
        fs::remove_file(&settings).expect("it was there");
        plan.agent = "claude".into();
        assert!(to_be_done(&plan, &env).is_none());
        (plan.agent, plan.mcp) = ("gemini".into(), false);
        assert!(to_be_done(&plan, &env).is_none());
    }
}
