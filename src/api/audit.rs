//! What was done: `/api/my/audit`, `/api/admin/audit`.

use crate::api::Client;
use crate::error::AppError;
use crate::wire::AuditEvent;

impl Client {
    /// What the account did, newest first, at most `most` events.
    pub async fn audit(&self, most: usize) -> Result<Vec<AuditEvent>, AppError> {
        self.list_up_to(most, &["api", "my", "audit"]).await
    }

    /// What everybody did, for whoever runs the instance.
    ///
    /// # Errors
    /// `insufficient_scope`; those of every route.
    pub async fn audit_of_all(&self, most: usize) -> Result<Vec<AuditEvent>, AppError> {
        self.list_up_to(most, &["api", "admin", "audit"]).await
    }
}
