//! Header fields that are lists of what may be quoted (RFC 9110 §5.6).

/// The parts of `text` between `separator`s that are in no quoted string
/// (RFC 9110 §5.6.4).
pub fn split_unquoted(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(move |letter| {
        let ends = letter == separator && !is_quoted;
        is_quoted ^= letter == '"' && !is_escaped;
        is_escaped = letter == '\\' && is_quoted && !is_escaped;
        ends
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_is_one_part() {
        for (text, parts) in [
            ("", &[""][..]),
            ("a,b", &["a", "b"]),
            ("x=\"a,wait=9\", b", &["x=\"a,wait=9\"", " b"]),
            (r#"x="a\",b",c"#, &[r#"x="a\",b""#, "c"]),
            (r#"x="a\\",b"#, &[r#"x="a\\""#, "b"]),
            ("x=\"a,b", &["x=\"a,b"]),
        ] {
            assert_eq!(split_unquoted(text, ',').collect::<Vec<_>>(), parts, "{text}");
        }
    }
}
