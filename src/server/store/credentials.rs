//! Sessions, those of agents, personal access tokens and service clients' tokens: one
//! table, because a request does not care which of them it came with.

use super::accounts::Account;
use super::handle::Store;
use super::ids::{hash, new_id};
use crate::secret::{Secret, TokenKind};
use crate::server::db::{DbResult, Page, Row, Rows, Tx, Value, values};
use crate::server::domain::resource::Resource;
use crate::wire::Via;

/// What sort of credential it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A signed-in device.
    Session,
    /// A code agent's that such a device started.
    Agent,
    /// A personal access token.
    Pat,
    /// A service client's own.
    Service,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Agent => "agent",
            Self::Pat => "pat",
            Self::Service => "service",
        }
    }

    /// The word of what is listed and ended with it: a device's agents.
    fn with(self) -> &'static str {
        match self {
            Self::Session => Self::Agent.word(),
            other => other.word(),
        }
    }

    /// How a request with it is called on the wire.
    pub fn via(self) -> Via {
        match self {
            Self::Session => Via::Session,
            Self::Agent => Via::Agent,
            Self::Pat => Via::Pat,
            Self::Service => Via::Service,
        }
    }
}

/// A credential as it is kept. Times are Unix milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Opaque.
    pub id: String,
    /// What sort.
    pub kind: Kind,
    /// Whose.
    pub account_id: String,
    /// Which client asked for it.
    pub client_id: String,
    /// The device's name, or what the person called it.
    pub name: String,
    /// The device's operating system.
    pub os: String,
    /// The device's architecture.
    pub arch: String,
    /// Where it was made from.
    pub ip: Option<String>,
    /// Space-separated.
    pub scopes: String,
    /// What it is good for.
    pub resource: Resource,
    /// Of the token.
    pub last_four: String,
    /// When it was made.
    pub created_at: i64,
    /// When it was last used, to about five minutes.
    pub last_used_at: Option<i64>,
    /// When it ends; `None` is never.
    pub expires_at: Option<i64>,
    /// When it ends however much it is used.
    pub ends_at: Option<i64>,
    /// Whether it was shown by a token of an hour: then that is what ends at
    /// `expires_at`, and what `scopes` and `resource` are of.
    pub is_renewed: bool,
}

/// A credential to be.
#[derive(Clone, Debug)]
pub struct NewCredential {
    /// What sort.
    pub kind: Kind,
    /// Whose.
    pub account_id: String,
    /// Which client asked for it.
    pub client_id: String,
    /// The device's name, or what the person called it.
    pub name: String,
    /// The device's operating system.
    pub os: String,
    /// The device's architecture.
    pub arch: String,
    /// Where it is made from.
    pub ip: Option<String>,
    /// Space-separated.
    pub scopes: String,
    /// What it is good for.
    pub resource: Resource,
    /// When it ends; `None` is never.
    pub expires_at: Option<i64>,
    /// When it ends however much it is used.
    pub ends_at: Option<i64>,
    /// The session that it ends with.
    pub parent_id: Option<String>,
}

/// A live credential of a list.
#[derive(Clone, Debug)]
pub struct ListedCredential {
    pub credential: Credential,
    /// The name of the program that has it.
    pub program: String,
    /// The session that it ends with.
    pub parent_id: Option<String>,
}

const BY_TOKEN: &str =
    "SELECT c.id, c.kind, c.account_id, c.client_id, c.name, c.os, c.arch, c.ip, c.scopes, c.resource, c.last_four,
        c.created_at, c.last_used_at, c.expires_at, c.ends_at,
        a.name AS account_name, a.email, a.admin, a.created_at AS account_created_at
    FROM credentials c JOIN accounts a ON a.id = c.account_id
    WHERE c.token_hash = $1 AND c.revoked_at IS NULL";

const BY_ACCESS_TOKEN: &str =
    "SELECT c.id, c.kind, c.account_id, c.client_id, c.name, c.os, c.arch, c.ip, t.scopes,
        t.resource, c.last_four, t.created_at, c.last_used_at, t.expires_at,
        CAST(NULL AS BIGINT) AS ends_at,
        a.name AS account_name, a.email, a.admin, a.created_at AS account_created_at
    FROM access_tokens t JOIN credentials c ON c.id = t.credential_id
        JOIN accounts a ON a.id = c.account_id
    WHERE t.token_hash = $1 AND c.revoked_at IS NULL AND c.expires_at > $2";

const INSERT: &str =
    "INSERT INTO credentials (id, kind, token_hash, account_id, client_id, name, os, arch,
        ip, scopes, resource, last_four, created_at, expires_at, ends_at, parent_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";

impl NewCredential {
    fn values(&self, id: &str, token: &Secret, now: i64) -> Vec<Value> {
        values![
            id,
            self.kind.word(),
            hash(token),
            &self.account_id,
            &self.client_id,
            &self.name,
            &self.os,
            &self.arch,
            self.ip.as_deref(),
            &self.scopes,
            self.resource.word(),
            token.last_four(),
            now,
            self.expires_at,
            self.ends_at,
            self.parent_id.as_deref(),
        ]
    }
}

/// Keeps a credential whose token is `token`.
pub async fn insert(
    tx: &mut Tx,
    token: &Secret,
    new: NewCredential,
    now: i64,
) -> DbResult<Credential> {
    let id = new_id(now);
    tx.execute(INSERT, new.values(&id, token, now)).await?;
    let NewCredential {
        kind,
        account_id,
        client_id,
        name,
        os,
        arch,
        ip,
        scopes,
        resource,
        expires_at,
        ends_at,
        parent_id: _,
    } = new;
    Ok(Credential {
        id,
        kind,
        account_id,
        client_id,
        name,
        os,
        arch,
        ip,
        scopes,
        resource,
        last_four: token.last_four(),
        created_at: now,
        last_used_at: None,
        expires_at,
        ends_at,
        is_renewed: false,
    })
}

impl Store {
    /// The live credential with this token and the account it belongs to.
    /// Writes nothing.
    pub async fn credential(
        &self,
        token: &Secret,
        now: i64,
    ) -> DbResult<Option<(Credential, Account)>> {
        let live = |credential: &Credential| credential.expires_at.is_none_or(|end| end > now);
        let found = match TokenKind::of(token.expose()) {
            Ok(TokenKind::Access) => {
                let found =
                    self.db.one(BY_ACCESS_TOKEN, values![hash(token), now], read_with_account);
                found
                    .await?
                    .map(|(session, account)| (Credential { is_renewed: true, ..session }, account))
            }
            // Good for nothing but the next one.
            Ok(TokenKind::Refresh) => None,
            _ => self.db.one(BY_TOKEN, values![hash(token)], read_with_account).await?,
        };
        Ok(found.filter(|(credential, _)| live(credential)))
    }

    /// Writes down that a credential was used, and until when it lives where that
    /// was moved.
    pub async fn touch_credential(
        &self,
        id: &str,
        used_at: i64,
        moved_to: Option<i64>,
    ) -> DbResult<()> {
        let sql = "UPDATE credentials SET last_used_at = $2,
                expires_at = COALESCE($3, expires_at) WHERE id = $1";
        self.db.execute(sql, values![id, used_at, moved_to]).await?;
        Ok(())
    }

    /// The live credentials of an account, newest first; with its sessions those of
    /// their agents.
    pub async fn credentials(
        &self,
        account_id: &str,
        kind: Kind,
        page: &Page,
        now: i64,
    ) -> DbResult<Rows<ListedCredential>> {
        let sql = "SELECT id, kind, account_id, client_id, name, os, arch, ip, scopes, resource,
                last_four, created_at, last_used_at, expires_at, ends_at, parent_id, COALESCE(
                    (SELECT a.name FROM accounts a WHERE a.id = credentials.client_id),
                    (SELECT NULLIF(d.name, '') FROM dynamic_clients d
                        WHERE d.id = credentials.client_id), client_id) AS program
             FROM credentials
             WHERE account_id = $1 AND kind IN ($2, $6) AND id < $3 AND revoked_at IS NULL
                AND (expires_at IS NULL OR expires_at > $4)
             ORDER BY id DESC LIMIT $5";
        let (kind, with) = (kind.word(), kind.with());
        let rows = (sql, values![account_id, kind, page.before(), now, page.fetch(), with]);
        let sql = "SELECT COUNT(*) FROM credentials WHERE account_id = $1 AND kind IN ($2, $4)
                AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3)";
        let total = (sql, values![account_id, kind, now, with]);
        let read = |row: &Row<'_>| {
            let (program, parent_id) = (row.get("program")?, row.get("parent_id")?);
            Ok(ListedCredential { credential: read(row)?, program, parent_id })
        };
        self.db.page(page, rows, total, read, |listed| &listed.credential.id).await
    }
}

impl Store {
    /// Whether the account of the credential with this id is in a mesh; `None` where
    /// the credential lives no more.
    pub async fn credential_has_seat(
        &self,
        id: &str,
        mesh_id: &str,
        now: i64,
    ) -> DbResult<Option<bool>> {
        let sql = "SELECT m.account_id FROM credentials c
             LEFT JOIN members m ON m.mesh_id = $2 AND m.account_id = c.account_id
             WHERE c.id = $1 AND c.revoked_at IS NULL
                AND (c.expires_at IS NULL OR c.expires_at > $3)";
        let read = |row: &Row<'_>| Ok(row.get::<Option<String>>(0)?.is_some());
        self.db.one(sql, values![id, mesh_id, now], read).await
    }
}

/// Whether whoever a live credential belongs to runs the instance, and what the
/// credential may do; `None` where it lives no more. It stays so to the end of
/// the transaction.
pub async fn live(tx: &mut Tx, id: &str, now: i64) -> DbResult<Option<(bool, String)>> {
    let sql = "SELECT a.admin, c.scopes FROM credentials c JOIN accounts a ON a.id = c.account_id
         WHERE c.id = $1 AND c.revoked_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > $2)";
    tx.one_for_share(sql, values![id, now], |row| Ok((row.flag("admin")?, row.get("scopes")?)))
        .await
}

/// When the live agents of a session end, the soonest first.
pub async fn agents_end(tx: &mut Tx, session_id: &str, now: i64) -> DbResult<Vec<i64>> {
    let sql = "SELECT expires_at FROM credentials
         WHERE parent_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY expires_at";
    tx.list(sql, values![session_id, now], |row| row.get(0)).await
}

/// Revokes a credential of an account, a session with its agents; says whether there was
/// a live one.
pub async fn revoke(
    tx: &mut Tx,
    account_id: &str,
    kind: Kind,
    id: &str,
    now: i64,
) -> DbResult<bool> {
    let sql = "UPDATE credentials SET revoked_at = $4
         WHERE id = $1 AND account_id = $2 AND kind IN ($3, $5) AND revoked_at IS NULL";
    let values = values![id, account_id, kind.word(), now, kind.with()];
    let was_live = tx.execute(sql, values).await? > 0;
    if was_live && kind == Kind::Session {
        let sql = "UPDATE credentials SET revoked_at = $2
             WHERE parent_id = $1 AND revoked_at IS NULL";
        tx.execute(sql, values![id, now]).await?;
    }
    Ok(was_live)
}

fn read(row: &Row<'_>) -> DbResult<Credential> {
    Ok(Credential {
        id: row.get("id")?,
        kind: match row.get::<String>("kind")?.as_str() {
            "agent" => Kind::Agent,
            "pat" => Kind::Pat,
            "service" => Kind::Service,
            _ => Kind::Session,
        },
        account_id: row.get("account_id")?,
        client_id: row.get("client_id")?,
        name: row.get("name")?,
        os: row.get("os")?,
        arch: row.get("arch")?,
        ip: row.get("ip")?,
        scopes: row.get("scopes")?,
        resource: Resource::of_word(row.get::<Option<String>>("resource")?.as_deref()),
        last_four: row.get("last_four")?,
        created_at: row.get("created_at")?,
        last_used_at: row.get("last_used_at")?,
        expires_at: row.get("expires_at")?,
        ends_at: row.get("ends_at")?,
        is_renewed: false,
    })
}

/// The same, and the account it belongs to.
pub(super) fn read_with_account(row: &Row<'_>) -> DbResult<(Credential, Account)> {
    let credential = read(row)?;
    let account = Account {
        id: credential.account_id.clone(),
        name: row.get("account_name")?,
        email: row.get("email")?,
        password: None,
        admin: row.flag("admin")?,
        created_at: row.get("account_created_at")?,
    };
    Ok((credential, account))
}
