//! Filling a database by SQL: as many rows in every table as are wanted, and
//! among them codes and tokens that the script knows. Their secret part is
//! their number in letters, `k` before it.

use std::path::Path;

use crewmesh::secret::Secret;
use crewmesh::server::store::hash;

use crate::support::postgres::{Made, cluster};

/// Sessions whose token is known.
pub const TOKENS: usize = 1_000;

/// Pending codes that are known: one poll each within five seconds, at 40,000
/// polls a second.
pub const CODES: usize = 200_000;

/// One row of each table, of the whole numbers `n.i` below `:rows`; `:random`
/// are 64 characters, `:now` milliseconds.
const ROWS: &[&str] = &[
    "INSERT INTO accounts (id, name, email, email_key, admin, created_at)
     SELECT 'f' || i, 'Ana', 'a' || i, 'a' || i, 0, :now FROM n",
    "INSERT INTO web_sessions (id, token_hash, account_id, created_at, last_used_at, expires_at)
     SELECT 'f' || i, :random, 'f' || i, :now, :now, :now + 86400000 FROM n",
    "INSERT INTO credentials (id, kind, token_hash, account_id, client_id, name, os, arch, scopes,
        last_four, created_at, last_used_at, expires_at, ends_at)
     SELECT 'f' || i, 'session', :random, 'f' || i, 'crewmesh', 'laptop', 'linux', 'x86_64',
        'profile:read', 'aaaa', :now, :now, :now + 7776000000, :now + 7776000000 FROM n",
    "INSERT INTO device_codes (id, code_hash, user_code_mac, client_id, scopes, device_name,
        device_os, device_arch, status, account_id, created_at, expires_at, settled_at)
     SELECT 'f' || i, :random, :random, 'crewmesh', 'profile:read', 'laptop', 'linux', 'x86_64',
        'approved', 'f' || i, :now - 86400000, :now - 86000000, :now - 86300000 FROM n",
    "INSERT INTO meshes (id, name, slug, created_by, created_at, member_count)
     SELECT 'f' || i, 'Mesh', 's' || i, 'f' || i, :now, 1 FROM n",
    "INSERT INTO members (mesh_id, account_id, role, joined_at)
     SELECT 'f' || i, 'f' || i, 'admin', :now FROM n",
    "INSERT INTO invites (id, mesh_id, code_hash, role, created_by, created_at, expires_at,
        max_uses, uses)
     SELECT 'f' || i, 'f' || i, :random, 'member', 'f' || i, :now, :now + 86400000, 1, 0 FROM n",
    "INSERT INTO machines (id, account_id, anchor, name, slug, os, arch, created_at)
     SELECT 'f' || i, 'f' || i, :random, 'laptop', 'laptop', 'linux', 'x86_64', :now FROM n",
    "INSERT INTO machine_locations (machine_id, since, location)
     SELECT 'f' || i, :now, 'de' FROM n",
    "INSERT INTO audit (id, ts, actor, via, action, target, meta)
     SELECT 'f' || i, :now, 'f' || i, 'web', 'mesh.created', 'f' || i, '{}' FROM n",
    "INSERT INTO limits (subject, window_began, misses, blocks, blocked_until)
     SELECT 'f' || i, :now, 1, 0, 0 FROM n",
];

/// The token of the session `number`.
pub fn token(number: usize) -> Secret {
    Secret::new(format!("cm_session_{}", letters(number)))
}

/// The device code `number`.
pub fn code(number: usize) -> Secret {
    Secret::new(format!("cm_dc_{}", letters(number)))
}

fn letters(number: usize) -> String {
    let shift = |digit: u8| char::from(digit - b'0' + b'a');
    let text: String = number.to_string().bytes().map(shift).collect();
    format!("{text:k>52}")
}

fn sentence(text: &str, rows: usize, random: &str, now: i64) -> String {
    let numbers =
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :last) SELECT";
    // The first SELECT of each: what it is made of follows.
    text.replacen("SELECT", numbers, 1)
        .replace(":last", &(rows - 1).to_string())
        .replace(":random", random)
        .replace(":now", &now.to_string())
}

/// The same for the known ones: `:token` and `:code` are their hashes.
const KNOWN: [&str; 2] = [
    "INSERT INTO credentials (id, kind, token_hash, account_id, client_id, name, os, arch, scopes,
        last_four, created_at, last_used_at, expires_at, ends_at)
     SELECT 'k' || i, 'session', :hash, 'f' || i, 'crewmesh', 'laptop', 'linux', 'x86_64',
        'profile:read', 'aaaa', :now, :now + 3000000, :now + 7776000000, :now + 7776000000 FROM n",
    "INSERT INTO device_codes (id, code_hash, user_code_mac, client_id, scopes, device_name,
        device_os, device_arch, status, created_at, expires_at)
     SELECT 'k' || i, :hash, :random, 'crewmesh', 'profile:read', 'laptop', 'linux', 'x86_64',
        'pending', :now, :now + 86400000 FROM n",
];

/// Fills the SQLite file at `path`, whose server is stopped.
pub fn sqlite(path: &Path, rows: usize, now: i64) {
    let random = "lower(hex(randomblob(32)))";
    let mut file = rusqlite::Connection::open(path).expect("a database");
    file.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000;").expect("known");
    let transaction = file.transaction().expect("nobody else is there");
    for text in ROWS {
        transaction.execute(&sentence(text, rows, random, now), []).expect(text);
    }
    for (text, prefix, count) in [(KNOWN[0], "cm_session_", TOKENS), (KNOWN[1], "cm_dc_", CODES)] {
        let one = text.replace(" FROM n", "").replace("'f' || i", "'f' || (?1 % 1000)");
        let one = one.replace("'k' || i", "'k' || ?1").replace(":hash", "?2");
        let one = one.replace(":random", random).replace(":now", &now.to_string());
        let mut insert = transaction.prepare(&one).expect(&one);
        for number in 0..count {
            let hashed = hash(&Secret::new(format!("{prefix}{}", letters(number))));
            insert.execute((i64::try_from(number).expect("small"), hashed)).expect("unique");
        }
    }
    transaction.commit().expect("there is room");
    file.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); ANALYZE;").expect("nobody else is there");
}

/// Fills a PostgreSQL database.
pub fn postgres(made: &Made, rows: usize, now: i64) {
    let random = "md5(random()::text) || md5(random()::text)";
    let ask = |sql: &str| drop(cluster().ask_of(&made.name, sql));
    for text in ROWS {
        ask(&sentence(text, rows, random, now));
    }
    for (text, prefix, count) in [(KNOWN[0], "cm_session_", TOKENS), (KNOWN[1], "cm_dc_", CODES)] {
        let letters = "lpad(translate(i::text, '0123456789', 'abcdefghij'), 52, 'k')";
        let hashed = format!("encode(sha256(convert_to('{prefix}' || {letters}, 'UTF8')), 'hex')");
        let text = text.replace(":hash", &hashed).replace("'f' || i", "'f' || (i % 1000)");
        ask(&sentence(&text, count, random, now));
    }
    ask("VACUUM ANALYZE");
}
