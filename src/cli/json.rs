//! The one object that a script is given, as text. What a person who looks at
//! it could not see, or what would turn, move or colour what they do see, is
//! written by its number: names come from other people, and a script's output
//! ends up in terminals.

use std::io;

use serde_json::Value;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

use crate::i18n::is_unseen;

/// `value` on one line.
pub(super) fn text(value: &Value) -> String {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, Visible(CompactFormatter));
    // Writing a value to memory fails for no value.
    let _ = serde::Serialize::serialize(value, &mut serializer);
    String::from_utf8(bytes).unwrap_or_default()
}

struct Visible(CompactFormatter);

impl Formatter for Visible {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, unseen)) = rest.char_indices().find(|(_, c)| is_unseen(*c)) {
            self.0.write_string_fragment(writer, &rest[..at])?;
            for unit in unseen.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[at + unseen.len_utf8()..];
        }
        self.0.write_string_fragment(writer, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_written_by_its_number_and_reads_back_as_it_was() {
        let value = serde_json::json!({
            "name": "Ana\u{9b}31m \u{202e}evil\u{2066}",
            "tag\u{e0041}": ["東京", "a\u{200b}b\n\"\u{7f}"],
        });
        let text = text(&value);
        assert!(text.chars().all(|c| !is_unseen(c)), "{text:?}");
        assert!(text.contains(r"Ana\u009b31m \u202eevil\u2066"), "{text}");
        assert!(text.contains("東京") && text.contains(r"\udb40\udc41"), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), value);
    }
}
