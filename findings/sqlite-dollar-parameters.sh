#!/usr/bin/env bash
# One SQL text for SQLite and PostgreSQL: `$2` is not the second parameter.
#
# Guess: both databases know `$1`, `$2`, so a statement written once means the
#   same on both, whichever order its parameters first appear in.
# Is: to PostgreSQL `$2` is a number. To SQLite it is a *name*, spelled "$2", that
#   is given the next free number where it first stands. `SELECT $2, $1` with
#   ('one', 'two') answers ('two', 'one') on PostgreSQL and ('one', 'two') on
#   SQLite, without an error; a statement that skips $1 takes one value instead
#   of two. Only `?2` is a number to SQLite, and that PostgreSQL does not read.
#   Drivers differ: apsw binds by SQLite's number; better-sqlite3 refuses
#   positions for it and wants an object with the names "1" and "2".
# Who meets it: whoever keeps one statement for an embedded SQLite and a
#   PostgreSQL, and sooner or later binds by position in another order than that
#   of the text (`UPDATE … SET a = $2 WHERE id = $1`). Values change places
#   silently. sqlx reads the number behind `$`; rusqlite and most others do not:
#   bind by `sqlite3_bind_parameter_name`.
# Source: SQLite, "SQL Language Expressions", Parameters ($AAAA is numbered as
#   :AAAA is); PostgreSQL 17, "Positional Parameters".
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check apsw==3.46.0.0
npm install --silent --no-audit --no-fund --prefix node \
    better-sqlite3@12.4.1 @electric-sql/pglite@0.3.7 >/dev/null

cat >sqlite.py <<'PYTHON'
import apsw

memory = apsw.Connection(":memory:")
print("apsw", apsw.apsw_version(), "SQLite", apsw.sqlite_lib_version())
for sql in ("SELECT $2, $1", "SELECT ?2, ?1", "SELECT $2"):
    try:
        print(sql, memory.execute(sql, ("one", "two")).fetchone())
    except apsw.BindingsError:
        print(sql, "takes one value")
PYTHON

cat >node/both.mjs <<'JAVASCRIPT'
import { PGlite } from '@electric-sql/pglite';
import Database from 'better-sqlite3';

const sqlite = new Database(':memory:');
console.log('better-sqlite3, SQLite', sqlite.prepare('SELECT sqlite_version() AS v').get().v);
const text = 'SELECT $2 AS first, $1 AS second';
const attempt = (...values) => {
  try {
    return JSON.stringify(sqlite.prepare(text).get(...values));
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
};
console.log('by position:', attempt('one', 'two'));
console.log('by name:', attempt({ 1: 'one', 2: 'two' }));

const postgres = new PGlite();
const version = (await postgres.query('SHOW server_version')).rows[0].server_version;
console.log('PGlite, PostgreSQL', version);
const asked = 'SELECT $2::text AS first, $1::text AS second';
console.log('by position:', JSON.stringify((await postgres.query(asked, ['one', 'two'])).rows[0]));
await postgres.close();
JAVASCRIPT

python/bin/python sqlite.py >seen
(cd node && node both.mjs) >>seen
cat seen

cat >expected <<'TEXT'
apsw 3.46.0.0 SQLite 3.46.0
SELECT $2, $1 ('one', 'two')
SELECT ?2, ?1 ('two', 'one')
SELECT $2 takes one value
better-sqlite3, SQLite 3.50.4
by position: RangeError: Too many parameter values were provided
by name: {"first":"two","second":"one"}
PGlite, PostgreSQL 17.5
by position: {"first":"two","second":"one"}
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
