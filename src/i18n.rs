//! Languages. What is said is a [`Message`] (an id and its arguments) until
//! the very edge, where a [`Catalog`] turns it into words; so the wizard's
//! tests assert ids and the core knows no language.
//!
//! The texts are Fluent files under `assets/locales/LANGUAGE/`: `wizard.ftl`
//! (screens), `terminal.ftl` (both front ends), `reach.ftl` (getting to an
//! instance, signing in), `store.ftl` (keeping a sign-in), `commands.ftl`
//! (command line), `pages.ftl` (the server's pages). They are compiled in.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;
use unicode_normalization::UnicodeNormalization;

/// A language crewmesh speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English, and whatever is asked for that we do not have.
    #[default]
    English,
    /// Spanish.
    Spanish,
}

impl Language {
    /// Every language, in the order they are offered.
    pub const ALL: [Self; 2] = [Self::English, Self::Spanish];

    /// The BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
        }
    }

    /// Its name in itself.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Spanish => "Español",
        }
    }

    /// Reads a tag or a POSIX locale (`es`, `es-MX`, `es_ES.UTF-8`). `None`
    /// when it names a language we do not have; `C` and `POSIX` are English.
    pub fn parse(locale: &str) -> Option<Self> {
        let language = locale.split(['_', '-', '.', '@']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("C") || language.eq_ignore_ascii_case("POSIX") {
            return Some(Self::English);
        }
        Self::ALL.into_iter().find(|known| known.tag().eq_ignore_ascii_case(language))
    }

    fn texts(self) -> &'static [&'static str] {
        match self {
            Self::English => &[
                include_str!("../assets/locales/en/wizard.ftl"),
                include_str!("../assets/locales/en/terminal.ftl"),
                include_str!("../assets/locales/en/reach.ftl"),
                include_str!("../assets/locales/en/store.ftl"),
                include_str!("../assets/locales/en/commands.ftl"),
                #[cfg(feature = "server")]
                include_str!("../assets/locales/en/pages.ftl"),
            ],
            Self::Spanish => &[
                include_str!("../assets/locales/es/wizard.ftl"),
                include_str!("../assets/locales/es/terminal.ftl"),
                include_str!("../assets/locales/es/reach.ftl"),
                include_str!("../assets/locales/es/store.ftl"),
                include_str!("../assets/locales/es/commands.ftl"),
                #[cfg(feature = "server")]
                include_str!("../assets/locales/es/pages.ftl"),
            ],
        }
    }
}

/// Something to be said: the id of a text and what goes into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The id in the Fluent files.
    pub id: &'static str,
    /// Its arguments, by name.
    pub arguments: Vec<(&'static str, Argument)>,
}

/// What can go into a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A text, put in as it is.
    Text(String),
    /// A number, which may choose a plural.
    Number(i64),
    /// Another message, said in the same language.
    Message(Message),
}

impl Message {
    /// The message with this id.
    pub const fn new(id: &'static str) -> Self {
        Self { id, arguments: Vec::new() }
    }

    /// The same with one more argument.
    #[must_use]
    pub fn with(mut self, name: &'static str, argument: impl Into<Argument>) -> Self {
        self.arguments.push((name, argument.into()));
        self
    }
}

impl From<String> for Argument {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Argument {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<Message> for Argument {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}

impl From<Words> for Argument {
    fn from(words: Words) -> Self {
        match words {
            Words::Message(message) => Self::Message(message),
            Words::Verbatim(text) => Self::Text(text),
        }
    }
}

/// A message of ours, or words that came from outside (a mesh's name, a
/// server's answer) and are shown as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Words {
    /// Ours, to be translated.
    Message(Message),
    /// Somebody's own words. Never contains control characters: whoever makes
    /// one from outside goes through [`Words::verbatim`].
    Verbatim(String),
}

impl Words {
    /// Words from outside, with every control character taken out, so that a
    /// server cannot write on somebody's terminal.
    pub fn verbatim(text: &str) -> Self {
        Self::Verbatim(printable(text))
    }
}

impl From<Message> for Words {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}

/// `text` without control characters and without the invisible ones that turn
/// the direction of what follows.
pub fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| {
            !c.is_control()
                && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        })
        .collect()
}

/// `text` for comparing: accents and case aside.
pub fn folded(text: &str) -> String {
    text.nfkd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

/// All texts of one language, with English behind it. Costs nothing to make:
/// the texts are read when the first of them is said, once in each thread.
#[derive(Debug)]
pub struct Catalog {
    language: Language,
}

type Bundle = FluentBundle<FluentResource>;

thread_local! {
    static READ: RefCell<Vec<(Language, Rc<Bundle>)>> = const { RefCell::new(Vec::new()) };
}

impl Catalog {
    /// Will say everything in `language`.
    pub fn new(language: Language) -> Self {
        Self { language }
    }

    /// The language it speaks.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The message in words. An id that no language has is said as itself:
    /// a test keeps that from happening.
    pub fn say(&self, message: &Message) -> String {
        self.attribute_or_value(message).unwrap_or_else(|| message.id.to_owned())
    }

    /// Ours translated, somebody's as they are.
    pub fn words<'a>(&self, words: &'a Words) -> Cow<'a, str> {
        match words {
            Words::Message(message) => Cow::Owned(self.say(message)),
            Words::Verbatim(text) => Cow::Borrowed(text),
        }
    }

    fn attribute_or_value(&self, message: &Message) -> Option<String> {
        let mut arguments = FluentArgs::new();
        for (name, argument) in &message.arguments {
            let value = match argument {
                Argument::Text(text) => FluentValue::from(text.as_str()),
                Argument::Number(number) => FluentValue::from(*number),
                Argument::Message(message) => FluentValue::from(self.say(message)),
            };
            arguments.set(*name, value);
        }
        [self.language, Language::English].into_iter().find_map(|language| {
            let bundle = read(language);
            let pattern = bundle.get_message(message.id)?.value()?;
            let mut errors = Vec::new();
            let text = bundle.format_pattern(pattern, Some(&arguments), &mut errors);
            Some(text.into_owned())
        })
    }
}

fn read(language: Language) -> Rc<Bundle> {
    READ.with_borrow_mut(|all| {
        let there = all.iter().find(|(other, _)| *other == language);
        if let Some((_, bundle)) = there {
            return Rc::clone(bundle);
        }
        let bundle = Rc::new(bundle(language));
        all.push((language, Rc::clone(&bundle)));
        bundle
    })
}

fn bundle(language: Language) -> Bundle {
    let tag: LanguageIdentifier = language.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new(vec![tag]);
    // Isolation marks are invisible characters in the middle of a link or a
    // code that somebody copies.
    bundle.set_use_isolating(false);
    for text in language.texts() {
        // Junk between good entries leaves the good ones; a test keeps junk out
        // of a release.
        let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(rest, _)| rest);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_is_read_in_every_spelling() {
        assert_eq!(Language::parse("es_MX.UTF-8"), Some(Language::Spanish));
        assert_eq!(Language::parse("ES"), Some(Language::Spanish));
        assert_eq!(Language::parse("C.UTF-8"), Some(Language::English));
        assert_eq!(Language::parse("POSIX"), Some(Language::English));
        assert_eq!(Language::parse("de_DE"), None);
    }

    #[test]
    fn the_files_are_whole() {
        for language in Language::ALL {
            for text in language.texts() {
                if let Err((_, errors)) = FluentResource::try_new((*text).to_owned()) {
                    panic!("{}: {errors:?}", language.tag());
                }
            }
        }
    }

    /// The ids of a language's texts with the variables each uses.
    fn entries(language: Language) -> Vec<(String, Vec<String>)> {
        let mut all = Vec::new();
        for text in language.texts() {
            let mut current: Option<(String, Vec<String>)> = None;
            for line in text.lines() {
                let begins = line.starts_with(|c: char| c.is_ascii_alphabetic());
                if begins && let Some((id, _)) = line.split_once('=') {
                    all.extend(current.take());
                    current = Some((id.trim().to_owned(), Vec::new()));
                }
                if let Some((_, variables)) = &mut current {
                    for part in line.split('$').skip(1) {
                        let end = part
                            .find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
                            .unwrap_or(part.len());
                        variables.push(part[..end].to_owned());
                    }
                    variables.sort();
                    variables.dedup();
                }
            }
            all.extend(current);
        }
        all.sort();
        all
    }

    #[test]
    fn every_language_says_the_same_things() {
        let english = entries(Language::English);
        let mut ids: Vec<_> = english.iter().map(|(id, _)| id).collect();
        ids.dedup();
        assert_eq!(ids.len(), english.len(), "an id stands twice");
        assert_eq!(english, entries(Language::Spanish));
    }

    #[test]
    fn words_from_outside_cannot_steer_a_terminal() {
        assert_eq!(Words::verbatim("a\u{1b}[2Jb\u{202e}c\n"), Words::Verbatim("a[2Jbc".into()));
    }
}
