//! What a page says of an operation that was refused: beside the field that is
//! not as it should be, or on a page of its own.

use axum::http::StatusCode;

use super::message_page::{MessagePage, Tone};
use crate::i18n::{Message, printable};
use crate::server::operations::{Denied, Invalid, InviteClosed, Named};
use crate::server::passwords::{self, PasswordError};

/// What is said on the form that was sent, where that can be mended there.
pub(super) fn field_error(denied: &Denied) -> Option<Message> {
    let Denied::Invalid(invalid) = denied else { return None };
    let id = match invalid {
        Invalid::Password(unfit) => return Some(password_error(*unfit)),
        Invalid::Redirect(uri) => {
            let fault = Message::new("page-service-redirect-fault");
            return Some(fault.with("uri", printable(uri)));
        }
        Invalid::Email => "page-email-fault",
        Invalid::Name(Named::Account) => "page-name-fault",
        Invalid::Name(Named::ServiceClient) => "page-service-name-fault",
        Invalid::UnknownServiceScope(_) | Invalid::NoServiceScope => "page-service-scope-fault",
        Invalid::ManyRedirects => "page-service-redirects-fault",
        Invalid::Name(Named::Token) => "page-token-name-fault",
        Invalid::Name(Named::Mesh | Named::Machine | Named::Connection) => "page-mesh-name-fault",
        Invalid::NoScope => "page-token-scope-fault",
        Invalid::InviteDays | Invalid::InviteUses => "page-invite-fault",
        // No form of ours sends these.
        Invalid::Name(Named::Agent)
        | Invalid::TokenDays
        | Invalid::UnknownScope(_)
        | Invalid::Plan
        | Invalid::Slug
        | Invalid::Anchor
        | Invalid::Zone
        | Invalid::Provider
        | Invalid::Credential
        | Invalid::ModelServer
        | Invalid::Model
        | Invalid::Daily
        | Invalid::InMesh(_) => return None,
    };
    Some(Message::new(id))
}

/// What is said of a password that cannot be taken.
fn password_error(unfit: PasswordError) -> Message {
    match unfit {
        PasswordError::Short => {
            let shortest = i64::try_from(passwords::SHORTEST).unwrap_or(i64::MAX);
            Message::new("page-password-short").with("shortest", shortest)
        }
        PasswordError::Long => Message::new("page-password-long"),
        PasswordError::Guessable => Message::new("page-password-simple"),
    }
}

/// What is said of an invite that lets nobody in.
pub(super) fn invite_closed(why: InviteClosed) -> MessagePage {
    match why {
        InviteClosed::Unknown => {
            let (title, text) = ("page-invite-unknown-title", "page-invite-unknown-text");
            MessagePage::new(StatusCode::NOT_FOUND, Tone::Plain, title, text)
        }
        InviteClosed::Revoked | InviteClosed::Expired | InviteClosed::Exhausted => {
            let (title, text) = ("page-invite-gone-title", "page-invite-gone-text");
            MessagePage::new(StatusCode::GONE, Tone::Late, title, text)
        }
    }
}

/// The page that says it alone. Whether something is there and whether somebody
/// may know of it get the same answer.
pub(super) fn message_page(denied: Denied) -> MessagePage {
    match denied {
        Denied::NotFound(_) | Denied::MissingScope(_) | Denied::NotMeshAdmin => {
            MessagePage::missing()
        }
        Denied::InviteClosed(why) => invite_closed(why),
        Denied::LastLoginMethod => {
            let (title, text) = ("page-ways-last-title", "page-ways-last-text");
            MessagePage::new(StatusCode::CONFLICT, Tone::Plain, title, text)
                .next("/settings/password", "page-password-first-title")
                .other("/settings/ways", "page-ways-title")
        }
        Denied::PlanFull(full) => MessagePage::full(&full),
        Denied::TooMany(wait) => MessagePage::too_fast(wait),
        Denied::Failed(error) => match error.retry_after {
            Some(wait) if error.code == passwords::BUSY => MessagePage::busy(wait),
            Some(wait) => MessagePage::away(wait),
            None => {
                tracing::error!(%error.code, "a page failed");
                MessagePage::fault()
            }
        },
        // What the forms of our pages do not ask for, or answer themselves.
        Denied::InvalidToken
        | Denied::StepUpRequired
        | Denied::PasswordRequired
        | Denied::PageRequired
        | Denied::OneTimeCodeRequired
        | Denied::WrongOneTimeCode
        | Denied::SecondFactorRequired
        | Denied::SignInEnded(_)
        | Denied::SignInTooOld
        | Denied::Unopened(_)
        | Denied::Revoked
        | Denied::ConnectionsFull
        | Denied::ShareUsedUp
        | Denied::NotRenewed
        | Denied::WayNotOffered
        | Denied::ProviderFailed(_)
        | Denied::InMesh(_)
        | Denied::Invalid(_)
        | Denied::SlugTaken(_)
        | Denied::EmailTaken
        | Denied::NoPassword
        | Denied::WrongPassword
        | Denied::LinkEnded
        | Denied::SignUpClosed
        | Denied::InviteRequired
        | Denied::LastAdmin
        | Denied::TooLate(_)
        | Denied::WrongResource
        | Denied::Db(_) => MessagePage::stale(),
    }
}
