//! What somebody pastes anywhere: told apart, with whatever stands around it in
//! a mail or a chat taken off. Pure. Its one surprising rule: what is certain
//! comes before what is likely, so a token in a sentence is a token although the
//! sentence holds a link, too.

use crate::input::peel::peel;
use crate::input::user_code::UserCode;
use crate::input::{address, invite, user_code};
use crate::secret::{Secret, TokenFault, TokenKind};

/// What a pasted text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pasted {
    /// An access token of ours, whole or cut short.
    Token(Secret),
    /// The link or the code of an invite.
    Invite(Secret),
    /// The code that another device shows.
    UserCode(UserCode),
    /// Where an instance is.
    Address(String),
}

impl Pasted {
    /// Whether nobody types such a thing for a name: a token, or the link of an
    /// invite.
    pub fn is_certain(&self) -> bool {
        match self {
            Self::Token(_) => true,
            Self::Invite(text) => text.expose().contains('/'),
            Self::UserCode(_) | Self::Address(_) => false,
        }
    }
}

/// What `text` is, if it is anything that crewmesh knows.
pub fn recognise(text: &str) -> Option<Pasted> {
    // A token is also what a variable is set to.
    let between = |c: char| c.is_whitespace() || c == '=';
    let words = || text.split(between).map(peel).filter(|word| !word.is_empty());
    let is_token = |word: &&str| TokenKind::of(word) != Err(TokenFault::NotOurs);
    if let Some(token) = words().find(is_token) {
        return Some(Pasted::Token(Secret::new(token)));
    }
    if invite::parse(text).is_ok() {
        return Some(Pasted::Invite(Secret::new(text)));
    }
    let code = words().find_map(user_code::of_link).or_else(|| the_code(text));
    if let Some(code) = code {
        return Some(Pasted::UserCode(code));
    }
    the_address(text).map(|address| Pasted::Address(address.to_owned()))
}

/// A code that is all there is, or that is written as one in a sentence: in
/// capitals, with its dash.
fn the_code(text: &str) -> Option<UserCode> {
    let is_written = |word: &str| {
        word.len() == "WDJB-MJPV".len()
            && word.as_bytes()[4] == b'-'
            && word.bytes().all(|byte| byte == b'-' || byte.is_ascii_uppercase())
    };
    let written = text.split_whitespace().map(peel).filter(|word| is_written(word));
    written.into_iter().find_map(user_code::of_letters).or_else(|| {
        let alone = peel(text);
        // Two words of four letters are words.
        let is_one = !alone.contains(char::is_whitespace);
        is_one.then(|| user_code::of_letters(alone)).flatten()
    })
}

/// An address that is all there is, or a link in a sentence.
fn the_address(text: &str) -> Option<&str> {
    let alone = peel(text);
    let is_host = |word: &str| word.contains('.') || word.contains(':');
    if !alone.contains(char::is_whitespace) {
        return (is_host(alone) && address::parse(alone).is_ok()).then_some(alone);
    }
    let is_link = |word: &&str| word.contains("://") && address::parse(word).is_ok();
    text.split_whitespace().map(|word| peel(word).trim_end_matches(['.', '!', '?'])).find(is_link)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVITE: &str = "abcd2efgh3ijkl4mnop5";

    fn token() -> String {
        Secret::token_from(TokenKind::PersonalAccess, &[7; 32]).expose().to_owned()
    }

    #[test]
    fn a_token_is_found_wherever_it_stands() {
        let token = token();
        for text in [
            token.clone(),
            format!("  “{token}”,\n"),
            format!("here: {token} (from https://mesh.example.org)"),
            format!("export CREWMESH_TOKEN={token}"),
        ] {
            assert_eq!(recognise(&text), Some(Pasted::Token(Secret::new(&*token))), "{text}");
        }
        assert_eq!(recognise("cm_pat_abc"), Some(Pasted::Token(Secret::new("cm_pat_abc"))));
    }

    #[test]
    fn an_invite_is_found_in_a_mail_and_in_a_command() {
        for text in [
            format!("https://mesh.example.org/i/{INVITE}"),
            format!("Join us: https://mesh.example.org/i/{INVITE} please"),
            format!("crewmesh join https://mesh.example.org/i/{INVITE}"),
            format!("$ crewmesh join {INVITE}\n"),
            INVITE.to_owned(),
        ] {
            let Some(Pasted::Invite(found)) = recognise(&text) else { panic!("{text}") };
            let invite = invite::parse(found.expose()).expect("an invite");
            assert_eq!(invite.code.expose(), INVITE, "{text}");
        }
    }

    #[test]
    fn another_devices_code_is_found() {
        for text in [
            "WDJB-MJPV",
            "wdjbmjpv",
            "enter WDJB-MJPV there",
            "crewmesh approve WDJB-MJPV",
            "HTTPS://MESH.EXAMPLE.ORG/D/WDJBMJPV",
            "open https://mesh.example.org/D/WDJBMJPV and approve",
        ] {
            let Some(Pasted::UserCode(found)) = recognise(text) else { panic!("{text}") };
            let host = found.host.map(String::from);
            assert_eq!(found.code, "WDJB-MJPV", "{text}");
            assert_eq!(host.is_some(), text.to_lowercase().contains("example"), "{text}");
        }
    }

    #[test]
    fn an_address_is_what_names_a_host() {
        for (text, address) in [
            ("mesh.example.org", "mesh.example.org"),
            (" https://mesh.example.org/ ", "https://mesh.example.org/"),
            ("we are at https://mesh.example.org.", "https://mesh.example.org"),
            ("localhost:7777", "localhost:7777"),
        ] {
            assert_eq!(recognise(text), Some(Pasted::Address(address.into())), "{text}");
        }
    }

    #[test]
    fn what_somebody_may_be_called_is_not_certain() {
        let is_certain = |text: &str| recognise(text).expect("something").is_certain();
        assert!(is_certain(&token()) && is_certain(&format!("mesh.example.org/i/{INVITE}")));
        for name in ["ana.lopez", "internationalization", "wdjbmjpv"] {
            assert!(!is_certain(name), "{name}");
        }
    }

    #[test]
    fn anything_else_is_nothing_we_know() {
        for text in ["", "what is this?", "hello", "ops", "Munich Hospital", "ghp_abc", "a b"] {
            assert_eq!(recognise(text), None, "{text}");
        }
    }
}
