//! OSC 8 hyperlinks. Each carries an id made from its target, so that a link
//! wrapped over rows is one link to the terminal.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Ends a hyperlink.
pub const CLOSE: &str = "\x1b]8;;\x1b\\";

/// Begins a hyperlink to `target`. What could end the sequence early or is not
/// printable ASCII is left out: a URL has it percent-encoded already.
pub fn open(target: &str) -> String {
    let target: String = target.chars().filter(char::is_ascii_graphic).collect();
    let mut hasher = DefaultHasher::new();
    target.hash(&mut hasher);
    format!("\x1b]8;id={:08x};{target}\x1b\\", hasher.finish() & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_cannot_end_its_own_sequence() {
        assert!(open("https://a/\x1b\\\x07x").ends_with(";https://a/\\x\x1b\\"));
        assert_eq!(open("https://a/"), open("https://a/"));
        assert_ne!(open("https://a/"), open("https://b/"));
    }
}
