//! What a provider's reply says of a credential. Pure. The surprising rule: a reply that
//! is not quite what the provider gives says nothing: a page of a hotel's network that
//! answers 200 has let nobody in.

use serde::Deserialize;
use serde_json::Value;

use crate::i18n::printable;

/// What a reply means.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub status: u16,
    /// What stands in it as well, as JSON is written without blanks.
    pub says: Option<String>,
    pub means: Verdict,
}

/// What is known of a credential once the provider answered.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It lets in.
    Good,
    /// It lets in, but may not do all that was asked.
    Narrow,
    /// It lets in, but what it asks for is not paid for.
    Poor,
    /// There is no such credential, or no more.
    Wrong,
}

/// What `rules` make of a reply, and whose the credential is where that stands at
/// `holder` in it.
pub(super) fn of(
    rules: &[Rule],
    holder: Option<&str>,
    status: u16,
    body: &[u8],
) -> Option<(Verdict, Option<String>)> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let text = value.to_string();
    let fits = |rule: &&Rule| {
        rule.status == status && rule.says.as_ref().is_none_or(|says| text.contains(says))
    };
    let verdict = rules.iter().find(fits)?.means;
    let holder = holder.and_then(|place| value.pointer(place)?.as_str().map(printable));
    Some((verdict, holder.filter(|holder| !holder.is_empty())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::spec::{find, names};

    /// Replies as the providers give them, by name and status.
    const REPLIES: [(&str, u16, &str, Option<Verdict>); 21] = [
        ("anthropic", 200, r#"{"data":[{"id":"x"}],"has_more":true}"#, Some(Verdict::Good)),
        (
            "anthropic",
            401,
            r#"{"type":"error","error":{"type":"authentication_error","message":"x"}}"#,
            Some(Verdict::Wrong),
        ),
        (
            "anthropic",
            400,
            r#"{"type":"error","error":{"message":"Your credit balance is too low"}}"#,
            Some(Verdict::Poor),
        ),
        ("anthropic", 529, r#"{"type":"error","error":{"type":"overloaded_error"}}"#, None),
        ("openai", 200, r#"{"object":"list","data":[]}"#, Some(Verdict::Good)),
        (
            "openai",
            401,
            r#"{"error":{"message":"You have insufficient permissions. Missing scopes: a"}}"#,
            Some(Verdict::Narrow),
        ),
        ("openai", 401, r#"{"error":{"code":"invalid_api_key"}}"#, Some(Verdict::Wrong)),
        ("openai", 429, r#"{"error":{"type":"insufficient_quota"}}"#, Some(Verdict::Poor)),
        ("openai", 429, r#"{"error":{"code":"rate_limit_exceeded"}}"#, None),
        (
            "google",
            400,
            r#"{"error": {"details": [{"reason": "API_KEY_INVALID"}]}}"#,
            Some(Verdict::Wrong),
        ),
        ("google", 400, r#"{"error":{"status":"FAILED_PRECONDITION"}}"#, Some(Verdict::Narrow)),
        ("google", 400, r#"{"error":{"status":"INVALID_ARGUMENT"}}"#, None),
        ("github", 401, r#"{"message":"Bad credentials"}"#, Some(Verdict::Wrong)),
        ("github", 403, r#"{"message":"rate limit"}"#, None),
        ("deepseek", 200, r#"{"is_available": false}"#, Some(Verdict::Poor)),
        ("xai", 200, r#"{"name":"x","api_key_disabled":true}"#, Some(Verdict::Wrong)),
        ("xai", 200, r#"{"name":"x","api_key_disabled":false}"#, Some(Verdict::Good)),
        ("xai", 400, r#"{"error":"Incorrect API key provided"}"#, Some(Verdict::Wrong)),
        ("openrouter", 200, r#"{"data":{"limit_remaining":0,"usage":5}}"#, Some(Verdict::Poor)),
        ("openrouter", 200, r#"{"data":{"limit_remaining":0.5,"usage":5}}"#, Some(Verdict::Good)),
        ("mistral", 401, r#"{"detail":"Unauthorized"}"#, Some(Verdict::Wrong)),
    ];

    #[test]
    fn each_reply_is_understood() {
        for (name, status, body, expected) in REPLIES {
            let check = find(name).and_then(|spec| spec.check).expect("it can be asked");
            let told = of(&check.verdicts, None, status, body.as_bytes());
            assert_eq!(told.map(|(verdict, _)| verdict), expected, "{name} {status} {body}");
        }
    }

    #[test]
    fn what_is_not_the_providers_says_nothing() {
        let others = [
            (200, "<html>Welcome to the hotel</html>"),
            (200, "{}"),
            (200, ""),
            (401, "<html>proxy</html>"),
            (503, r#"{"error":"x"}"#),
            (302, ""),
        ];
        for name in names() {
            let Some(check) = find(name).and_then(|spec| spec.check) else { continue };
            for (status, body) in others {
                let told = of(&check.verdicts, None, status, body.as_bytes());
                assert_eq!(told, None, "{name} {status} {body}");
            }
        }
    }

    #[test]
    fn whose_it_is_is_told_without_what_a_terminal_obeys() {
        let check = find("github").and_then(|spec| spec.check).expect("it can be asked");
        let body = r#"{"login":"ana\u001b[31m","id":1}"#;
        let told = of(&check.verdicts, check.holder.as_deref(), 200, body.as_bytes());
        let (verdict, holder) = told.expect("a verdict");
        assert_eq!(verdict, Verdict::Good);
        assert!(holder.is_some_and(|holder| !holder.contains('\u{1b}')));
    }
}
