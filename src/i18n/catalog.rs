//! Messages in words. Its one surprising rule: a text is read when it is said
//! for the first time, not before.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use super::language::Language;
use super::message::{Argument, Message, Words};

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

    /// The message in words. An id that no language has is said as itself, and
    /// ends whatever test says it.
    pub fn say(&self, message: &Message) -> String {
        self.attribute_or_value(message).unwrap_or_else(|| {
            // Tests speak in ids of their own, of one word or begun so.
            let is_ours = message.id.contains('-') && !message.id.starts_with("test-");
            debug_assert!(!is_ours, "no words for {}", message.id);
            message.id.to_owned()
        })
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
        [self.language, Language::ENGLISH]
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
    static TEXTS: RefCell<[Option<Texts>; Language::ALL.len()]> =
        const { RefCell::new([const { None }; Language::ALL.len()]) };
}

impl Texts {
    fn of<T>(language: Language, then: impl FnOnce(&mut Self) -> T) -> T {
        TEXTS.with_borrow_mut(|all| {
            then(all[language.index()].get_or_insert_with(|| Self::new(language)))
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
        rest = &rest[next_message_start(rest)?..];
        let line = rest.find('\n').map_or(rest.len(), |end| end + 1);
        let end = next_message_start(&rest[line..]).map_or(rest.len(), |next| line + next);
        let (entry, after) = rest.split_at(end);
        rest = after;
        let (id, _) = entry.split_once('=')?;
        Some((id.trim_end(), entry))
    })
}

/// Where the next message begins.
fn next_message_start(text: &str) -> Option<usize> {
    let mut at = 0;
    text.split_inclusive('\n').find_map(|line| {
        let start = at;
        at += line.len();
        line.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(start)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let english = said(Language::ENGLISH);
        let mut ids: Vec<_> = english.iter().map(|(id, _)| id).collect();
        ids.dedup();
        assert_eq!(ids.len(), english.len(), "an id stands twice");
        for language in Language::ALL {
            assert_eq!(said(language), english, "{language:?}");
        }
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
}
