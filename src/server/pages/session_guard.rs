//! Who comes to the pages of an account: whoever is signed in; to those of a mesh,
//! its members; to those of the instance, whoever runs it.

use axum::response::Response;

use super::browser::Browser;
use super::message_page::MessagePage;
use super::next;
use crate::server::operations::{Principal, meshes};
use crate::wire::Mesh;

/// Whoever is signed in, or the way to the sign-in and back.
pub(super) fn require_sign_in(browser: &mut Browser) -> Result<Principal, Response> {
    if let Some(by) = &browser.signed_in {
        return Ok(by.clone());
    }
    let path = browser.path_and_query.split('?').next().unwrap_or_default().to_owned();
    Err(browser.redirect(&next::link("/login", &path)))
}

/// The mesh, to a member of it. Nobody else learns that there is one.
pub(super) async fn require_member(
    browser: &mut Browser,
    slug: &str,
) -> Result<(Principal, Mesh), Response> {
    let by = require_sign_in(browser)?;
    let mesh = browser.allowed(meshes::find_by_slug(&browser.state, &by, slug).await)?;
    Ok((by, mesh))
}

/// Whoever runs the instance. Nobody else learns that there are such pages.
pub(super) fn require_admin(browser: &mut Browser) -> Result<Principal, Response> {
    let by = require_sign_in(browser)?;
    if by.account.admin { Ok(by) } else { Err(browser.message(&MessagePage::missing())) }
}
