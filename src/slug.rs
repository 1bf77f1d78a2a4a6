//! The short name a machine or a mesh goes by in commands and links. Derived
//! from the display name once, shown before it is used, frozen after. Pure;
//! client and server share it, so both show the same one.

use unicode_normalization::UnicodeNormalization;

/// The longest slug (a DNS label).
pub const LONGEST: usize = 63;

/// NFKD, ASCII only, lower case, without apostrophes (they join: `Ana's` is one
/// word), anything else to single dashes, at most [`LONGEST`] characters. Empty when nothing of the name is left.
pub fn slugify(name: &str) -> String {
    let mut slug = String::new();
    let kept = |c: &char| c.is_ascii() && *c != '\'';
    for c in name.nfkd().filter(kept).map(|c| c.to_ascii_lowercase()) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(LONGEST);
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

/// `slug-number`, shortened before the number where it would be too long.
pub fn numbered(slug: &str, number: u64) -> String {
    let suffix = format!("-{number}");
    let room = LONGEST - suffix.len();
    let stem = &slug[..slug.len().min(room)];
    format!("{}{suffix}", stem.trim_end_matches('-'))
}

/// Whether somebody may ask for this slug as it is.
pub fn is_slug(text: &str) -> bool {
    !text.is_empty() && slugify(text) == text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_become_slugs() {
        for (name, slug) in [
            ("Straße 42", "strae-42"),
            ("½ half", "12-half"),
            ("Munich Hospital — Radiology", "munich-hospital-radiology"),
            ("東京-Lab", "lab"),
            ("Ana's mesh", "anas-mesh"),
            ("Ana’s mesh", "anas-mesh"),
            ("  --  ", ""),
            ("日本", ""),
        ] {
            assert_eq!(slugify(name), slug, "{name}");
        }
    }

    #[test]
    fn a_taken_slug_gets_a_number_within_the_limit() {
        assert_eq!(numbered("lab", 2), "lab-2");
        assert_eq!(numbered(&"a".repeat(63), 2), format!("{}-2", "a".repeat(61)));
    }

    proptest! {
        #[test]
        fn a_slug_is_its_own_slug(name in ".*") {
            let slug = slugify(&name);
            prop_assert!(slug.len() <= LONGEST);
            prop_assert_eq!(slugify(&slug), slug.clone());
            prop_assert!(slug.is_empty() || is_slug(&slug));
            prop_assert!(!slug.is_empty() || !is_slug(&slug));
        }
    }
}
