//! What somebody pasted as a provider's credential. Pure. Nothing of it is shown but one
//! character that no credential has. How one begins is a hint and no more: providers
//! change that, so one is refused for it only where it begins as another's do.

use super::spec::{ProviderSpec, find, names};
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, spelled};
use crate::input::peel::{peel, unseen};
use crate::secret::{Secret, TokenKind};
use crate::wire::LONGEST_CREDENTIAL;

/// A credential, without what came along with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    pub secret: Secret,
    /// Which of the provider's kinds it is, in its word on the wire.
    pub kind: String,
}

/// What was pasted for the provider called `name`, of whom `spec` is known.
///
/// # Errors
/// Exit code 3, code `credential_malformed`, and what is wrong with it: nothing, no text
/// without a blank, ours, or another provider's.
pub fn read(name: &str, spec: &ProviderSpec, pasted: &Secret) -> Result<Credential, AppError> {
    let text = peel(pasted.expose());
    let refused = |message: Message| {
        let message = message.with("provider", spec.title.as_str());
        let error = AppError::new(ErrorKind::BadArguments, "credential_malformed", message);
        match &spec.keys {
            Some(page) => error.hint(Message::new("provider-key-hint").with("page", page.as_str())),
            None => error,
        }
    };
    if text.is_empty() {
        return Err(refused(Message::new("provider-key-empty")));
    }
    if text.len() > LONGEST_CREDENTIAL {
        return Err(refused(Message::new("provider-key-long")));
    }
    if text.contains("://") {
        return Err(refused(Message::new("provider-key-address")));
    }
    if text.contains(' ') {
        return Err(refused(Message::new("provider-key-blank")));
    }
    if let Some(wrong) = unseen(text).or_else(|| text.chars().find(|c| !c.is_ascii_graphic())) {
        let shown = spelled(&wrong.to_string());
        return Err(refused(Message::new("provider-key-character").with("character", shown)));
    }
    if TokenKind::of(text).is_ok() {
        return Err(refused(Message::new("provider-key-ours")));
    }
    let own = beginning(spec, text);
    let others = names().filter(|other| *other != name).filter_map(|other| {
        let spec = find(other)?;
        let letters = beginning(&spec, text)?.0;
        Some((letters, other, spec.title))
    });
    let begins = own.as_ref().map_or(0, |(letters, _)| *letters);
    // Whoever runs a server makes up its keys, and many make them as OpenAI's are.
    let other = others.max_by_key(|(letters, ..)| *letters);
    let other = other.filter(|other| spec.server.is_none() && other.0 > begins);
    if let Some((_, other, title)) = other {
        let message = Message::new("provider-key-of-another").with("other", title);
        return Err(refused(message.with("name", other)));
    }
    // What begins in no known way is the provider's to judge.
    let first = || spec.credential.first().map(|one| one.kind.clone());
    let kind = own.map(|(_, kind)| kind).or_else(first).unwrap_or_default();
    Ok(Credential { secret: Secret::new(text), kind })
}

/// How many letters `text` has in common with what this provider's credentials begin
/// with, and which kind that is; `None` where it begins as none of them.
fn beginning(spec: &ProviderSpec, text: &str) -> Option<(usize, String)> {
    let begins = spec.credential.iter().filter(|one| text.starts_with(&one.starts));
    begins.max_by_key(|one| one.starts.len()).map(|one| (one.starts.len(), one.kind.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::{Catalog, Language, Words};

    fn pasted(name: &str, text: &str) -> Result<Credential, AppError> {
        read(name, &find(name).expect("known"), &Secret::new(text))
    }

    #[test]
    fn a_key_is_known_by_how_it_begins_and_taken_out_of_what_is_around_it() {
        let kind = |name, text| pasted(name, text).expect("a credential").kind;
        assert_eq!(kind("anthropic", "sk-ant-api03-abc"), "api_key");
        assert_eq!(kind("anthropic", "sk-ant-oat01-abc"), "oauth_token");
        assert_eq!(kind("github", "ghp_abc"), "classic_token");
        assert_eq!(kind("google", "AQ.abc"), "api_key");
        assert_eq!(kind("google", "new-abc"), "api_key");
        assert_eq!(kind("mistral", "abcdef"), "api_key");
        for around in ["\u{feff}sk-proj-abc\r\n", " “sk-proj-abc” ", "'sk-proj-abc';"] {
            let read = pasted("openai", around).expect("a credential");
            assert_eq!(read.secret, Secret::new("sk-proj-abc"), "{around:?}");
        }
        // These begin alike.
        assert_eq!(kind("deepseek", "sk-abc"), "api_key");
        assert_eq!(kind("self-hosted", "sk-abc"), "api_key");
    }

    #[test]
    fn what_is_no_key_of_theirs_is_said_to_be_none_and_is_not_shown() {
        let ours = Secret::random_token(TokenKind::PersonalAccess);
        let long = "x".repeat(LONGEST_CREDENTIAL + 1);
        let cases = [
            ("openai", "sk-ant-api03-abc", "provider-key-of-another"),
            ("anthropic", "sk-proj-abc", "provider-key-of-another"),
            ("anthropic", "AIzaSyabc", "provider-key-of-another"),
            ("deepseek", "sk-or-v1-abc", "provider-key-of-another"),
            ("mistral", "gsk_abc", "provider-key-of-another"),
            ("openai", "", "provider-key-empty"),
            ("openai", " \u{feff}\n", "provider-key-empty"),
            ("openai", "sk-abc def", "provider-key-blank"),
            ("openai", "https://mesh.example.org/i/abc", "provider-key-address"),
            ("openai", "sk-abc\u{200b}def", "provider-key-character"),
            ("openai", "sk-ábc", "provider-key-character"),
            ("openai", &long, "provider-key-long"),
            ("openai", ours.expose(), "provider-key-ours"),
        ];
        for (name, text, id) in cases {
            let error = pasted(name, text).expect_err(id);
            assert_eq!(error.code, "credential_malformed");
            let Words::Message(message) = error.message else { panic!("ours") };
            assert_eq!(message.id, id, "{name}");
            for language in Language::ALL {
                let said = Catalog::new(language).say(&message);
                assert!(said != id && !said.contains("abc"), "{said}");
            }
        }
    }
}
