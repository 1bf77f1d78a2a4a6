//! What comes along with something that is copied: blanks and what cannot be
//! seen, from editors and chats; quotes and brackets, from sentences. Peeled
//! off here for everything that is pasted, given or saved, and nowhere else.

use crate::i18n::is_unseen;

/// A token, an invite, an address or a code, without what stands around it.
pub fn peel(text: &str) -> &str {
    text.trim_matches(|c| is_blank(c) || "<>()\"'`´“”„‟‘’‚‛«»‹›「」『』,;".contains(c))
}

/// A text that may itself begin or end with a quote, such as a secret that
/// somebody else made, without the blanks around it.
pub fn peel_blanks(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// The first character that cannot be seen, which nobody would look for.
pub fn unseen(text: &str) -> Option<char> {
    text.chars().find(|c| is_unseen(*c))
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || is_unseen(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_is_peeled_off_in_any_order() {
        for given in [
            "x y",
            "\u{feff}x y\r\n",
            "\u{200b}x y\u{200b}",
            "“x y”",
            "‘x y’",
            "«x y»",
            "„x y“",
            "`x y`",
            "\"x y\",",
            "\u{2060} 'x y' \u{feff}",
            "<x y>",
            "\u{a0}x y\u{3000}",
        ] {
            assert_eq!(peel(given), "x y", "{given:?}");
        }
        assert_eq!(peel("[::1]:80"), "[::1]:80", "brackets of an address");
        assert_eq!(peel_blanks("\u{feff}'s3cret'\n"), "'s3cret'");
        assert_eq!(unseen("ab\u{200b}c"), Some('\u{200b}'));
        assert_eq!(unseen("ab c"), None);
    }
}
