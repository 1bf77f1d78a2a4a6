//! Yes is said only to what is seen: in a window that has no room for all of a
//! question Enter approves nothing, and the page says why.

use crewmesh::i18n::{Catalog, Language, Message};
use crewmesh::terminal::consent::sees_whole;
use crewmesh::terminal::draw::Canvas;
use crewmesh::terminal::theme::TerminalStyle;
use crewmesh::time_point::TimePoint;
use crewmesh::wizard::Wizard;
use crewmesh::wizard::effect::{Command, Effect};
use crewmesh::wizard::event::{Event, Reply};
use crewmesh::wizard::next::To;
use crewmesh::wizard::page::Page;
use crewmesh::wizard::state::WizardState;
use ratatui::style::{Color, Modifier};

use super::signing_in::far;
use crate::support::fixtures::{
    DOWN, ENTER, approval_card, at, code, first_run, first_run_remote, invite, local_code,
    signed_in,
};

/// A wizard and what it was asked last.
struct Asked {
    wizard: Wizard,
    commands: Vec<Command>,
}

impl Asked {
    fn on(language: Language, state: WizardState, to: To) -> Self {
        let state = WizardState { language, ..state };
        let (wizard, commands) = Wizard::start(state, to, at(0));
        Self { wizard, commands }
    }

    fn tell(mut self, now: TimePoint, event: Event) -> Self {
        self.commands = self.wizard.update(now, event);
        self
    }

    /// To the first of what was asked that is one of these.
    fn answer(self, is_asked: fn(&Effect) -> bool, reply: Reply) -> Self {
        let asked = self.commands.iter().find_map(|command| match command {
            Command::Start(attempt, effect) if is_asked(effect) => Some(*attempt),
            _ => None,
        });
        self.tell(at(0), Event::Reply(asked.expect("it was asked"), reply))
    }
}

/// Each page whose Enter says yes, with that under the cursor.
fn pages(language: Language) -> Vec<(&'static str, Asked)> {
    let code = || Box::new(local_code());
    let is_card = |effect: &Effect| matches!(effect, Effect::LookAtCard(_));
    let here = Asked::on(language, first_run(), To::ApproveHere(code()))
        .answer(is_card, Reply::Card(Ok(approval_card())))
        .tell(at(1), DOWN);
    let over_ssh = Asked::on(language, far(first_run()), To::SignIn)
        .answer(|it| matches!(it, Effect::AskDeviceCode(..)), Reply::Code(Ok(code())))
        .answer(is_card, Reply::Card(Ok(approval_card())));
    let link =
        Some(crewmesh::secret::Secret::new("https://mesh.example.org/i/ABCDE23456FGHIJ67234"));
    let joins = Asked::on(language, signed_in(), To::Join(link.clone()))
        .answer(|it| matches!(it, Effect::PreviewInvite { .. }), Reply::Invite(Ok(invite())));
    let elsewhere = Asked::on(language, first_run(), To::Join(link)).tell(at(1), DOWN);
    vec![("here", here), ("over ssh", over_ssh), ("joins", joins), ("elsewhere", elsewhere)]
}

fn is_whole(page: &Page, language: Language, (columns, rows): (usize, usize)) -> bool {
    sees_whole(page, &Catalog::new(language), TerminalStyle::full(), columns, rows)
}

#[test]
fn where_the_question_is_not_seen_whole_enter_says_yes_to_nothing() {
    for language in Language::ALL {
        for (name, Asked { wizard, .. }) in pages(language) {
            let now = at(9);
            let page = wizard.page(now);
            assert_eq!(page.consent, Some(true), "{name}");
            for size in [(80, 24), (40, 12)] {
                assert!(is_whole(&page, language, size), "{name} {size:?}");
            }
            let size = (23, 4);
            assert!(!is_whole(&page, language, size), "{name}");
            let catalog = Catalog::new(language);
            let text = Canvas::of(&page, &catalog, TerminalStyle::full(), 23, 4).text();
            let why = ["Make this window", "Agranda esta ventana"];
            assert!(why.iter().any(|why| text.contains(why)), "{text}");
            assert!(!text.contains("enter ") && !text.contains("intro "), "{text}");

            let mut unread = wizard.clone();
            unread.sees_whole(false);
            assert_eq!(unread.update(now, ENTER), [], "{name}");
            assert_eq!(unread.page(now), page, "{name}");
            unread.sees_whole(true);
            assert!(!unread.update(now, ENTER).is_empty(), "{name}");
        }
    }
}

#[test]
fn no_is_said_in_any_window() {
    let (_, Asked { mut wizard, .. }) = pages(Language::ENGLISH).remove(0);
    wizard.update(at(2), DOWN);
    assert_eq!(wizard.page(at(2)).consent, Some(false));
    wizard.sees_whole(false);
    assert!(!wizard.update(at(9), ENTER).is_empty());
}

/// What is dim can hardly be read in some terminals, in light ones above all.
#[test]
fn no_warning_is_dim() {
    for language in Language::ALL {
        let code = Reply::Code(Ok(Box::new(code())));
        let sign_in = Asked::on(language, first_run_remote(), To::SignIn)
            .answer(|it| matches!(it, Effect::AskDeviceCode(..)), code);
        let here = pages(language).remove(0).1;
        for (warning, asked) in [("sign-in-only-you", sign_in), ("card-only-you", here)] {
            let catalog = Catalog::new(language);
            let words = catalog.say(&Message::new(warning));
            let begin = words.split_inclusive(' ').take(2).collect::<String>();
            let page = asked.wizard.page(at(2));
            let canvas = Canvas::of(&page, &catalog, TerminalStyle::full(), 80, 24);
            let text = canvas.text();
            let place = text.lines().enumerate().find_map(|(y, line)| {
                let before = &line[..line.find(begin.trim_end())?];
                Some((before.chars().count(), y))
            });
            let (x, y) = place.unwrap_or_else(|| panic!("no {begin:?}:\n{text}"));
            let place = |at: usize| u16::try_from(at).expect("on the screen");
            let cell = &canvas.cells[(place(x), place(y))];
            assert!(!cell.modifier.contains(Modifier::DIM), "{warning}");
            assert_ne!(cell.fg, Color::DarkGray, "{warning}");
        }
    }
}
