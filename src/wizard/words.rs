//! Small pieces of speech that several screens share.

use std::time::Duration;

use jiff::Timestamp;

use crate::error::AppError;
use crate::i18n::{Argument, Message, Words};
use crate::model::{Account, Clipboard, Instance, Mesh, Place, StorePlace, StoreState};
use crate::provider::spec;
use crate::time_point::TimePoint;
use crate::wizard::draft;
use crate::wizard::page::{Block, Corner, Mark, Row, Tone};
use crate::wizard::state::{Fact, WizardState};

/// The message with this id, as words.
pub fn say(id: &'static str) -> Words {
    Words::Message(Message::new(id))
}

/// Text that is the same in every language: a name, an address.
pub fn verbatim(text: &str) -> Words {
    Words::verbatim(text)
}

/// `m:ss`, a begun second counted as whole.
pub fn clock(left: Duration) -> String {
    let seconds = whole_seconds(left);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Seconds, a begun one counted as whole: a countdown ends when it says 0.
pub fn whole_seconds(left: Duration) -> u64 {
    left.as_secs() + u64::from(left.subsec_nanos() > 0)
}

/// The countdown to `deadline` and when it will say something else: every
/// second, or in calm surroundings at 5 min, 1 min, 10 s and the end.
pub fn countdown(
    deadline: TimePoint,
    state: &WizardState,
    now: TimePoint,
) -> (Option<Corner>, Option<TimePoint>) {
    let left = now.until(deadline);
    let seconds = whole_seconds(left);
    let shown = Duration::from_secs(seconds);
    let next = if state.host.calm {
        [300, 60, 10, 0].into_iter().find(|mark| *mark < seconds)
    } else {
        seconds.checked_sub(1)
    };
    let wake = next.map(|next| now.after(left.saturating_sub(Duration::from_secs(next))));
    (Some(Corner::Remaining(shown)), wake)
}

/// How an instance is named to a person.
pub fn instance(instance: &Instance) -> Words {
    match &instance.place {
        Place::Embedded => say("this-computer"),
        Place::At(_) => verbatim(&instance.name),
    }
}

/// The right end of the first row: the instance in use.
pub fn instance_corner(state: &WizardState) -> Option<Corner> {
    state.instance.as_ref().map(|used| Corner::Words(instance(used)))
}

/// `Alejandro Gutiérrez <a@example.org>`.
pub fn person(account: &Account) -> Words {
    if account.email.is_empty() {
        verbatim(&account.name)
    } else {
        verbatim(&format!("{} <{}>", account.name, account.email))
    }
}

/// That the person is in this mesh from now on, to stay in sight.
pub fn joined(mesh: &Mesh) -> Fact {
    Fact::Receipt(Message::new("receipt-joined").with("mesh", verbatim(&mesh.name)).into())
}

/// When a token ends: `on 2027-02-19`, `never`.
pub fn token_end(account: &Account) -> Words {
    account.expires_at.map_or(say("token-never-ends"), |end| {
        Message::new("token-ends").with("date", end.strftime("%Y-%m-%d").to_string()).into()
    })
}

/// What went wrong, and what to do about it.
pub fn error(error: &AppError) -> Vec<Block> {
    let mut blocks = vec![Block::toned(Tone::Bad, error.message.clone())];
    blocks.extend(error.hint.clone().map(|hint| Block::toned(Tone::Tip, hint)));
    blocks
}

/// That what is connected at `provider` takes the place of something, where it does.
pub fn takes_place(state: &WizardState, provider: &str) -> Option<Block> {
    let there = draft::in_place(state, provider)?;
    let words = Message::new("provider-takes-place")
        .with("what", verbatim(&spec::called(there)))
        .with("name", provider);
    Some(Block::toned(Tone::Tip, words))
}

/// What went wrong, where the way to do it otherwise is on this page: a command that would
/// do it is not told.
pub fn error_here(error: &AppError) -> Vec<Block> {
    let is_elsewhere = |hint: &Words| {
        let Words::Message(hint) = hint else { return false };
        let commands = [
            "provider-endpoint-hint",
            "provider-server-away-hint",
            "provider-nothing-here-hint",
            "provider-vendor-lost",
        ];
        commands.contains(&hint.id)
    };
    let hint = error.hint.clone().filter(|hint| !is_elsewhere(hint));
    self::error(&AppError { hint, ..error.clone() })
}

/// Where a sign-in would go as things stand; `None` while the keyring has not
/// answered.
pub fn place(state: &WizardState) -> Option<StorePlace> {
    match state.store.as_ref()? {
        StoreState::Nowhere { .. } => Some(StorePlace::Memory),
        _ if state.prefer_file => Some(StorePlace::File),
        // Only its owner can unlock it.
        StoreState::KeyringLocked if state.flags.unattended => Some(StorePlace::File),
        StoreState::Keyring | StoreState::KeyringLocked => Some(StorePlace::Keyring),
        StoreState::File { .. } => Some(StorePlace::File),
    }
}

/// Whether there is anything to choose between for `k`.
pub fn can_change_place(state: &WizardState) -> bool {
    matches!(state.store, Some(StoreState::Keyring | StoreState::KeyringLocked))
}

/// The same in few words, for a row that has others beside it.
pub fn place_in_short(state: &WizardState) -> Option<Words> {
    Some(say(match place(state)? {
        StorePlace::Keyring => "save-in-keyring",
        StorePlace::File => "save-in-file",
        StorePlace::Memory => "save-nowhere",
    }))
}

/// The row that says where the sign-in will be kept.
pub fn kept_row(state: &WizardState) -> Row {
    let because = |id: &'static str, because: &Message| {
        Words::Message(Message::new(id).with("because", because.clone()))
    };
    let (mark, value) = match &state.store {
        None => (Mark::Now, say("kept-looking")),
        Some(StoreState::Nowhere { because: why }) => {
            (Mark::Optional, because("kept-nowhere", why))
        }
        Some(StoreState::File { because: why }) => (Mark::Done, because("kept-file-because", why)),
        Some(_) if state.prefer_file => (Mark::Done, say("kept-file")),
        Some(StoreState::Keyring) => (Mark::Done, say("kept-keyring")),
        Some(StoreState::KeyringLocked) => (Mark::Done, say("kept-keyring-locked")),
    };
    Row::new(mark, say("kept-label")).value(value)
}

/// Why a sign-in goes to a file, where nobody chose that.
pub fn why_in_file(state: &WizardState) -> Option<Message> {
    match &state.store {
        Some(StoreState::File { because }) => Some(because.clone()),
        Some(StoreState::KeyringLocked) if state.flags.unattended && !state.prefer_file => {
            Some(Message::new("keep-keyring-is-locked"))
        }
        _ => None,
    }
}

/// The same in few words, from what was said when a keyring did not take one.
pub fn keyring_reason(error: &AppError) -> Option<Message> {
    let Words::Message(message) = &error.message else { return None };
    message.arguments.iter().find_map(|(name, argument)| match argument {
        Argument::Message(reason) if *name == "because" => Some(reason.clone()),
        _ => None,
    })
}

/// What a keyring asks its owner, where that keeps a sign-in from being read.
pub fn keyring_question(error: &AppError) -> Option<&'static str> {
    match error.code.as_str() {
        "keyring_locked" => Some("keyring-unlock"),
        "keyring_asks" => Some("keyring-asks-to-read"),
        _ => None,
    }
}

/// What was copied and to where, so that whoever finds nothing knows what else
/// to do. `what` is `code`, `link` or anything else.
pub fn copied(what: &'static str, clipboard: Clipboard) -> Words {
    let id = match clipboard {
        Clipboard::Desktop => "copied-desktop",
        Clipboard::Lent => "copied-lent",
        Clipboard::Terminal => "copied-terminal",
        Clipboard::Tmux => "copied-tmux",
    };
    Message::new(id).with("what", what).into()
}

/// How long before `now` something was, roughly.
pub fn ago(then: Timestamp, now: TimePoint) -> Words {
    let seconds = now.wall.duration_since(then).as_secs();
    let (id, count) = match seconds {
        ..60 => return say("ago-now"),
        60..3_600 => ("ago-minutes", seconds / 60),
        3_600..86_400 => ("ago-hours", seconds / 3_600),
        _ => ("ago-days", seconds / 86_400),
    };
    Message::new(id).with("count", count).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wizard::testing::{at, first_run_remote};

    #[test]
    fn a_begun_second_counts() {
        assert_eq!(clock(Duration::from_millis(586_001)), "9:47");
        assert_eq!(clock(Duration::from_mins(1)), "1:00");
        assert_eq!(clock(Duration::ZERO), "0:00");
    }

    #[test]
    fn the_countdown_wakes_each_second_or_when_it_speaks() {
        let mut state = first_run_remote();
        let half = TimePoint { boot: at(13).boot + Duration::from_millis(250), ..at(13) };
        let (corner, wake) = countdown(at(600), &state, half);
        assert_eq!(corner, Some(Corner::Remaining(Duration::from_secs(587))));
        let wake = wake.expect("a wake");
        assert_eq!(wake.boot, at(14).boot);
        state.host.calm = true;
        assert_eq!(countdown(at(600), &state, at(100)).1, Some(at(300)));
        assert_eq!(countdown(at(600), &state, at(545)).1, Some(at(590)));
        assert_eq!(countdown(at(600), &state, at(600)).1, None);
    }
}
