//! What may be answered to a page, and what an answer comes down to: the keys
//! that a person at the full screen would press. What a number leads to is
//! found by trying it on a copy of the wizard, so this knows no screen.

use crate::i18n::{Catalog, Message, Words};
use crate::input::pasted;
use crate::plain::parts::{facts, field, in_words, spelled};
use crate::secret::Secret;
use crate::terminal::keys::Input;
use crate::time_point::TimePoint;
use crate::wizard::Wizard;
use crate::wizard::effect::Command;
use crate::wizard::event::{Event, Key, KeyCode};
use crate::wizard::page::{Block, Page, Shown};

/// More presses than any list is long.
const MAX_KEY_PRESSES: usize = 500;

/// Where the cursor can be: the block and the item in it.
pub type Spot = (usize, usize);

/// What a page asks.
pub struct Question {
    page: Page,
    /// What the numbers stand for, and the keys that lead there.
    numbered: Vec<(Spot, Vec<Key>)>,
    /// The number that Enter alone would take, from 1.
    current: Option<usize>,
    /// Keys that leave the walk altogether.
    quit: Vec<Key>,
    help: Page,
    /// Nothing goes on without an answer.
    pub needed: bool,
    /// The answer is a secret.
    pub masked: bool,
}

/// What is to be done with an answer.
pub enum Answer {
    /// Tell the wizard.
    Inputs(Vec<Input>),
    /// Say this; the question stands.
    Say(Vec<String>),
    /// Say everything again.
    Again,
}

impl Question {
    /// What `page`, which is `wizard`'s, asks.
    pub fn of(page: &Page, wizard: &Wizard, now: TimePoint) -> Self {
        let numbered = spots(wizard, now);
        let at = focus(page);
        let current = numbered.iter().position(|(spot, _)| Some(*spot) == at).map(|at| at + 1);
        let field = field(page);
        let enter = page.hints.iter().any(|hint| keys_named(&hint.keys).contains(&KeyCode::Enter));
        let mut help = wizard.clone();
        help.update(now, Event::Key(Key::plain(KeyCode::F(1))));
        Self {
            page: page.clone(),
            current,
            quit: keys_to_exit(wizard, now),
            help: help.page(now),
            needed: field.is_some() || !numbered.is_empty() || enter,
            masked: field.is_some_and(|field| field.masked),
            numbered,
        }
    }

    /// The same for a page without a wizard behind it, to look at: everything
    /// that might be chosen has a number, and none leads anywhere.
    pub fn without_wizard(page: &Page) -> Self {
        let items = |(number, block): (usize, &Block)| {
            let count = match block {
                Block::Choices(choices) => choices.items.len(),
                Block::Rows(rows) if rows.iter().any(|row| row.chosen) => rows.len(),
                _ => 0,
            };
            (0..count).map(move |at| ((number, at), Vec::new())).collect::<Vec<_>>()
        };
        let numbered: Vec<_> = page.blocks.iter().enumerate().flat_map(items).collect();
        let at = focus(page);
        Self {
            page: page.clone(),
            current: numbered.iter().position(|(spot, _)| Some(*spot) == at).map(|at| at + 1),
            quit: Vec::new(),
            help: Page::new(None),
            needed: true,
            masked: field(page).is_some_and(|field| field.masked),
            numbered,
        }
    }

    /// The number of the item at `spot`, from 1.
    pub fn number(&self, spot: Spot) -> Option<usize> {
        self.numbered.iter().position(|(own, _)| *own == spot).map(|at| at + 1)
    }

    /// What stands before the answer.
    pub fn prompt(&self, catalog: &Catalog) -> String {
        if let Some(field) = field(&self.page) {
            let label = catalog.words(&field.label);
            let text = match &field.shown {
                Shown::Clear(text) if !text.is_empty() => format!("{label} [{text}]"),
                _ => label.into_owned(),
            };
            // Enter over a list takes a line of it, whatever the field holds.
            return match self.current.and_then(|number| i64::try_from(number).ok()) {
                Some(number) => {
                    let takes = Message::new("plain-enter-takes").with("number", number);
                    format!("{text} ({}):", catalog.say(&takes))
                }
                None if self.derives()
                    && matches!(&field.shown, Shown::Clear(text) if !text.is_empty()) =>
                {
                    format!("{text} ({}):", catalog.say(&Message::new("plain-enter-takes-it")))
                }
                None => format!("{text}:"),
            };
        }
        match self.current {
            Some(number) => format!("{} [{number}]:", catalog.say(&Message::new("plain-choose"))),
            None => catalog.say(&Message::new("plain-press-enter")),
        }
    }

    /// What else may be answered, in one line.
    pub fn others(&self, catalog: &Catalog) -> String {
        let mut others: Vec<String> = Vec::new();
        // Plain already: that key leads nowhere.
        for hint in self.page.hints.iter().filter(|hint| hint.does.id != "key-plain") {
            let typed = keys_named(&hint.keys).into_iter().find_map(|code| self.typed(code));
            others.extend(typed.map(|typed| format!("{typed} {}", catalog.say(&hint.does))));
        }
        if spelled(&self.page, catalog).is_some() {
            others.push(word("plain-word-spell", catalog));
        }
        for id in ["plain-word-back", "plain-word-again", "plain-word-help", "plain-word-quit"] {
            others.push(word(id, catalog));
        }
        let others = others.join(", ");
        catalog.say(&Message::new("plain-others").with("others", others))
    }

    /// What may be answered here. Keys that move something on a full screen do
    /// nothing in a line.
    fn help(&self, catalog: &Catalog) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.numbered.is_empty() {
            lines.push(catalog.say(&Message::new("plain-help-number")));
        }
        if field(&self.page).is_some() {
            lines.push(catalog.say(&Message::new("plain-help-text")));
        }
        let mut help = self.help.clone();
        for block in &mut help.blocks {
            if let Block::Facts { facts, .. } = block {
                facts.retain(|(keys, _)| {
                    let enter = |code: &KeyCode| *code == KeyCode::Enter;
                    let typed = |code: KeyCode| enter(&code) || self.typed(code).is_some();
                    keys_named(keys).into_iter().any(typed)
                });
            }
        }
        lines.extend(facts(&help, catalog));
        lines.push(self.others(catalog));
        lines
    }

    /// What somebody types for a key; the ones that are words or numbers
    /// already are not listed.
    fn typed(&self, code: KeyCode) -> Option<String> {
        match code {
            KeyCode::Char(c) if c.is_alphanumeric() && field(&self.page).is_none() => {
                Some(c.to_string())
            }
            KeyCode::Tab => Some("tab".to_owned()),
            _ => None,
        }
    }

    /// What the answer `text` comes down to.
    pub fn read(&self, text: &Secret, catalog: &Catalog) -> Answer {
        let typed = text.expose().trim();
        let is = |id: &'static str| is_word(typed, id, catalog);
        let keys = |keys: &[Key]| Answer::Inputs(keys.iter().map(|key| pressed(*key)).collect());
        if is("plain-word-quit") {
            return keys(&self.quit);
        }
        if is("plain-word-back") {
            return keys(&[Key::plain(KeyCode::Esc)]);
        }
        if is("plain-word-again") {
            return Answer::Again;
        }
        if is("plain-word-help") || typed == "?" {
            return Answer::Say(self.help(catalog));
        }
        if let (true, Some(spelled)) = (is("plain-word-spell"), spelled(&self.page, catalog)) {
            return Answer::Say(vec![spelled]);
        }
        if let Some((_, keys_there)) =
            typed.parse().ok().and_then(|number: usize| self.numbered.get(number.checked_sub(1)?))
        {
            let mut keys_there = keys_there.clone();
            keys_there.push(Key::plain(KeyCode::Enter));
            return keys(&keys_there);
        }
        if let Some(key) = self.key(typed) {
            return keys(&[key]);
        }
        if typed.is_empty() {
            return keys(&[Key::plain(KeyCode::Enter)]);
        }
        self.text(typed, catalog)
    }

    /// Something on the page follows from what is typed: the short name.
    fn derives(&self) -> bool {
        self.page.blocks.iter().filter(|block| matches!(block, Block::Field(_))).count() > 1
    }

    /// The key of a hint that is answered by its name.
    fn key(&self, typed: &str) -> Option<Key> {
        let named = self.page.hints.iter().flat_map(|hint| keys_named(&hint.keys));
        named
            .into_iter()
            .find(|code| self.typed(*code).is_some_and(|own| own.eq_ignore_ascii_case(typed)))
            .map(Key::plain)
    }

    /// A text for the field, or a paste where there is none.
    fn text(&self, typed: &str, catalog: &Catalog) -> Answer {
        let paste = Input::Event(Event::Paste(Secret::new(typed)));
        if field(&self.page).is_none() {
            // Nothing that leads anywhere: a slip.
            let slip = pasted::recognise(typed).is_none();
            return if slip {
                let mut lines = vec![catalog.say(&Message::new("plain-not-understood"))];
                lines.push(self.others(catalog));
                Answer::Say(lines)
            } else {
                Answer::Inputs(vec![paste])
            };
        }
        // The field holds what is typed now, not what was there before.
        let mut inputs = vec![pressed(Key::ctrl('e')), pressed(Key::ctrl('u')), paste];
        // Beside a list a text only narrows it; a number then chooses. And what
        // is made of the text is shown before it is sent.
        if self.current.is_none() && !self.derives() {
            inputs.push(pressed(Key::plain(KeyCode::Enter)));
        }
        Answer::Inputs(inputs)
    }
}

fn pressed(key: Key) -> Input {
    Input::Event(Event::Key(key))
}

/// Where the cursor is.
fn focus(page: &Page) -> Option<Spot> {
    page.blocks.iter().enumerate().find_map(|(number, block)| match block {
        Block::Choices(choices) => {
            choices.cursor.filter(|at| *at < choices.items.len()).map(|at| (number, at))
        }
        Block::Rows(rows) => rows.iter().position(|row| row.chosen).map(|at| (number, at)),
        _ => None,
    })
}

/// Everything the cursor can be moved to, top to bottom, and how.
fn spots(wizard: &Wizard, now: TimePoint) -> Vec<(Spot, Vec<Key>)> {
    let mut spots: Vec<(Spot, Vec<Key>)> = Vec::new();
    for arrow in [KeyCode::Down, KeyCode::Up] {
        let mut walker = wizard.clone();
        let mut keys_there = Vec::new();
        while let Some(spot) =
            focus(&walker.page(now)).filter(|_| keys_there.len() < MAX_KEY_PRESSES)
        {
            let known = spots.iter().any(|(own, _)| *own == spot);
            // Come round, or against an end. The way up begins where the way
            // down did.
            if known && !(keys_there.is_empty() && arrow == KeyCode::Up) {
                break;
            }
            if !known {
                spots.push((spot, keys_there.clone()));
            }
            keys_there.push(Key::plain(arrow));
            walker.update(now, Event::Key(Key::plain(arrow)));
        }
    }
    spots.sort_by_key(|(spot, _)| *spot);
    spots
}

/// Back and back until there is no further back: leaving is no interruption.
fn keys_to_exit(wizard: &Wizard, now: TimePoint) -> Vec<Key> {
    let esc = Key::plain(KeyCode::Esc);
    let mut walker = wizard.clone();
    for count in 1..MAX_KEY_PRESSES {
        let commands = walker.update(now, Event::Key(esc));
        if commands.iter().any(|command| matches!(command, Command::Exit(_))) {
            return vec![esc; count];
        }
    }
    vec![Key::ctrl('c')]
}

/// The keys that a hint names.
fn keys_named(words: &Words) -> Vec<KeyCode> {
    match words {
        Words::Verbatim(name) if name == "tab" => vec![KeyCode::Tab],
        Words::Verbatim(name) => {
            let mut letters = name.chars();
            match (letters.next(), letters.next()) {
                (Some(letter), None) => vec![KeyCode::Char(letter)],
                _ => Vec::new(),
            }
        }
        Words::Message(message) if message.id == "key-name-enter" => vec![KeyCode::Enter],
        Words::Message(message) => message
            .arguments
            .iter()
            .flat_map(|(_, argument)| {
                in_words(argument).map_or_else(Vec::new, |it| keys_named(&it))
            })
            .collect(),
    }
}

fn word(id: &'static str, catalog: &Catalog) -> String {
    catalog.say(&Message::new(id))
}

/// Whether `typed` is this word, in the language shown or in English, which
/// is in everybody's fingers.
fn is_word(typed: &str, id: &'static str, catalog: &Catalog) -> bool {
    let typed = typed.to_lowercase();
    let english = id.trim_start_matches("plain-word-");
    typed == english || typed == word(id, catalog).to_lowercase()
}
