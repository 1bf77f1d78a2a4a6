//! The keys of a page. What a key does and what the footer says of it stand in
//! one row, so the footer cannot lie: [`Keymap::find`] and [`Keymap::keys`]
//! read the same table.
//!
//! A letter matches in either case, because Caps Lock is no reason for `c` to
//! stop copying.

use crate::i18n::{Message, Words};
use crate::wizard::event::{Key, KeyCode};
use crate::wizard::list::Move;
use crate::wizard::page::Hint;

/// Some keys, what they do, and how that is said.
#[derive(Clone, Debug, PartialEq)]
struct Binding<A> {
    keys: Vec<Key>,
    action: A,
    does: &'static str,
    in_footer: bool,
    /// Gives way to any other binding of the same key.
    weak: bool,
}

/// All keys of one page at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Keymap<A>(Vec<Binding<A>>);

/// The keys of a page as they are told to a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    pub footer: Vec<Hint>,
    /// For the list that `?` opens: the footer's and the rest.
    pub all: Vec<Hint>,
}

/// What a key does on a page with a list and nothing else to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListAction {
    /// Moves the cursor.
    Move(Move),
    /// Takes the entry under the cursor.
    Choose,
}

impl Keymap<ListAction> {
    /// The keys of such a page.
    pub fn of_list() -> Self {
        Self::new().list(ListAction::Move).key(ENTER, ListAction::Choose, "key-continue")
    }
}

impl<A: Copy> Default for Keymap<A> {
    fn default() -> Self {
        Self::new()
    }
}

impl<A: Copy> Keymap<A> {
    pub fn new() -> Self {
        Self(Vec::new())
    }

    /// And these, said in the footer.
    #[must_use]
    pub fn key(self, keys: &[Key], action: A, does: &'static str) -> Self {
        self.with(Binding { keys: keys.to_vec(), action, does, in_footer: true, weak: false })
    }

    /// And these, said in the footer, while `applies`.
    #[must_use]
    pub fn key_if(self, applies: bool, keys: &[Key], action: A, does: &'static str) -> Self {
        if applies { self.key(keys, action, does) } else { self }
    }

    /// And these, said only in the list of all keys.
    #[must_use]
    pub fn quiet(self, keys: &[Key], action: A, does: &'static str) -> Self {
        self.with(Binding { keys: keys.to_vec(), action, does, in_footer: false, weak: false })
    }

    /// And the keys that move in a list on a page without a field.
    #[must_use]
    pub fn list(self, moved: impl Fn(Move) -> A) -> Self {
        self.list_beside_field(&moved)
            .quiet(&[Key::plain(KeyCode::Home)], moved(Move::First), "key-first")
            .quiet(&[Key::plain(KeyCode::End)], moved(Move::Last), "key-last")
            .weak(&[Key::plain(KeyCode::Tab), Key::char('j')], moved(Move::Down))
            .weak(&[Key::plain(KeyCode::BackTab), Key::char('k')], moved(Move::Up))
    }

    /// And the keys that move in a list beside a field, which keeps the keys
    /// that move in a text.
    #[must_use]
    pub fn list_beside_field(self, moved: impl Fn(Move) -> A) -> Self {
        self.key(ARROWS_UP, moved(Move::Up), "key-choose")
            .silent(ARROWS_DOWN, moved(Move::Down))
            .quiet(&[Key::plain(KeyCode::PageUp)], moved(Move::PageUp), "key-page-up")
            .quiet(&[Key::plain(KeyCode::PageDown)], moved(Move::PageDown), "key-page-down")
    }

    /// And the keys that move over the lines of a page, some of which are fields
    /// and keep the keys that move in a text.
    #[must_use]
    pub fn lines(self, moved: impl Fn(Move) -> A) -> Self {
        self.key(ARROWS_UP, moved(Move::Up), "key-choose")
            .silent(ARROWS_DOWN, moved(Move::Down))
            .quiet(&[Key::plain(KeyCode::Tab)], moved(Move::Down), "key-next")
            .quiet(&[Key::plain(KeyCode::BackTab)], moved(Move::Up), "key-previous")
    }

    /// And these, said together with the binding before them.
    fn silent(self, keys: &[Key], action: A) -> Self {
        self.with(Binding { keys: keys.to_vec(), action, does: "", in_footer: false, weak: false })
    }

    /// And these, where nothing else here wants the key: habits of whoever comes
    /// from other programs.
    fn weak(self, keys: &[Key], action: A) -> Self {
        let keys = keys.to_vec();
        self.with(Binding { keys, action, does: "", in_footer: false, weak: true })
    }

    fn with(mut self, binding: Binding<A>) -> Self {
        self.0.push(binding);
        self
    }

    /// What `key` does here.
    pub fn find(&self, key: Key) -> Option<A> {
        let mut rows = self.0.iter().filter(|row| row.keys.iter().any(|own| same(*own, key)));
        let (first, rest) = (rows.next()?, rows);
        let strong = std::iter::once(first).chain(rest).find(|row| !row.weak);
        Some(strong.unwrap_or(first).action)
    }

    /// The same table for a person.
    pub fn keys(&self) -> Keys {
        let mut keys = Keys::default();
        for row in self.0.iter().filter(|row| !row.does.is_empty()) {
            let hint = Hint { keys: name(&row.keys), does: Message::new(row.does) };
            if row.in_footer {
                keys.footer.push(hint.clone());
            }
            keys.all.push(hint);
        }
        keys
    }
}

const ARROWS_UP: &[Key] = &[Key::plain(KeyCode::Up)];
const ARROWS_DOWN: &[Key] = &[Key::plain(KeyCode::Down)];

/// The keys that move through a list that is only looked at.
pub fn looking() -> Keymap<Move> {
    Keymap::new()
        .key(ARROWS_UP, Move::Up, "key-more")
        .silent(ARROWS_DOWN, Move::Down)
        .silent(&[Key::plain(KeyCode::PageUp)], Move::PageUp)
        .silent(&[Key::plain(KeyCode::PageDown)], Move::PageDown)
        .silent(&[Key::plain(KeyCode::Home)], Move::First)
        .silent(&[Key::plain(KeyCode::End)], Move::Last)
}

pub const ENTER: &[Key] = &[Key::plain(KeyCode::Enter)];

/// Tab in either direction.
pub const TAB: &[Key] = &[Key::plain(KeyCode::Tab), Key::plain(KeyCode::BackTab)];

fn same(own: Key, pressed: Key) -> bool {
    let code = match (own.code, pressed.code) {
        (KeyCode::Char(a), KeyCode::Char(b)) => a == b || a.eq_ignore_ascii_case(&b),
        (a, b) => a == b,
    };
    code && own.ctrl == pressed.ctrl && own.alt == pressed.alt
}

/// The keys as printed: those of a pair that is one thing (`↑↓`, `tab`) once.
fn name(keys: &[Key]) -> Words {
    let mut names = keys.iter().filter(|key| key.code != KeyCode::BackTab).map(|key| one(*key));
    let first = names.next().unwrap_or(Words::Verbatim(String::new()));
    names.fold(first, |so_far, next| {
        Message::new("keys-or").with("one", so_far).with("other", next).into()
    })
}

fn one(key: Key) -> Words {
    let verbatim = |text: &str| Words::Verbatim(text.to_owned());
    match key.code {
        KeyCode::Char(c) if key.ctrl => Words::Verbatim(format!("ctrl+{c}")),
        KeyCode::Char(c) => Words::Verbatim(c.to_string()),
        KeyCode::F(number) => Words::Verbatim(format!("F{number}")),
        // ↓ always stands beside it.
        KeyCode::Up => verbatim("↑↓"),
        KeyCode::Down => verbatim("↓"),
        KeyCode::Left => verbatim("←"),
        KeyCode::Right => verbatim("→"),
        KeyCode::Tab | KeyCode::BackTab => verbatim("tab"),
        KeyCode::Esc => verbatim("esc"),
        KeyCode::Enter => Message::new("key-name-enter").into(),
        KeyCode::Backspace => Message::new("key-name-backspace").into(),
        KeyCode::Delete => Message::new("key-name-delete").into(),
        KeyCode::Home => Message::new("key-name-home").into(),
        KeyCode::End => Message::new("key-name-end").into(),
        KeyCode::PageUp => Message::new("key-name-page-up").into(),
        KeyCode::PageDown => Message::new("key-name-page-down").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Action {
        Move(Move),
        Copy,
        Go,
    }

    fn keymap() -> Keymap<Action> {
        Keymap::new()
            .list(Action::Move)
            .key(ENTER, Action::Go, "key-continue")
            .key_if(true, &[Key::char('c')], Action::Copy, "key-copy-code")
            .key_if(false, &[Key::char('x')], Action::Go, "key-continue")
    }

    #[test]
    fn what_is_said_is_what_is_matched() {
        let keymap = keymap();
        assert_eq!(keymap.find(Key::plain(KeyCode::Down)), Some(Action::Move(Move::Down)));
        assert_eq!(keymap.find(Key::char('C')), Some(Action::Copy));
        assert_eq!(keymap.find(Key::ctrl('c')), None);
        assert_eq!(keymap.find(Key::char('x')), None);
        assert_eq!(keymap.find(Key::char('j')), Some(Action::Move(Move::Down)));
        assert_eq!(keymap.find(Key::plain(KeyCode::BackTab)), Some(Action::Move(Move::Up)));
        let said: Vec<_> = keymap.keys().footer.iter().map(|hint| hint.does.id).collect();
        assert_eq!(said, ["key-choose", "key-continue", "key-copy-code"]);
        assert_eq!(keymap.keys().all.len(), 7);
    }

    #[test]
    fn a_key_that_means_something_here_does_not_move() {
        let keymap = Keymap::new().list(Action::Move).key(&[Key::char('k')], Action::Copy, "key");
        assert_eq!(keymap.find(Key::char('k')), Some(Action::Copy));
        assert_eq!(keymap.find(Key::char('j')), Some(Action::Move(Move::Down)));
    }

    #[test]
    fn two_keys_for_one_thing_are_both_named() {
        assert_eq!(
            name(&[Key::char('?'), Key::plain(KeyCode::F(1))]),
            Message::new("keys-or").with("one", "?").with("other", "F1").into()
        );
        assert_eq!(name(TAB), Words::Verbatim("tab".into()));
    }
}
