//! A token as somebody pastes it. Nothing of it is shown but one character
//! that no token has.

use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, spelled};
use crate::input::peel::{peel, unseen};
use crate::secret::{Secret, TokenFault, TokenKind};

/// A token as it was given, without what came along with it.
///
/// # Errors
/// Exit code 1, code `token_malformed`, and what is wrong with it.
pub fn check_token(token: &Secret) -> Result<Secret, AppError> {
    let text = peel(token.expose());
    match TokenKind::of(text) {
        Ok(_) => Ok(Secret::new(text)),
        Err(fault) => {
            Err(AppError::new(ErrorKind::Failed, "token_malformed", token_fault_words(text, fault))
                .hint(Message::new("keep-token-hint")))
        }
    }
}

/// What is wrong with this token, in words. Shows nothing of it but one
/// character that no token has.
pub fn token_fault_words(text: &str, fault: TokenFault) -> Message {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    match fault {
        TokenFault::NotOurs => match unseen(text) {
            Some(unseen) => {
                Message::new("keep-token-unseen").with("character", spelled(&unseen.to_string()))
            }
            None => Message::new("keep-token-not-ours"),
        },
        TokenFault::CutShort { kind, missing } => Message::new("keep-token-cut-short")
            .with("kind", token_kind_words(kind))
            .with("missing", number(missing)),
        TokenFault::TooLong { kind, surplus } => Message::new("keep-token-too-long")
            .with("kind", token_kind_words(kind))
            .with("surplus", number(surplus)),
        TokenFault::Character(kind, wrong) => {
            let message = Message::new("keep-token-character");
            let shown = spelled(&wrong.to_string());
            message.with("kind", token_kind_words(kind)).with("character", shown)
        }
    }
}

/// What a kind of token is called.
pub fn token_kind_words(kind: TokenKind) -> Message {
    Message::new(match kind {
        TokenKind::Session => "keep-token-kind-session",
        TokenKind::Agent => "keep-token-kind-agent",
        TokenKind::PersonalAccess => "keep-token-kind-pat",
        TokenKind::Service => "keep-token-kind-service",
        TokenKind::Access => "keep-token-kind-access",
        TokenKind::Refresh => "keep-token-kind-refresh",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::{Catalog, Language, Words};

    #[test]
    fn a_malformed_token_says_what_is_wrong_with_it_and_shows_nothing_of_it() {
        let whole = Secret::random_token(TokenKind::PersonalAccess);
        let text = whole.expose();
        let cases = [
            (text[..text.len() - 1].to_owned(), "keep-token-cut-short"),
            (text[..20].to_owned(), "keep-token-cut-short"),
            (format!("{text}a"), "keep-token-too-long"),
            (text.replacen("cm_pat_", "cm_pat_!", 1), "keep-token-character"),
            ("ghp_0123".to_owned(), "keep-token-not-ours"),
            (String::new(), "keep-token-not-ours"),
        ];
        for (given, id) in cases {
            let error = check_token(&Secret::new(given.as_str())).expect_err("malformed");
            assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Failed, "token_malformed"));
            let Words::Message(message) = error.message else { panic!("ours") };
            assert_eq!(message.id, id);
            for language in Language::ALL {
                let said = Catalog::new(language).say(&message);
                assert!(said != id && (given.is_empty() || !said.contains(&given)), "{said}");
            }
        }
        for (before, after) in [("  ", "\n"), ("\u{feff}", "\r\n"), ("\u{200b}“", "”"), ("'", "';")]
        {
            let given = Secret::new(format!("{before}{text}{after}"));
            assert_eq!(check_token(&given), Ok(whole.clone()), "{before:?}");
        }
        // What cannot be seen and is not at its edge is named.
        for given in
            [text.replacen("cm_", "cm_\u{200b}", 1), text.replacen("pat_", "pat_\u{200b}", 1)]
        {
            let error = check_token(&Secret::new(given)).expect_err("malformed");
            let Words::Message(message) = error.message else { panic!("ours") };
            let said = Catalog::new(Language::ENGLISH).say(&message);
            assert!(said.contains("U+200B"), "{said}");
        }
    }
}
