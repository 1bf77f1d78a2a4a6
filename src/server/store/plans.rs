//! What an account's plan has room for, counted inside the transaction that
//! adds one more. Asked of nobody where the operator named no plan.

use super::audit::Event;
use super::handle::Store;
use crate::server::db::{DbResult, Tx, count, values};
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
        let sql = "UPDATE accounts SET plan = $2 WHERE id = $1 AND service = 0";
        self.change(sql, values![account_id, plan], event, now).await
    }
}

/// Whether there is no room for one more, of an account or, for members, of a
/// mesh, whose row the caller has locked.
pub(super) async fn full(
    tx: &mut Tx,
    plans: &Plans,
    bound: Bound,
    id: &str,
) -> DbResult<Option<Full>> {
    if plans.is_empty() {
        return Ok(None);
    }
    let sql = match bound {
        Bound::Meshes => MESHES,
        Bound::Machines => MACHINES,
        Bound::Members => MEMBERS,
    };
    let row = tx.one(sql, values![id], |row| Ok((row.get(0)?, count(row.get(1)?)))).await?;
    let row: Option<(Option<String>, u64)> = row;
    Ok(row.and_then(|(plan, used)| plans.full(plan.as_deref(), bound, used)))
}
