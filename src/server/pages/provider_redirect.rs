//! Signing in at an AI provider in this browser: there, and back with a code.
//!
//! The surprising rule: the form leads to a page of ours that goes on by itself. A browser
//! that minds `form-action` would stop a form that another site answers.

use askama::Template;
use axum::extract::{Path, Request};
use axum::http::header::HeaderName;
use axum::http::{HeaderValue, Method, StatusCode};
use url::Url;

use super::browser::{Browser, Reply};
use super::denied::field_error;
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::message_page::MessagePage;
use super::providers::{HERE, not_begun};
use super::session_guard::require_sign_in;
use crate::i18n::{Message, printable};
use crate::provider::spec;
use crate::secret::Secret;
use crate::server::http::extract::query;
use crate::server::operations::redirects::{Came, Going, LIFE};
use crate::server::operations::{Denied, Principal, redirects};

#[derive(Template)]
#[template(path = "provider_redirect.html")]
struct GoPage {
    page: Frame,
    title: String,
    /// Whose page it leads to.
    host: String,
    /// What is asked for there (RFC 6749 §3.3); empty where that is the provider's to say.
    scope: String,
    /// What it takes the place of; empty where nothing is connected so.
    in_place: String,
    url: Url,
}

/// `POST /settings/providers/ID/redirect`: on to the provider called ID.
pub(super) async fn start(
    Path(provider): Path<String>,
    CsrfForm { mut browser, fields }: CsrfForm,
) -> Reply {
    HERE.clone_into(&mut browser.path_and_query);
    let by = require_sign_in(&mut browser)?;
    let label = printable(fields.get("label")).trim().to_owned();
    let address = format!("elsewhere {}", browser.ip.counted());
    browser.allowed(browser.state.may_ask(&address).await)?;
    let bound = browser.bind_upstream(LIFE / 1_000);
    let going = match redirects::begin(&browser.state, &by, &bound, &provider, &label).await {
        Ok(going) => going,
        Err(denied) => return not_connected(&mut browser, &by, &provider, denied).await,
    };
    let Going { url, in_place } = going;
    // Whoever lets something go for it reads so first.
    let on = HeaderValue::try_from(format!("0; url={url}")).ok().filter(|_| in_place.is_none());
    let mut reply = browser.show(|page| {
        let title = spec::title(&provider);
        let host = url.host_str().unwrap_or_default().to_owned();
        let scope = url.query_pairs().find(|(name, _)| name == "scope");
        let scope = scope.map(|(_, scope)| scope.into_owned()).unwrap_or_default();
        let in_place = in_place.as_ref().map(spec::called).unwrap_or_default();
        render(StatusCode::OK, &GoPage { page, title, host, scope, in_place, url })
    });
    if let Some(on) = on {
        reply.headers_mut().insert(HeaderName::from_static("refresh"), on);
    }
    Ok(reply)
}

/// `GET /providers/ID/callback`: back from the provider called ID.
pub(super) async fn back(
    mut browser: Browser,
    Path(provider): Path<String>,
    request: Request,
) -> Reply {
    let (parts, _) = request.into_parts();
    // What comes back must not stay in an address.
    HERE.clone_into(&mut browser.path_and_query);
    // Whoever looks whether there is such a page comes without a person.
    if spec::find(&provider).is_none() || parts.method == Method::HEAD {
        return Ok(browser.message(&MessagePage::missing()));
    }
    let by = require_sign_in(&mut browser)?;
    let came = match (query(&parts, "error"), query(&parts, "code")) {
        (None, Some(code)) => Came::Code(Secret::new(code)),
        (error, _) => Came::Error(error.unwrap_or_default()),
    };
    let (secret, bound) = (query(&parts, "state").map(Secret::new), browser.upstream());
    let done = match secret.zip(bound) {
        Some((secret, bound)) => {
            redirects::finish(&browser.state, &by, &bound, &provider, &secret, came).await
        }
        None => Err(Denied::NotFound("sign-in")),
    };
    match done {
        Ok(made) => Ok(browser.redirect(&format!("{HERE}#{}", made.id))),
        Err(denied) => not_connected(&mut browser, &by, &provider, denied).await,
    }
}

/// The list, with why nothing was connected.
async fn not_connected(
    browser: &mut Browser,
    by: &Principal,
    provider: &str,
    denied: Denied,
) -> Reply {
    let why = match denied {
        // It says itself that nothing was kept.
        Denied::ProviderFailed(error) => return not_begun(browser, by, error.message).await,
        Denied::WayNotOffered => Message::new("page-redirect-none"),
        Denied::ConnectionsFull => Message::new("page-providers-full"),
        Denied::NotFound("sign-in") => Message::new("page-redirect-unknown"),
        denied => match field_error(&denied) {
            Some(fault) => fault,
            None => return Err(browser.denied(denied)),
        },
    };
    not_begun(browser, by, why.with("provider", spec::title(provider)).into()).await
}
