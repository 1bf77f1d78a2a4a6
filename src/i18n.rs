//! Languages. What is said is a [`Message`] (an id and its arguments) until
//! the very edge, where a [`Catalog`] turns it into words; so the wizard's
//! tests assert ids and the core knows no language.
//!
//! The texts are Fluent files under `assets/locales/LANGUAGE/`: `wizard.ftl`
//! (screens), `terminal.ftl` (both front ends), `connector.ftl` (getting to an
//! instance, signing in), `store.ftl` (keeping a sign-in), `commands.ftl`
//! (command line), `pages.ftl` (the server's pages). They are compiled in.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;

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

/// `text` without control characters, without the whole of a terminal's control
/// sequence, and without the invisible ones that turn the direction of what
/// follows, break its line, or hide a text within another. What joins letters
/// and emoji stays.
pub fn printable(text: &str) -> String {
    // Made at its full size at once: it may be a secret.
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let sequence = if matches!(c, '\u{1b}' | '\u{9b}') { sequence(rest) } else { 0 };
        if sequence == 0 && !c.is_control() && !is_invisible(c) {
            shown.push(c);
        }
        rest = &rest[sequence.max(c.len_utf8())..];
    }
    shown
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// `text` of several lines on one: where one ends and another begins stands one
/// blank.
pub fn on_one_line(text: &str) -> String {
    let breaks = |c: char| {
        matches!(c, '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
    };
    let mut line = String::with_capacity(text.len());
    for part in text.split(breaks).filter(|part| !part.is_empty()) {
        if !line.is_empty() && !line.ends_with(' ') && !part.starts_with(' ') {
            line.push(' ');
        }
        line.push_str(part);
    }
    line
}

/// No string that a terminal is sent in good faith in a name is longer, in
/// bytes; of one without an end only its mark goes.
const LONGEST_SEQUENCE: usize = 1024;

/// The length of the control sequence (ECMA-48) that `text` begins with: one
/// with parameters, or a string with its end. 0 where it is neither.
fn sequence(text: &str) -> usize {
    let (body, before) = if let Some(body) = text.strip_prefix('\u{9b}') {
        (body, '\u{9b}'.len_utf8())
    } else if let Some(body) = text.strip_prefix("\u{1b}[") {
        (body, 2)
    } else {
        let text = &text.as_bytes()[..text.len().min(LONGEST_SEQUENCE)];
        let is_string = matches!(text, [0x1b, b']' | b'P' | b'X' | b'^' | b'_', ..]);
        let bell = |text: &[u8]| text.iter().position(|byte| *byte == 7).map(|at| at + 1);
        let mark = |text: &[u8]| text.windows(2).position(|two| two == b"\x1b\\").map(|at| at + 2);
        let end = [bell(text), mark(text)].into_iter().flatten().min();
        return end.filter(|_| is_string).unwrap_or(0);
    };
    let parameters = body.bytes().take_while(|byte| (0x20..=0x3f).contains(byte)).count();
    let last = body.as_bytes().get(parameters).is_some_and(|byte| (0x40..=0x7e).contains(byte));
    before + parameters + usize::from(last)
}

/// `text` for comparing: accents and case aside.
pub fn folded(text: &str) -> String {
    text.nfkd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

/// All texts of one language, with English behind it. Costs nothing to make:
/// a text is read when it is said for the first time, once in each thread. To
/// read all of them would take longer than everything else before the first
/// frame together.
#[derive(Debug)]
pub struct Catalog {
    language: Language,
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
        [self.language, Language::English]
            .into_iter()
            .find_map(|language| Texts::of(language, |texts| texts.say(message.id, &arguments)))
    }
}

/// The texts of one language, as far as they were said in this thread.
struct Texts {
    /// Where each entry stands: its id, and the lines from there to the next.
    entries: HashMap<&'static str, &'static str>,
    read: FluentBundle<FluentResource>,
}

thread_local! {
    static TEXTS: RefCell<[Option<Texts>; Language::ALL.len()]> = const { RefCell::new([None, None]) };
}

impl Texts {
    fn of<T>(language: Language, then: impl FnOnce(&mut Self) -> T) -> T {
        TEXTS.with_borrow_mut(|all| {
            then(all[language as usize].get_or_insert_with(|| Self::new(language)))
        })
    }

    fn new(language: Language) -> Self {
        let tag: LanguageIdentifier = language.tag().parse().unwrap_or_default();
        let mut read = FluentBundle::new(vec![tag]);
        // Isolation marks are invisible characters in the middle of a link or a
        // code that somebody copies.
        read.set_use_isolating(false);
        let entries = language.texts().iter().flat_map(|text| entries(text)).collect();
        Self { entries, read }
    }

    fn say(&mut self, id: &str, arguments: &FluentArgs<'_>) -> Option<String> {
        if !self.read.has_message(id) {
            let entry = (*self.entries.get(id)?).to_owned();
            // A test keeps entries that cannot be read out of a release.
            let entry = FluentResource::try_new(entry).unwrap_or_else(|(rest, _)| rest);
            self.read.add_resource_overriding(entry);
        }
        let pattern = self.read.get_message(id)?.value()?;
        let mut errors = Vec::new();
        Some(self.read.format_pattern(pattern, Some(arguments), &mut errors).into_owned())
    }
}

/// Every message of a Fluent file with the lines it stands on: from its id, at
/// the start of a line, to the next. Comments go with the message before.
fn entries(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = &rest[begin(rest)?..];
        let line = rest.find('\n').map_or(rest.len(), |end| end + 1);
        let end = begin(&rest[line..]).map_or(rest.len(), |next| line + next);
        let (entry, after) = rest.split_at(end);
        rest = after;
        let (id, _) = entry.split_once('=')?;
        Some((id.trim_end(), entry))
    })
}

/// Where the next message begins.
fn begin(text: &str) -> Option<usize> {
    let mut at = 0;
    text.split_inclusive('\n').find_map(|line| {
        let here = at;
        at += line.len();
        line.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(here)
    })
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
    fn said(language: Language) -> Vec<(&'static str, Vec<&'static str>)> {
        let variables = |entry: &'static str| {
            let part = |part: &'static str| {
                let end = part.find(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c));
                &part[..end.unwrap_or(part.len())]
            };
            let mut variables: Vec<_> = entry.split('$').skip(1).map(part).collect();
            variables.sort_unstable();
            variables.dedup();
            variables
        };
        let entries = language.texts().iter().flat_map(|text| entries(text));
        let mut all: Vec<_> = entries.map(|(id, entry)| (id, variables(entry))).collect();
        all.sort();
        all
    }

    #[test]
    fn every_language_says_the_same_things() {
        let english = said(Language::English);
        let mut ids: Vec<_> = english.iter().map(|(id, _)| id).collect();
        ids.dedup();
        assert_eq!(ids.len(), english.len(), "an id stands twice");
        assert_eq!(english, said(Language::Spanish));
    }

    #[test]
    fn a_text_read_alone_says_what_it_says_among_all() {
        for language in Language::ALL {
            let mut whole = Texts::new(language);
            for text in language.texts() {
                let resource = FluentResource::try_new((*text).to_owned()).expect("a whole file");
                whole.read.add_resource(resource).expect("each id once");
            }
            let mut alone = Texts::new(language);
            for (id, variables) in said(language) {
                let mut arguments = FluentArgs::new();
                for variable in variables {
                    arguments.set(variable, "x");
                }
                let among_all = whole.say(id, &arguments);
                assert!(among_all.is_some(), "{id} has no value");
                assert_eq!(alone.say(id, &arguments), among_all, "{id}");
            }
        }
    }

    #[test]
    fn words_from_outside_cannot_steer_a_terminal() {
        assert_eq!(Words::verbatim("a\u{1b}[2Jb\u{202e}c\n"), Words::Verbatim("abc".into()));
    }

    #[test]
    fn a_control_sequence_goes_as_a_whole_and_what_is_seen_stays() {
        for (given, shown) in [
            ("a\u{1b}[31mred\u{1b}[0m", "ared"),
            ("\u{9b}1;5Hhome", "home"),
            ("\u{1b}]8;;https://x\u{1b}\\link\u{1b}]8;;\u{7}", "link"),
            ("\u{1b}]never ends", "]never ends"),
            ("\u{1b}é\u{1b}[é\u{1b}", "éé"),
            ("zero\u{200b}width\u{2028}\u{feff}\u{e0041}", "zerowidth"),
            ("👩\u{200d}🚀 ❤\u{fe0f} نام\u{200c}ها", "👩\u{200d}🚀 ❤\u{fe0f} نام\u{200c}ها"),
        ] {
            assert_eq!(printable(given), shown, "{given:?}");
        }
    }
}
