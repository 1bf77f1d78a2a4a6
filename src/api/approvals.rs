//! A second signed-in terminal answers the first: `crewmesh approve CODE`.
//! The server takes a session's token only, never a personal access token.

use reqwest::Method;

use crate::api::refusal::Subject;
use crate::api::{Client, segment};
use crate::error::AppError;
use crate::wire::{ApprovalCard, StepUp, WaitingCode};

impl Client {
    /// The codes that wait for whoever's token this is to answer them, newest first.
    ///
    /// # Errors
    /// `step_up_required` for anything but a session; those of every route.
    pub async fn waiting_codes(&self) -> Result<Vec<WaitingCode>, AppError> {
        self.list(&["api", "auth", "cli", "device-codes"], &[]).await
    }

    /// What is known of the device that shows this code.
    ///
    /// # Errors
    /// Not found, settled already, expired; those of every route.
    pub async fn card(&self, user_code: &str) -> Result<ApprovalCard, AppError> {
        let path = ["api", "auth", "cli", "device-code", segment(user_code)?, "card"];
        self.about(Subject::Code).get(&path, &[]).await
    }

    /// Lets that device sign in as the person whose token this is, who shows by
    /// `step_up` that they are there.
    ///
    /// # Errors
    /// `step_up_required` for anything but a session; `password_required`,
    /// `one_time_code_required`, `second_factor_required` and `page_required` where
    /// the session is not enough; `wrong_password`, `wrong_one_time_code`; not
    /// found, settled already, expired; those of every route.
    pub async fn approve(&self, user_code: &str, step_up: StepUp) -> Result<(), AppError> {
        self.settle(user_code, "approve", step_up).await
    }

    /// Turns that device away.
    ///
    /// # Errors
    /// As for [`Client::approve`].
    pub async fn deny(&self, user_code: &str) -> Result<(), AppError> {
        self.settle(user_code, "deny", StepUp::default()).await
    }

    async fn settle(
        &self,
        user_code: &str,
        verdict: &str,
        step_up: StepUp,
    ) -> Result<(), AppError> {
        let path = ["api", "auth", "cli", "device-code", segment(user_code)?, verdict];
        self.about(Subject::Code).act(Method::POST, &path, Some(&step_up)).await
    }
}
