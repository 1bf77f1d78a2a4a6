//! The one door to SQLite and PostgreSQL: SQL text and values in, rows out.
//! One text serves both, so columns are BIGINT and TEXT only.
//!
//! Rule that keeps several processes on one SQLite file safe: every transaction
//! begins with BEGIN IMMEDIATE, because one that reads first and writes later
//! fails as busy.
//!
//! Rule that keeps several nodes on one PostgreSQL safe: a transaction whose
//! writing hangs on what it read either says so in the WHERE of its write, or
//! first takes a lock that the others take too ([`Tx::lock`],
//! [`Tx::one_for_share`]). A migration only ever adds, so that a node of
//! yesterday works beside one of today.

mod backup;
mod change_feed;
mod database;
mod error;
mod migrations;
mod page;
mod postgres;
mod private_file;
mod row;
mod sqlite;
#[cfg(test)]
mod tests;
mod tx;
mod value;

pub use self::change_feed::{Change, ChangeFeed};
pub use self::database::Db;
pub use self::error::{DbError, DbResult, RETRY_AFTER};
pub use self::page::{Page, Rows, count};
pub use self::private_file::{is_database, lock};
pub use self::row::Row;
pub use self::tx::Tx;
pub use self::value::Value;
pub(in crate::server) use self::value::values;
