//! What an account's plan has room for, counted inside the transaction that
//! adds one more. Asked of nobody where the operator named no plan.

use sqlx::{AnyConnection, Row};

use super::audit::{self, Event};
use super::members::advisory_lock;
use super::{DbResult, Store, count};
use crate::server::domain::plans::{Bound, Full, Plans};

/// The plan of an account, and how much of something it has.
const MESHES: &str = "SELECT a.plan, (SELECT COUNT(*) FROM meshes WHERE created_by = a.id)
    FROM accounts a WHERE a.id = $1";

const MACHINES: &str = "SELECT a.plan, (SELECT COUNT(*) FROM machines WHERE account_id = a.id)
    FROM accounts a WHERE a.id = $1";

/// Of whoever made the mesh.
const MEMBERS: &str = "SELECT a.plan, m.member_count
    FROM meshes m JOIN accounts a ON a.id = m.created_by WHERE m.id = $1";

impl Store {
    /// The same database with these plans.
    #[must_use]
    pub fn on_plans(mut self, plans: Plans) -> Self {
        self.plans = plans.into();
        self
    }

    /// What the plan is called that an account put on `held` is on; nothing
    /// where there are none.
    pub(super) fn plan_name(&self, held: Option<&str>) -> Option<String> {
        self.plans.of(held).map(|plan| plan.name.clone())
    }

    /// Whether there is room for one more, of an account or (for members) of a
    /// mesh.
    pub(super) async fn full(
        &self,
        transaction: &mut AnyConnection,
        bound: Bound,
        id: &str,
    ) -> DbResult<Option<Full>> {
        if self.plans.is_empty() {
            return Ok(None);
        }
        let asked = match bound {
            Bound::Meshes => MESHES,
            Bound::Machines => MACHINES,
            Bound::Members => {
                advisory_lock(&mut *transaction, id).await?;
                MEMBERS
            }
        };
        let row = sqlx::query(asked).bind(id).fetch_optional(&mut *transaction).await?;
        let Some(row) = row else { return Ok(None) };
        let held: Option<String> = row.try_get(0)?;
        Ok(self.plans.full(held.as_deref(), bound, count(row.try_get(1)?)))
    }

    /// Puts an account on a plan; says whether there is such a person.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn set_plan(
        &self,
        account_id: &str,
        plan: &str,
        event: &Event,
        now: i64,
    ) -> DbResult<bool> {
        let mut transaction = self.begin().await?;
        let set = sqlx::query("UPDATE accounts SET plan = $2 WHERE id = $1 AND service = 0")
            .bind(account_id)
            .bind(plan)
            .execute(&mut *transaction)
            .await?
            .rows_affected();
        if set == 0 {
            return Ok(false);
        }
        audit::write(&mut transaction, event, now).await?;
        transaction.commit().await?;
        Ok(true)
    }
}
