//! Inputs for what reads an input: texts that once were good, spoiled in a few
//! places, and how many of them are tried.
//!
//! `proptest` makes them, so that one that fails is told with as few spoiled places
//! as fail. The usual run is the same every time, for whoever changes something
//! else; a longer one (`CREWMESH_CASES=1000000`) begins elsewhere each time.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

/// How many inputs each property is tried with, unless it is told otherwise.
const USUAL: u32 = 2_000;

/// How many, where somebody asked for more: `CREWMESH_CASES`.
fn asked_for() -> Option<u32> {
    std::env::var("CREWMESH_CASES")
        .ok()
        .map(|count| count.parse().expect("CREWMESH_CASES: a number"))
}

/// `usual`, or as much more as somebody asked for: of what is tried seldom, because
/// each takes long, a part.
pub fn seldom(usual: u32) -> u32 {
    asked_for().map_or(usual, |count| usual.max(count / (USUAL / usual).max(1)))
}

/// Tries `property` with inputs from `inputs`.
///
/// # Panics
/// With the smallest input found for which it does not hold.
pub fn hold<S: Strategy>(inputs: S, property: impl Fn(S::Value)) {
    hold_for(asked_for().unwrap_or(USUAL), inputs, property);
}

/// The same with so many.
///
/// # Panics
/// As [`hold`].
pub fn hold_for<S: Strategy>(cases: u32, inputs: S, property: impl Fn(S::Value)) {
    let began = std::time::Instant::now();
    // Few cases are few because each takes long, not because little is to be known of
    // one that fails.
    let max_shrink_iters = cases.max(500);
    let config = Config { cases, failure_persistence: None, max_shrink_iters, ..Config::default() };
    let mut runner = if asked_for().is_some() {
        TestRunner::new(config)
    } else {
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        TestRunner::new_with_rng(config, rng)
    };
    let result = runner.run(&inputs, |input| {
        property(input);
        Ok(())
    });
    if let Err(failed) = result {
        panic!("{failed}");
    }
    if asked_for().is_some() {
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        eprintln!("{test}: {cases} inputs in {} s", began.elapsed().as_secs());
    }
}

/// One place that is spoiled.
type Edit = (u16, u8, u16);

/// What parsers stumble over, as far as anybody remembers.
const PIECES: [&str; 64] = [
    "\0",
    "\n",
    "\r\n",
    "\t",
    " ",
    "  ",
    "\u{1b}[31m",
    "\u{1b}]8;;x\u{7}",
    "\u{9b}1m",
    "\u{7f}",
    "\u{202e}",
    "\u{feff}",
    "\u{200b}",
    "\u{2800}",
    "\u{85}",
    "\u{2028}",
    "\u{a0}",
    "é",
    "ß",
    "İ",
    "日",
    "👩\u{200d}🚀",
    "\u{301}",
    "%",
    "%2F",
    "%00",
    "%ff",
    "%25",
    "@",
    "#",
    "?",
    "/",
    "//",
    "..",
    "\\",
    ":",
    "::",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "`",
    ",",
    ";",
    "=",
    "&",
    "-",
    "–",
    "_",
    ".",
    "+",
    "0",
    "-1",
    "+1",
    "1e999",
    "0x7f",
    "18446744073709551616",
    "null",
    "true",
    "https://",
    "for=",
    "a\u{0}b",
];

/// Texts that each were one of `seeds`.
pub fn texts(seeds: &'static [&'static str]) -> impl Strategy<Value = String> {
    (0..seeds.len(), vec(any::<Edit>(), 0..5))
        .prop_map(move |(seed, edits)| spoiled(seeds[seed], &edits, seeds))
}

/// The same in bytes, which need be no text.
pub fn bytes(seeds: &'static [&'static [u8]]) -> impl Strategy<Value = Vec<u8>> {
    (0..seeds.len(), vec(any::<Edit>(), 0..5)).prop_map(move |(seed, edits)| {
        let mut bytes = seeds[seed].to_vec();
        for &(at, how, what) in &edits {
            let at = usize::from(at) % (bytes.len() + 1);
            let end = (at + usize::from(what % 9)).min(bytes.len());
            let [high, low] = what.to_be_bytes();
            match how % 6 {
                0 => drop(bytes.drain(at..end)),
                1 => bytes.insert(at, low),
                2 if at < bytes.len() => bytes[at] = low,
                3 if at < bytes.len() => bytes[at] ^= 1 << (high % 8),
                4 => bytes.truncate(at),
                _ => {
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        bytes
    })
}

fn spoiled(seed: &str, edits: &[Edit], seeds: &[&str]) -> String {
    let mut text: Vec<char> = seed.chars().collect();
    for &(at, how, what) in edits {
        let at = usize::from(at) % (text.len() + 1);
        let what = usize::from(what);
        let end = (at + what % 9).min(text.len());
        match how % 10 {
            0 => drop(text.drain(at..end)),
            1..=3 => drop(text.splice(at..at, PIECES[what % PIECES.len()].chars())),
            4 if at < text.len() => {
                text[at] = u32::try_from(what).ok().and_then(char::from_u32).unwrap_or('?');
            }
            5 if at < text.len() => {
                text[at] = char::from(b' ' + u8::try_from(what % 95).unwrap_or(0));
            }
            6 => drop(text.splice(at.., seeds[what % seeds.len()].chars().skip(at))),
            7 => text.truncate(at),
            8 if at < text.len() && what % 16 == 0 => {
                let letter = text[at];
                text.splice(at..at, std::iter::repeat_n(letter, what % 400));
            }
            _ => {
                let piece: Vec<_> = text[at..end].to_vec();
                text.splice(at..at, piece);
            }
        }
    }
    text.into_iter().collect()
}

/// JSON that each was one of `seeds`: half of it spoiled as a text, and half as a
/// value, which is JSON still.
pub fn json(seeds: &'static [&'static str]) -> impl Strategy<Value = String> {
    let values = (0..seeds.len(), vec(any::<Edit>(), 1..4)).prop_map(move |(seed, edits)| {
        let mut value: Value = serde_json::from_str(seeds[seed]).expect("a seed is JSON");
        for &(at, how, what) in &edits {
            let mut left = usize::from(at) % count(&value);
            spoil(&mut value, &mut left, how, what);
        }
        value.to_string()
    });
    prop_oneof![texts(seeds), values]
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(all) => all.iter().map(count).sum::<usize>(),
        Value::Object(all) => all.values().map(count).sum::<usize>(),
        _ => 0,
    }
}

/// Spoils the value that stands `left` places further on.
fn spoil(value: &mut Value, left: &mut usize, how: u8, what: u16) {
    if *left == 0 {
        *left = usize::MAX;
        let edits = [(what, how, what.rotate_left(5))];
        *value = match (how % 12, &*value) {
            (0, _) => Value::Null,
            (1, _) => Value::from(i64::from(what) - 300),
            (2, _) => Value::from(u64::MAX),
            (3, _) => serde_json::json!(-1.5e300),
            (4, _) => serde_json::json!([value.clone(), {}]),
            (5, _) => serde_json::json!({ "a": value.clone() }),
            (6, _) => Value::from(what.is_multiple_of(2)),
            (7, _) => Value::from(PIECES[usize::from(what) % PIECES.len()]),
            (8, _) => Value::from(""),
            (9, Value::String(text)) => Value::from(text.repeat(usize::from(what % 300))),
            (_, Value::String(text)) => Value::from(spoiled(text, &edits, &[text])),
            (_, other) => Value::from(other.to_string()),
        };
        return;
    }
    *left -= 1;
    let below: Vec<&mut Value> = match value {
        Value::Array(all) => all.iter_mut().collect(),
        Value::Object(all) => all.values_mut().collect(),
        _ => return,
    };
    for one in below {
        spoil(one, left, how, what);
        if *left == usize::MAX {
            return;
        }
    }
}

/// Whether a text can be shown as it is: nothing in it moves, hides or turns.
pub fn is_shown_as_it_is(text: &str) -> bool {
    crewmesh::i18n::printable(text) == text
}

/// Every text in `value`, the names of members among them.
pub fn texts_in(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(all) => all.iter().flat_map(texts_in).collect(),
        Value::Object(all) => {
            let names = all.keys().map(String::as_str);
            names.chain(all.values().flat_map(texts_in)).collect()
        }
        _ => Vec::new(),
    }
}
