//! What is to be seen: the page of the screen on top, and what stands on every
//! page: what went well on the way, a server that lets the person wait, the keys.

use std::time::Duration;

use super::Wizard;
use super::event::{Key, KeyCode};
use super::keymap::{Keymap, looking};
use super::page::{Block, Page, Tone};
use super::screen::Screen as _;
use super::words;
use crate::http::SLOW;
use crate::i18n::Message;
use crate::time_point::TimePoint;

impl Wizard {
    /// What is to be seen now.
    pub fn page(&self, now: TimePoint) -> Page {
        let Some(visit) = self.stack.last() else { return Page::new(None) };
        let mut page = visit.screen.page(&self.state, now);
        let keys = visit.screen.keys(&self.state, now);
        let above = self.above(page.has_field()).keys();
        if let Some(at) = self.help {
            let facts = keys.all.into_iter().chain(above.all);
            let mut help = Page::new(Some(words::say("help-title")));
            let facts = facts.map(|hint| (hint.keys, hint.does.into())).collect();
            help.blocks = vec![Block::Facts { facts, at: Some(at) }];
            help.hints = looking().keys().footer;
            help.hints.extend(
                Keymap::new().key(&[Key::plain(KeyCode::Esc)], (), "key-back").keys().footer,
            );
            help.wake = page.wake;
            return help;
        }
        let receipt = &self.state.receipt;
        if visit.screen.shows_receipt() && !receipt.is_empty() {
            let seen = receipt.iter().cloned().map(|words| Block::toned(Tone::Good, words));
            page.blocks.splice(0..0, seen);
        }
        self.tell_slow(&mut page, now);
        if self.unknown_paste {
            page.notice = Some((Tone::Tip, words::say("paste-unknown")));
        }
        page.hints = keys.footer;
        page.hints.extend(above.footer);
        page
    }

    /// Names a server that lets the person wait, with a running clock.
    fn tell_slow(&self, page: &mut Page, now: TimePoint) {
        let awaited = self.stack.last().into_iter().flat_map(|visit| &visit.awaited);
        let asked = awaited.filter_map(|awaited| awaited.asked.as_ref());
        let Some((who, since)) = asked.min_by_key(|(_, since)| since.boot) else { return };
        let waited = since.until(now);
        let next = if waited < SLOW { SLOW } else { Duration::from_secs(waited.as_secs() + 1) };
        if waited >= SLOW && page.notice.is_none() {
            // What is read aloud is said once.
            let told = if self.state.host.calm { SLOW } else { waited };
            let seconds = i64::try_from(told.as_secs()).unwrap_or(i64::MAX);
            let slow = Message::new("server-slow").with("host", who.clone());
            page.notice = Some((Tone::Tip, slow.with("seconds", seconds).into()));
        }
        if waited < SLOW || !self.state.host.calm {
            let again = since.after(next);
            let sooner = page.wake.filter(|wake| wake.boot <= again.boot);
            page.wake = Some(sooner.unwrap_or(again));
        }
    }
}
