use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::*;
use crate::i18n::Words;
use crate::model::{Instance, StoreState};
use crate::secret::Secret;
use crate::wizard::effect::{Command, Effect};
use crate::wizard::event::Reply;
use crate::wizard::next::To;
use crate::wizard::page::Block;
use crate::wizard::page::{Corner, Mark, Row};
use crate::wizard::screens::AnyScreen;
use crate::wizard::state::WizardState;

#[derive(Clone, Default)]
struct Paper(Rc<RefCell<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A wizard, its plain lines, and somebody who types these answers.
struct Talk {
    wizard: Wizard,
    lines: Lines,
    paper: Paper,
    commands: Vec<Command>,
}

impl Talk {
    fn begin(first: impl Into<AnyScreen>, state: WizardState, answers: &[&str]) -> Self {
        let (wizard, commands) = Wizard::start(state, first.into(), TimePoint::now());
        let mut answers: VecDeque<String> = answers.iter().map(ToString::to_string).collect();
        let reader = Reader::from(Box::new(move || match answers.pop_front() {
            Some(answer) => Line::Text(Secret::new(answer)),
            None => Line::End,
        }));
        let paper = Paper::default();
        let lines = Lines::with(Box::new(paper.clone()), reader, false);
        let mut talk = Self { wizard, lines, paper, commands };
        talk.show();
        talk
    }

    fn welcome(answers: &[&str]) -> Self {
        let state = WizardState { instance: Some(Instance::local()), ..WizardState::default() };
        let first = Wizard::first_screen(&state, TimePoint::now());
        Self::begin(first, state, answers)
    }

    fn show(&mut self) {
        let page = self.wizard.page(TimePoint::now());
        self.lines.show(&page, &self.wizard).expect("paper takes everything");
    }

    /// One answer and everything it comes down to.
    fn answer(&mut self) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        loop {
            let input = runtime.block_on(self.lines.input());
            if let Input::Event(event) = input {
                self.commands.extend(self.wizard.update(TimePoint::now(), event));
            }
            if self.lines.queue.is_empty() {
                break;
            }
        }
        self.show();
    }

    /// What was said since the last time.
    fn said(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.paper.0.borrow_mut())).expect("UTF-8")
    }
}

#[test]
fn a_number_chooses_and_back_comes_back() {
    let mut talk = Talk::welcome(&["2", "back", "4"]);
    let first = talk.said();
    assert!(first.contains("  1  Sign in to my team (with a code"), "{first}");
    assert!(first.contains("  5  Exit"), "{first}");
    assert!(first.contains("Other answers: l language, back,"), "{first}");
    talk.answer();
    assert_eq!(talk.wizard.screen(), "Token");
    assert!(talk.said().contains("Access token:"));
    talk.answer();
    assert_eq!(talk.wizard.screen(), "Welcome");
    talk.answer();
    assert_eq!(talk.wizard.screen(), "CreateAccount");
}

#[test]
fn a_letter_of_the_footer_is_an_answer_and_the_language_changes_at_once() {
    let mut talk = Talk::welcome(&["l", "atrás"]);
    talk.said();
    talk.answer();
    let said = talk.said();
    assert!(said.contains("Elige [1]:") && said.contains("salir"), "{said}");
    talk.answer();
    assert!(talk.commands.iter().any(|command| matches!(command, Command::Exit(_))));
}

#[test]
fn a_word_that_nothing_comes_of_is_told_too() {
    let (wizard, _) = Wizard::start(WizardState::default(), To::SignIn, TimePoint::now());
    let now = TimePoint::now();
    let question = Question::of(&wizard.page(now), &wizard, now);
    let catalog = Catalog::new(Language::ENGLISH);
    let Answer::Say(lines) = question.read(&Secret::new("approve"), &catalog) else {
        panic!("taken for an answer")
    };
    assert_eq!(lines[0], "That is none of the answers here.");
    // What leads somewhere is an answer on every page.
    let address = question.read(&Secret::new("mesh.example.org"), &catalog);
    assert!(matches!(address, Answer::Inputs(_)));
}

#[test]
fn a_slip_is_told_and_a_pasted_token_is_recognised() {
    let mut talk = Talk::welcome(&["9", "zz", "cm_pat_abcdefgh"]);
    talk.said();
    for _ in 0..2 {
        talk.answer();
        let said = talk.said();
        assert!(said.contains("none of the answers") && said.contains("Choose [1]:"), "{said}");
        assert!(!said.contains("  1  Sign in"), "what stands there is not said again: {said}");
    }
    talk.answer();
    assert_eq!(talk.wizard.screen(), "Token");
}

#[test]
fn help_lists_every_key_and_leaves_the_page_as_it_is() {
    let mut talk = Talk::welcome(&["help", "again"]);
    talk.said();
    talk.answer();
    let said = talk.said();
    assert!(said.contains("enter: continue") && said.contains("Choose [1]:"), "{said}");
    assert!(said.contains("A number and Enter"), "{said}");
    // No arrow moves anything in a line, and nothing is pressed with ctrl.
    for key in ["↑↓", "page up", "home:", "ctrl+c"] {
        assert!(!said.contains(key), "{key}: {said}");
    }
    assert_eq!(talk.wizard.screen(), "Welcome");
    talk.answer();
    assert!(talk.said().contains("  1  Sign in"), "all of it again");
}

#[test]
fn quit_leaves_from_anywhere_without_interrupting() {
    let mut talk = Talk::welcome(&["2", "quit"]);
    talk.answer();
    talk.answer();
    assert_eq!(
        talk.commands.last(),
        Some(&Command::Exit(crate::wizard::effect::Exit::Cancelled)),
        "{:?}",
        talk.commands
    );
}

#[test]
fn the_end_of_the_answers_is_a_loss_only_where_one_is_needed() {
    let mut talk = Talk::welcome(&[]);
    assert_eq!(talk.lines.input_closed(), None);
    talk.answer();
    assert_eq!(talk.lines.input_closed().map(|error| error.code), Some("input_ended".into()));
}

fn waiting(seconds: u64) -> Page {
    let own = |text: &str| crate::i18n::Words::verbatim(text);
    let mut page = Page::new(own("sign in"))
        .block(Block::Code("WDJB-MJPV".into()))
        .block(Block::Rows(vec![Row::new(Mark::Now, own("Waiting"))]));
    page.corner = Some(Corner::Remaining(Duration::from_secs(seconds)));
    page
}

#[test]
fn a_countdown_is_spoken_at_five_minutes_one_minute_and_ten_seconds() {
    let catalog = Catalog::new(Language::ENGLISH);
    let mut said = Transcript::default();
    let spoken: Vec<String> = (0..=600)
        .rev()
        .flat_map(|left| {
            let page = waiting(left);
            let question = Question::without_wizard(&page);
            said.next(&page, &question, &catalog)
        })
        .filter(|line| line.starts_with("expires"))
        .collect();
    assert_eq!(
        spoken,
        [
            "expires within 10 minutes",
            "expires within 5 minutes",
            "expires within one minute",
            "expires within 10 seconds"
        ]
    );
}

#[test]
fn only_what_changed_is_said() {
    let catalog = Catalog::new(Language::ENGLISH);
    let mut said = Transcript::default();
    let mut say = |page: &Page| said.next(page, &Question::without_wizard(page), &catalog);
    let mut page = waiting(200);
    assert!(say(&page).len() > 3);
    assert_eq!(say(&page), Vec::<String>::new());
    if let Some(Block::Rows(rows)) = page.blocks.last_mut() {
        rows[0].mark = Mark::Done;
    }
    assert_eq!(say(&page), ["Waiting: done"]);
}

#[test]
fn a_code_is_spelled_on_request() {
    let catalog = Catalog::new(Language::ENGLISH);
    let page = waiting(200);
    let question = Question::without_wizard(&page);
    assert!(question.others(&catalog).contains("spell"));
    let Answer::Say(lines) = question.read(&Secret::new(" Spell "), &catalog) else {
        panic!("said at once")
    };
    assert_eq!(lines, ["W D J B dash M J P V"]);
}

/// What commands and links will say for ever is seen before it is made.
#[test]
fn a_short_name_is_shown_before_it_is_sent() {
    use crate::wire::NewMesh;
    use crate::wizard::testing::signed_in;

    let new = NewMesh { name: String::new(), slug: None };
    let mut talk = Talk::begin(To::CreateMesh(new), signed_in(), &["Munich — Radiology", ""]);
    talk.said();
    talk.answer();
    let said = talk.said();
    assert!(said.contains("munich-radiology"), "{said}");
    assert!(said.contains("Name [Munich — Radiology] (Enter takes it):"), "{said}");
    talk.answer();
    let new =
        NewMesh { name: "Munich — Radiology".into(), slug: Some("munich-radiology".into()) };
    assert_eq!(talk.wizard.state().new_mesh, Some(new));
    let starts = |command: &Command| matches!(command, Command::Start(..));
    assert!(!talk.commands.iter().any(starts), "nothing is made yet: {:?}", talk.commands);
}

#[test]
fn no_word_is_broken_at_the_edge_of_the_window() {
    let line = "Only continue if you started this yourself.";
    assert_eq!(in_columns(line, 20), ["Only continue if you", "started this", "yourself."]);
    assert_eq!(
        in_columns("  2  Sign in (with a code, on this or any other device)", 30),
        ["  2  Sign in (with a code, on", "     this or any other device)"]
    );
    // A link stays whole.
    let address = "https://crewmesh.hospital.example.org/d";
    assert_eq!(in_columns(address, 20), [address]);
    let command = "crewmesh connect openai --way token";
    let lines = in_columns(&format!("Paste a key instead: {command}"), 30);
    assert_eq!(lines, ["Paste a key instead:", command]);
    assert_eq!(in_columns("", 20), [""]);
    assert_eq!(in_columns("short", 20), ["short"]);
}

#[test]
fn while_something_is_waited_for_there_is_a_prompt() {
    let state = WizardState { instance: Some(Instance::local()), ..WizardState::default() };
    let mut talk = Talk::begin(To::SignIn, state, &[]);
    talk.said();
    talk.lines.typed = true;
    for _ in 0..3 {
        talk.show();
    }
    let said = talk.said();
    assert!(said.starts_with("Waiting; you can type") && !said.contains('\n'), "{said:?}");
    assert_eq!(said.matches("Waiting").count(), 1, "{said:?}");
    drop(talk.lines);
    assert_eq!(&*talk.paper.0.borrow(), b"\n", "what is said next has a line of its own");
}

/// Read aloud, the same words after each row would hide what is new in it.
#[test]
fn that_something_is_waited_for_is_said_once_of_a_page() {
    let state = WizardState { instance: Some(Instance::local()), ..WizardState::default() };
    let mut talk = Talk::begin(To::SignIn, state, &["again"]);
    talk.lines.typed = true;
    talk.show();
    assert!(talk.said().contains("Waiting; you can type"));
    let probe = talk.commands.iter().find_map(|command| match command {
        Command::Start(attempt, Effect::ProbeStore) => Some(*attempt),
        _ => None,
    });
    let found =
        Event::Reply(probe.expect("it looks for a keyring"), Reply::Store(StoreState::Keyring));
    talk.wizard.update(TimePoint::now(), found);
    talk.show();
    let said = talk.said();
    assert!(said.contains("keyring (done)") && !said.contains("Waiting"), "{said}");
    // Whoever answers is told again.
    talk.answer();
    assert!(talk.said().contains("Waiting; you can type"));
}

#[test]
fn a_row_that_can_no_longer_be_chosen_is_not_said_again() {
    let catalog = Catalog::new(Language::ENGLISH);
    let row = |mark, chosen| Row { chosen, ..Row::new(mark, Words::verbatim("Mesh")) };
    let rows = |first, chosen| {
        Page::new(None).block(Block::Rows(vec![row(first, chosen), row(Mark::Optional, false)]))
    };
    let mut transcript = Transcript::default();
    let mut say = |page: Page| {
        let question = Question::without_wizard(&page);
        transcript.next(&page, &question, &catalog)
    };
    assert!(say(rows(Mark::Done, true)).contains(&"  2  Mesh: optional".to_owned()));
    let said = say(rows(Mark::Now, false));
    assert_eq!(said.first().map(String::as_str), Some("Mesh: now"), "{said:?}");
    assert!(!said.contains(&"Mesh: optional".to_owned()), "{said:?}");
}
