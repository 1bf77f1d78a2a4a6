//! The OAuth endpoints: metadata, device authorization, token, revocation,
//! introspection, userinfo; and what an authorization request says, whose
//! page is `pages::consent`. Strict about what is a secret and lenient about
//! everything else, because any conforming client may come here: charset
//! parameters, repeated scopes, empty client secrets, no User-Agent. An error
//! is always `{error, error_description}`.

pub mod authorize;
mod client;
mod code;
mod device;
mod error;
mod form;
mod introspect;
mod metadata;
mod refresh;
mod register;
mod revoke;
mod service;
mod token;
mod userinfo;

use super::domain::scopes::PROFILE_READ;
use super::http::routes::Access::{Public, Scope};
use super::http::routes::Routes;

pub fn routes() -> Routes {
    Routes::default()
        .get("/.well-known/oauth-authorization-server", Public, metadata::metadata)
        // Where clients of OpenID providers look first. RFC 8414 §5 lets both
        // hold the same; nothing in it promises an ID token.
        .get("/.well-known/openid-configuration", Public, metadata::metadata)
        .post("/oauth/device_authorization", Public, device::authorize)
        .post("/oauth/token", Public, token::token)
        .post("/oauth/register", Public, register::register)
        .post("/oauth/revoke", Public, revoke::revoke)
        .post("/oauth/introspect", Public, introspect::introspect)
        .get("/oauth/userinfo", Scope(PROFILE_READ), userinfo::userinfo)
        .post("/oauth/userinfo", Scope(PROFILE_READ), userinfo::userinfo)
}
