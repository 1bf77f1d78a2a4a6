//! What a document says of its program, and which addresses can be one's. Pure.

use serde_json::Value;
use url::{Host, Url};

use crate::server::domain::clients::{may_be_registered, shown_name};

/// Bytes of the largest document.
pub(super) const LARGEST: u64 = 5 * 1_024;

/// Bytes of the longest address.
const LONGEST_ID: usize = 500;

/// What a program says of itself in its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// What it calls itself; empty where it does not.
    pub name: String,
    /// Where a browser may be sent.
    pub redirect_uris: Vec<String>,
    /// Whether it renews its token without asking to.
    pub refreshes: bool,
}

/// The address that `client_id` is, where a document may be there (draft §3): https
/// on its own port, a name, a path, and written in the one way that it is compared
/// by.
pub fn id_of(client_id: &str) -> Option<Url> {
    let url = Url::parse(client_id).ok().filter(|_| client_id.len() <= LONGEST_ID)?;
    let is_bare = url.username().is_empty() && url.password().is_none();
    // An address by number vouches for nobody.
    let is_named = matches!(url.host(), Some(Host::Domain(name)) if name.trim_end_matches('.') == name && name.contains('.'));
    let is_one = url.scheme() == "https" && url.port().is_none() && url.path() != "/";
    let is_whole = url.fragment().is_none() && url.as_str() == client_id;
    (is_bare && is_named && is_one && is_whole).then_some(url)
}

/// What `text` says of the program whose id is `id`; `None` where it is another's, of
/// one that has a secret to show, or of one that is answered nowhere.
pub(super) fn read(id: &Url, text: &[u8]) -> Option<Document> {
    let said: Value = serde_json::from_slice(text).ok()?;
    let is_public = said["client_secret"].is_null()
        && matches!(said["token_endpoint_auth_method"].as_str(), None | Some("none"))
        && (said["token_endpoint_auth_method"].is_null()
            || said["token_endpoint_auth_method"].is_string());
    if said["client_id"].as_str() != Some(id.as_str()) || !is_public {
        return None;
    }
    let texts = |name: &str| -> Vec<String> {
        let list = said[name].as_array().into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut redirect_uris = texts("redirect_uris");
    redirect_uris.retain(|uri| may_be_registered(uri));
    let grants = texts("grant_types");
    let name = said["client_name"].as_str().unwrap_or_default();
    let document = Document {
        name: shown_name(name),
        redirect_uris,
        refreshes: grants.is_empty() || grants.iter().any(|grant| grant == "refresh_token"),
    };
    (!document.redirect_uris.is_empty()).then_some(document)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "https://claude.ai/oauth/claude-code-client-metadata";

    #[test]
    fn an_id_is_an_address_that_is_written_in_one_way() {
        for good in [ID, "https://chatgpt.com/a/b.json", "https://example.org/x?v=1"] {
            assert_eq!(id_of(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "https://example.org",
            "https://example.org/",
            "http://example.org/x",
            "https://example.org:8443/x",
            "https://example.org:443/x",
            "https://EXAMPLE.org/x",
            "https://example.org/a/../x",
            "https://example.org/x#y",
            "https://a@example.org/x",
            "https://127.0.0.1/x",
            "https://[::1]/x",
            "https://2130706433/x",
            "https://localhost/x",
            "https://intranet/x",
            "https:/example.org/x",
            " https://example.org/x",
            &format!("https://example.org/{}", "x".repeat(500)),
        ] {
            assert_eq!(id_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_document_is_read_for_its_own_program_without_a_secret() {
        let id = id_of(ID).unwrap();
        let good = json!({
            "client_id": ID, "client_name": "Claude \u{1b}[31mCode", "grant_types":
            ["authorization_code", "refresh_token"], "redirect_uris":
            ["http://localhost/callback", "cursor://x/y", "http://127.0.0.1/callback"],
            "token_endpoint_auth_method": "none",
        });
        let read = |value: &Value| read(&id, value.to_string().as_bytes());
        let document = read(&good).unwrap();
        assert!(document.refreshes && !document.name.contains('\u{1b}'), "{document:?}");
        let uris = ["http://localhost/callback", "http://127.0.0.1/callback"];
        assert_eq!(document.redirect_uris, uris);
        let with = |name: &str, value: Value| {
            let mut other = good.clone();
            other[name] = value;
            other
        };
        assert!(!read(&with("grant_types", json!(["authorization_code"]))).unwrap().refreshes);
        assert!(read(&with("grant_types", Value::Null)).unwrap().refreshes);
        for bad in [
            with("client_id", "https://claude.ai/oauth/other".into()),
            with("client_id", format!("{ID}/").into()),
            with("client_id", Value::Null),
            with("client_secret", "x".into()),
            with("token_endpoint_auth_method", "client_secret_basic".into()),
            with("token_endpoint_auth_method", "private_key_jwt".into()),
            with("token_endpoint_auth_method", 7.into()),
            with("redirect_uris", json!([])),
            with("redirect_uris", json!(["org.example.app:/back"])),
            json!([good]),
            json!("x"),
        ] {
            assert_eq!(read(&bad), None, "{bad}");
        }
    }

    #[test]
    fn whatever_a_document_says_its_browser_goes_to_sane_places() {
        let id = id_of(ID).unwrap();
        let seeds = &[
            "{\"client_id\":\"https://claude.ai/oauth/claude-code-client-metadata\",\
             \"redirect_uris\":[\"http://localhost/callback\",\"javascript:x\"]}",
            "{\"client_id\":1,\"redirect_uris\":{}}",
        ];
        crate::cases::hold(crate::cases::texts(seeds), |text| {
            let Some(document) = read(&id, text.as_bytes()) else { return };
            assert!(document.redirect_uris.iter().all(|uri| may_be_registered(uri)));
            assert!(document.name.chars().count() <= 100 && !document.name.contains('\n'));
        });
    }
}
