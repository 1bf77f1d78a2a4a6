//! What a form sends back. The surprising rule: nobody has it in hand but
//! through [`CsrfForm`], which has looked at the token that every form carries;
//! the owner's card alone, which has no cookie, reads [`Fields`] and looks
//! itself.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::response::Response;
use url::form_urlencoded;

use super::browser::Browser;
use super::message_page::MessagePage;
use crate::secret::Secret;
use crate::server::state::State;

/// What a form sent, from one of our own pages.
pub(super) struct CsrfForm {
    pub(super) browser: Browser,
    /// What is in it.
    pub(super) fields: Fields,
}

impl FromRequest<State> for CsrfForm {
    type Rejection = Response;

    async fn from_request(request: Request, state: &State) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        // What bounds the body lies in the extensions.
        let mut sending = Request::new(body);
        *sending.extensions_mut() = parts.extensions.clone();
        // All of it first: whoever sends half a form keeps nothing of what they may
        // have lost by the time of the rest.
        let fields = Fields::from_request(sending, state).await;
        let browser = Browser::from_request_parts(&mut parts, state).await?;
        let Ok(fields) = fields else {
            return Err(browser.refuse(&MessagePage::stale()));
        };
        if !browser.csrf_ok(fields.get("csrf")) {
            return Err(browser.refuse(&MessagePage::stale()));
        }
        Ok(Self { browser, fields })
    }
}

#[derive(Default)]
pub(super) struct Fields(BTreeMap<String, Vec<String>>);

impl Fields {
    /// The field called `name`; nothing where there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.all(name).last().map_or("", String::as_str)
    }

    /// Every value of `name`: the boxes of it that are ticked.
    pub(super) fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// Takes a secret out.
    pub(super) fn secret(&mut self, name: &str) -> Secret {
        self.0.remove(name).and_then(|mut all| all.pop()).map(Secret::new).unwrap_or_default()
    }
}

impl FromRequest<State> for Fields {
    type Rejection = StatusCode;

    async fn from_request(request: Request, state: &State) -> Result<Self, StatusCode> {
        let bytes = Bytes::from_request(request, state).await.map_err(|fault| fault.status())?;
        let mut fields = BTreeMap::<String, Vec<String>>::new();
        for (name, value) in form_urlencoded::parse(&bytes).into_owned() {
            // Nobody types one, and PostgreSQL takes none in a text.
            if value.contains('\0') {
                return Err(StatusCode::BAD_REQUEST);
            }
            fields.entry(name).or_default().push(value);
        }
        Ok(Self(fields))
    }
}
