//! A form body as OAuth clients write it.

use std::collections::{HashMap, HashSet};

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;

use super::error::OAuthError;
use crate::secret::Secret;
use crate::server::state::State;

/// What may stand once (RFC 6749 §3.2). What is not listed here is somebody
/// else's matter, and may stand as often as they like.
const ONCE: [&str; 20] = [
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "crewmesh_invite",
    "crewmesh_opened",
    "device_arch",
    "device_code",
    "device_name",
    "device_os",
    "grant_type",
    "redirect_uri",
    "refresh_token",
    "response_mode",
    "response_type",
    "state",
    "token",
    "token_type_hint",
];

/// What may stand several times, and then means all of it: some libraries write
/// `scope` so, and RFC 8707 §2 `resource`.
const SEVERAL: [&str; 2] = ["resource", "scope"];

/// The parameters of a form, or of the query of an authorization request.
#[derive(Debug)]
pub(super) struct Form {
    values: HashMap<String, Secret>,
    twice: HashSet<String>,
}

impl Form {
    /// The value of `name`, where there is one that is not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(Secret::expose).filter(|value| !value.is_empty())
    }

    /// The same, to be kept.
    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.values.get(name).filter(|value| !value.is_empty()).cloned()
    }

    /// The value of `name`, where it stands but once.
    pub fn single(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|_| !self.twice.contains(name))
    }

    /// Refuses a form in which something stands twice that may not, or a NUL
    /// does: no identifier, code or scope has one, and PostgreSQL takes none.
    pub fn once(self) -> Result<Self, OAuthError> {
        if self.values.values().any(|value| value.expose().contains('\0')) {
            return Err(OAuthError::new("invalid_request", "A parameter has a NUL in it."));
        }
        if self.has_twice() {
            return Err(OAuthError::new("invalid_request", "A parameter stands twice."));
        }
        Ok(self)
    }

    /// Whether something stands twice that may not.
    pub fn has_twice(&self) -> bool {
        !self.twice.is_empty()
    }

    /// What is written there, whatever stands twice.
    pub fn read(bytes: &[u8]) -> Self {
        let mut values: HashMap<String, Secret> = HashMap::new();
        let mut twice = HashSet::new();
        for (name, value) in url::form_urlencoded::parse(bytes) {
            if !SEVERAL.contains(&name.as_ref()) && !ONCE.contains(&name.as_ref()) {
                continue;
            }
            let value = Secret::new(value);
            match values.get_mut(name.as_ref()) {
                None => {
                    values.insert(name.into_owned(), value);
                }
                Some(before) if SEVERAL.contains(&name.as_ref()) => {
                    *before = Secret::new(format!("{} {}", before.expose(), value.expose()));
                }
                Some(_) => {
                    twice.insert(name.into_owned());
                }
            }
        }
        Self { values, twice }
    }
}

impl FromRequest<State> for Form {
    type Rejection = OAuthError;

    // Apart, or the room for it is kept beside every poll that is held.
    fn from_request(
        request: Request,
        state: &State,
    ) -> impl Future<Output = Result<Self, OAuthError>> + Send {
        Box::pin(Self::sent(request, state))
    }
}

impl Form {
    async fn sent(request: Request, state: &State) -> Result<Self, OAuthError> {
        let kind = request.headers().get(CONTENT_TYPE).map(|value| value.to_str().unwrap_or("?"));
        let kind = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim());
        if kind.is_some_and(|kind| !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded"))
        {
            return Err(OAuthError::new(
                "invalid_request",
                "The body must be application/x-www-form-urlencoded.",
            ));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|fault| OAuthError {
            status: match fault.status() {
                StatusCode::PAYLOAD_TOO_LARGE => StatusCode::PAYLOAD_TOO_LARGE,
                _ => StatusCode::BAD_REQUEST,
            },
            ..OAuthError::new("invalid_request", "The body could not be read.")
        })?;
        Self::read(&bytes).once()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_and_a_resource_may_stand_twice_and_nothing_else() {
        let form = Form::read(b"scope=a+b&client_id=x&scope=c&code=&resource=1&resource=2")
            .once()
            .unwrap();
        assert_eq!((form.get("scope"), form.get("resource")), (Some("a b c"), Some("1 2")));
        assert_eq!((form.get("client_id"), form.get("code")), (Some("x"), None));
        for twice in [&b"client_id=x&client_id=y"[..], b"token=x&token=x", b"code=&code=x"] {
            assert_eq!(Form::read(twice).once().unwrap_err().error, "invalid_request");
        }
    }

    #[test]
    fn a_form_says_what_was_written_and_nothing_twice() {
        let seeds = &[
            "scope=a+b&client_id=x&scope=c&code=&resource=1",
            "grant_type=refresh_token&client_secret=hunter2%26&device_name=Ana%27s+laptop",
            "redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcb&state=%00&code_verifier=%ff",
        ];
        crate::cases::hold(crate::cases::texts(seeds), |text| {
            let read = Form::read(text.as_bytes());
            assert!(!format!("{read:?}").contains("hunter2"));
            let Ok(form) = read.once() else { return };
            let pairs: Vec<_> = form
                .values
                .iter()
                .map(|(name, value)| (name.clone(), value.expose().to_owned()))
                .collect();
            assert!(pairs.iter().all(|(_, value)| !value.contains('\0')), "{text:?}");
            let written =
                url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
            let again = Form::read(written.as_bytes()).once().unwrap();
            for (name, value) in pairs {
                assert!(SEVERAL.contains(&&*name) || ONCE.contains(&name.as_str()), "{name}");
                assert_eq!(again.get(&name), Some(value.as_str()).filter(|v| !v.is_empty()));
                assert!(again.single(&name) == again.get(&name));
            }
        });
    }
}
