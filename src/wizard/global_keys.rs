//! The keys above every screen, and the digits of a list.

use super::Wizard;
use super::effect::{Command, Exit};
use super::event::{Event, Key, KeyCode};
use super::keymap::{Keymap, looking};
use super::list::moved;
use super::next::Next;
use super::page::{Block, Page};
use super::screen::Screen as _;
use crate::time_point::TimePoint;

/// Keys above every screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum GlobalKey {
    Quit,
    Help,
    Back,
    /// The front end draws anew before this is heard of: said, and nothing else.
    Redraw,
}

impl Wizard {
    /// The keys above every screen; a page with a field keeps its letters.
    pub(super) fn above(&self, has_field: bool) -> Keymap<GlobalKey> {
        const QUIT: &[Key] = &[Key::ctrl('c')];
        const ESC: &[Key] = &[Key::plain(KeyCode::Esc)];
        const F1: &[Key] = &[Key::plain(KeyCode::F(1))];
        const HELP: &[Key] = &[Key::char('?'), Key::plain(KeyCode::F(1))];
        let first = self.stack.len() <= 1;
        // Something inside the screen is closed before it is left.
        let leaves =
            first && !self.stack.last().is_some_and(|top| top.screen.clone().close_inner());
        let keymap = Keymap::new();
        let keymap = if leaves {
            keymap.quiet(ESC, GlobalKey::Back, "key-leave")
        } else {
            keymap.key(ESC, GlobalKey::Back, "key-back")
        };
        let keymap = if has_field {
            keymap.key(F1, GlobalKey::Help, "key-help")
        } else {
            keymap.key(HELP, GlobalKey::Help, "key-help")
        };
        let keymap = keymap.quiet(&[Key::ctrl('l')], GlobalKey::Redraw, "key-redraw");
        if first {
            keymap.key(QUIT, GlobalKey::Quit, "key-quit")
        } else {
            keymap.quiet(QUIT, GlobalKey::Quit, "key-quit")
        }
    }

    pub(super) fn key(&mut self, key: Key, now: TimePoint, commands: &mut Vec<Command>) {
        let page = self.stack.last().map(|top| top.screen.page(&self.state, now));
        let has_field = page.as_ref().is_some_and(Page::has_field);
        let is_unread = !self.sees_whole && page.is_some_and(|page| page.consent == Some(true));
        match self.above(has_field).find(key) {
            Some(GlobalKey::Quit) => self.exit(Exit::Interrupted, commands),
            // The list of keys is only looked at: any key of its own closes it.
            Some(GlobalKey::Redraw) => {}
            Some(_) if self.help.is_some() => self.help = None,
            _ if self.help.is_some() && key.code == KeyCode::Enter => self.help = None,
            None if self.help.is_some() => self.key_in_help(key, now),
            Some(GlobalKey::Help) => self.help = Some(0),
            Some(GlobalKey::Back) => {
                let inner = self.stack.last_mut().is_some_and(|top| top.screen.close_inner());
                let Some(top) = self.stack.len().checked_sub(1) else { return };
                if !inner {
                    self.follow(top, Next::back(), now, commands);
                } else if self.stack[top].screen.gives_up_inner() {
                    self.forget(top, commands);
                }
            }
            None if is_unread && key.code == KeyCode::Enter => {}
            None => match self.numbered(key, now) {
                Some(steps) => {
                    let enter = Key::plain(KeyCode::Enter);
                    for key in steps.into_iter().chain([enter]) {
                        self.dispatch(Event::Key(key), now, commands);
                    }
                }
                None => self.dispatch(Event::Key(key), now, commands),
            },
        }
    }

    /// The steps from the cursor to the line with this digit.
    fn numbered(&self, key: Key, now: TimePoint) -> Option<Vec<Key>> {
        let KeyCode::Char(digit @ '1'..='9') = key.code else { return None };
        let page = self.stack.last()?.screen.page(&self.state, now);
        let list = page.blocks.iter().find_map(|block| match block {
            Block::Choices(list) if list.numbered => Some(list),
            _ => None,
        });
        let list = list.filter(|_| !key.ctrl && !key.alt && !page.has_field())?;
        let (from, to) = (list.cursor?, usize::try_from(digit.to_digit(10)?).ok()? - 1);
        let step = Key::plain(if to > from { KeyCode::Down } else { KeyCode::Up });
        (to < list.items.len()).then(|| vec![step; to.abs_diff(from)])
    }

    /// A key over the list of all keys.
    fn key_in_help(&mut self, key: Key, now: TimePoint) {
        let count = match self.page(now).blocks.first() {
            Some(Block::Facts { facts, .. }) => facts.len(),
            _ => 0,
        };
        if let (Some(at), Some(how)) = (&mut self.help, looking().find(key)) {
            *at = moved(*at, count, how);
        }
    }
}
