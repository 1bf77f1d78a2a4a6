//! The pages of help in the person's language. The English ones are what clap
//! reads off the commands themselves; any other language is a list of the same
//! sentences beside their translation, one pair to a line. A sentence
//! without its pair stays English, and a test keeps any from missing.

use clap::builder::StyledStr;
use clap::{Arg, ArgAction, Command};

use crate::i18n::Language;

/// Above what every command understands.
pub(super) const EVERY: &str = "Options of every command";

/// Between an example and what is said of it.
const GAP: &str = "  ";

/// The whole tree of commands, its help in this language.
pub(super) fn in_language(command: Command, language: Language) -> Command {
    match language.help() {
        "" => command,
        sentences => Translation { sentences }.command(command, true),
    }
}

/// Each sentence, a tab, the same in another language; a pair to a line.
#[derive(Clone, Copy)]
struct Translation {
    sentences: &'static str,
}

impl Translation {
    fn command(self, mut command: Command, root: bool) -> Command {
        let words = |text: &StyledStr| self.say(&text.to_string());
        if let Some(about) = command.get_about().map(words) {
            command = command.about(about);
        }
        if let Some(about) = command.get_long_about().map(words) {
            command = command.long_about(about);
        }
        if let Some(examples) =
            command.get_after_help().map(|text| self.examples(&text.to_string()))
        {
            command = command.after_help(examples);
        }
        let help = Arg::new("help").short('h').long("help").action(ArgAction::Help);
        command = command
            .disable_help_flag(true)
            .arg(help.help(self.say("Print help")).help_heading(self.word("Options")))
            .subcommand_help_heading(self.word("Commands"))
            .subcommand_value_name(self.word("COMMAND"))
            .help_template(format!(
                "{{about-with-newline}}\n{}: {{usage}}\n\n{{all-args}}{{after-help}}",
                self.say("Usage")
            ));
        if root {
            let version = Arg::new("version").short('V').long("version").action(ArgAction::Version);
            command = command
                .disable_version_flag(true)
                .arg(version.help(self.say("Print version")).help_heading(self.word("Options")));
        }
        command = command.mut_args(|argument| self.argument(argument));
        command.mut_subcommands(|command| self.command(command, false))
    }

    fn argument(self, argument: Arg) -> Arg {
        if matches!(argument.get_id().as_str(), "help" | "version") {
            return argument;
        }
        // What a command hands on to its own commands is theirs, not everybody's.
        let every = argument.get_help_heading() == Some(EVERY);
        let heading = match &argument {
            _ if argument.is_positional() => "Arguments",
            _ if every => EVERY,
            _ => "Options",
        };
        let mut text =
            argument.get_help().map(|text| self.say(&text.to_string())).unwrap_or_default();
        if !argument.get_action().takes_values() {
            return argument.help_heading(self.word(heading)).help(text);
        }
        let values: Vec<_> = argument.get_possible_values();
        let values: Vec<_> = values.iter().map(clap::builder::PossibleValue::get_name).collect();
        if !values.is_empty() {
            text = format!("{text} [{}: {}]", self.word("possible values"), values.join(", "));
        }
        let defaults = argument.get_default_values().iter().map(|value| value.to_string_lossy());
        let defaults: Vec<_> = defaults.collect();
        if !defaults.is_empty() {
            text = format!("{text} [{}: {}]", self.word("default"), defaults.join(", "));
        }
        argument
            .help_heading(self.word(heading))
            .hide_default_value(true)
            .hide_possible_values(true)
            .help(text)
    }

    /// Each line of the examples; what is said beside an example keeps its column.
    fn examples(self, text: &str) -> String {
        let lines = text.lines().map(|line| match comment(line) {
            Some(at) => format!("{}{}", &line[..at], self.say(&line[at..])),
            None => self.say(line),
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    fn say(self, text: &str) -> String {
        self.pairs()
            .find(|(english, _)| *english == text)
            .map_or(text, |(_, other)| other)
            .to_owned()
    }

    fn word(self, text: &'static str) -> &'static str {
        self.pairs().find(|(english, _)| *english == text).map_or(text, |(_, other)| other)
    }

    fn pairs(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.sentences.lines().filter_map(|line| line.split_once('\t'))
    }
}

/// Where an example's comment begins.
fn comment(line: &str) -> Option<usize> {
    let body = line.len() - line.trim_start().len();
    let gap = line[body..].find(GAP)? + body;
    Some(line.len() - line[gap..].trim_start().len())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    /// Every sentence on any page of help.
    fn sentences(command: &Command, all: &mut Vec<String>) {
        let text = |text: &StyledStr| text.to_string();
        all.extend(command.get_about().map(text));
        all.extend(command.get_long_about().map(text));
        for line in command.get_after_help().map(text).unwrap_or_default().lines() {
            match comment(line) {
                Some(at) => all.push(line[at..].to_owned()),
                None if !line.is_empty() && !line.starts_with(' ') => all.push(line.to_owned()),
                None => {}
            }
        }
        all.extend(command.get_arguments().filter_map(Arg::get_help).map(text));
        for command in command.get_subcommands() {
            sentences(command, all);
        }
    }

    #[test]
    fn every_sentence_of_help_is_translated_and_no_other() {
        let mut all = Vec::new();
        sentences(&Cli::command(), &mut all);
        for word in [
            "Print help",
            "Print version",
            "Options",
            "Options of every command",
            "Commands",
            "COMMAND",
            "Usage",
            "Arguments",
            "possible values",
            "default",
        ] {
            all.push(word.to_owned());
        }
        for language in Language::ENGLISH.others() {
            let help = Translation { sentences: language.help() };
            let is_there = |text: &&String| help.pairs().any(|(english, _)| english == **text);
            let missing: Vec<_> = all.iter().filter(|text| !is_there(text)).collect();
            assert!(missing.is_empty(), "not in {language:?}/help.tsv: {missing:#?}");
            // Without the server some commands are not there, and theirs are.
            if cfg!(feature = "server") {
                let is_said = |english: &str| all.iter().any(|text| text == english);
                let surplus: Vec<_> =
                    help.pairs().filter(|(english, _)| !is_said(english)).collect();
                assert!(surplus.is_empty(), "said nowhere, {language:?}: {surplus:#?}");
            }
        }
    }

    #[test]
    fn the_translated_tree_is_one_that_clap_takes() {
        for language in Language::ALL {
            in_language(Cli::command(), language).debug_assert();
        }
    }
}
