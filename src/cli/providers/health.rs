//! How what is connected is, as its provider says. A model server may be here alone, so it
//! is asked from here.

use crate::cli::context::SignedIn;
use crate::cli::output::Output;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, printable};
use crate::provider::model_server;
use crate::wire::{Connection, Health};

/// `connection` after its provider was asked. One that is gone meanwhile, or at an instance
/// that is older, is as it was.
///
/// # Errors
/// Where the instance does not answer.
pub(super) async fn checked(
    signed_in: &SignedIn<'_>,
    connection: Connection,
) -> Result<Connection, AppError> {
    if let Some(endpoint) = &connection.endpoint {
        let url = model_server::address(endpoint);
        let health = match url {
            // What wants a key answers as well.
            Ok(url) => {
                match model_server::models(&*signed_in.connector.http()?, &url, None).await {
                    Ok(_) => Health::Good,
                    Err(error) if error.code == "key_wanted" => Health::Good,
                    Err(_) => Health::Down,
                }
            }
            Err(_) => Health::Unknown,
        };
        return Ok(Connection { health: Some(health), ..connection });
    }
    match signed_in.client.check(&connection.id).await {
        Ok(now) => Ok(Connection { uses: connection.uses, shared_in: connection.shared_in, ..now }),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(connection),
        Err(error) => Err(error),
    }
}

/// How it is, in words.
pub(super) fn said(connection: &Connection) -> Message {
    let of = |id| Message::new(id);
    let message = match (connection.health, connection.verified_at) {
        _ if connection.revoked_at.is_some() => return of("provider-revoked"),
        (Some(Health::Good), _) => of("provider-health-good"),
        (Some(Health::Narrow), _) => of("provider-health-narrow"),
        (Some(Health::Poor), _) => of("provider-health-poor"),
        (Some(Health::Down), _) => of("provider-health-down"),
        (_, Some(at)) => of("provider-verified").with("day", Output::day(at)),
        (_, None) => of("provider-not-verified"),
    };
    match &connection.left {
        Some(left) => {
            of("provider-health-left").with("state", message).with("left", printable(left))
        }
        None => message,
    }
}
