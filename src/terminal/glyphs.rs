//! What a terminal can show of a text: everything, everything but what it
//! draws two columns wide and others one, or ASCII. What it cannot is said in
//! ASCII: accents go, quotes are straight, signs have their nearest.
//!
//! A terminal that takes UTF-8 for something else obeys what it finds in it, so
//! nothing but ASCII is ever written to one.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};

use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// What can be written to a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// Anything.
    Utf8,
    /// What is as wide everywhere.
    Narrow,
    /// ASCII.
    Ascii,
}

/// The terminal at stdout was found to take nothing but ASCII.
static ASCII_ONLY: AtomicBool = AtomicBool::new(false);

/// From now on [`for_terminal`] leaves nothing but ASCII, or anything.
pub fn note(charset: Charset) {
    ASCII_ONLY.store(charset == Charset::Ascii, Ordering::Relaxed);
}

/// A line for the terminal that the full screen was on: what that one can show.
pub fn for_terminal(text: &str) -> Cow<'_, str> {
    let ascii = ASCII_ONLY.load(Ordering::Relaxed);
    Charset::of(ascii).spelled(text)
}

impl Charset {
    fn of(ascii: bool) -> Self {
        if ascii { Self::Ascii } else { Self::Utf8 }
    }

    /// `text` as it can be shown, however wide it becomes.
    pub fn spelled(self, text: &str) -> Cow<'_, str> {
        self.each(text, nearest)
    }

    /// The same in as many columns as `text` has.
    pub fn in_place(self, text: &str) -> Cow<'_, str> {
        self.each(text, |cluster| {
            let columns = cluster.width();
            let mut near = nearest(cluster);
            near.truncate(columns);
            format!("{near:columns$}")
        })
    }

    fn each(self, text: &str, replace: impl Fn(&str) -> String) -> Cow<'_, str> {
        let fits = |cluster: &str| match self {
            Self::Utf8 => true,
            Self::Narrow => cluster.chars().all(is_as_wide_everywhere),
            Self::Ascii => cluster.is_ascii(),
        };
        if self == Self::Utf8 || text.is_ascii() {
            return Cow::Borrowed(text);
        }
        let shown = text.graphemes(true).map(|cluster| {
            if fits(cluster) { Cow::Borrowed(cluster) } else { Cow::Owned(replace(cluster)) }
        });
        Cow::Owned(shown.collect())
    }
}

/// Letters with accents are as wide as their letter to Unicode, and two columns
/// wide to many a terminal that knows of wide signs at all.
fn is_as_wide_everywhere(c: char) -> bool {
    let is_accented = std::iter::once(c).nfd().count() > 1 && !('가'..='힣').contains(&c);
    c.width() == c.width_cjk() && (!is_accented || matches!(c, 'ñ' | 'Ñ'))
}

/// The nearest that ASCII has; a question mark a column where it has nothing.
fn nearest(cluster: &str) -> String {
    let known = match cluster {
        "“" | "”" | "„" | "«" | "»" => "\"",
        "‘" | "’" | "‚" => "'",
        "…" => "...",
        "·" | "–" | "—" | "−" | "─" => "-",
        "•" => "*",
        "×" => "x",
        "→" | "▸" => ">",
        "←" => "<",
        "↑" => "^",
        "↓" => "v",
        "↑↓" => "^v",
        "✔" => "+",
        "✘" => "!",
        "█" | "▀" | "▄" => "#",
        "¿" | "¡" => "",
        "ß" => "ss",
        "æ" => "ae",
        "Æ" => "AE",
        "œ" => "oe",
        "Œ" => "OE",
        "ø" => "o",
        "Ø" => "O",
        "ł" => "l",
        "Ł" => "L",
        "đ" | "ð" => "d",
        "Đ" | "Ð" => "D",
        "þ" => "th",
        "Þ" => "Th",
        "ı" => "i",
        "€" => "EUR",
        "£" => "GBP",
        _ => {
            let bare: String = cluster.nfkd().filter(char::is_ascii).collect();
            return if bare.is_empty() { "?".repeat(cluster.width()) } else { bare };
        }
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_ascii_lacks_has_its_nearest() {
        for (text, near) in [
            ("¿Qué máquina? “Añádela”…", "Que maquina? \"Anadela\"..."),
            ("Munich — Radiología · Ångström", "Munich - Radiologia - Angstrom"),
            ("✔ ▸ ✘ •", "+ > ! *"),
            ("医院 Zoë e\u{301}lan", "???? Zoe elan"),
            ("Straße, 5 €", "Strasse, 5 EUR"),
        ] {
            assert_eq!(Charset::Ascii.spelled(text), near);
            assert_eq!(Charset::Utf8.spelled(text), text);
        }
    }

    #[test]
    fn where_some_are_wide_only_those_go() {
        assert_eq!(
            Charset::Narrow.spelled("España, á la carte: 医院…"),
            "España, a la carte: 医院..."
        );
        assert_eq!(Charset::Narrow.in_place("a…"), "a.");
    }

    proptest! {
        #[test]
        fn ascii_is_ascii_and_takes_its_place(text in "\\PC{0,40}") {
            prop_assert!(Charset::Ascii.spelled(&text).is_ascii());
            let columns = |text: &str| crate::terminal::line::width(text);
            for charset in [Charset::Ascii, Charset::Narrow] {
                let placed = charset.in_place(&text);
                prop_assert_eq!(columns(&placed), columns(&text), "{:?}", placed);
            }
        }
    }
}
