//! A model server of the person's own: its address as it is typed, and which models it
//! has. It speaks OpenAI's protocol, or Ollama's.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use url::Url;

use crate::error::{AppError, ErrorKind};
use crate::http::{Http, is_loopback};
use crate::i18n::{Message, printable, spelled};
use crate::input::peel::peel;
use crate::secret::Secret;

/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(8);

/// Where the models of a server are listed, and what of the reply: OpenAI's way, which
/// vLLM, LM Studio and Ollama have too, and Ollama's own.
const LISTS: [(&str, &str, &str); 2] =
    [("v1/models", "data", "id"), ("api/tags", "models", "name")];

/// The address of a model server: a host, with or without a port, or a URL, with a path
/// where it is behind one. Without a scheme it is http on this computer, else https.
///
/// # Errors
/// Exit code 3 where it is none.
pub fn address(typed: &str) -> Result<Url, AppError> {
    let text = peel(typed);
    let malformed = || {
        let shown = spelled(text.rsplit('@').next().unwrap_or_default());
        let shown: String = shown.chars().take(200).collect();
        let message = Message::new("provider-endpoint-malformed").with("typed", shown);
        AppError::new(ErrorKind::BadArguments, "endpoint_malformed", message)
            .hint(Message::new("provider-endpoint-hint"))
    };
    let parsed = |text: &str| Url::parse(text).ok().filter(Url::has_host);
    let url = if text.contains("://") {
        parsed(text)
    } else {
        let here = parsed(&format!("http://{text}")).filter(is_loopback);
        here.or_else(|| parsed(&format!("https://{text}")))
    };
    let mut url = url.filter(is_plain).ok_or_else(malformed)?;
    // Programs want it with that or without it: it is kept without.
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix("/v1").unwrap_or(path).to_owned();
    url.set_path(&path);
    Ok(url)
}

/// Whether it can be where a model server is: nothing secret is in it, and a path can be
/// put behind it.
pub fn is_plain(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
}

/// The models of the server at `endpoint`, by name.
///
/// # Errors
/// Where nothing answers; what answers is no model server (code `no_model_server`); it
/// wants a key (`key_wanted`), or another one (`credential_wrong`).
pub async fn models(
    http: &Http,
    endpoint: &Url,
    key: Option<&Secret>,
) -> Result<Vec<String>, AppError> {
    let said = |id| Message::new(id).with("address", endpoint.as_str().trim_end_matches('/'));
    let mut status = 0;
    for (path, list, name) in LISTS {
        let mut url = endpoint.clone();
        url.set_path(&format!("{}/{path}", endpoint.path().trim_end_matches('/')));
        let mut request = http.request(Method::GET, url);
        if let Some(key) = key {
            request = request.bearer_auth(key.expose());
        }
        let away = |error: AppError| error.hint(Message::new("provider-server-away-hint"));
        let reply = http.send(request, PATIENCE).await.map_err(away)?;
        status = reply.status;
        if matches!(status, 401 | 403) {
            let (code, id) = match key {
                Some(_) => ("credential_wrong", "provider-server-key-wrong"),
                None => ("key_wanted", "provider-server-key-wanted"),
            };
            return Err(AppError::new(ErrorKind::Failed, code, said(id)));
        }
        let value: Option<Value> = serde_json::from_slice(&reply.body).ok();
        let value = value.filter(|_| status == 200);
        if let Some(found) = value.as_ref().and_then(|value| value[list].as_array()) {
            let named = found.iter().filter_map(|model| model[name].as_str()).map(printable);
            return Ok(named.filter(|name| !name.is_empty()).collect());
        }
    }
    let message = said("provider-server-none").with("status", i64::from(status));
    Err(AppError::new(ErrorKind::Unreachable, "no_model_server", message)
        .hint(Message::new("provider-endpoint-hint")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_people_write_it() {
        let cases = [
            ("127.0.0.1:11434", "http://127.0.0.1:11434/"),
            ("localhost:1234/v1", "http://localhost:1234/"),
            ("http://10.0.0.7:8000/v1/", "http://10.0.0.7:8000/"),
            ("models.example.org", "https://models.example.org/"),
            (" https://example.org/llm/v1 ", "https://example.org/llm"),
            ("\u{feff}“http://[::1]:8000”", "http://[::1]:8000/"),
        ];
        for (typed, expected) in cases {
            assert_eq!(address(typed).expect(typed).as_str(), expected, "{typed}");
        }
        for typed in ["", "ftp://h", "http://", "two words", "http://h/?key=x", "http://h/#x"] {
            assert_eq!(address(typed).expect_err(typed).code, "endpoint_malformed", "{typed}");
        }
        let error = address("http://me:hunter2@host").expect_err("a password");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}
