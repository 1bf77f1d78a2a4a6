//! What is said of arguments that cannot be understood: in the person's
//! language, one sentence and what to do, from what clap knows of the fault.
//! What an option takes is told in the words of its own page of help, so that
//! nothing here has to know any option.

use clap::builder::PossibleValue;
use clap::error::{ContextKind, ContextValue, ErrorKind as ClapErrorKind};
use clap::{Arg, Command};

use super::asking::typed;
use crate::agent::spec;
use crate::error::{AppError, ErrorKind};
use crate::http::without_password;
use crate::i18n::{Message, Words};
use crate::secret::TokenKind;

/// The fault in `clap_error`, of a command line of `root`, whose help is in the
/// language that is spoken.
pub(super) fn error(clap_error: &clap::Error, root: &Command) -> AppError {
    let fault = Fault { clap_error, command: command(clap_error, root) };
    let error = AppError::new(ErrorKind::BadArguments, "bad_arguments", fault.message());
    AppError { suggestion: fault.suggestion(), ..error.hint(fault.hint()) }
}

struct Fault<'a> {
    clap_error: &'a clap::Error,
    /// The one that was meant, and everything before its name.
    command: (&'a Command, String),
}

impl Fault<'_> {
    fn message(&self) -> Words {
        let option = || self.text(ContextKind::InvalidArg).unwrap_or_default();
        let with = |id, name, value: String| Words::from(Message::new(id).with(name, value));
        match self.clap_error.kind() {
            ClapErrorKind::InvalidSubcommand => {
                let what = self.text(ContextKind::InvalidSubcommand).unwrap_or_default();
                with("arguments-unknown-command", "what", what)
            }
            ClapErrorKind::UnknownArgument if option().starts_with('-') => {
                with("arguments-unknown-option", "what", option())
            }
            ClapErrorKind::UnknownArgument if self.command.0.has_subcommands() => {
                with("arguments-unknown-command", "what", option())
            }
            ClapErrorKind::UnknownArgument => with("arguments-surplus", "what", option()),
            ClapErrorKind::InvalidValue | ClapErrorKind::ValueValidation => {
                match self.text(ContextKind::InvalidValue).filter(|value| !value.is_empty()) {
                    Some(_) if self.values().len() > 1 => takes_one_of(&option(), &self.values()),
                    Some(value) => Message::new("arguments-value")
                        .with("value", value)
                        .with("option", name(&option()))
                        .into(),
                    None => with("arguments-value-missing", "option", name(&option())),
                }
            }
            ClapErrorKind::TooManyValues => {
                with("arguments-value-surplus", "option", name(&option()))
            }
            ClapErrorKind::MissingRequiredArgument => {
                with("arguments-missing", "what", name(&option()))
            }
            ClapErrorKind::ArgumentConflict => {
                let other = self.text(ContextKind::PriorArg).unwrap_or_default();
                if other == option() {
                    return with("arguments-twice", "option", name(&option()));
                }
                Message::new("arguments-conflict")
                    .with("option", name(&option()))
                    .with("other", name(&other))
                    .into()
            }
            ClapErrorKind::MissingSubcommand
            | ClapErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                with("arguments-command-missing", "command", self.command.1.clone())
            }
            ClapErrorKind::InvalidUtf8 => Message::new("arguments-no-text").into(),
            _ => {
                let text = without_secrets(&self.clap_error.to_string());
                let line = text.lines().next().unwrap_or_default();
                Words::verbatim(line.strip_prefix("error: ").unwrap_or(line))
            }
        }
    }

    /// Every value there is, where that is known: listed by clap, or by a parser of
    /// ours, which puts `|` between them.
    fn values(&self) -> Vec<String> {
        if let Some(ContextValue::Strings(values)) = self.clap_error.get(ContextKind::ValidValue) {
            return values.iter().map(|value| typed(value)).collect();
        }
        let said = std::error::Error::source(self.clap_error).map(ToString::to_string);
        let said = said.filter(|said| said.contains('|')).unwrap_or_default();
        said.split('|').filter(|value| !value.is_empty()).map(typed).collect()
    }

    fn hint(&self) -> Message {
        let (command, path) = &self.command;
        if let Some(meant) = self.suggestion() {
            return Message::new("arguments-meant").with("meant", meant);
        }
        let option = self.text(ContextKind::InvalidArg);
        let takes = |option: &str| {
            let argument = argument(command, option)?;
            let mut help = argument.get_help()?.to_string();
            // Other languages have it in their help already.
            let usual = argument.get_default_values().iter().map(|value| value.to_string_lossy());
            if let Some(usual) = usual.reduce(|all, one| all + " " + one)
                && !help.ends_with(']')
            {
                help = format!("{help} [{usual}]");
            }
            let takes = Message::new("arguments-takes").with("option", name(option));
            Some(takes.with("help", help))
        };
        let hint = match self.clap_error.kind() {
            ClapErrorKind::InvalidValue if self.values().len() > 1 => {
                let given = self.text(ContextKind::InvalidValue).unwrap_or_default();
                // With a value that is none of them they were told already.
                let values = given.is_empty().then(|| self.values().join(", "));
                values.map(|values| Message::new("arguments-values").with("values", values))
            }
            ClapErrorKind::ValueValidation if self.values().len() > 1 => None,
            ClapErrorKind::InvalidValue | ClapErrorKind::ValueValidation => {
                option.as_deref().and_then(takes)
            }
            ClapErrorKind::MissingRequiredArgument => option.as_deref().and_then(|option| {
                let values = argument(command, option)?.get_possible_values();
                let names: Vec<_> = values.iter().map(PossibleValue::get_name).collect();
                if names.is_empty() {
                    return takes(option);
                }
                Some(Message::new("arguments-values").with("values", names.join(", ")))
            }),
            ClapErrorKind::UnknownArgument
                if option.as_deref().is_some_and(|word| spec::names().any(|name| name == word)) =>
            {
                Some(Message::new("arguments-agent").with("agent", option.unwrap_or_default()))
            }
            ClapErrorKind::UnknownArgument if passes_on(command) => option
                .filter(|option| option.starts_with('-'))
                .map(|option| Message::new("arguments-for-agent").with("what", option)),
            ClapErrorKind::MissingSubcommand
            | ClapErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                let names: Vec<_> = command.get_subcommands().map(Command::get_name).collect();
                Some(Message::new("arguments-values").with("values", names.join(", ")))
            }
            _ => None,
        };
        hint.unwrap_or_else(|| Message::new("arguments-help").with("command", path.clone()))
    }

    /// What was meant, most likely. clap finds something alike in anything.
    fn suggestion(&self) -> Option<String> {
        let typed = [ContextKind::InvalidValue, ContextKind::InvalidSubcommand];
        let typed = typed.into_iter().chain([ContextKind::InvalidArg]);
        let typed = typed.into_iter().find_map(|kind| self.text(kind)).unwrap_or_default();
        [ContextKind::SuggestedArg, ContextKind::SuggestedValue, ContextKind::SuggestedSubcommand]
            .into_iter()
            .find_map(|kind| self.text(kind))
            .filter(|meant| is_near(&name(&typed), &name(meant)))
            .or_else(|| self.command_like())
    }

    /// The command whose name is nearest to the word that is none. clap looks
    /// for one only where nothing else could stand.
    fn command_like(&self) -> Option<String> {
        let word = self.text(ContextKind::InvalidArg).filter(|word| !word.starts_with('-'))?;
        let known = self.clap_error.kind() == ClapErrorKind::UnknownArgument;
        let names = self.command.0.get_subcommands().map(Command::get_name).filter(|_| known);
        let near = names.map(|name| (strsim::damerau_levenshtein(name, &word), name));
        near.filter(|(far, _)| *far <= 2).min().map(|(_, name)| name.to_owned())
    }

    fn text(&self, kind: ContextKind) -> Option<String> {
        let text = match self.clap_error.get(kind)? {
            ContextValue::String(text) => text.clone(),
            ContextValue::Strings(texts) => texts.join(", "),
            _ => return None,
        };
        Some(typed(&without_secrets(&text)))
    }
}

/// `--lang takes en or es`
fn takes_one_of(option: &str, values: &[String]) -> Words {
    let (last, others) = values.split_last().map_or(("", values), |(last, others)| (last, others));
    Message::new("arguments-one-of")
        .with("option", name(option))
        .with("values", others.join(", "))
        .with("last", last)
        .into()
}

/// Whether somebody who typed one may have meant the other: a third of it may
/// be wrong.
fn is_near(typed: &str, meant: &str) -> bool {
    let bare = |text: &str| text.trim_start_matches('-').to_owned();
    let (typed, meant) = (bare(typed), bare(meant));
    strsim::damerau_levenshtein(&typed, &meant) <= (meant.chars().count() / 3).max(1)
}

/// An option without what stands for its value.
fn name(option: &str) -> String {
    let name = if option.starts_with('-') {
        option.split([' ', '=']).next().unwrap_or(option)
    } else {
        option
    };
    name.replace(['<', '>', '[', ']'], "")
}

/// The command that a fault is about: named in the usage that goes with it,
/// else by what was typed.
fn command<'a>(clap_error: &clap::Error, root: &'a Command) -> (&'a Command, String) {
    let (mut command, mut path) = (root, root.get_name().to_owned());
    let words: Vec<String> = match clap_error.get(ContextKind::Usage) {
        Some(usage) => usage.to_string().split_whitespace().map(ToOwned::to_owned).collect(),
        None => std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect(),
    };
    for word in words {
        if let Some(below) = command.find_subcommand(&word) {
            command = below;
            path = format!("{path} {word}");
        }
    }
    (command, path)
}

/// The argument that clap calls `option`.
fn argument<'a>(command: &'a Command, option: &str) -> Option<&'a Arg> {
    let first = option.split(',').next().unwrap_or_default();
    let bare = name(first);
    command.get_arguments().find(|argument| {
        let long = argument.get_long().is_some_and(|long| bare == format!("--{long}"));
        let placed = argument.is_positional()
            && argument
                .get_value_names()
                .is_some_and(|names| names.iter().any(|own| bare == **own));
        long || placed
    })
}

/// Whether what stands after `--` goes to somebody else.
fn passes_on(command: &Command) -> bool {
    command.get_positionals().any(Arg::is_last_set)
}

/// A text in which whatever looks like a token of ours, or like a password in
/// an address, is left out.
fn without_secrets(text: &str) -> String {
    let mut text = without_password(text);
    for kind in TokenKind::ALL {
        let mut from = 0;
        while let Some(at) = text[from..].find(kind.prefix()).map(|at| from + at) {
            let body = at + kind.prefix().len();
            let end = text[body..]
                .find(|c: char| !c.is_ascii_alphanumeric())
                .map_or(text.len(), |length| body + length);
            text.replace_range(body..end, "…");
            from = body;
        }
    }
    text
}
