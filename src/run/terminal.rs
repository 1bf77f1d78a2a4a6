//! Pages on the whole screen, answered by keys.

use std::io;

use super::front_end::FrontEnd;
use crate::i18n::Language;
use crate::terminal::Terminal;
use crate::terminal::keys::{Input, Keyboard};
use crate::terminal::parser::Report;
use crate::terminal::theme::TerminalStyle;
#[cfg(unix)]
use crate::terminal::tty::swallow_answers;
use crate::wizard::Wizard;
use crate::wizard::effect::Exit;
use crate::wizard::event::Event;
use crate::wizard::page::Page;

/// The whole screen and the keyboard, which is closed before the screen is
/// left.
pub(super) struct FullScreen {
    keyboard: Option<Keyboard>,
    terminal: Terminal,
}

impl FullScreen {
    /// Takes the terminal; the keyboard is opened when it is first waited for.
    ///
    /// # Errors
    /// Those of [`Terminal::take`].
    pub fn take(style: TerminalStyle, language: Language) -> io::Result<Self> {
        Ok(Self { keyboard: None, terminal: Terminal::take(style, language)? })
    }
}

impl Drop for FullScreen {
    fn drop(&mut self) {
        self.leave_alone();
    }
}

impl FrontEnd for FullScreen {
    fn show(&mut self, page: &Page, wizard: &Wizard) -> io::Result<()> {
        self.terminal.draw(page, wizard.state().language)
    }

    async fn input(&mut self) -> Input {
        // Opened when first waited for: not before the first frame is drawn.
        let keyboard = match &mut self.keyboard {
            Some(keyboard) => keyboard,
            none => {
                let Some(keyboard) = Keyboard::open() else {
                    return Input::Event(Event::Leave(Exit::HungUp));
                };
                let keyboard = none.insert(keyboard);
                // Only from here on is a new size told.
                if self.terminal.has_other_size() {
                    return Input::Redraw;
                }
                keyboard
            }
        };
        keyboard.next().await
    }

    #[cfg(unix)]
    fn leave_alone(&mut self) {
        let read = self.keyboard.take().map(Keyboard::close).unwrap_or_default();
        if let Some(asked) = self.terminal.asked() {
            swallow_answers(read, asked);
        }
    }

    fn reacquire(&mut self) -> io::Result<()> {
        self.terminal.reacquire()
    }

    fn redraw(&mut self) {
        self.terminal.measure();
    }

    fn answered(&mut self, report: Report) -> io::Result<()> {
        self.terminal.answered(report)
    }

    fn draws_qr(&self, page: &Page) -> Option<bool> {
        self.terminal.draws_qr(page)
    }

    fn sees_whole(&self, page: &Page, language: Language) -> bool {
        self.terminal.sees_whole(page, language)
    }
}
