//! Where somebody goes next: the `next` that sign-in pages carry along, so that
//! whoever is sent to sign in gets to what they came for.

use axum::response::Response;
use url::form_urlencoded;

use super::browser::Browser;
use super::frame::Frame;
use crate::server::config::SignUp;
use crate::server::domain::keys::{format_user_code, is_user_code};
use crate::server::operations::{Denied, invites};
use crate::wire::InvitePreview;

/// Where programs send browsers to ask for consent.
pub(super) const CONSENT_PATH: &str = "/oauth/authorize";

/// Where one goes after signing in with nothing else in mind.
const DEFAULT: &str = "/meshes";

/// A link to `page` that comes back to `next`.
pub(super) fn link(page: &str, next: &str) -> String {
    if next.is_empty() {
        return page.to_owned();
    }
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    format!("{page}?{query}")
}

/// `next` if it stays on this instance; nothing for any other.
pub(super) fn safe(next: &str) -> &str {
    if let Some(query) = consent_query(next) {
        // The whole request of a program, as it came.
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"#<>\\".contains(&byte);
        return if query.bytes().all(plain) { next } else { "" };
    }
    let known = ["/D/", "/i/", "/settings/", "/meshes", "/machines", "/audit", "/admin/"];
    let plain = next.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-".contains(&byte));
    if plain && !next.contains("//") && known.iter().any(|start| next.starts_with(start)) {
        next
    } else {
        ""
    }
}

/// The query of a program's request for consent at `here` (path and query).
pub(super) fn consent_query(here: &str) -> Option<&str> {
    here.strip_prefix(CONSENT_PATH)?.strip_prefix('?')
}

/// The user code whose card is at `next`.
pub(super) fn code_of(next: &str) -> Option<&str> {
    next.strip_prefix("/D/").filter(|code| is_user_code(code))
}

/// What somebody signs in for who goes on to `next`, in words.
pub(super) fn purpose(page: &Frame, next: &str) -> String {
    if let Some(code) = code_of(next) {
        return page.t("page-login-purpose-code").text("code", format_user_code(code)).to_string();
    }
    if next.starts_with("/i/") {
        return page.t("page-login-purpose-invite").to_string();
    }
    if consent_query(next).is_some() {
        return page.t("page-login-purpose-consent").to_string();
    }
    String::new()
}

/// Whether somebody on the way to `next` may make an account.
pub(super) async fn may_register(browser: &Browser, next: &str) -> Result<bool, Response> {
    Ok(match (browser.state.config.sign_up, code_of(next)) {
        (SignUp::Open, _) => true,
        (SignUp::Invite, None) => next.starts_with("/i/"),
        (SignUp::Invite, Some(code)) => invite_of_code(browser, code).await?.is_some(),
        (SignUp::Closed, _) => false,
    })
}

/// The invite that came with a code, while it lets somebody in.
pub(super) async fn invite_of_code(
    browser: &Browser,
    user_code: &str,
) -> Result<Option<InvitePreview>, Response> {
    match invites::of_code(&browser.state, user_code, browser.ip).await {
        Err(Denied::InviteClosed(_)) => Ok(None),
        found => browser.allowed(found),
    }
}

/// Sends `browser` on to `next`, or to where one goes with nothing else in mind.
pub(super) fn go(browser: &mut Browser, next: &str) -> Response {
    browser.redirect(if next.is_empty() { DEFAULT } else { next })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_stays_here() {
        for here in [
            "/D/WDJBMJPV",
            "/i/abcde-fghij",
            "/settings/tokens",
            "/meshes",
            "/oauth/authorize?client_id=a&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2F%3Fx%3D1&state=%22//",
        ] {
            assert_eq!(safe(here), here);
        }
        for away in [
            "//evil.example",
            "/D//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/logout",
            "/D/..%2f",
            "/meshes?x=1",
            "/oauth/authorize/..?x",
            "/oauth/authorize?\"><script>",
            "/oauth/authorize?a b",
            "/oauth/token?x",
            "",
        ] {
            assert_eq!(safe(away), "", "{away}");
        }
        assert_eq!(link("/login", "/D/WDJBMJPV"), "/login?next=%2FD%2FWDJBMJPV");
    }
}
