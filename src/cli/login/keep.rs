//! A sign-in without the wizard is kept: where the wizard would keep it, else
//! in a file, and said. The earlier session ends on the server only once the
//! new one is saved.

use serde_json::{Value, json};

use crate::cli::ground::Ground;
use crate::cli::whoami::person;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, printable};
use crate::instance::Connector;
use crate::model::{Access, Account, StorePlace, StoreState, Via};
use crate::secret::is_session;
use crate::sign_in;

/// What is told of a sign-in that was kept.
#[derive(Debug)]
pub(super) struct Signed {
    instance: String,
    account: Account,
    place: StorePlace,
    replaced: bool,
}

/// Finds out whose token it is, keeps it, and ends the session it replaces.
///
/// # Errors
/// Rejected, unreachable; when no place here takes it.
pub(super) async fn keep(
    ground: &Ground,
    connector: &Connector,
    access: &Access,
) -> Result<Signed, AppError> {
    let account = sign_in::identify(connector, access).await?;
    let name = access.instance.name.clone();
    let earlier = match ground.credentials.token(&name) {
        Ok(earlier) => earlier,
        Err(error) => {
            // It cannot be read, so it cannot be ended either.
            let words = Message::new("login-earlier-not-ended").with("why", error.message);
            ground.out.note(&words);
            None
        }
    };
    let place = save(ground, access, &account)?;
    let earlier = earlier.filter(|earlier| earlier.token != access.token);
    let mut replaced = false;
    if let Some(earlier) = earlier.filter(|earlier| is_session(&earlier.token)) {
        match sign_in::revoke(connector, &earlier).await {
            Ok(()) => replaced = true,
            Err(error) => {
                ground.out.note(&Message::new("login-earlier-not-ended").with("why", error.message))
            }
        }
    }
    Ok(Signed { instance: name, account, place, replaced })
}

/// The keyring where there is one that can be written, else a file.
fn save(ground: &Ground, access: &Access, account: &Account) -> Result<StorePlace, AppError> {
    let file = ground.credentials.prefers_file();
    let place = match ground.credentials.probe() {
        StoreState::Nowhere { because } => {
            let message = Message::new("login-not-kept").with("why", because);
            return Err(AppError::new(ErrorKind::Failed, "not_kept", message)
                .hint(Message::new("login-not-kept-hint")));
        }
        StoreState::Keyring if !file => StorePlace::Keyring,
        // Its owner has to unlock it, and only somebody who is there can.
        StoreState::KeyringLocked if !file && ground.can_ask() => StorePlace::Keyring,
        _ => StorePlace::File,
    };
    match ground.credentials.save(access, account, &place) {
        Err(error) if place == StorePlace::Keyring && error.code.starts_with("keyring_") => {
            ground.out.note(&Message::new("login-file-instead").with("why", error.message));
            ground.credentials.save(access, account, &StorePlace::File)
        }
        other => other,
    }
}

impl Signed {
    /// Says who signed in, where it is kept, and what it replaced.
    ///
    /// # Errors
    /// When stdout does not take it.
    pub fn tell(&self, ground: &Ground) -> Result<(), AppError> {
        ground.out.answer(self.object(), |lines| {
            lines.say(
                &Message::new("login-signed-in")
                    .with("person", person(&self.account))
                    .with("instance", printable(&self.instance)),
            );
            if self.account.via != Via::Session {
                lines.say(
                    &Message::new("login-by-token").with("name", self.account.token_name.as_str()),
                );
            }
            let kept = match self.place {
                StorePlace::Keyring => "login-kept-in-keyring",
                StorePlace::File | StorePlace::Memory => "login-kept-in-file",
            };
            lines.say(&Message::new(kept));
            if self.replaced {
                lines.say(&Message::new("login-replaced"));
            }
        })
    }

    fn object(&self) -> Value {
        let account = &self.account;
        let store = if self.place == StorePlace::Keyring { "keyring" } else { "file" };
        json!({
            "id": account.id,
            "instance": self.instance,
            "user": { "id": account.id, "name": account.name, "email": account.email },
            "via": account.via,
            "token": { "name": account.token_name, "expires_at": account.expires_at },
            "store": store,
            "replaced": self.replaced,
        })
    }
}
