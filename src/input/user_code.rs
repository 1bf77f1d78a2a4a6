//! What somebody types for the code that another device shows: eight letters,
//! in any case, with or without the dash, or the link they stand in. Pure.

use url::Url;

use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, spelled};
use crate::input::peel::peel;

/// What a user code is made of (RFC 8628 §6.1), in any case.
const LETTERS: &str = "BCDFGHJKLMNPQRSTVWXZ";

/// Letters of a user code.
const LENGTH: usize = 8;

/// A code as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserCode {
    /// As it is shown: `WDJB-MJPV`.
    pub code: String,
    /// The instance its link names; `None` for a code by itself, which belongs to
    /// the instance in use.
    pub host: Option<Url>,
}

/// Reads a code, or the link of its page.
///
/// # Errors
/// What was typed is none, and what one looks like.
pub fn parse(typed: &str) -> Result<UserCode, AppError> {
    of_link(typed).or_else(|| of_letters(typed)).ok_or_else(|| {
        let shown: String = spelled(typed.trim()).chars().take(200).collect();
        let message = Message::new("code-malformed").with("code", shown);
        AppError::new(ErrorKind::BadArguments, "code_malformed", message)
            .hint(Message::new("code-malformed-hint"))
    })
}

/// The code in a link to its page: `https://HOST/D/WDJBMJPV`.
pub fn of_link(text: &str) -> Option<UserCode> {
    let mut url =
        Url::parse(peel(text)).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    let path: Vec<_> = url.path().split('/').filter(|part| !part.is_empty()).collect();
    let [marker, letters] = path[..] else { return None };
    let code = of_letters(letters).filter(|_| marker.eq_ignore_ascii_case("d"))?.code;
    url.set_path("");
    url.set_query(None);
    url.set_fragment(None);
    Some(UserCode { code, host: Some(url) })
}

/// A code by itself, however it is grouped.
pub fn of_letters(text: &str) -> Option<UserCode> {
    let letters: String =
        text.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_uppercase()).collect();
    let is_code = letters.len() == LENGTH && letters.chars().all(|c| LETTERS.contains(c));
    is_code.then(|| {
        let code = format!("{}-{}", &letters[..LENGTH / 2], &letters[LENGTH / 2..]);
        UserCode { code, host: None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_in_any_spelling() {
        let link = "HTTPS://MESH.EXAMPLE.ORG/D/WDJBMJPV";
        for typed in ["WDJB-MJPV", "wdjbmjpv", " wdjb mjpv ", "WDJB–MJPV", link] {
            let found = parse(typed).expect(typed);
            let host = found.host.map(String::from);
            let named = (typed == link).then(|| "https://mesh.example.org/".to_owned());
            assert_eq!((found.code.as_str(), host), ("WDJB-MJPV", named));
        }
        let other = "https://mesh.example.org/x/WDJBMJPV";
        for typed in ["WDJB-MJP", "WDJB-MJPA", "", "WDJB-MJPVX", other] {
            assert_eq!(parse(typed).expect_err("no code").code, "code_malformed");
        }
    }
}
