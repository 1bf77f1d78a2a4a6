//! Text from outside, made fit for a terminal, one line or a comparison.

use unicode_normalization::UnicodeNormalization;

/// `text` without control characters, without the whole of a terminal's control
/// sequence, and without the invisible ones that turn the direction of what
/// follows, break its line, or hide a text within another. What joins letters
/// and emoji stays.
pub fn printable(text: &str) -> String {
    // Made at its full size at once: it may be a secret.
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let sequence = if matches!(c, '\u{1b}' | '\u{9b}') { sequence_length(rest) } else { 0 };
        if sequence == 0 && !c.is_control() && !is_invisible(c) {
            shown.push(c);
        }
        rest = &rest[sequence.max(c.len_utf8())..];
    }
    shown
}

/// Whether a character leaves nothing to be seen where it stands: a mark for a
/// machine, a joiner, a letter or a pattern without ink.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || is_invisible(c)
        || matches!(c,
            '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200c}' | '\u{200d}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}'
            | '\u{e0100}'..='\u{e01ef}')
}

/// Whether nothing of `text` is to be seen.
pub fn looks_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_unseen(c))
}

/// `text` for somebody who looks for what is wrong with it: what cannot be
/// seen stands there by its number, `U+FEFF`.
pub fn spelled(text: &str) -> String {
    let number = |c| format!("U+{:04X}", u32::from(c));
    text.chars().map(|c| if is_unseen(c) { number(c) } else { c.to_string() }).collect()
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// `text` of several lines on one: where one ends and another begins stands one
/// blank.
pub fn on_one_line(text: &str) -> String {
    let breaks = |c: char| {
        matches!(c, '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
    };
    let mut line = String::with_capacity(text.len());
    for part in text.split(breaks).filter(|part| !part.is_empty()) {
        if !line.is_empty() && !line.ends_with(' ') && !part.starts_with(' ') {
            line.push(' ');
        }
        line.push_str(part);
    }
    line
}

/// No string that a terminal is sent in good faith in a name is longer, in
/// bytes; of one without an end only its mark goes.
const LONGEST_SEQUENCE: usize = 1024;

/// The length of the control sequence (ECMA-48) that `text` begins with: one
/// with parameters, or a string with its end. 0 where it is neither.
fn sequence_length(text: &str) -> usize {
    let (body, before) = if let Some(body) = text.strip_prefix('\u{9b}') {
        (body, '\u{9b}'.len_utf8())
    } else if let Some(body) = text.strip_prefix("\u{1b}[") {
        (body, 2)
    } else {
        let text = &text.as_bytes()[..text.len().min(LONGEST_SEQUENCE)];
        let is_string = matches!(text, [0x1b, b']' | b'P' | b'X' | b'^' | b'_', ..]);
        let bell = |text: &[u8]| text.iter().position(|byte| *byte == 7).map(|at| at + 1);
        let mark = |text: &[u8]| text.windows(2).position(|two| two == b"\x1b\\").map(|at| at + 2);
        let end = [bell(text), mark(text)].into_iter().flatten().min();
        return end.filter(|_| is_string).unwrap_or(0);
    };
    let parameters = body.bytes().take_while(|byte| (0x20..=0x3f).contains(byte)).count();
    let last = body.as_bytes().get(parameters).is_some_and(|byte| (0x40..=0x7e).contains(byte));
    before + parameters + usize::from(last)
}

/// `text` for comparing: accents and case aside.
pub fn folded(text: &str) -> String {
    text.nfkd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_sequence_goes_as_a_whole_and_what_is_seen_stays() {
        for (given, shown) in [
            ("a\u{1b}[31mred\u{1b}[0m", "ared"),
            ("\u{9b}1;5Hhome", "home"),
            ("\u{1b}]8;;https://x\u{1b}\\link\u{1b}]8;;\u{7}", "link"),
            ("\u{1b}]never ends", "]never ends"),
            ("\u{1b}é\u{1b}[é\u{1b}", "éé"),
            ("zero\u{200b}width\u{2028}\u{feff}\u{e0041}", "zerowidth"),
            ("👩\u{200d}🚀 ❤\u{fe0f} نام\u{200c}ها", "👩\u{200d}🚀 ❤\u{fe0f} نام\u{200c}ها"),
        ] {
            assert_eq!(printable(given), shown, "{given:?}");
        }
    }
}
