//! What a program switched on at a terminal and did not switch off again, read
//! from the bytes it wrote: any mode at all, not only those that a terminal
//! emulator knows of.

use std::collections::BTreeMap;

/// Modes that are on in a terminal nobody touched.
const ON_AT_FIRST: [&str; 2] = ["?7", "?25"];

/// What is on that was off before, or the other way round.
pub fn left_on(written: &str) -> Vec<String> {
    let mut modes: BTreeMap<String, bool> = BTreeMap::new();
    let (mut kitty, mut keys, mut cursor, mut link) = (0_i32, false, false, false);
    let mut faults = Vec::new();
    for sequence in written.split('\u{1b}').skip(1) {
        if let Some(said) = sequence.strip_prefix(']') {
            let said = said.split('\u{7}').next().unwrap_or_default();
            if let Some(target) = said.strip_prefix("8;") {
                link = target.split_once(';').is_some_and(|(_, target)| !target.is_empty());
            } else if ["0;", "1;", "2;"].iter().any(|title| said.starts_with(title)) {
                faults.push(format!("the window has another title: {said}"));
            }
        }
        let Some(rest) = sequence.strip_prefix('[') else { continue };
        let Some(end) = rest.find(|c: char| ('\u{40}'..='\u{7e}').contains(&c)) else { continue };
        let (parameters, kind) = (&rest[..end], &rest[end..=end]);
        match (kind, parameters.chars().next()) {
            ("h" | "l", _) => {
                let private = parameters.starts_with('?');
                for number in parameters.trim_start_matches('?').split(';') {
                    let name = if private { format!("?{number}") } else { number.to_owned() };
                    modes.insert(name, kind == "h");
                }
            }
            ("u", Some('>')) => kitty += 1,
            ("u", Some('<')) => kitty -= parameters[1..].parse().unwrap_or(1),
            ("u", Some('=')) => faults.push(format!("keyboard flags set for good: {parameters}")),
            ("m", Some('>')) => keys = parameters.contains(';') && !parameters.ends_with(";0"),
            // With a quote before it, it protects characters.
            ("q", _) if parameters.ends_with('"') => {}
            ("q", _) => cursor = !matches!(parameters.trim(), "" | "0"),
            _ => {}
        }
    }
    faults.extend(modes.iter().filter_map(|(mode, on)| {
        let wrong = *on != ON_AT_FIRST.contains(&mode.as_str());
        wrong.then(|| format!("mode {mode} is {}", if *on { "on" } else { "off" }))
    }));
    for (wrong, what) in [
        (kitty != 0, "keyboard flags are left on the stack"),
        (keys, "modified keys are told apart"),
        (cursor, "the cursor has another shape"),
        (link, "a hyperlink is left open"),
    ] {
        if wrong {
            faults.push(what.to_owned());
        }
    }
    faults
}

#[test]
fn whatever_is_left_on_is_noticed() {
    let all = "\x1b[?1000;1006h\x1b[?7l\x1b[>1u\x1b[>4;2m\x1b[5 q\x1b]8;;https://x.example\x1b\\x";
    assert_eq!(left_on(all).len(), 7, "{:#?}", left_on(all));
    let off = "\x1b[?1000;1006l\x1b[?7h\x1b[<1u\x1b[>4;0m\x1b[0 q\x1b]8;;\x1b\\";
    assert_eq!(left_on(&format!("{all}{off}")), [""; 0]);
    assert_eq!(left_on("\x1b]0;title\x07\x1b[=1;1u").len(), 2);
    assert_eq!(left_on("\x1b[1;31mplain\x1b[0m\x1b[2J\x1b[3;4H"), [""; 0]);
}
