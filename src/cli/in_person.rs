//! What only a person may do, and how they show that they are there.

use super::context::{CommandContext, SignedIn};
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, printable};
use crate::model::{Access, Place};
use crate::secret::is_session;
use crate::wire::StepUp;

/// How often a password is asked for, and how often a code.
const TRIES: usize = 3;

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

    /// Runs `act` without a proof that the person is there, and where the server
    /// asks for their password or for a code of their second factor, with what they
    /// type. `page` is where it is done by whoever has no password.
    ///
    /// # Errors
    /// Those of `act`.
    pub async fn stepping_up<T>(
        &self,
        signed_in: &SignedIn<'_>,
        page: &str,
        mut act: impl AsyncFnMut(StepUp) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        let mut step_up = StepUp::default();
        let (mut passwords, mut codes) = (0, 0);
        loop {
            let error = match act(step_up.clone()).await {
                Err(error) => error,
                done => return done,
            };
            let (question, tries) = match error.code.as_str() {
                "password_required" => ("step-up-ask", &mut passwords),
                "wrong_password" => ("step-up-ask-again", &mut passwords),
                "one_time_code_required" => ("step-up-code-ask", &mut codes),
                "wrong_one_time_code" => ("step-up-code-ask-again", &mut codes),
                "page_required" => return Err(with_page(error, signed_in, page)),
                "second_factor_required" => {
                    return Err(with_page(error, signed_in, "/settings/second-factor"));
                }
                _ => return Err(error),
            };
            if *tries == TRIES {
                return Err(error);
            }
            *tries += 1;
            let is_code = question.starts_with("step-up-code");
            let question = Message::new(question).with("instance", printable(signed_in.instance()));
            let typed = self.hidden(&question).await?;
            if typed.is_empty() {
                let (code, message) = if is_code {
                    ("one_time_code_required", "step-up-code-not-given")
                } else {
                    ("password_required", "step-up-not-given")
                };
                return Err(AppError::new(ErrorKind::NotAllowed, code, Message::new(message)));
            }
            if is_code {
                step_up.one_time_code = Some(typed);
            } else {
                step_up.password = Some(typed);
            }
        }
    }
}

/// `error`, with the page of the instance where it is done.
fn with_page(error: AppError, signed_in: &SignedIn<'_>, page: &str) -> AppError {
    match &signed_in.access.instance.place {
        Place::At(base) => {
            let link = format!("{}{page}", base.as_str().trim_end_matches('/'));
            error.hint(Message::new("step-up-page").with("link", link))
        }
        Place::Embedded => error,
    }
}

fn step_up(message: Message) -> AppError {
    AppError::new(ErrorKind::NotAllowed, "step_up_required", message)
        .hint(Message::new("api-step-up-required-hint"))
}
