//! What a provider's own program leaves behind, or shows, when it signed in. Pure.

use jiff::Timestamp;
use serde_json::Value;

use super::claims;
use super::spec::{At, Leaves, Stored};
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

/// What a program keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// What opens an account, and can stand in two places.
    Copied(Secret),
    /// What the program renews by itself.
    Renewed,
    Nothing,
}

/// What of `stored` stands in the file `text`; `None` where that is no whole file.
pub fn kept(stored: &Stored, text: &str) -> Option<Kept> {
    let value = json(text)?;
    let found = |at: &Option<At>| {
        let secret = Secret::new(find(&value, at.as_ref()?)?);
        Some(secret).filter(crate::api::is_token)
    };
    Some(match (found(&stored.secret), found(&stored.renews)) {
        (Some(secret), None) => Kept::Copied(secret),
        (_, Some(_)) => Kept::Renewed,
        (None, None) => Kept::Nothing,
    })
}

/// A file of JSON; some begin with lines that are none of it.
fn json(text: &str) -> Option<Value> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    serde_json::from_str(&lines.collect::<Vec<_>>().join("\n")).ok()
}

/// What stands in the file that was left; `None` where that is no whole sign-in.
pub fn read(leaves: &Leaves, text: &str) -> Option<SignedIn> {
    let value = json(text)?;
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

/// The token in what was `shown` on a terminal that begins so, in a window of so many
/// columns: broken over lines where that is narrow, each up to its edge.
pub fn shown(begins: &str, shown: &[u8], columns: Option<usize>) -> Option<SignedIn> {
    let text = plain(&String::from_utf8_lossy(shown));
    // Drawn again, or named once more in part: the whole one is the longest.
    let all = text.match_indices(begins).map(|(at, _)| token(&text, at, columns));
    let token = all.max_by_key(String::len).filter(|token| token.len() > begins.len())?;
    let secret = Some(Secret::new(token)).filter(crate::api::is_token)?;
    Some(SignedIn { secret, refresh_token: None, holder: None, plan: None, expires_at: None })
}

/// What of `text` is a token from `at` on.
fn token(text: &str, at: usize, columns: Option<usize>) -> String {
    let is_its = |one: &char| one.is_ascii_alphanumeric() || matches!(one, '-' | '_');
    let before = text[..at].rsplit('\n').next().unwrap_or_default().chars().count();
    let mut token = String::new();
    let mut lines = text[at..].lines();
    let (mut line, mut begins) = (lines.next().unwrap_or_default(), before);
    loop {
        let part: String = line.chars().take_while(is_its).collect();
        let rest = line[part.len()..].trim();
        let end = begins + part.len();
        token.push_str(&part);
        // Whoever breaks it does so at the edge, or a column before.
        let is_broken = rest.is_empty() && columns.is_some_and(|columns| end + 2 >= columns);
        let next = lines.next().filter(|_| is_broken && !part.is_empty());
        let Some(next) = next else { return token };
        line = next.trim_start();
        begins = next.chars().count() - line.chars().count();
    }
}

/// What a terminal was sent, without what only colours or names something (ECMA-48 §5.4,
/// and what xterm has besides). What moves within a line is blanks, what moves elsewhere
/// ends it.
fn plain(sent: &str) -> String {
    let mut plain = String::new();
    let mut all = sent.chars().peekable();
    while let Some(one) = all.next() {
        match one {
            '\x1b' => match all.next() {
                Some('[') => {
                    let mut number = String::new();
                    let end = all.by_ref().find(|one| {
                        let is_end = ('@'..='~').contains(one);
                        if !is_end {
                            number.push(*one);
                        }
                        is_end
                    });
                    let number = number.parse::<usize>().unwrap_or(1).min(1_000);
                    match end {
                        // To a column, and some columns on.
                        Some('G') => {
                            let line = plain.rsplit('\n').next().unwrap_or_default();
                            let there = line.chars().count();
                            plain.extend(std::iter::repeat_n(
                                ' ',
                                (number - 1).saturating_sub(there),
                            ));
                        }
                        Some('C') => plain.extend(std::iter::repeat_n(' ', number)),
                        Some('A' | 'B' | 'D' | 'E' | 'F' | 'H' | 'd' | 'f') => plain.push('\n'),
                        _ => {}
                    }
                }
                // A title, a link and their like, up to a bell or `ESC \`.
                Some(']' | 'P' | 'X' | '^' | '_') => {
                    while let Some(one) = all.next() {
                        if one == '\x07' || (one == '\x1b' && all.next_if_eq(&'\\').is_some()) {
                            break;
                        }
                    }
                }
                // A set of letters.
                Some('(' | ')' | '*' | '+' | '#' | '%' | ' ') => drop(all.next()),
                _ => {}
            },
            '\r' | '\x07' => {}
            one => plain.push(one),
        }
    }
    plain
}

fn find(value: &Value, at: &At) -> Option<String> {
    let there = at.at.split('/').skip(1).try_fold(value, |value, name| {
        let Some(begins) = name.strip_suffix('*') else {
            return value.pointer(&format!("/{name}"));
        };
        let begins = begins.replace("~1", "/").replace("~0", "~");
        let mut members = value.as_object()?.iter();
        members.find(|(name, _)| name.starts_with(&begins)).map(|(_, value)| value)
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
        for (sent, columns) in [(wide, 100), (narrow, 32), (again, 32)] {
            let read = shown("sk-ant-oat01-", sent.as_bytes(), Some(columns));
            assert_eq!(read.expect("it was shown").secret, Secret::new(token), "{sent:?}");
        }
        for sent in ["", "Login successful.", "sk-ant-oat01-\r\n\r\n"] {
            assert_eq!(shown("sk-ant-oat01-", sent.as_bytes(), Some(80)), None, "{sent:?}");
        }
    }

    #[test]
    fn what_a_program_renews_by_itself_is_told_from_what_can_be_copied() {
        let kept_by = |provider: &str, program: &str, text: &str| {
            let all = spec::find(provider).expect("it is known").stored.into_iter();
            let all = all.filter(|stored| stored.program == program);
            all.filter_map(|stored| kept(&stored, text)).find(|kept| *kept != Kept::Nothing)
        };
        let copied = |secret: &str| Some(Kept::Copied(Secret::new(secret)));
        // As codex 0.171.0 keeps a key; opencode 1.18.33; claude 2.1.332.
        let key = r#"{"auth_mode":"apikey","OPENAI_API_KEY":"sk-proj-1"}"#;
        assert_eq!(kept_by("openai", "codex", key), copied("sk-proj-1"));
        assert_eq!(kept_by("openai", "codex", &codex()), Some(Kept::Renewed));
        let several = r#"{"openai":{"type":"oauth","refresh":"r","access":"a","expires":1},
            "anthropic":{"type":"api","key":"sk-ant-api03-1"},"groq":{"type":"api","key":"gsk_1"}}"#;
        assert_eq!(kept_by("openai", "opencode", several), Some(Kept::Renewed));
        assert_eq!(kept_by("anthropic", "opencode", several), copied("sk-ant-api03-1"));
        assert_eq!(kept_by("groq", "opencode", several), copied("gsk_1"));
        assert_eq!(kept_by("mistral", "opencode", several), None);
        let claude = r#"{"claudeAiOauth":{"accessToken":"a","refreshToken":"r"}}"#;
        assert_eq!(kept_by("anthropic", "claude", claude), Some(Kept::Renewed));
        let console = r#"{"primaryApiKey":"sk-ant-api03-2","projects":{}}"#;
        assert_eq!(kept_by("anthropic", "claude", console), copied("sk-ant-api03-2"));
        let copilot = r#"// Managed.
            {"authTokens":{"https://corp.ghe.com:ana":{"token":"gho_2"},
            "https://github.com:ana":{"token":"gho_1"}}}"#;
        assert_eq!(kept_by("github", "copilot", copilot), copied("gho_1"), "of that host alone");
        for none in ["", "null", "[]", r#"{"OPENAI_API_KEY":null}"#, r#"{"OPENAI_API_KEY":"a b"}"#]
        {
            assert_eq!(kept_by("openai", "codex", none), None, "{none:?}");
        }
    }

    #[test]
    fn what_stands_behind_a_token_is_none_of_it() {
        let token = "sk-ant-oat01-abcdefghijklmnopqrstuvwxyz_0123456789-AA";
        for behind in [
            "\x1b]8;;\x1b\\",
            "\x1b]0;claude\x1b\\",
            "\x1b]0;claude\x07",
            "\x1b(B",
            "\x1b[5;1HDone",
            "\r\nDone",
            ".",
            " │\r\n│ Done",
            "\r\nexport X=sk-ant-oat01-<token>\r\n",
        ] {
            let sent = format!("Your token:\r\n {token}{behind}\r\n\r\nStore it");
            let read = shown("sk-ant-oat01-", sent.as_bytes(), Some(80)).expect("it was shown");
            assert_eq!(read.secret, Secret::new(token), "{sent:?}");
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
