//! What a page says of an operation that was refused: beside the field that is
//! not as it should be, or on a page of its own.

use super::message_page::MessagePage;
use crate::i18n::Message;
use crate::server::operations::{Denied, Invalid, Named};
use crate::server::passwords;

/// What is said on the form that was sent, where that can be mended there.
pub(super) fn field_error(denied: &Denied) -> Option<Message> {
    let Denied::Invalid(invalid) = denied else { return None };
    Some(Message::new(match invalid {
        Invalid::Name(Named::Token) => "page-token-name-fault",
        Invalid::Name(Named::Mesh | Named::Machine) => "page-mesh-name-fault",
        Invalid::NoScope => "page-token-scope-fault",
        // No form of ours sends these.
        Invalid::TokenDays | Invalid::UnknownScope(_) => return None,
    }))
}

/// The page that says it alone. Whether something is there and whether somebody
/// may know of it get the same answer.
pub(super) fn message_page(denied: Denied) -> MessagePage {
    match denied {
        Denied::NotFound(_) | Denied::MissingScope(_) | Denied::NotMeshAdmin => {
            MessagePage::missing()
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
        | Denied::SignInTooOld
        | Denied::Invalid(_)
        | Denied::SlugTaken(_)
        | Denied::LastAdmin
        | Denied::TooLate(_)
        | Denied::Db(_) => MessagePage::stale(),
    }
}
