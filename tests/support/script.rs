//! A walk through the wizard, written down as a person would tell it: what is
//! pressed, what is asked of the outside, what it answers, what is seen. No
//! terminal, no network, no waiting: time is set.

use crewmesh::i18n::{Catalog, Language};
use crewmesh::plain;
use crewmesh::secret::Secret;
use crewmesh::time_point::TimePoint;
use crewmesh::wizard::Wizard;
use crewmesh::wizard::effect::{Attempt, Command, Effect, Exit};
use crewmesh::wizard::event::{Event, Key, KeyCode, Reply};
use crewmesh::wizard::screens::AnyScreen;
use crewmesh::wizard::state::WizardState;

use super::fixtures::at;

/// A walk so far.
#[derive(Clone)]
pub struct Script {
    pub wizard: Wizard,
    /// Asked for, and neither answered nor forgotten.
    pub asked: Vec<(Attempt, Effect)>,
    /// Forgotten or answered: nothing may come of an answer to these.
    pub over: Vec<Attempt>,
    pub exit: Option<Exit>,
    now: TimePoint,
}

impl Script {
    /// Begins where a walk would begin that knows this.
    pub fn begin(state: WizardState) -> Self {
        let first = Wizard::first_screen(&state, at(0));
        Self::on(state, first)
    }

    /// Begins on `screen`.
    pub fn on(state: WizardState, screen: impl Into<AnyScreen>) -> Self {
        let (wizard, commands) = Wizard::start(state, screen.into(), at(0));
        let mut script =
            Self { wizard, asked: Vec::new(), over: Vec::new(), exit: None, now: at(0) };
        script.note(commands);
        script
    }

    fn note(&mut self, commands: Vec<Command>) {
        for command in commands {
            match command {
                Command::Start(attempt, effect) => self.asked.push((attempt, effect)),
                Command::Forget(attempt) => {
                    self.asked.retain(|(asked, _)| *asked != attempt);
                    self.over.push(attempt);
                }
                Command::Exit(exit) => self.exit = Some(exit),
                Command::Plain => {}
            }
        }
    }

    /// This happens.
    pub fn tell(mut self, event: Event) -> Self {
        let commands = self.wizard.update(self.now, event);
        self.note(commands);
        self
    }

    /// A key by its name: a character, `enter`, `esc`, `up`, `down`, `tab`, …
    pub fn press(self, key: &str) -> Self {
        let code = match key {
            "enter" => KeyCode::Enter,
            "esc" => KeyCode::Esc,
            "up" => KeyCode::Up,
            "down" => KeyCode::Down,
            "tab" => KeyCode::Tab,
            "ctrl+c" => return self.tell(Event::Key(Key::ctrl('c'))),
            other => {
                let mut characters = other.chars();
                let one = characters.next().filter(|_| characters.next().is_none());
                KeyCode::Char(one.unwrap_or_else(|| panic!("no key is called {other}")))
            }
        };
        self.tell(Event::Key(Key::plain(code)))
    }

    /// Keys, one by one.
    pub fn write(self, text: &str) -> Self {
        text.chars().fold(self, |script, c| script.tell(Event::Key(Key::char(c))))
    }

    /// All at once.
    pub fn paste(self, text: &str) -> Self {
        self.tell(Event::Paste(Secret::new(text)))
    }

    /// Nothing happens for so long.
    pub fn wait(mut self, seconds: u64) -> Self {
        self.now = self.now.after(std::time::Duration::from_secs(seconds));
        self.tell(Event::Tick)
    }

    /// Of what is asked for, what `wanted` says is answered.
    #[track_caller]
    pub fn answer_where(mut self, wanted: impl Fn(&Effect) -> bool, reply: Reply) -> Self {
        let at = self.asked.iter().position(|(_, effect)| wanted(effect));
        let at = at.unwrap_or_else(|| panic!("that is not asked for, only {:?}", self.asked));
        let (attempt, _) = self.asked.remove(at);
        self.over.push(attempt);
        self.tell(Event::Reply(attempt, reply))
    }

    /// Exactly this is asked for, and is answered.
    #[track_caller]
    pub fn answer(self, effect: &Effect, reply: Reply) -> Self {
        self.answer_where(|asked| asked == effect, reply)
    }

    /// This is asked for.
    #[track_caller]
    pub fn asks(self, wanted: impl Fn(&Effect) -> bool) -> Self {
        let asked = self.asked.iter().any(|(_, effect)| wanted(effect));
        assert!(asked, "that is not asked for, only {:?}", self.asked);
        self
    }

    /// The screen that is seen.
    #[track_caller]
    pub fn sees(self, screen: &str) -> Self {
        assert_eq!(self.wizard.screen(), screen, "{}", self.text());
        self
    }

    /// Words that are seen.
    #[track_caller]
    pub fn shows(self, words: &str) -> Self {
        let text = self.text();
        assert!(text.contains(words), "no {words:?} in\n{text}");
        self
    }

    /// The page in plain lines, in English.
    pub fn text(&self) -> String {
        plain::whole(&self.wizard.page(self.now), &Catalog::new(Language::ENGLISH))
    }

    pub fn state(&self) -> &WizardState {
        self.wizard.state()
    }

    pub fn now(&self) -> TimePoint {
        self.now
    }
}
