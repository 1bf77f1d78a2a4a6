//! What every command understands.

use clap::{Args, ValueEnum};

use super::help;
use crate::credentials::Credentials;
use crate::environment::Environment;
use crate::i18n::Language;
use crate::secret::Secret;
use crate::terminal::theme;

/// What every command understands.
#[derive(Args, Debug)]
#[command(next_help_heading = help::EVERY)]
pub(super) struct Globals {
    /// The instance to use: the name of one that is known, or its address
    #[arg(long, global = true, value_name = "NAME|URL")]
    pub instance: Option<String>,
    /// Language of what is said, such as en or es
    #[arg(long, global = true, value_name = "LANGUAGE", value_parser = language)]
    pub lang: Option<Language>,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: When,
    /// Ask and answer in plain lines instead of a full screen
    #[arg(long, global = true)]
    pub plain: bool,
    /// Answer with one JSON object on stdout
    #[arg(long, global = true)]
    pub json: bool,
    /// The access token to use; - reads it from stdin, out of others' sight
    #[arg(long, global = true, value_name = "-|TOKEN")]
    pub token: Option<Secret>,
    /// Take every default that is shown
    #[arg(short, long, global = true)]
    pub yes: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum When {
    Auto,
    Always,
    Never,
}

fn language(text: &str) -> Result<Language, String> {
    Language::parse(text).ok_or_else(|| Language::ALL.map(Language::tag).join("|"))
}

impl Globals {
    /// As clap reads it where nothing is said.
    pub fn none() -> Self {
        Self {
            instance: None,
            lang: None,
            color: When::Auto,
            plain: false,
            json: false,
            token: None,
            yes: false,
        }
    }

    /// The flag, else the saved choice, else the locale, else English.
    pub fn language(&self, env: &Environment) -> Language {
        self.lang
            .or_else(|| Credentials::new(env).home().language())
            .or(env.language)
            .unwrap_or_default()
    }

    /// Colours and signs for this terminal.
    pub fn style(&self, env: &Environment) -> theme::TerminalStyle {
        let color = match self.color {
            When::Auto => theme::Color::Auto,
            When::Always => theme::Color::Always,
            When::Never => theme::Color::Never,
        };
        theme::TerminalStyle::of(env, color)
    }
}
