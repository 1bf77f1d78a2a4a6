//! Programs that sign in as themselves.

use url::Url;

use crate::http::is_loopback;
use crate::secret::{Secret, base32, random_bytes};
use crate::server::domain::scopes;
use crate::server::store;
use crate::wire::{NewServiceClient, display_name};

/// The most redirect addresses of one client.
const MOST_REDIRECTS: usize = 10;

/// Bytes of the longest redirect address.
const LONGEST_REDIRECT: usize = 500;

/// Why a client cannot be as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceClientError {
    /// It has no name, or too long a one.
    Name,
    /// It asks for what no client has.
    UnknownScope(String),
    /// It asks for nothing.
    NoScope,
    /// It names too many addresses.
    ManyRedirects,
    /// It names an address that no browser should be sent to.
    Redirect(String),
}

/// The client that `new` asks for, made by the account `by`: its scopes in our
/// order, each once.
///
/// # Errors
/// Why it cannot be as it was asked for.
pub fn fit(
    new: &NewServiceClient,
    by: &str,
) -> Result<store::NewServiceClient, ServiceClientError> {
    let known = |scope: &&String| scopes::OF_SERVICES.contains(&scope.as_str());
    if let Some(unknown) = new.scopes.iter().find(|scope| !known(scope)) {
        return Err(ServiceClientError::UnknownScope(unknown.clone()));
    }
    let asked = new.scopes.join(" ");
    let scopes = scopes::OF_SERVICES.into_iter().filter(|scope| scopes::has(&asked, scope));
    let scopes: Vec<_> = scopes.collect();
    if scopes.is_empty() {
        return Err(ServiceClientError::NoScope);
    }
    if new.redirect_uris.len() > MOST_REDIRECTS {
        return Err(ServiceClientError::ManyRedirects);
    }
    if let Some(wrong) = new.redirect_uris.iter().find(|uri| !may_redirect_to(uri)) {
        return Err(ServiceClientError::Redirect(wrong.clone()));
    }
    Ok(store::NewServiceClient {
        name: display_name(&new.name).ok_or(ServiceClientError::Name)?,
        scopes: scopes.join(" "),
        redirect_uris: new.redirect_uris.join(" "),
        created_by: by.to_owned(),
    })
}

/// The secret of a new client.
pub fn new_secret() -> Secret {
    Secret::new(format!("cm_secret_{}", base32().encode(&random_bytes::<32>())))
}

/// Whether a browser may be sent there with a code (RFC 8252 §7, RFC 9700
/// §2.1).
fn may_redirect_to(uri: &str) -> bool {
    let plain = uri.len() <= LONGEST_REDIRECT && uri.bytes().all(|byte| byte.is_ascii_graphic());
    let Ok(url) = Url::parse(uri) else { return false };
    let bare = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    let goes = match url.scheme() {
        "https" => url.has_host(),
        "http" => is_loopback(&url),
        own => own.contains('.') && !url.cannot_be_a_base(),
    };
    plain && bare && goes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_sent_to_sane_places_only() {
        for good in [
            "https://ci.example.org/back?x=1",
            "http://127.0.0.1/cb",
            "http://[::1]:8080/",
            "org.example.app:/back",
        ] {
            assert!(may_redirect_to(good), "{good}");
        }
        for bad in [
            "",
            "back",
            "http://ci.example.org/back",
            "https://ci.example.org/back#x",
            "https://a@ci.example.org/",
            "https://ci.example.org/a b",
            "javascript:alert(1)",
            "data:text/html,x",
            "app:/back",
        ] {
            assert!(!may_redirect_to(bad), "{bad}");
        }
    }
}
