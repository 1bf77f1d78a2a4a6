#!/usr/bin/env bash
# Gemini CLI runs on when its terminal is gone.
#
# Guess: a terminal that is closed ends the program in it, by SIGHUP; so whatever runs
#   as long as an agent does ends with the window: its servers, its presence.
# Is: `gemini` starts itself anew as a child and waits for it. When the terminal goes
#   both stay, and the servers they have started, until somebody kills them. Without
#   the second start (GEMINI_CLI_NO_RELAUNCH=true) it ends at once.
# Who meets it: launchers, multiplexers and remote shells that close a terminal and
#   take the agent for ended; servers that wait for the end of stdin.
# Source: Gemini CLI 0.61.0 from npm, as run below with a model that nobody listens for.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --prefix node @google/gemini-cli@0.61.0 >/dev/null
mkdir -p home/.gemini work
echo "{\"$folder/work\":\"TRUST_FOLDER\"}" >home/.gemini/trustedFolders.json
cat >home/.gemini/settings.json <<'JSON'
{"security":{"auth":{"selectedType":"gemini-api-key"}},"model":{"name":"gemini-2.5-flash"}}
JSON

# Starts gemini at a terminal, closes the terminal once it has greeted and is quiet, and
# looks after ten seconds what of it is there.
cat >terminal.py <<'PYTHON'
import os
import pty
import select
import signal
import sys
import time

folder, *more = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0:
    os.chdir(f"{folder}/work")
    variables = dict(
        HOME=f"{folder}/home", LANG="C.UTF-8", TERM="xterm-256color", TMPDIR=folder,
        PATH=f"{folder}/node/node_modules/.bin:{os.environ['PATH']}",
        GEMINI_API_KEY="none", GOOGLE_GEMINI_BASE_URL="http://127.0.0.1:9",
        **dict(pair.split("=") for pair in more))
    os.execvpe("gemini", ["gemini"], variables)


def children(process):
    with open(f"/proc/{process}/task/{process}/children") as file:
        started = list(map(int, file.read().split()))
    return [process] + [one for child in started for one in children(child)]


def runs(process):
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


seen, quiet, until = b"", 0, time.monotonic() + 60
while (b"Tips for getting started" not in seen or quiet < 10) and time.monotonic() < until:
    quiet += 1
    if select.select([terminal], [], [], 0.2)[0]:
        seen, quiet = seen + os.read(terminal, 65536), 0
        # Where the cursor is, as any terminal says.
        if b"\x1b[6n" in seen[-64:]:
            os.write(terminal, b"\x1b[1;1R")
greeted = b"Tips for getting started" in seen
started = children(pid)
os.close(terminal)
until = time.monotonic() + 10
while any(map(runs, started)) and time.monotonic() < until:
    time.sleep(0.2)
left = [process for process in started if runs(process)]
print(("runs on" if left else "ended") if greeted else f"does not greet: {seen[-500:]!r}")
for process in left:
    os.kill(process, signal.SIGKILL)
PYTHON

{
    node -p 'require("./node/node_modules/@google/gemini-cli/package.json").version'
    echo "as it starts:             $(python3 terminal.py "$folder")"
    echo "without the second start: $(python3 terminal.py "$folder" GEMINI_CLI_NO_RELAUNCH=true)"
} >seen
cat seen

cat >expected <<'TEXT'
0.61.0
as it starts:             runs on
without the second start: ended
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
