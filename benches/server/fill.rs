//! Filling a database by SQL: as many rows in every table as are wanted, and
//! among them codes and tokens that the script knows. Their secret part is
//! their number in letters, `k` before it.

use std::path::Path;

use crewmesh::secret::Secret;
use crewmesh::server::domain::scopes::of_account;
use crewmesh::server::store::{hash, storage_key};

use crate::support::postgres::{Cluster, Made};

/// Sessions and codes that are known at most.
const KNOWN: usize = 200_000;

/// How many of `rows` sessions are known, and how many of as many codes.
pub fn known(rows: usize) -> usize {
    rows.min(KNOWN)
}

/// How many of the known codes are approved and can be claimed: the last of
/// them, where there are many.
pub fn approved(rows: usize) -> usize {
    if known(rows) == KNOWN { KNOWN / 4 } else { 0 }
}

/// A row of a table for each whole number `n.i`. `:random` are 64 characters,
/// `:now` milliseconds.
const ROWS: [&str; 11] = [
    "INSERT INTO accounts (id, name, email, email_key, password, admin, created_at)
     SELECT 'f' || i, 'Ana', 'a' || i, 'a' || i, ':password', 0, :now FROM n",
    "INSERT INTO web_sessions (id, token_hash, account_id, created_at, last_used_at, expires_at)
     SELECT 'f' || i, :random, 'f' || i, :now, :now, :now + 86400000 FROM n",
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
    "INSERT INTO service_clients (id, secret_hash, scopes, redirect_uris, created_by, created_at)
     SELECT 'f' || i, :random, 'profile:read', '', 'f' || i, :now FROM n",
    "INSERT INTO authorization_codes (id, code_hash, client_id, account_id, redirect_uri, scopes,
        challenge, created_at, expires_at)
     SELECT 'f' || i, :random, 'f' || i, 'f' || i, 'http://127.0.0.1/', 'profile:read', :random,
        :now, :now + 86400000 FROM n",
];

/// The same for those that nobody knows.
const UNKNOWN: [&str; 2] = [
    "INSERT INTO credentials (id, kind, token_hash, account_id, client_id, name, os, arch, scopes,
        last_four, created_at, last_used_at, expires_at, ends_at)
     SELECT 'f' || i, 'session', :random, 'f' || i, 'crewmesh', 'laptop', 'linux', 'x86_64',
        'profile:read', 'aaaa', :now, :now, :now + 7776000000, :now + 7776000000 FROM n",
    "INSERT INTO device_codes (id, code_hash, user_code_mac, client_id, scopes, device_name,
        device_os, device_arch, status, account_id, created_at, expires_at, settled_at)
     SELECT 'f' || i, '0000000000' || :random, substr(:random, 1, 16), 'crewmesh', 'profile:read',
        'laptop', 'linux', 'x86_64', 'approved', 'f' || i, :now - 86400000, :now - 86000000, :now - 86300000 FROM n",
];

/// The password of each account, and what is kept of it: cheap to check.
pub const PASSWORD: &str = "a long enough one";
pub const PASSWORD_HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$\
    tvzSDgbxaQZ6vb972gTNWEgZo/x7IpQgZwbbI8wUu1w";

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

/// And for the known ones: `:hash` is that of the token or code, `:scopes` all
/// that a person may do.
const BY_HASH: [(&str, &str); 2] = [
    (
        "cm_session_",
        "INSERT INTO credentials (id, kind, token_hash, account_id, client_id, name, os, arch,
            scopes, last_four, created_at, last_used_at, expires_at, ends_at)
         SELECT 'k' || i, 'session', :hash, 'f' || (i % 1000), 'crewmesh', 'laptop', 'linux',
            'x86_64', ':scopes', 'aaaa', :now, :now + 3000000, :now + 7776000000,
            :now + 7776000000 FROM n",
    ),
    (
        "cm_dc_",
        "INSERT INTO device_codes (id, code_hash, user_code_mac, client_id, scopes, device_name,
            device_os, device_arch, status, account_id, settled_at, created_at, expires_at)
         SELECT 'k' || i, :hash, substr(:random, 1, 16), 'crewmesh', 'profile:read', 'laptop', 'linux', 'x86_64',
            CASE WHEN i < :pending THEN 'pending' ELSE 'approved' END,
            CASE WHEN i < :pending THEN NULL ELSE 'f' || (i % 1000) END,
            CASE WHEN i < :pending THEN NULL ELSE :now END, :now, :now + 86400000 FROM n",
    ),
];

fn sentence(text: &str, numbers: std::ops::Range<usize>, random: &str, now: i64) -> String {
    let first = numbers.start;
    let numbers = format!(
        "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {}) \
         SELECT",
        numbers.end
    );
    // The first SELECT of each: what it is made of follows.
    text.replacen("SELECT", &numbers, 1)
        .replace(":password", PASSWORD_HASH)
        .replace(":random", random)
        .replace(":now", &now.to_string())
}

/// Fills the SQLite file at `path`, whose server is stopped.
pub fn sqlite(path: &Path, rows: usize, now: i64) {
    let random = "lower(hex(randomblob(32)))";
    let (known, pending) = (known(rows), known(rows) - approved(rows));
    let mut file = rusqlite::Connection::open(path).expect("a database");
    file.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -2000000;").expect("known");
    let transaction = file.transaction().expect("nobody else is there");
    let put = |text: &str, numbers| {
        transaction.execute(&sentence(text, numbers, random, now), []).expect(text);
    };
    for text in ROWS {
        put(text, 0..rows);
    }
    for (prefix, text) in BY_HASH {
        let kept = if text.contains("device_codes") { storage_key } else { hash };
        let one = text.replace(" FROM n", "").replace("'k' || i", "'k' || ?1");
        let one = one.replace("(i % 1000)", "(?1 % 1000)").replace("i < :pending", "?1 < :pending");
        let one = one
            .replace(":scopes", &of_account(false))
            .replace(":hash", "?2")
            .replace(":pending", &pending.to_string());
        let one = one.replace(":random", random).replace(":now", &now.to_string());
        let mut insert = transaction.prepare(&one).expect(&one);
        for number in 0..known {
            let hashed = kept(&Secret::new(format!("{prefix}{}", letters(number))));
            insert.execute((i64::try_from(number).expect("small"), hashed)).expect("unique");
        }
    }
    if rows > known {
        for text in UNKNOWN {
            put(text, known..rows);
        }
    }
    transaction.commit().expect("there is room");
    file.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);").expect("nobody else is there");
}

/// Fills a PostgreSQL database.
pub fn postgres(cluster: &Cluster, made: &Made, rows: usize, now: i64) {
    let random = "md5(random()::text) || md5(random()::text)";
    let (known, pending) = (known(rows), known(rows) - approved(rows));
    let fill = |text: &str, numbers| {
        drop(cluster.ask_of(&made.name, &sentence(text, numbers, random, now)));
    };
    for text in ROWS {
        fill(text, 0..rows);
    }
    for (prefix, text) in BY_HASH {
        let letters = "lpad(translate(i::text, '0123456789', 'abcdefghij'), 52, 'k')";
        // The first letters of a code say when it was made.
        let made = if text.contains("device_codes") { "kkkkkkkkkk" } else { "" };
        let hashed = format!(
            "'{made}' || encode(sha256(convert_to('{prefix}' || {letters}, 'UTF8')), 'hex')"
        );
        let text = text
            .replace(":scopes", &of_account(false))
            .replace(":hash", &hashed)
            .replace(":pending", &pending.to_string());
        fill(&text, 0..known);
    }
    if rows > known {
        for text in UNKNOWN {
            fill(text, known..rows);
        }
    }
    drop(cluster.ask_of(&made.name, "VACUUM ANALYZE"));
}
