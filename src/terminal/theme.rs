//! How things look here: roles to colours, marks to signs. Decided once, from
//! the surroundings and the command line; nothing else knows a colour.
//!
//! Its one surprising rule: `NO_COLOR` takes the colours and nothing else.
//! Bold stays, and a QR code stays white on black, because without its own
//! colours it cannot be read.

use crate::surroundings::Surroundings;

/// What the command line said about colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// Unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Although `NO_COLOR` is set.
    Always,
    /// None.
    Never,
}

/// How pages look in this terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Colours may be used.
    pub color: bool,
    /// The terminal has more than the signs of a PC from 1981: marks, the bars
    /// of a QR code.
    pub rich_signs: bool,
    /// Links may be written as OSC 8 hyperlinks.
    pub hyperlinks: bool,
    /// A countdown is spoken now and then, not ticked.
    pub calm: bool,
    /// Plain lines go to stderr, because stdout belongs to somebody's program
    /// or is no terminal while stderr is one.
    pub aside: bool,
}

impl Look {
    /// How pages look here, given what the command line said.
    pub fn of(here: &Surroundings, color: Color) -> Self {
        let plain_terminal = here
            .variables
            .get("TERM")
            .is_some_and(|term| term == "linux" || term.starts_with("vt") || term == "ansi");
        Self {
            color: match color {
                Color::Always => true,
                Color::Never => false,
                Color::Auto => !here.variables.has("NO_COLOR"),
            },
            rich_signs: !plain_terminal,
            hyperlinks: !plain_terminal,
            calm: here.variables.has("CREWMESH_CALM") || here.variables.has("REDUCED_MOTION"),
            aside: !here.terminals.stdout && here.terminals.stderr,
        }
    }
}
