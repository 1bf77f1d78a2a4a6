//! The languages crewmesh speaks. One more is a folder under `assets/locales`
//! with the files that `es` has, and a row of [`ROWS`]; nothing else knows any
//! language by name.

/// A language crewmesh speaks.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Language(usize);

/// What is known of a language.
struct Row {
    tag: &'static str,
    name: &'static str,
    texts: &'static [&'static str],
    help: &'static str,
    zone_names: &'static str,
}

/// A row: the tag, which is the folder's name, and the language's name in
/// itself. Help is translated in the file after it, where there is one.
macro_rules! row {
    ($tag:literal, $name:literal $(, $help:literal)?) => {
        Row {
            tag: $tag,
            name: $name,
            texts: &[
                text!($tag, "wizard.ftl"),
                text!($tag, "terminal.ftl"),
                text!($tag, "reach.ftl"),
                text!($tag, "store.ftl"),
                text!($tag, "commands.ftl"),
                #[cfg(feature = "server")]
                text!($tag, "pages.ftl"),
            ],
            help: concat!($(text!($tag, $help))?),
            zone_names: text!($tag, "zones.tsv"),
        }
    };
}

macro_rules! text {
    ($tag:literal, $file:literal) => {
        include_str!(concat!("../../assets/locales/", $tag, "/", $file))
    };
}

/// Every language, in the order they are offered. The first is spoken to whoever
/// asks for none of them, and its help is what the commands say themselves.
const ROWS: &[Row] = &[row!("en", "English"), row!("es", "Español", "help.tsv")];

impl Language {
    /// English, and whatever is asked for that we do not have.
    pub const ENGLISH: Self = Self(0);

    /// Every language, in the order they are offered.
    pub const ALL: [Self; ROWS.len()] = {
        let mut all = [Self(0); ROWS.len()];
        let mut index = 0;
        while index < ROWS.len() {
            all[index] = Self(index);
            index += 1;
        }
        all
    };

    /// The BCP 47 tag.
    pub fn tag(self) -> &'static str {
        self.row().tag
    }

    /// Its name in itself.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Every language but this one, in order.
    pub fn others(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |language| *language != self)
    }

    /// Reads a tag or a POSIX locale (`es`, `es-MX`, `es_ES.UTF-8`). `None`
    /// when it names a language we do not have; `C` and `POSIX` are English.
    pub fn parse(locale: &str) -> Option<Self> {
        let language = locale.split(['_', '-', '.', '@']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("C") || language.eq_ignore_ascii_case("POSIX") {
            return Some(Self::ENGLISH);
        }
        Self::ALL.into_iter().find(|known| known.tag().eq_ignore_ascii_case(language))
    }

    /// Its place in [`Language::ALL`].
    pub(crate) fn index(self) -> usize {
        self.0
    }

    pub(super) fn texts(self) -> &'static [&'static str] {
        self.row().texts
    }

    /// The pages of help: on each line a sentence in English, a tab, the same
    /// in this language. Empty in English.
    pub(crate) fn help(self) -> &'static str {
        self.row().help
    }

    /// What zones are called: on each line a zone's key, a tab, its name.
    pub(crate) fn zone_names(self) -> &'static str {
        self.row().zone_names
    }

    fn row(self) -> &'static Row {
        &ROWS[self.0]
    }
}

impl std::fmt::Debug for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.tag())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_is_read_in_every_spelling() {
        let spanish = Language::ALL.into_iter().find(|language| language.tag() == "es");
        assert_eq!(Language::parse("es_MX.UTF-8"), spanish);
        assert_eq!(Language::parse("ES"), spanish);
        assert_eq!(Language::parse("C.UTF-8"), Some(Language::ENGLISH));
        assert_eq!(Language::parse("POSIX"), Some(Language::ENGLISH));
        assert_eq!(Language::parse("qaa"), None);
    }
}
