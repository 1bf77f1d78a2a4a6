//! What somebody pastes to join a mesh: the link, the link without its scheme,
//! or the bare code, grouped or not. Pure. Surprising rule: the code is
//! brought to one spelling here (lower case, no groups), so that everything
//! after it compares and sends the same text.

use url::Url;

use crate::error::{AppError, ErrorKind};
use crate::http::is_loopback;
use crate::i18n::{Message, is_unseen, spelled};
use crate::input::peel::peel;
use crate::secret::Secret;
use crate::wire::INVITE_CODE_LENGTH;

/// An invite as it was pasted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteText {
    /// The instance the link names; `None` for a bare code, which belongs to
    /// the instance in use.
    pub host: Option<Url>,
    /// The code, lower case and without groups.
    pub code: Secret,
}

/// What is to be said of a link that opens on no computer but the instance's, and
/// what to do; whether that is `embedded` in this program, which is nobody else's.
pub fn only_there(link: &Secret, embedded: bool) -> Option<[Message; 2]> {
    let is_there = Url::parse(link.expose()).is_ok_and(|link| is_loopback(&link));
    let ids = if embedded {
        ["invite-only-here", "invite-only-here-hint"]
    } else {
        ["invite-only-there", "invite-only-there-hint"]
    };
    is_there.then(|| ids.map(Message::new))
}

/// Why a text is no invite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidInvite {
    Empty,
    /// Neither a link nor a code.
    NotAnInvite,
    /// A code that ends before it should.
    CutShort {
        /// How many characters are not there.
        missing: usize,
    },
    /// A code that goes on after it should have ended.
    TooLong {
        /// How many characters are too many.
        surplus: usize,
    },
    /// A character that no code has.
    Character(char),
}

impl InvalidInvite {
    /// The same in words.
    pub fn message(self) -> Message {
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        match self {
            Self::Empty => Message::new("invite-empty"),
            Self::NotAnInvite => Message::new("invite-not-an-invite"),
            Self::CutShort { missing } => {
                Message::new("invite-cut-short").with("missing", count(missing))
            }
            Self::TooLong { surplus } => {
                Message::new("invite-too-long").with("surplus", count(surplus))
            }
            Self::Character(character) => {
                Message::new("invite-character").with("character", spelled(&character.to_string()))
            }
        }
    }
}

impl From<InvalidInvite> for AppError {
    fn from(fault: InvalidInvite) -> Self {
        AppError::new(ErrorKind::BadArguments, "invite_malformed", fault.message())
            .hint(Message::new("invite-hint"))
    }
}

/// Reads `https://HOST/i/CODE`, `HOST/i/CODE` or `CODE`, as mail programs and
/// people leave them: in angle brackets, with a full stop after them, in the
/// middle of a sentence, behind `crewmesh join`.
///
/// # Errors
/// The first fault a person can do something about.
pub fn parse(text: &str) -> Result<InviteText, InvalidInvite> {
    match alone(text) {
        Err(InvalidInvite::NotAnInvite) => in_sentence(text).ok_or(InvalidInvite::NotAnInvite)?,
        read => read,
    }
}

/// The first word that is a link, or what follows `join`. Any other word of
/// twenty letters is a word.
fn in_sentence(text: &str) -> Option<Result<InviteText, InvalidInvite>> {
    let words: Vec<&str> = text.split_whitespace().map(bare).collect();
    let link = words.iter().filter(|word| word.contains('/')).find_map(|word| match alone(word) {
        Err(InvalidInvite::NotAnInvite) => None,
        read => Some(read),
    });
    link.or_else(|| {
        let join = words.iter().position(|word| word.eq_ignore_ascii_case("join"))?;
        let read = alone(words.get(join + 1)?);
        read.is_ok().then_some(read)
    })
}

/// Without what stands around it. A full stop may stand before the bracket or
/// after it.
fn bare(text: &str) -> &str {
    peel(peel(text).trim_matches(['[', ']', '.', '!', '?', ':']))
}

/// An invite that is all there is.
fn alone(text: &str) -> Result<InviteText, InvalidInvite> {
    let text = bare(text);
    if text.is_empty() {
        return Err(InvalidInvite::Empty);
    }
    if !text.contains('/') {
        return Ok(InviteText { host: None, code: code(text)? });
    }
    if text.contains(char::is_whitespace) {
        return Err(InvalidInvite::NotAnInvite);
    }
    let bare = !text.contains("://");
    let link = if bare { format!("https://{text}") } else { text.to_owned() };
    let mut url = Url::parse(&link).map_err(|_| InvalidInvite::NotAnInvite)?;
    if bare && is_loopback(&url) {
        url = Url::parse(&format!("http://{text}")).map_err(|_| InvalidInvite::NotAnInvite)?;
    }
    if !matches!(url.scheme(), "https" | "http") || !url.has_host() {
        return Err(InvalidInvite::NotAnInvite);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(InvalidInvite::NotAnInvite);
    }
    let path: Vec<_> = url.path().split('/').filter(|part| !part.is_empty()).collect();
    let [marker, typed] = path[..] else { return Err(InvalidInvite::NotAnInvite) };
    if !marker.eq_ignore_ascii_case("i") {
        return Err(InvalidInvite::NotAnInvite);
    }
    let code = code(typed)?;
    url.set_path("");
    url.set_query(None);
    url.set_fragment(None);
    Ok(InviteText { host: Some(url), code })
}

fn code(typed: &str) -> Result<Secret, InvalidInvite> {
    // Groups are of one size; words of a sentence are not.
    let groups: Vec<usize> = typed.split_whitespace().map(str::len).collect();
    if groups.iter().rev().skip(1).any(|group| *group != groups[0]) {
        return Err(InvalidInvite::NotAnInvite);
    }
    let mut code = String::with_capacity(INVITE_CODE_LENGTH);
    for c in typed.chars().filter(|c| !matches!(c, '-' | '‐' | '‑' | '–') && !c.is_whitespace())
    {
        match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '2'..='7') => code.push(c),
            // One wrong character in something shaped like a code is a slip;
            // anything else was never meant as one.
            c if c.is_ascii_alphanumeric() || is_unseen(c) => {
                return Err(InvalidInvite::Character(c));
            }
            _ => return Err(InvalidInvite::NotAnInvite),
        }
    }
    match code.len() {
        0 => Err(InvalidInvite::NotAnInvite),
        INVITE_CODE_LENGTH => Ok(Secret::new(code)),
        have if have < INVITE_CODE_LENGTH => {
            Err(InvalidInvite::CutShort { missing: INVITE_CODE_LENGTH - have })
        }
        have => Err(InvalidInvite::TooLong { surplus: have - INVITE_CODE_LENGTH }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "abcd2efgh3ijkl4mnop5";

    fn read(text: &str) -> (Option<String>, String) {
        let invite = parse(text).expect(text);
        (invite.host.map(String::from), invite.code.expose().to_owned())
    }

    #[test]
    fn a_link_names_its_instance() {
        let link = (Some("https://mesh.example.org/".to_owned()), CODE.to_owned());
        assert_eq!(read(&format!("https://mesh.example.org/i/{CODE}")), link);
        assert_eq!(read(&format!("  <https://mesh.example.org/i/{CODE}>.\n")), link);
        assert_eq!(read(&format!("\u{feff}“[https://mesh.example.org/i/{CODE}.]”\u{200b}")), link);
        assert_eq!(read(&format!("HTTPS://MESH.EXAMPLE.ORG/I/{}", CODE.to_uppercase())), link);
        assert_eq!(read(&format!("mesh.example.org/i/{CODE}/?utm=x#top")), link);
        let local = Some("http://localhost:7777/".to_owned());
        assert_eq!(read(&format!("localhost:7777/i/{CODE}")), (local, CODE.to_owned()));
    }

    #[test]
    fn a_link_under_a_loopback_address_opens_nowhere_else() {
        let said = |host: &str, embedded| {
            let link = Secret::new(format!("{host}/i/{CODE}"));
            only_there(&link, embedded).map(|[message, _]| message.id)
        };
        for host in ["http://127.0.0.1:7437", "http://localhost:7437", "https://[::1]"] {
            assert_eq!(said(host, false), Some("invite-only-there"), "{host}");
            assert_eq!(said(host, true), Some("invite-only-here"), "{host}");
        }
        // One that became a team's has that one's address, wherever it is asked.
        for host in ["https://mesh.example.org", "http://192.168.1.7:7437"] {
            assert_eq!((said(host, false), said(host, true)), (None, None), "{host}");
        }
    }

    #[test]
    fn an_invite_is_found_in_a_sentence() {
        let link = (Some("https://mesh.example.org/".to_owned()), CODE.to_owned());
        assert_eq!(read(&format!("Join us: https://mesh.example.org/i/{CODE}, please.")), link);
        assert_eq!(read(&format!("crewmesh join mesh.example.org/i/{CODE}")), link);
        assert_eq!(read(&format!("$ crewmesh join {CODE}\n")), (None, CODE.to_owned()));
        // What is a link to an invite is meant as one, whatever is wrong with it.
        let short = parse("join us: https://mesh.example.org/i/abcd2 please");
        assert_eq!(short, Err(InvalidInvite::CutShort { missing: 15 }));
        let word = parse("on the internationalization of software");
        assert_eq!(word, Err(InvalidInvite::NotAnInvite));
    }

    #[test]
    fn a_bare_code_comes_in_any_grouping() {
        for text in [CODE, "ABCD2-EFGH3-IJKL4-MNOP5", "abcd 2efg h3ij kl4m nop5"] {
            assert_eq!(read(text), (None, CODE.to_owned()));
        }
    }

    #[test]
    fn a_wrong_text_says_what_is_wrong_with_it() {
        assert_eq!(parse("  "), Err(InvalidInvite::Empty));
        assert_eq!(parse("abcd2-efgh3"), Err(InvalidInvite::CutShort { missing: 10 }));
        assert_eq!(parse("abcd2efgh3ijkl4mnop5x"), Err(InvalidInvite::TooLong { surplus: 1 }));
        assert_eq!(parse("abcd2efgh3ijkl4mnop1"), Err(InvalidInvite::Character('1')));
        assert_eq!(parse("https://mesh.example.org/"), Err(InvalidInvite::NotAnInvite));
        assert_eq!(parse("https://mesh.example.org/join/abc"), Err(InvalidInvite::NotAnInvite));
        let unseen = InvalidInvite::Character('\u{200b}');
        assert_eq!(parse("abcd2\u{200b}efgh3ijkl4mnop5"), Err(unseen));
        assert_eq!(parse("ftp://mesh.example.org/i/abc"), Err(InvalidInvite::NotAnInvite));
        assert_eq!(parse("cm_pat_abc"), Err(InvalidInvite::NotAnInvite));
        assert_eq!(parse("see you at the meeting"), Err(InvalidInvite::NotAnInvite));
    }
}
