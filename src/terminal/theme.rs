//! How things look here: roles to styles, marks to signs. Decided once, from
//! the surroundings and the command line; nothing else knows a colour.
//!
//! `NO_COLOR` takes the colours and nothing else. Bold
//! stays, and a QR code stays white on black, because without colours of its
//! own it cannot be read.

use ratatui::style::{Color as Ink, Modifier, Style};

use crate::environment::Environment;
use crate::terminal::glyphs::Charset;
use crate::wizard::page::{Mark, Tone};

/// The white and the black of the 256 colours' cube.
pub const QR_WHITE: u8 = 231;
/// See [`QR_WHITE`].
pub const QR_BLACK: u8 = 16;

/// What the command line said about colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// Unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Although `NO_COLOR` is set.
    Always,
    Never,
}

/// How pages look in this terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalStyle {
    /// Colours may be used.
    pub color: bool,
    /// The terminal's font has the marks and the half blocks of a QR code.
    pub rich_signs: bool,
    /// Cells can have the white and the black of a QR code behind them.
    pub paper: bool,
    /// What can be written; found out by asking the terminal.
    pub charset: Charset,
    /// Links may be written as OSC 8 hyperlinks.
    pub hyperlinks: bool,
    /// A countdown is spoken now and then, not ticked.
    pub calm: bool,
    /// Plain lines go to stderr, because stdout belongs to somebody's program
    /// or is no terminal while stderr is one.
    pub aside: bool,
}

impl TerminalStyle {
    /// How pages look here, given what the command line said.
    pub fn of(env: &Environment, color: Color) -> Self {
        let term = env.variables.get("TERM").unwrap_or_default();
        let bare = term == "linux" || term == "ansi" || term.starts_with("vt");
        Self {
            color: match color {
                Color::Always => true,
                Color::Never => false,
                Color::Auto => !env.variables.has("NO_COLOR"),
            },
            rich_signs: !bare,
            paper: term != "ansi" && !term.starts_with("vt"),
            charset: if names_an_old_charset(env) { Charset::Ascii } else { Charset::Utf8 },
            hyperlinks: !bare,
            calm: env.variables.has("CREWMESH_CALM") || env.variables.has("REDUCED_MOTION"),
            aside: !env.terminals.stdout && env.terminals.stderr,
        }
    }

    /// Everything: what most terminals can do.
    pub const fn full() -> Self {
        Self {
            color: true,
            rich_signs: true,
            paper: true,
            charset: Charset::Utf8,
            hyperlinks: true,
            calm: false,
            aside: false,
        }
    }

    /// Whether the marks and the half blocks can be drawn.
    pub fn draws_signs(self) -> bool {
        self.rich_signs && self.charset == Charset::Utf8
    }

    /// The style of a role.
    pub fn style(self, role: &Role) -> Style {
        let plain = Style::new();
        let colored = |style: Style, ink: Ink| if self.color { style.fg(ink) } else { style };
        match role {
            Role::Tone(Tone::Plain) => plain,
            Role::Tone(Tone::Dim) => plain.add_modifier(Modifier::DIM),
            Role::Tone(Tone::Strong) => plain.add_modifier(Modifier::BOLD),
            Role::Tone(Tone::Good) => colored(plain, Ink::Green),
            Role::Tone(Tone::Bad) => colored(plain, Ink::Red),
            Role::Tone(Tone::Tip) => colored(plain, Ink::Cyan),
            Role::Link(_) => plain.add_modifier(Modifier::UNDERLINED),
            // The one thing whose colours are part of what it says: white and
            // black of the 256 colours, which no theme changes. Terminals
            // that know no RGB take parts of it for other attributes.
            Role::Qr => plain.fg(Ink::Indexed(QR_WHITE)).bg(Ink::Indexed(QR_BLACK)),
            Role::Module { light: true } => plain.bg(Ink::Indexed(QR_WHITE)),
            Role::Module { light: false } => plain.bg(Ink::Indexed(QR_BLACK)),
        }
    }

    /// The sign of a mark and how it is said.
    pub fn mark(self, mark: Mark) -> (&'static str, Role) {
        let (rich, bare, tone) = match mark {
            Mark::Done => ("✔", "+", Tone::Good),
            // Not the cursor's: what is to be done is not where somebody stands.
            Mark::Now => ("○", "o", Tone::Tip),
            Mark::Later => (" ", " ", Tone::Dim),
            Mark::Optional => ("·", "-", Tone::Dim),
            Mark::Failed => ("✘", "!", Tone::Bad),
        };
        (if self.draws_signs() { rich } else { bare }, Role::Tone(tone))
    }

    /// What stands before the chosen line of a list.
    pub fn cursor(self) -> &'static str {
        if self.draws_signs() { "▸" } else { ">" }
    }

    /// A dot in place of a character of a secret.
    pub fn dot(self) -> &'static str {
        if self.draws_signs() { "•" } else { "*" }
    }

    /// More of a list lies above, below.
    pub fn more(self) -> (&'static str, &'static str) {
        if self.draws_signs() { ("↑", "↓") } else { ("^", "v") }
    }
}

/// How a piece of text is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// As its tone says.
    Tone(Tone),
    /// A hyperlink to this address.
    Link(String),
    /// Part of a QR code, made of half blocks.
    Qr,
    /// A module of a QR code, all of its cells.
    Module { light: bool },
}

/// Only a locale that names a charset, and not ours: many containers name
/// none and show UTF-8 all the same.
fn names_an_old_charset(env: &Environment) -> bool {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| env.variables.get(name))
        .and_then(|locale| locale.split_once('.'))
        .is_some_and(|(_, charset)| !charset.to_ascii_lowercase().starts_with("utf"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)], color: Color) -> TerminalStyle {
        TerminalStyle::of(&Environment::of(pairs.iter().copied().collect()), color)
    }

    #[test]
    fn no_color_takes_colours_and_leaves_bold_and_the_qr_code() {
        let look = of(&[("NO_COLOR", "1"), ("TERM", "xterm")], Color::Auto);
        assert_eq!(look.style(&Role::Tone(Tone::Bad)), Style::new());
        assert_eq!(
            look.style(&Role::Tone(Tone::Strong)),
            Style::new().add_modifier(Modifier::BOLD)
        );
        assert!(look.style(&Role::Qr).bg.is_some());
        assert!(of(&[("NO_COLOR", "1")], Color::Always).color);
        assert!(!of(&[], Color::Never).color);
        assert!(of(&[("NO_COLOR", "")], Color::Auto).color, "set to nothing is not set");
    }

    #[test]
    fn a_bare_console_gets_bare_signs() {
        let draws_signs = |pairs: &[(&str, &str)]| of(pairs, Color::Auto).draws_signs();
        assert!(!draws_signs(&[("TERM", "linux")]));
        assert!(!draws_signs(&[("TERM", "xterm"), ("LANG", "de_DE.ISO-8859-1")]));
        assert!(draws_signs(&[("TERM", "xterm"), ("LANG", "C")]));
        assert!(draws_signs(&[("TERM", "xterm"), ("LANG", "es_ES.UTF-8")]));
        // A QR code needs no glyph, but colours.
        assert!(of(&[("TERM", "linux")], Color::Auto).paper);
        assert!(!of(&[("TERM", "vt220")], Color::Auto).paper);
    }
}
