//! Picking what is started: the agents found here, any other command, the
//! person's shell last. Where none is found each that is known stands there with
//! the line that installs it. Its one surprising rule: a command somebody types is
//! looked for before it is taken, in the same folders and with the same care
//! as the ones that were found.

use crate::agent::spec;
use crate::agent::version::can_be_asked;
use crate::error::AppError;
use crate::i18n::Words;
use crate::input::pasted::Pasted;
use crate::secret::Secret;
use crate::time_point::TimePoint;
use crate::wizard::draft::{self, SHELL};
use crate::wizard::effect::Effect;
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::{ENTER, Keymap, Keys};
use crate::wizard::list::{Move, choice, choice_with, choices, moved};
use crate::wizard::next::Next;
use crate::wizard::page::{Block, Choice, Page, Tone};
use crate::wizard::screen::Screen;
use crate::wizard::state::{Agent, Fact, WizardState};
use crate::wizard::text_field::TextField;
use crate::wizard::words::{error, say, verbatim};

#[derive(Clone, Debug, PartialEq)]
pub struct Agents {
    cursor: usize,
    begun: bool,
    field: TextField,
    /// What the last key did.
    note: Option<(Tone, Words)>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Move(Move),
    Choose,
    Copy,
    LookAgain,
}

#[derive(Clone, Debug, PartialEq)]
enum Stage {
    Listing,
    Typing(Option<AppError>),
    Looking,
}

/// A line of the list.
#[derive(Clone, Debug, PartialEq)]
enum Entry {
    Start(Agent),
    /// Known and not found: its name, and the line that installs it.
    Install(&'static str, &'static str),
    Other,
}

impl Agents {
    pub(super) fn new() -> Self {
        Self { cursor: 0, begun: false, field: TextField::new(), note: None, stage: Stage::Listing }
    }

    fn keymap(&self, state: &WizardState) -> Keymap<Action> {
        match self.stage {
            Stage::Listing => {
                let entries = Self::entries(state);
                let install = matches!(entries.get(self.cursor), Some(Entry::Install(..)));
                let does = if install { "key-copy-line" } else { "key-continue" };
                Keymap::new()
                    .list(Action::Move)
                    .key(ENTER, if install { Action::Copy } else { Action::Choose }, does)
                    .quiet(&[Key::char('c')], Action::Copy, "key-copy-line")
                    .key_if(
                        finds_none(state),
                        &[Key::char('r')],
                        Action::LookAgain,
                        "key-look-again",
                    )
            }
            Stage::Typing(_) => Keymap::new().key(ENTER, Action::Choose, "key-continue"),
            Stage::Looking => Keymap::new(),
        }
    }

    fn entries(state: &WizardState) -> Vec<Entry> {
        let mut agents = state.agents.clone().unwrap_or_default();
        // One that was named before and is not among those looked for.
        if let Some(chosen) = &state.agent
            && !agents.iter().any(|agent| agent.program == chosen.program)
        {
            agents.insert(0, chosen.clone());
        }
        let (shells, others): (Vec<_>, Vec<_>) =
            agents.into_iter().partition(|agent| agent.name == SHELL);
        let mut entries: Vec<Entry> = others.into_iter().map(Entry::Start).collect();
        if entries.is_empty() && state.agents.is_some() {
            let installs = spec::installs().iter();
            entries.extend(installs.map(|(name, line)| Entry::Install(name, line)));
        }
        entries.push(Entry::Other);
        entries.extend(shells.into_iter().map(Entry::Start));
        entries
    }
}

/// Whether there is nothing to start but a shell.
fn finds_none(state: &WizardState) -> bool {
    Agents::entries(state).iter().any(|entry| matches!(entry, Entry::Install(..)))
}

fn item(entry: &Entry) -> Choice {
    match entry {
        Entry::Install(name, line) => choice_with(verbatim(name), verbatim(line)),
        Entry::Other => choice_with(say("agent-other"), say("agent-other-detail")),
        Entry::Start(agent) if agent.name == SHELL => {
            choice_with(say("agent-your-shell"), say("agent-shell-detail"))
        }
        Entry::Start(agent) => {
            let program = program(agent);
            let detail = match &agent.version {
                Some(version) => format!("{version} · {program}"),
                None => program,
            };
            choice_with(verbatim(&agent.name), verbatim(&detail))
        }
    }
}

fn program(agent: &Agent) -> String {
    agent.program.display().to_string()
}

impl Screen for Agents {
    fn open(&mut self, state: &WizardState, _: TimePoint) -> Next {
        if !self.begun {
            self.begun = true;
            let current = draft::agent(state).map(|agent| agent.program);
            let is_current = |entry: &Entry| matches!(entry, Entry::Start(agent) if Some(&agent.program) == current.as_ref());
            let at = Self::entries(state).iter().position(is_current);
            self.cursor = at.unwrap_or_default();
        }
        // What was installed in another window meanwhile is seen.
        Next::ask(Effect::FindAgents)
    }

    fn on_key(&mut self, key: Key, state: &WizardState, _: TimePoint) -> Next {
        let action = self.keymap(state).find(key);
        self.note = None;
        match (&mut self.stage, action) {
            (Stage::Listing, Some(Action::Copy)) => match Self::entries(state).get(self.cursor) {
                Some(Entry::Install(_, line)) => Next::ask(Effect::Copy(Secret::new(*line))),
                _ => Next::stay(),
            },
            (Stage::Listing, Some(Action::LookAgain)) => Next::ask(Effect::FindAgents),
            (Stage::Listing, Some(Action::Move(how))) => {
                self.cursor = moved(self.cursor, Self::entries(state).len(), how);
                Next::stay()
            }
            (Stage::Listing, Some(Action::Choose)) => {
                match Self::entries(state).into_iter().nth(self.cursor) {
                    Some(Entry::Start(agent)) => Next::back().learn(Fact::Agent(agent)),
                    Some(Entry::Other) => {
                        self.stage = Stage::Typing(None);
                        Next::stay()
                    }
                    Some(Entry::Install(..)) | None => Next::stay(),
                }
            }
            (Stage::Typing(_), Some(Action::Choose)) if !self.field.is_empty() => {
                self.stage = Stage::Looking;
                Next::ask(Effect::FindAgent(self.field.trimmed().to_owned()))
            }
            (Stage::Typing(what), None) => {
                if self.field.on(key) {
                    *what = None;
                }
                Next::stay()
            }
            _ => Next::stay(),
        }
    }

    fn on_paste(&mut self, pasted: &Secret, _: &WizardState) -> Next {
        if self.stage == Stage::Listing {
            self.stage = Stage::Typing(None);
        }
        if matches!(self.stage, Stage::Typing(_)) {
            self.field.paste(pasted);
            self.stage = Stage::Typing(None);
        }
        Next::stay()
    }

    fn on_reply(&mut self, reply: Reply, state: &WizardState, _: TimePoint) -> Next {
        match (reply, &self.stage) {
            (Reply::Copied(answer), _) => {
                self.note = Some(match answer {
                    Ok(_) => (Tone::Good, say("agent-copied")),
                    Err(what) => (Tone::Bad, what.message),
                });
                Next::stay()
            }
            (Reply::Agents(agents), _) => {
                // The list becomes another: the cursor stands on its first line.
                let after = WizardState { agents: Some(agents.clone()), ..state.clone() };
                if state.agents.is_some() && finds_none(state) != finds_none(&after) {
                    self.cursor = 0;
                }
                let unknown = |agent: &&Agent| agent.version.is_none() && can_be_asked(&agent.name);
                // A list that is read aloud is not read again for a number.
                let asked = agents.iter().filter(|_| !state.host.calm).filter(unknown).cloned();
                let ask = asked.map(Effect::AskAgentVersion).collect();
                Next::ask_all(ask).learn(Fact::Agents(agents))
            }
            (Reply::AgentVersion(agent), _) if agent.version.is_some() => {
                Next::stay().learn(Fact::AgentVersion(agent))
            }
            (Reply::Agent(Ok(agent)), Stage::Looking) => Next::back().learn(Fact::Agent(agent)),
            (Reply::Agent(Err(what)), Stage::Looking) => {
                self.stage = Stage::Typing(Some(what));
                Next::stay()
            }
            _ => Next::stay(),
        }
    }

    fn keys(&self, state: &WizardState, _: TimePoint) -> Keys {
        self.keymap(state).keys()
    }

    fn takes(&self, pasted: &Pasted, _: &Secret, _: &WizardState) -> bool {
        !pasted.is_certain()
    }

    fn close_inner(&mut self) -> bool {
        let inner = self.stage != Stage::Listing;
        self.stage = match self.stage {
            Stage::Looking => Stage::Typing(None),
            _ => Stage::Listing,
        };
        inner
    }

    fn page(&self, state: &WizardState, _: TimePoint) -> Page {
        let mut page = Page::new(say("title-agent"));
        match &self.stage {
            Stage::Listing => {
                let entries = Self::entries(state);
                page.blocks
                    .extend(draft::gone_agent(state).map(|gone| Block::toned(Tone::Tip, gone)));
                if finds_none(state) {
                    page.blocks.push(Block::text(say("agent-none-here")));
                    page.blocks.push(Block::text(say("agent-none-how")));
                } else {
                    page.blocks.push(Block::text(say("agent-which")));
                }
                page.blocks.push(choices(entries.iter().map(item).collect(), self.cursor));
                page.notice.clone_from(&self.note);
            }
            Stage::Typing(what) => {
                let field = self.field.shown(say("agent-label"), true);
                let field = field.placeholder(say("agent-example"));
                page.blocks.push(Block::text(say("agent-which")));
                page.blocks.push(Block::Field(field));
                match what {
                    Some(what) => page.blocks.extend(error(what)),
                    None => {
                        page.blocks.push(Block::toned(Tone::Dim, say("agent-other-detail")));
                    }
                }
            }
            Stage::Looking => {
                page.blocks.push(choices(vec![choice(verbatim(self.field.trimmed()))], 0));
                page.blocks.push(Block::toned(Tone::Dim, say("agent-looking")));
            }
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wizard::event::Event;
    use crate::wizard::testing::{ENTER, UP, agent, at, at_launch, reply, unreachable};

    #[test]
    fn the_shell_comes_last_and_the_cursor_is_on_what_would_start() {
        let state = WizardState {
            agents: Some(vec![agent("shell"), agent("claude"), agent("codex")]),
            agent: Some(agent("codex")),
            ..at_launch()
        };
        let start = |name| Entry::Start(agent(name));
        let entries = [start("claude"), start("codex"), Entry::Other, start("shell")];
        assert_eq!(Agents::entries(&state), entries);
        let mut screen = Agents::new();
        assert_eq!(screen.open(&state, at(0)), Next::ask(Effect::FindAgents));
        assert_eq!(screen.cursor, 1);
        screen.on(UP, &state, at(1));
        let next = screen.on(ENTER, &state, at(2));
        assert_eq!(next, Next::back().learn(Fact::Agent(agent("claude"))));
    }

    #[test]
    fn versions_are_asked_in_the_background_of_those_whose_question_is_known() {
        let mut state = at_launch();
        let found = || {
            let unversioned = |name| Agent { version: None, ..agent(name) };
            vec![agent("claude"), unversioned("codex"), unversioned("shell"), unversioned("goose")]
        };
        let codex = found()[1].clone();
        let mut screen = Agents::new();
        let next = screen.on(reply(Reply::Agents(found())), &state, at(1));
        let ask = Next::ask(Effect::AskAgentVersion(codex.clone()));
        assert_eq!(next, ask.learn(Fact::Agents(found())));
        let known = Agent { version: Some("0.171.0".into()), ..codex.clone() };
        let next = screen.on(reply(Reply::AgentVersion(known.clone())), &state, at(2));
        assert_eq!(next, Next::stay().learn(Fact::AgentVersion(known)));
        assert_eq!(screen.on(reply(Reply::AgentVersion(codex)), &state, at(2)), Next::stay());
        // A list that is read aloud stays as it is.
        state.host.calm = true;
        let next = screen.on(reply(Reply::Agents(found())), &state, at(3));
        assert_eq!(next, Next::ask_all(vec![]).learn(Fact::Agents(found())));
    }

    #[test]
    fn any_command_is_looked_for_before_it_is_taken() {
        let state = WizardState { agents: Some(vec![agent("shell")]), ..at_launch() };
        let mut screen = Agents::new();
        screen.open(&state, at(0));
        screen.cursor = spec::installs().len();
        screen.on(ENTER, &state, at(1));
        assert_eq!(screen.on(ENTER, &state, at(1)), Next::stay(), "nothing is no command");
        screen.on(Event::Paste(Secret::new("aider")), &state, at(1));
        assert_eq!(screen.on(ENTER, &state, at(2)), Next::ask(Effect::FindAgent("aider".into())));
        screen.on(reply(Reply::Agent(Err(unreachable()))), &state, at(3));
        assert_eq!(screen.field.trimmed(), "aider", "what was typed is kept");
        screen.on(ENTER, &state, at(4));
        let next = screen.on(reply(Reply::Agent(Ok(agent("aider")))), &state, at(5));
        assert_eq!(next, Next::back().learn(Fact::Agent(agent("aider"))));
    }

    #[test]
    fn where_none_is_found_each_has_the_line_that_installs_it() {
        let mut state = WizardState { agents: Some(vec![agent("shell")]), ..at_launch() };
        let mut screen = Agents::new();
        screen.open(&state, at(0));
        let (name, line) = &spec::installs()[0];
        assert_eq!((*name, line.contains("npm install")), ("claude", true), "{line}");
        let copy = Next::ask(Effect::Copy(Secret::new(line.as_str())));
        assert_eq!(screen.on(Event::Key(Key::char('c')), &state, at(1)), copy);
        assert_eq!(screen.on(ENTER, &state, at(1)), copy);
        screen.on(reply(Reply::Copied(Ok(crate::model::Clipboard::Terminal))), &state, at(1));
        assert!(screen.note.is_some());
        // Installed in another window: looked for again, it is what would start.
        let again = Next::ask(Effect::FindAgents);
        screen.on(UP, &state, at(2));
        assert_eq!(screen.on(Event::Key(Key::char('r')), &state, at(2)), again);
        let found = vec![agent("claude"), agent("shell")];
        screen.on(reply(Reply::Agents(found.clone())), &state, at(3));
        state.agents = Some(found);
        let next = screen.on(ENTER, &state, at(4));
        assert_eq!(next, Next::back().learn(Fact::Agent(agent("claude"))));
    }

    #[test]
    fn esc_goes_back_one_step_at_a_time() {
        let state = at_launch();
        let mut screen = Agents::new();
        screen.stage = Stage::Looking;
        assert!(screen.close_inner());
        assert!(screen.close_inner());
        assert!(!screen.close_inner());
        let late = screen.on(reply(Reply::Agent(Ok(agent("aider")))), &state, at(1));
        assert_eq!(late, Next::stay());
    }
}
