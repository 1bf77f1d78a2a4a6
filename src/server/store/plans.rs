//! What an account's plan has room for, counted inside the transaction that
//! adds one more. Asked of nobody where the operator named no plan.

use crate::server::db::{DbResult, Tx, count, values};
use crate::server::denied::Denied;
use crate::server::domain::plans::{Bound, Plans};

/// The plan of an account, and how much of something it has.
const MESHES: &str = "SELECT a.plan, (SELECT COUNT(*) FROM meshes WHERE created_by = a.id)
    FROM accounts a WHERE a.id = $1";

const MACHINES: &str = "SELECT a.plan, (SELECT COUNT(*) FROM machines WHERE account_id = a.id)
    FROM accounts a WHERE a.id = $1";

/// Of whoever made the mesh.
const MEMBERS: &str = "SELECT a.plan, m.member_count
    FROM meshes m JOIN accounts a ON a.id = m.created_by WHERE m.id = $1";

/// Puts an account on a plan; says whether there is such a person.
pub async fn set(tx: &mut Tx, account_id: &str, plan: &str) -> DbResult<bool> {
    let sql = "UPDATE accounts SET plan = $2 WHERE id = $1 AND service = 0";
    Ok(tx.execute(sql, values![account_id, plan]).await? > 0)
}

/// Refuses one more where there is no room for it: of an account or, for
/// members, of a mesh. The caller has locked whichever it is.
///
/// # Errors
/// [`Denied::PlanFull`], or the database's.
pub async fn require_room(
    tx: &mut Tx,
    plans: &Plans,
    bound: Bound,
    id: &str,
) -> Result<(), Denied> {
    if plans.is_empty() {
        return Ok(());
    }
    let sql = match bound {
        Bound::Meshes => MESHES,
        Bound::Machines => MACHINES,
        Bound::Members => MEMBERS,
    };
    let row = tx.one(sql, values![id], |row| Ok((row.get(0)?, count(row.get(1)?)))).await?;
    let row: Option<(Option<String>, u64)> = row;
    match row.and_then(|(plan, used)| plans.full(plan.as_deref(), bound, used)) {
        Some(full) => Err(Denied::PlanFull(full)),
        None => Ok(()),
    }
}
