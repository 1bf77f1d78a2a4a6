//! What only a person may do, and how they show that they are there.

use super::context::{CommandContext, SignedIn};
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, printable};
use crate::model::{Access, Place};
use crate::secret::{Secret, is_session};

/// How often a password is asked for.
const PASSWORDS: usize = 3;

impl CommandContext {
    /// Refuses where only a person may act: inside an agent that crewmesh
    /// started, with anything but a session, or where nobody can be asked.
    ///
    /// # Errors
    /// Exit code 7, `step_up_required`.
    pub fn only_a_person(&self, access: &Access) -> Result<(), AppError> {
        self.env.refuse_agents()?;
        if !is_session(&access.token) {
            return Err(step_up(Message::new("person-not-token")));
        }
        if !self.can_ask() {
            return Err(step_up(Message::new("person-no-terminal")));
        }
        Ok(())
    }

    /// Runs `act` without a password, and where the server asks for it, with the
    /// one that the person types. `page` is where it is done by whoever has none.
    ///
    /// # Errors
    /// Those of `act`.
    pub async fn stepping_up<T>(
        &self,
        signed_in: &SignedIn<'_>,
        page: &str,
        mut act: impl AsyncFnMut(Option<Secret>) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        let mut done = act(None).await;
        for _ in 0..PASSWORDS {
            let question = match done {
                Err(error) if error.code == "password_required" => "step-up-ask",
                Err(error) if error.code == "wrong_password" => "step-up-ask-again",
                Err(error) if error.code == "page_required" => {
                    return Err(match &signed_in.access.instance.place {
                        Place::At(base) => {
                            let link = format!("{}{page}", base.as_str().trim_end_matches('/'));
                            error.hint(Message::new("step-up-page").with("link", link))
                        }
                        Place::Embedded => error,
                    });
                }
                done => return done,
            };
            let question = Message::new(question).with("instance", printable(signed_in.instance()));
            let password = self.hidden(&question).await?;
            if password.expose().is_empty() {
                let message = Message::new("step-up-not-given");
                return Err(AppError::new(ErrorKind::NotAllowed, "password_required", message));
            }
            done = act(Some(password)).await;
        }
        done
    }
}

fn step_up(message: Message) -> AppError {
    AppError::new(ErrorKind::NotAllowed, "step_up_required", message)
        .hint(Message::new("api-step-up-required-hint"))
}
