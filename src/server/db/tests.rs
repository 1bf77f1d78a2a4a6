//! What every way of asking and writing promises, whichever database it is.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;

use super::database::Engine;
use super::{Db, DbResult, Row, values};
use crate::server::config::Database;
use crate::server::denied::Denied;

/// Notes a name, and then fails or does not.
async fn note(db: &Db, name: String, fails: bool) -> DbResult<u64> {
    db.write(async move |tx| {
        tx.lock(&name).await?;
        // The second before the first: numbers count, not places.
        let sql = "INSERT INTO instance (value, name) VALUES ($2, $1)";
        let noted = tx.execute(sql, values![&name, "noted"]).await?;
        if fails {
            tx.execute("INSERT INTO nowhere (name) VALUES ($1)", values![1]).await?;
        }
        Ok(noted)
    })
    .await
}

async fn opened(home: &Path) -> Db {
    Db::open(&Database::in_home(home), None).await.unwrap()
}

async fn noted(db: &Db) -> i64 {
    let sql = "SELECT COUNT(*) FROM instance WHERE value = $1";
    db.one(sql, values!["noted"], |row| row.get(0)).await.unwrap().unwrap()
}

#[tokio::test]
async fn what_fails_takes_nothing_with_it_of_those_it_shares_with() {
    let home = tempfile::tempdir().unwrap();
    let db = opened(home.path()).await;
    let writes = (0..600).map(|number| note(&db, format!("n{number}"), number % 3 == 0));
    let made = futures_util::future::join_all(writes).await;
    for (number, made) in made.iter().enumerate() {
        assert_eq!(made.as_ref().ok(), (number % 3 != 0).then_some(&1), "{number}: {made:?}");
    }
    assert_eq!(noted(&db).await, 400);
    db.close().await;
    assert!(db.execute("DELETE FROM instance", values![]).await.is_err());
}

/// A full disk can end a transaction in the middle.
#[tokio::test]
async fn what_comes_after_the_end_of_a_transaction_is_refused_and_not_kept() {
    let home = tempfile::tempdir().unwrap();
    let db = opened(home.path()).await;
    let sql = "INSERT INTO instance (value, name) VALUES ($2, $1)";
    let written = db.write(async move |tx| -> DbResult<()> {
        tx.execute(sql, values!["before", "noted"]).await?;
        tx.control("ROLLBACK").unwrap();
        assert!(tx.execute(sql, values!["after", "noted"]).await.is_err());
        Ok(())
    });
    assert!(written.await.unwrap_err().is_passing());
    assert_eq!(noted(&db).await, 0);
    assert_eq!(note(&db, "next".into(), false).await.unwrap(), 1);
}

#[tokio::test]
async fn a_panic_takes_nothing_with_it_either() {
    let home = tempfile::tempdir().unwrap();
    let db = opened(home.path()).await;
    let panics = db.write(async move |tx| {
        let sql = "INSERT INTO instance (name, value) VALUES ($1, $2)";
        tx.execute(sql, values!["panics", "noted"]).await?;
        assert!(sql.is_empty(), "on purpose");
        DbResult::Ok(())
    });
    // Joined, they are sent before the first of them is answered.
    let (before, panicked, after) =
        tokio::join!(note(&db, "before".into(), false), panics, note(&db, "after".into(), false));
    assert!(before.is_ok() && panicked.is_err() && after.is_ok(), "{panicked:?}");
    assert_eq!(noted(&db).await, 2);
    assert_eq!(note(&db, "later".into(), false).await.unwrap(), 1);
}

#[tokio::test]
async fn what_is_refused_is_answered_and_not_kept() {
    let home = tempfile::tempdir().unwrap();
    for database in [Database::Memory, Database::in_home(home.path())] {
        let db = Db::open(&database, None).await.unwrap();
        let answer = db.write(async |tx| {
            let sql = "INSERT INTO instance (name, value) VALUES ('a', 'noted')";
            let written = tx.execute(sql, values![]).await?;
            Err::<(), _>(Denied::NotFound(if written == 1 { "room" } else { "row" }))
        });
        let kept = note(&db, "b".into(), false);
        let (answer, kept) = tokio::join!(answer, kept);
        assert!(matches!(answer, Err(Denied::NotFound("room"))), "{answer:?}");
        assert_eq!((kept.unwrap(), noted(&db).await), (1, 1));
        db.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_writes_otherwise_gets_a_turn_among_many() {
    let home = tempfile::tempdir().unwrap();
    let db = opened(home.path()).await;
    let enough = Arc::new(AtomicBool::new(false));
    let crowd: Vec<_> = (0..20)
        .map(|one| {
            let (db, enough) = (db.clone(), enough.clone());
            tokio::spawn(async move {
                let mut number = 0;
                while !enough.load(Ordering::Relaxed) {
                    note(&db, format!("{one} {number}"), false).await.unwrap();
                    number += 1;
                }
                number
            })
        })
        .collect();
    for number in 0..20 {
        let sql = "INSERT INTO instance (name, value) VALUES ($1, 'otherwise')";
        db.execute(sql, values![number.to_string()]).await.unwrap();
    }
    enough.store(true, Ordering::Relaxed);
    let mut all = 0;
    for one in crowd {
        all += one.await.unwrap();
    }
    assert_eq!(noted(&db).await, all);
}

#[tokio::test]
async fn what_cannot_be_read_on_the_spot_is_read_by_another_thread() {
    let home = tempfile::tempdir().unwrap();
    let file = Database::in_home(home.path());
    let sql = "SELECT name, value FROM instance WHERE name = $1";
    let read = |row: &Row<'_>| row.get::<String>("value");
    for database in [Database::Memory, file] {
        let db = Db::open(&database, None).await.unwrap();
        note(&db, "id".into(), false).await.unwrap();
        let Db(Engine::Sqlite(sqlite)) = &db else { panic!("{db:?}") };
        assert_eq!(sqlite.reader.is_some(), sqlite.path().is_some(), "a write-ahead log works");
        let mut here = Vec::new();
        for (key, found) in [("id", Some("noted")), ("x", None)] {
            assert_eq!(db.one(sql, values![key], read).await.unwrap().as_deref(), found);
            let there = &mut |row: &Row<'_>| here.push(read(row).unwrap());
            sqlite.visit_all(sql, values![key], there).await.unwrap();
        }
        assert_eq!(here, ["noted"]);
        db.close().await;
    }
}

#[tokio::test]
async fn a_file_that_sqlx_migrated_is_known_and_a_strange_one_refused() {
    let home = tempfile::tempdir().unwrap();
    let database = Database::in_home(home.path());
    opened(home.path()).await.close().await;
    let Database::Sqlite(path) = &database else { panic!("{database:?}") };
    // As sqlx 0.9 wrote it down: SHA-384 of the text.
    let file = Connection::open(path).unwrap();
    let sql = "SELECT version, hex(checksum) FROM _sqlx_migrations ORDER BY version LIMIT 1";
    let first: (i64, String) =
        file.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!((first.0, first.1.len()), (1, 96), "{first:?}");
    opened(home.path()).await.close().await;
    // A newer one was here.
    let later =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'later', TRUE, x'00', 0)";
    file.execute_batch(later).unwrap();
    opened(home.path()).await.close().await;
    file.execute_batch("UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 1").unwrap();
    let refused = Db::open(&database, None).await.unwrap_err();
    assert_eq!(refused.code, "database_unusable");
}

#[tokio::test]
async fn a_row_is_read_for_share_where_there_is_such_a_thing() {
    let db = Db::open(&Database::Memory, None).await.unwrap();
    let written = note(&db, "a".into(), false).await.unwrap();
    let sql = "SELECT value FROM instance WHERE name = $1";
    let read = db.write(async move |tx| {
        tx.one_for_share(sql, values!["a"], |row| row.get::<String>("value")).await
    });
    assert_eq!((written, read.await.unwrap().as_deref()), (1, Some("noted")));
}
