//! A program asks, by way of the browser, to act as whoever is at it
//! (RFC 6749 §4.1): who asks, what for, where the answer goes; allowed or
//! denied by whoever is signed in.
//!
//! The surprising rule: even an error goes to the program only once somebody
//! is signed in (RFC 9700 §4.11.2), and each page whose form may end there
//! names the place in its policy, because browsers follow no form anywhere
//! else, not even by way of a redirect.

use askama::Template;
use axum::http::StatusCode;
use axum::http::Uri;
use axum::response::Response;
use url::{Host, Url};

use super::browser::Browser;
use super::form::CsrfForm;
use super::frame::{Frame, KnownAs, Powers, render};
use super::message_page::{MessagePage, Tone};
use super::{card, next};
use crate::i18n::printable;
use crate::server::domain::device_code_state::Decision;
use crate::server::oauth::authorize::{
    AuthorizationRequest, CannotRedirect, RequestError, grantable,
};
use crate::server::operations::Principal;
use crate::server::state::State;
use crate::wire::User;

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage<'a> {
    page: Frame,
    client: String,
    known_as: KnownAs,
    back: String,
    /// What sort of place that is.
    place: &'static str,
    powers: Powers,
    account: User,
    action: &'a str,
    csrf: &'a str,
}

/// `GET /oauth/authorize`: changes nothing.
pub(super) async fn look(browser: Browser) -> Response {
    let (mut browser, request, by) = match find(browser).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let scopes = match grantable_scopes(&request, &by) {
        Ok(scopes) => scopes,
        Err(error) => {
            return redirect_to_client(&mut browser, |at| request.error_redirect(at, error));
        }
    };
    let csrf = browser.form_token();
    let action = browser.path_and_query.clone();
    let (back, place) = place(&request.back);
    browser.show(|page| {
        let page = ConsentPage {
            known_as: page.known_as(&request.client.id),
            powers: page.powers(scopes.split(' ')),
            page,
            client: printable(request.client.name()),
            back,
            place,
            account: by.account.user(),
            action: &action,
            csrf: &csrf,
        };
        render(StatusCode::OK, &page)
    })
}

/// `POST /oauth/authorize`: the decision, at the address that the card was
/// at: what was shown is what is asked for.
pub(super) async fn decide(CsrfForm { browser, fields }: CsrfForm) -> Response {
    let (mut browser, request, by) = match find(browser).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let Some(decision) = card::decision(fields.get("decision")) else {
        return browser.message(&MessagePage::stale());
    };
    let scopes = match (grantable_scopes(&request, &by), decision) {
        (Ok(scopes), Decision::Approve) => scopes,
        (Ok(_), Decision::Deny) => {
            let state = browser.state.clone();
            return match request.deny(&state, &by).await {
                Ok(back) => browser.redirect(back.as_str()),
                Err(denied) => browser.denied(denied),
            };
        }
        (Err(error), _) => {
            return redirect_to_client(&mut browser, |at| request.error_redirect(at, error));
        }
    };
    let state = browser.state.clone();
    match request.approve(&state, &by, &scopes).await {
        Ok(back) => browser.redirect(back.as_str()),
        Err(denied) => browser.denied(denied),
    }
}

/// `GET /oauth/authorize` on the embedded instance: nobody signs in to its
/// pages, so nobody can allow anything here.
pub(super) async fn not_here(mut browser: Browser) -> Response {
    let (title, text) = ("page-consent-local-title", "page-consent-local-text");
    browser.message(&MessagePage::new(StatusCode::FORBIDDEN, Tone::Plain, title, text))
}

/// `next` if it stays on this instance. Where it is a program's request, the
/// forms of this browser's next page may end where that is answered.
pub(super) async fn safe_next(browser: &mut Browser, next: &str) -> String {
    let next = next::safe(next);
    if let Some(query) = next::consent_query(next)
        && let Ok(Ok(request)) = AuthorizationRequest::read(&browser.state, query, browser.ip).await
    {
        browser.leads_to = Some(source(&request.back));
    }
    next.to_owned()
}

/// The request that the browser brings, and who is to answer it.
async fn find(
    mut browser: Browser,
) -> Result<(Browser, AuthorizationRequest, Principal), Response> {
    let query = browser.path_and_query.parse::<Uri>().unwrap_or_default();
    let query = query.query().unwrap_or_default();
    let request = AuthorizationRequest::read(&browser.state, query, browser.ip).await;
    let request = match browser.allowed(request)? {
        Ok(request) => request,
        Err(why) => return Err(browser.message(&cannot_redirect(why))),
    };
    let Some(by) = browser.signed_in.clone() else {
        let path = browser.path_and_query.clone();
        return Err(browser.redirect(&next::link("/login", &path)));
    };
    browser.leads_to = Some(source(&request.back));
    Ok((browser, request, by))
}

fn grantable_scopes(
    request: &AuthorizationRequest,
    by: &Principal,
) -> Result<String, RequestError> {
    let grant = request.grant.as_ref().map_err(|error| *error)?;
    grantable(grant, &by.scopes()).ok_or(RequestError::NOTHING_LEFT)
}

/// On to the program (with GET, whatever brought the browser here: RFC 9700
/// §4.12).
fn redirect_to_client(browser: &mut Browser, to: impl FnOnce(&State) -> Url) -> Response {
    let to = to(&browser.state);
    browser.redirect(to.as_str())
}

fn cannot_redirect(why: CannotRedirect) -> MessagePage {
    let (title, text) = match why {
        CannotRedirect::UnknownClient => ("page-consent-client-title", "page-consent-client-text"),
        CannotRedirect::UnregisteredAddress => {
            ("page-consent-address-title", "page-consent-address-text")
        }
    };
    MessagePage::new(StatusCode::BAD_REQUEST, Tone::Plain, title, text)
}

/// Where `back` is, and what sort of place that is.
fn place(back: &Url) -> (String, &'static str) {
    match back.host_str() {
        Some(_) if back.scheme() == "http" => {
            (back.authority().to_owned(), "page-consent-back-here")
        }
        Some(_) if back.scheme() == "https" => {
            (back.authority().to_owned(), "page-consent-back-there")
        }
        _ => (back.scheme().to_owned(), "page-consent-back-app"),
    }
}

/// How a Content-Security-Policy calls the place of `back`. It has no word for
/// an address of IPv6, and none for a program but its scheme.
fn source(back: &Url) -> String {
    match back.host() {
        Some(Host::Domain(_) | Host::Ipv4(_)) if matches!(back.scheme(), "http" | "https") => {
            back.origin().ascii_serialization()
        }
        _ => format!("{}:", back.scheme()),
    }
}

/// What a scope lets a program do. In somebody's name two of them are more
/// than they are to a token for scripts.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_names_the_place_and_no_more() {
        for (back, source_of) in [
            ("https://ci.example.org/back?x=1", "https://ci.example.org"),
            ("https://ci.example.org:8443/", "https://ci.example.org:8443"),
            ("http://127.0.0.1:53117/cb", "http://127.0.0.1:53117"),
            ("http://[::1]:53117/cb", "http:"),
            ("org.example.app:/back", "org.example.app:"),
        ] {
            assert_eq!(source(&Url::parse(back).unwrap()), source_of);
        }
    }
}
