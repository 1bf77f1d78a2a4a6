//! What a provider's own program leaves behind, or shows, when it signed in. Pure.

use jiff::Timestamp;
use serde_json::Value;

use super::claims;
use super::spec::{At, Leaves};
use crate::i18n::printable;
use crate::secret::Secret;

/// What is taken from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    pub secret: Secret,
    pub refresh_token: Option<Secret>,
    /// Whose it is.
    pub holder: Option<String>,
    /// What they pay for.
    pub plan: Option<String>,
    /// When `secret` ends, where it says so.
    pub expires_at: Option<Timestamp>,
}

/// What stands in the file that was left; `None` where that is no whole sign-in.
pub fn read(leaves: &Leaves, text: &str) -> Option<SignedIn> {
    // Some begin with lines that are none of JSON's.
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let value: Value = serde_json::from_str(&lines.collect::<Vec<_>>().join("\n")).ok()?;
    let found = |at: &At| find(&value, at);
    let secret = |at: &At| found(at).map(Secret::new).filter(crate::api::is_token);
    let shown = |at: &Option<At>| {
        let text = printable(&at.as_ref().and_then(found)?);
        (!text.trim().is_empty()).then_some(text)
    };
    let refresh_token = match &leaves.refresh_token {
        Some(at) => Some(secret(at)?),
        None => None,
    };
    let secret = secret(&leaves.secret)?;
    Some(SignedIn {
        refresh_token,
        holder: shown(&leaves.holder),
        plan: shown(&leaves.plan),
        expires_at: claims::end(&secret),
        secret,
    })
}

/// The token in what was `shown` on a terminal that begins so, the last of them: broken
/// over lines where the window was narrow, up to an empty one.
pub fn shown(begins: &str, shown: &[u8]) -> Option<SignedIn> {
    let text = plain(&String::from_utf8_lossy(shown));
    let from = text.rfind(begins)?;
    let lines = text[from..].lines().map(str::trim).take_while(|line| !line.is_empty());
    let secret = Some(Secret::new(lines.collect::<String>())).filter(crate::api::is_token)?;
    let is_whole = secret.expose().len() > begins.len();
    is_whole.then_some(SignedIn {
        secret,
        refresh_token: None,
        holder: None,
        plan: None,
        expires_at: None,
    })
}

/// What a terminal was sent, without what only moves or colours (ECMA-48 §5.4).
fn plain(sent: &str) -> String {
    let mut plain = String::new();
    let mut all = sent.chars();
    while let Some(one) = all.next() {
        match one {
            '\x1b' => {
                if all.next() == Some('[') {
                    all.find(|end| ('@'..='~').contains(end));
                }
            }
            '\r' => {}
            one => plain.push(one),
        }
    }
    plain
}

fn find(value: &Value, at: &At) -> Option<String> {
    let there = at.at.split('/').skip(1).try_fold(value, |value, name| match (name, value) {
        ("*", Value::Object(members)) => members.values().next(),
        _ => value.pointer(&format!("/{name}")),
    })?;
    let Some(claim) = &at.claim else { return there.as_str().map(str::to_owned) };
    let claims = claims::of(&Secret::new(there.as_str()?))?;
    claims.pointer(claim)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;

    use super::*;
    use crate::provider::spec;

    fn left(provider: &str, text: &str) -> Option<SignedIn> {
        let vendor = spec::find(provider).and_then(|spec| spec.vendor).expect("it has one");
        read(&vendor.leaves.expect("it leaves a file"), text)
    }

    fn jwt(claims: &str) -> String {
        format!("e30.{}.x", BASE64URL_NOPAD.encode(claims.as_bytes()))
    }

    /// As codex 0.171.0 leaves it.
    fn codex() -> String {
        let id = jwt(
            r#"{"email":"ana\u001b@example.org","https://api.openai.com/auth":{"chatgpt_plan_type":"plus"}}"#,
        );
        let access = jwt(r#"{"exp":1800000000}"#);
        format!(
            r#"{{"auth_mode":"chatgpt","OPENAI_API_KEY":null,"tokens":{{"id_token":"{id}",
                "access_token":"{access}","refresh_token":"rt_1","account_id":"acc-1"}},
                "last_refresh":"2026-11-30T00:00:00Z"}}"#
        )
    }

    #[test]
    fn what_codex_leaves_is_read() {
        let read = left("openai", &codex()).expect("it is whole");
        assert_eq!(read.refresh_token, Some(Secret::new("rt_1")));
        assert_eq!(read.expires_at.map(Timestamp::as_second), Some(1_800_000_000));
        assert!(read.holder.is_some_and(|holder| holder.starts_with("ana") && holder.is_ascii()));
        assert_eq!(read.plan.as_deref(), Some("plus"));
    }

    #[test]
    fn what_copilot_leaves_is_read() {
        let text = r#"// User settings belong in settings.json.
// This file is managed automatically.
{
  "authTokens": {
    "https://github.com:ana:github": { "token": "gho_1" },
    "https://github.com:ana": { "token": "gho_1" }
  },
  "lastLoggedInUser": { "host": "https://github.com", "login": "ana" }
}"#;
        let read = left("github", text).expect("it is whole");
        assert_eq!((read.secret, read.holder.as_deref()), (Secret::new("gho_1"), Some("ana")));
        assert_eq!((read.refresh_token, read.plan, read.expires_at), (None, None, None));
    }

    #[test]
    fn what_claude_shows_is_put_together_again() {
        let token = "sk-ant-oat01-abcdefghijklmnopqrstuvwxyz_0123456789-AA";
        let wide = format!(
            "\x1b[2GYour token:\r\r\n\r\r\n\x1b[2G\x1b[38;5;220m{token}\x1b[39m\r\r\n\r\r\nStore it"
        );
        let (one, two) = token.split_at(30);
        let narrow = format!(
            "Your token:\r\n\r\n \x1b[38;5;220m{one}\r\n \x1b[38;5;220m{two}\x1b[39m\r\n\r\n Store it\r\n"
        );
        // Drawn again and again, the last is the one that stands.
        let again = format!("{wide}\x1b[5A{narrow}");
        for sent in [wide, narrow, again] {
            let read = shown("sk-ant-oat01-", sent.as_bytes()).expect("it was shown");
            assert_eq!(read.secret, Secret::new(token), "{sent:?}");
        }
        for sent in ["", "Login successful.", "sk-ant-oat01-\r\n\r\n", "sk-ant-oat01-a b\n\n"] {
            assert_eq!(shown("sk-ant-oat01-", sent.as_bytes()), None, "{sent:?}");
        }
    }

    #[test]
    fn what_is_half_there_is_none() {
        let whole = codex();
        for end in 0..whole.len() - 1 {
            assert_eq!(left("openai", &whole[..end]), None, "{end}");
        }
        for (what, with) in [("rt_1", ""), ("rt_1", "a b"), ("refresh_token", "other")] {
            assert_eq!(left("openai", &whole.replace(what, with)), None, "{what} {with}");
        }
        for text in ["", "{}", "[]", "null", r#"{"authTokens":{}}"#, r#"{"authTokens":{"a":{}}}"#] {
            assert_eq!(left("github", text), None, "{text}");
        }
    }
}
