//! The gallery: every screen in every state a person can meet, at the sizes
//! that matter, in every language and in plain lines. Each state is walked to,
//! so that the footer is the wizard's own.

use std::collections::BTreeMap;

use crewmesh::error::{AppError, ErrorKind};
use crewmesh::i18n::{Language, Message};
use crewmesh::secret::Secret;
use crewmesh::time_point::TimePoint;
use crewmesh::wizard::Wizard;
use crewmesh::wizard::effect::{Attempt, Command, Effect};
use crewmesh::wizard::event::{Event, Key, Reply};
use crewmesh::wizard::page::Page;
use crewmesh::wizard::screens::AnyScreen;
use crewmesh::wizard::state::WizardState;

use super::pictures_at;
use crate::support::fixtures::at;

const SMALL: [(u16, u16); 3] = [(80, 24), (40, 12), (24, 6)];
/// A walk that begins on the screen in question.
pub struct Walk {
    wizard: Wizard,
    asked: Vec<(Attempt, Effect)>,
    now: TimePoint,
}

impl Walk {
    pub fn on(language: Language, state: WizardState, screen: impl Into<AnyScreen>) -> Self {
        let state = WizardState { language, ..state };
        let (wizard, commands) = Wizard::start(state, screen.into(), at(0));
        let mut walk = Self { wizard, asked: Vec::new(), now: at(1) };
        walk.note(&commands);
        walk
    }

    fn note(&mut self, commands: &[Command]) {
        self.asked.extend(commands.iter().filter_map(|command| match command {
            Command::Start(attempt, effect) => Some((*attempt, effect.clone())),
            _ => None,
        }));
    }

    pub fn tell(mut self, event: Event) -> Self {
        let commands = self.wizard.update(self.now, event);
        self.note(&commands);
        self
    }

    /// Nothing happens until so many seconds after the beginning.
    pub fn later(mut self, seconds: u64) -> Self {
        self.now = at(seconds);
        self.tell(Event::Tick)
    }

    /// What is seen now.
    pub fn page(&self) -> Page {
        self.wizard.page(self.now)
    }

    pub fn press(self, key: Key) -> Self {
        self.tell(Event::Key(key))
    }

    pub fn write(self, text: &str) -> Self {
        self.tell(Event::Paste(Secret::new(text)))
    }

    pub fn answer(self, reply: Reply) -> Self {
        self.answer_where(|_| true, reply)
    }

    /// What was asked last of those that are wanted is answered.
    pub fn answer_where(self, wanted: impl Fn(&Effect) -> bool, reply: Reply) -> Self {
        let asked = self.asked.iter().rev().find(|(_, effect)| wanted(effect));
        let attempt = asked.expect("that was asked").0;
        self.tell(Event::Reply(attempt, reply))
    }
}

/// The states of one screen, as a person sees them.
pub fn seen(name: &str, states: impl Fn(Language) -> Vec<(&'static str, Walk)>) {
    let mut texts: BTreeMap<&str, String> = BTreeMap::new();
    for language in Language::ALL {
        for (state, walk) in states(language) {
            assert!(
                state.starts_with("keys") || kebab(walk.wizard.screen()) == name,
                "{name}-{state}"
            );
            let page = walk.page();
            *texts.entry(state).or_default() += &pictures_at(&SMALL, &page, language);
        }
    }
    for (state, text) in texts {
        // Beside the others, under the screen's own name.
        insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("{name}-{state}"), text);
        });
    }
}

pub fn refused() -> AppError {
    let host = |id| Message::new(id).with("host", "mesh.example.org");
    AppError::new(ErrorKind::Unreachable, "connection_refused", host("reach-refused"))
        .hint(host("reach-refused-hint"))
}

/// The name a screen's pictures have.
fn kebab(screen: &str) -> String {
    let mut name = String::new();
    for c in screen.chars() {
        if c.is_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.extend(c.to_lowercase());
    }
    name
}

#[test]
fn no_screen_is_without_pictures() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pages");
    let tests: String = std::fs::read_dir(folder)
        .expect("the tests of the pages")
        .filter_map(|file| std::fs::read_to_string(file.ok()?.path()).ok())
        .collect();
    let is_without = |screen: &&&str| !tests.contains(&format!("seen(\"{}\",", kebab(screen)));
    let without: Vec<_> = AnyScreen::NAMES.iter().filter(is_without).collect();
    assert!(without.is_empty(), "no pictures of {without:?}: walk to their states in tests/pages");
}

/// What is read as a person would is a page, not the memory of one.
#[test]
fn no_snapshot_is_left_over() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = |folder: &str| {
        let files = std::fs::read_dir(root.join(folder)).expect("a folder");
        files.map(|file| file.expect("an entry").path()).collect::<Vec<_>>()
    };
    let tests = files("tests/pages").into_iter().filter(|file| file.is_file());
    let tests: Vec<String> =
        tests.map(|file| std::fs::read_to_string(file).expect("a test")).collect();
    // Each walk of a screen, up to the next one's.
    let walks: Vec<&str> = tests.iter().flat_map(|test| test.split("seen(\"").skip(1)).collect();
    let is_walked_to = |name: &str| {
        name.match_indices('-').any(|(at, _)| {
            let (screen, state) =
                (format!("{}\",", &name[..at]), format!("\"{}\",", &name[at + 1..]));
            walks.iter().any(|walk| walk.starts_with(&screen) && walk.contains(&state))
        })
    };
    let by_hand: Vec<String> = super::renderers::all()
        .into_iter()
        .map(|(name, _)| format!("main__pages__by-hand-{name}"))
        .collect();
    let kept = files("tests/snapshots");
    let kept = kept.iter().filter_map(|file| file.file_stem()?.to_str());
    let left: Vec<&str> =
        kept.filter(|name| !is_walked_to(name) && !by_hand.iter().any(|own| own == name)).collect();
    assert!(left.is_empty(), "no test writes {left:?} any more");
}
