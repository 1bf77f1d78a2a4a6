//! Two plain words that stand beside a code in the terminal and on its card, to be
//! compared aloud. They are spelled alike in English and Spanish, and none is like
//! another.
//!
//! The surprising rule: they follow from the id of the code's row, so that every
//! node says the same without keeping them; nothing follows from them.

use sha2::{Digest as _, Sha256};

/// 128 of them: seven bits each.
const WORDS: [&str; 128] = [
    "actor",
    "agenda",
    "alfalfa",
    "alpaca",
    "animal",
    "aroma",
    "banana",
    "bolero",
    "bravo",
    "cable",
    "cactus",
    "capital",
    "celestial",
    "central",
    "chalet",
    "chocolate",
    "circular",
    "club",
    "coral",
    "cosmos",
    "cultural",
    "curry",
    "decimal",
    "delta",
    "diagonal",
    "diesel",
    "digital",
    "director",
    "editor",
    "elixir",
    "enigma",
    "extra",
    "familiar",
    "fauna",
    "festival",
    "flamenco",
    "flan",
    "flora",
    "fractal",
    "gazpacho",
    "golf",
    "granola",
    "gratis",
    "hangar",
    "horizontal",
    "hospital",
    "hotel",
    "humor",
    "idea",
    "iguana",
    "interior",
    "internet",
    "iris",
    "jaguar",
    "jazz",
    "judo",
    "karaoke",
    "kayak",
    "kimono",
    "kiwi",
    "koala",
    "lateral",
    "lava",
    "lunar",
    "magma",
    "magnolia",
    "mango",
    "manual",
    "maraca",
    "marimba",
    "melodrama",
    "metal",
    "mineral",
    "monitor",
    "musical",
    "nostalgia",
    "oasis",
    "omega",
    "orbital",
    "orca",
    "original",
    "paella",
    "panda",
    "panorama",
    "papaya",
    "parasol",
    "peculiar",
    "pesto",
    "piano",
    "pizza",
    "plasma",
    "plural",
    "poncho",
    "popular",
    "postal",
    "principal",
    "puma",
    "quinoa",
    "radio",
    "risotto",
    "ritual",
    "robot",
    "safari",
    "salsa",
    "sensor",
    "siesta",
    "solar",
    "sonata",
    "soprano",
    "sublime",
    "sushi",
    "taco",
    "tapioca",
    "tempo",
    "terrier",
    "tiara",
    "tofu",
    "transistor",
    "tropical",
    "tundra",
    "turbo",
    "universal",
    "vapor",
    "vertical",
    "visa",
    "yoga",
    "zigzag",
    "zinc",
];

/// The two words of the code whose row has this id.
pub fn of(code_id: &str) -> String {
    let hash = Sha256::new().chain_update(b"words beside a code ").chain_update(code_id).finalize();
    let first = usize::from(hash[0]) % WORDS.len();
    // One of the others, so that nobody hears one word twice.
    let second = (first + 1 + usize::from(hash[1]) % (WORDS.len() - 1)) % WORDS.len();
    format!("{} {}", WORDS[first], WORDS[second])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// How many letters are put in, left out or changed between the two (Levenshtein).
    fn distance(one: &str, other: &str) -> usize {
        let mut row: Vec<usize> = (0..=other.len()).collect();
        for (i, a) in one.bytes().enumerate() {
            let mut before = row[0];
            row[0] = i + 1;
            for (j, b) in other.bytes().enumerate() {
                let change = before + usize::from(a != b);
                before = row[j + 1];
                row[j + 1] = change.min(row[j] + 1).min(before + 1);
            }
        }
        row[other.len()]
    }

    #[test]
    fn no_word_is_like_another() {
        assert_eq!(distance("solar", "sonar"), 1);
        for (at, one) in WORDS.iter().enumerate() {
            assert!((4..=10).contains(&one.len()) && one.bytes().all(|b| b.is_ascii_lowercase()));
            for other in &WORDS[at + 1..] {
                assert!(distance(one, other) >= 3, "{one} {other}");
                assert!(!one.contains(other) && !other.contains(one), "{one} {other}");
            }
        }
    }

    #[test]
    fn a_code_has_the_same_two_everywhere_and_others_have_others() {
        // What a node of another version must say as well.
        assert_eq!(of("0"), "maraca nostalgia");
        let mut all = BTreeSet::new();
        for id in 0..2_000 {
            let words = of(&id.to_string());
            assert!(crate::wire::are_code_words(&words), "{words}");
            let (one, other) = words.split_once(' ').unwrap();
            assert_ne!(one, other);
            all.insert(words);
        }
        assert!(all.len() > 1_800, "{}", all.len());
    }
}
