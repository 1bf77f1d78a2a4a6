#!/usr/bin/env bash
# A copy of an SQLite file taken after everybody closed it is empty.
#
# Guess: the last connection to close a database in WAL mode writes the log back
#   and removes it, so that the file alone is then the whole database.
# Is: only a connection that may write does that. Where the last to close was
#   opened read-only (SQLITE_OPEN_READONLY), no error is raised, and everything
#   that was committed stays in the log beside the file: a copy of the file alone
#   lacks it, down to an empty file without a table. Closed in the other order,
#   the same connections leave one whole file and no log.
# Who meets it: whoever reads by connections of their own for speed and closes
#   them after the writer; then copies, ships or checks the file by itself. Close
#   the readers first, or copy by VACUUM INTO or the backup API.
# Source: SQLite, "Write-Ahead Logging", the life of the WAL file; apsw 3.46.0.0,
#   better-sqlite3 12.4.1.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check apsw==3.46.0.0
npm install --silent --no-audit --no-fund --prefix node better-sqlite3@12.4.1 >/dev/null

cat >order.py <<'PYTHON'
import os
import shutil

import apsw

print("apsw", apsw.apsw_version(), "SQLite", apsw.sqlite_lib_version())


def left_by(last):
    name = f"python-{last}.db"
    writer = apsw.Connection(name)
    writer.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (n); INSERT INTO t VALUES (7)").fetchall()
    reader = apsw.Connection(name, flags=apsw.SQLITE_OPEN_READONLY)
    assert reader.execute("SELECT n FROM t").fetchall() == [(7,)]
    for connection in (reader, writer) if last == "writer" else (writer, reader):
        connection.close()
    shutil.copy(name, f"copy-{name}")
    tables = apsw.Connection(f"copy-{name}").execute("SELECT count(*) FROM sqlite_schema")
    print(last, "last: log left", os.path.exists(f"{name}-wal"), "tables in a copy", tables.fetchone()[0])


left_by("writer")
left_by("reader")
PYTHON

cat >order.mjs <<'NODE'
import fs from "node:fs";
import Database from "./node/node_modules/better-sqlite3/lib/index.js";

for (const last of ["writer", "reader"]) {
    const name = `node-${last}.db`;
    const writer = new Database(name);
    writer.pragma("journal_mode = WAL");
    writer.exec("CREATE TABLE t (n); INSERT INTO t VALUES (7)");
    const reader = new Database(name, { readonly: true });
    reader.prepare("SELECT n FROM t").all();
    for (const one of last === "writer" ? [reader, writer] : [writer, reader]) one.close();
    fs.copyFileSync(name, `copy-${name}`);
    const tables = new Database(`copy-${name}`).prepare("SELECT count(*) AS n FROM sqlite_schema").get();
    console.log(last, "last: log left", fs.existsSync(`${name}-wal`), "tables in a copy", tables.n);
}
NODE

python/bin/python order.py | tee python.txt
node order.mjs | tee node.txt

for text in python.txt node.txt; do
    grep -qi '^writer last: log left false tables in a copy 1$' "$text"
    grep -qi '^reader last: log left true tables in a copy 0$' "$text"
done
echo "as found: only a connection that may write puts the log back"
