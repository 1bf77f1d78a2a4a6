//! The manual page, for `man`: everything that `--help` says of every command,
//! in the language that is spoken, on one page. It is written from the commands
//! themselves, so there is no page to forget.

use std::fmt::Write as _;

use clap::{Arg, Args, Command};

use super::output::Output;
use crate::error::AppError;
use crate::i18n::{Catalog, Message};

/// Print the manual page
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh man | man -l -
  crewmesh man > ~/.local/share/man/man1/crewmesh.1")]
pub(crate) struct Man {}

/// What every command understands, after what it is called in the text.
const VARIABLES: [(&str, &str); 7] = [
    ("CREWMESH_INSTANCE", "man-variable-instance"),
    ("CREWMESH_TOKEN", "man-variable-token"),
    ("CREWMESH_CLIENT_ID, CREWMESH_CLIENT_SECRET", "man-variable-client"),
    ("CREWMESH_HOME", "man-variable-home"),
    ("CREWMESH_STORE", "man-variable-store"),
    ("CREWMESH_LOCATION", "man-variable-location"),
    ("NO_COLOR", "man-variable-no-color"),
];

const EXITS: [(&str, &str); 13] = [
    ("0", "man-exit-0"),
    ("1", "man-exit-1"),
    ("2", "man-exit-2"),
    ("3", "man-exit-3"),
    ("4", "man-exit-4"),
    ("5", "man-exit-5"),
    ("6", "man-exit-6"),
    ("7", "man-exit-7"),
    ("8", "man-exit-8"),
    ("9", "man-exit-9"),
    ("129", "man-exit-129"),
    ("130", "man-exit-130"),
    ("143", "man-exit-143"),
];

const FILES: [(&str, &str); 2] =
    [("~/.crewmesh/auth.json", "man-file-auth"), ("~/.crewmesh/state.json", "man-file-state")];

pub(super) fn run(mut command: Command, out: &Output) -> Result<u8, AppError> {
    command.build();
    out.text("page", &page(&command, out.catalog()))?;
    Ok(0)
}

fn page(root: &Command, catalog: &Catalog) -> String {
    let mut page = Page { text: String::new(), catalog };
    let version = root.get_version().unwrap_or_default();
    page.line(&format!(".TH CREWMESH 1 \"\" \"crewmesh {version}\""));
    page.section("man-name");
    page.line(&format!("crewmesh \\- {}", escaped(&about(root))));
    page.section("man-synopsis");
    page.usage(root, &[], root);
    page.section("man-options");
    for argument in root.get_arguments().filter(|argument| argument.is_global_set()) {
        page.argument(argument);
    }
    page.section("man-commands");
    page.command(root, &[], root);
    for (title, list) in [
        ("man-environment", &VARIABLES[..]),
        ("man-files", &FILES[..]),
        ("man-exit-status", &EXITS[..]),
    ] {
        page.section(title);
        for (term, says) in list {
            let says = page.catalog.say(&Message::new(says));
            page.item(&format!("\\fB{}\\fR", escaped(term)), &says);
        }
    }
    page.text
}

struct Page<'a> {
    text: String,
    catalog: &'a Catalog,
}

impl Page<'_> {
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "{line}");
    }

    fn section(&mut self, id: &'static str) {
        let title = self.catalog.say(&Message::new(id)).to_uppercase();
        self.line(&format!(".SH {}", escaped(&title)));
    }

    fn item(&mut self, term: &str, says: &str) {
        self.line(&format!(".TP\n{term}\n{}", paragraph(says)));
    }

    /// A command's own part of the page, and those below it.
    fn command(&mut self, command: &Command, above: &[&str], parent: &Command) {
        let path: Vec<&str> = above.iter().copied().chain([command.get_name()]).collect();
        if !above.is_empty() {
            self.line(&format!(".SS {}", escaped(&path.join(" "))));
            self.line(&paragraph(&about(command)));
            self.line(".PP");
            self.usage(command, above, parent);
        }
        for argument in command.get_arguments().filter(|argument| is_own(argument, parent)) {
            self.argument(argument);
        }
        if let Some(examples) = command.get_after_help() {
            self.line(&format!(".PP\n.nf\n{}\n.fi", paragraph(&examples.to_string())));
        }
        for below in command.get_subcommands() {
            self.command(below, &path, command);
        }
    }

    fn usage(&mut self, command: &Command, above: &[&str], parent: &Command) {
        let mut usage = format!("\\fB{}\\fR", escaped(&shown(command, above)));
        for argument in command.get_arguments().filter(|argument| is_own(argument, parent)) {
            let _ = write!(usage, " {}", in_usage(argument));
        }
        if command.has_subcommands() {
            let _ = write!(
                usage,
                " \\fI{}\\fR",
                command.get_subcommand_value_name().unwrap_or("COMMAND")
            );
        }
        self.line(&usage);
    }

    fn argument(&mut self, argument: &Arg) {
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let mut term = String::new();
        if let Some(short) = argument.get_short() {
            let _ = write!(term, "\\fB\\-{short}\\fR, ");
        }
        term.push_str(&bare(argument));
        self.item(&term, &help);
    }
}

fn shown(command: &Command, above: &[&str]) -> String {
    above.iter().copied().chain([command.get_name()]).collect::<Vec<_>>().join(" ")
}

fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

/// Not one that every command has, or that the one above it has told of.
fn is_own(argument: &Arg, parent: &Command) -> bool {
    let is_listed_above = argument.is_global_set()
        && parent.get_arguments().any(|above| above.get_id() == argument.get_id());
    !is_listed_above && !matches!(argument.get_id().as_str(), "help" | "version")
}

/// An argument as it is typed.
fn bare(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default();
    let value = escaped(&names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
    match argument.get_long() {
        Some(long) if argument.get_action().takes_values() => {
            format!("\\fB\\-\\-{}\\fR \\fI{value}\\fR", escaped(long))
        }
        Some(long) => format!("\\fB\\-\\-{}\\fR", escaped(long)),
        None if argument.is_last_set() => format!("\\fB\\-\\-\\fR \\fI{value}\\fR"),
        None => format!("\\fI{value}\\fR"),
    }
}

fn in_usage(argument: &Arg) -> String {
    if argument.is_required_set() { bare(argument) } else { format!("[{}]", bare(argument)) }
}

/// Text in which nothing is an instruction.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq")
}

/// The same, with no line that begins as an instruction does.
fn paragraph(text: &str) -> String {
    let lines = text.lines().map(escaped).map(|line| match line.chars().next() {
        Some('.') => format!("\\&{line}"),
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::{Cli, help};
    use crate::i18n::Language;

    #[test]
    fn every_command_and_option_is_on_the_page_in_every_language() {
        for language in Language::ALL {
            let mut root = help::in_language(Cli::command(), language);
            root.build();
            let page = page(&root, &Catalog::new(language));
            let mut commands = vec![(&root, String::from("crewmesh"))];
            while let Some((command, path)) = commands.pop() {
                if path != "crewmesh" {
                    assert!(page.contains(&format!(".SS {}\n", escaped(&path))), "{path}");
                }
                let said =
                    |argument: &&Arg| argument.get_id() != "help" && argument.get_id() != "version";
                for argument in command.get_arguments().filter(said) {
                    assert!(page.contains(&bare(argument)), "{path}: {argument}");
                }
                let below = command.get_subcommands();
                commands.extend(below.map(|below| (below, format!("{path} {}", below.get_name()))));
            }
            // Nothing but what we mean is an instruction.
            let known = [".TH", ".SH", ".SS", ".TP", ".PP", ".nf", ".fi"];
            for line in page.lines().filter(|line| line.starts_with(['.', '\''])) {
                assert!(known.iter().any(|known| line.starts_with(known)), "{line}");
            }
        }
    }
}
