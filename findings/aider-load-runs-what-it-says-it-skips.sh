#!/usr/bin/env bash
# aider --load runs a task, says that it has skipped it, and forgets it.
#
# Guess: `--load FILE` runs the commands in FILE as if typed, so with `/ask TASK` or `/code
#   TASK` there a session begins with that task and goes on; or, if "Command '/ask TASK'
#   is only supported in interactive mode, skipping", which it prints, the task is not run.
# Is: neither. The task goes to the model, the reply is shown, and `/code` changes the
#   files. Then that line is printed, at a terminal too. And the exchange is not in what
#   the model is told next, as it is when the same line is typed: it does not know what
#   it has just done.
# Who meets it: people who begin a session with a task that is in a file, and launchers
#   that do so for them: those who believe the line give the task again and have it done
#   twice; those who see the reply refer to it, and the model knows nothing of it.
# Source: aider 0.86.2 (aider-chat of PyPI, for Python 3.10 to 3.12), as run below at a
#   plain terminal (TERM=dumb) with a model on this computer; other hosts are not reached.
set -euo pipefail

folder=$(mktemp -d)
model=
trap '[ -z "$model" ] || kill "$model"; rm -rf "$folder"' EXIT
cd "$folder"

right='import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 13))'
for python in python3 python3.12 python3.11 python3.10; do
    if "$python" -c "$right" 2>/dev/null; then break; fi
done
"$python" -m venv python
python/bin/pip install --quiet --no-compile --disable-pip-version-check aider-chat==0.86.2

# A model that answers each request with the new text of a file, and keeps which words it
# is told.
cat >model.py <<'PYTHON'
import http.server
import json
import os
import re


class Model(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = self.rfile.read(int(self.headers["content-length"])).decode()
        words = re.findall(r"word \d", asked)
        text = f"reply to {words[-1]}\n\nnote.txt\n```\nchanged\n```\n"
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        chunk["choices"] = [{"index": 0, "delta": {"content": text}, "finish_reason": "stop"}]
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        self.wfile.write(f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode())
        with open("heard", "a") as heard:
            print(*dict.fromkeys(words), sep=", ", file=heard)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
with open("port.new", "w") as port:
    port.write(str(server.server_port))
os.rename("port.new", "port")
server.serve_forever()
PYTHON
python3 model.py &
model=$!
until [ -e port ]; do sleep 0.1; done

# Runs a program at a terminal, and types a line whenever it has come to its prompt.
cat >type.py <<'PYTHON'
import os
import pty
import re
import select
import signal
import sys
import time

lines = sys.argv[1].split("|")
child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
said, from_here, end = "", 0, time.time() + 100
while time.time() < end:
    if select.select([terminal], [], [], 1.5)[0]:
        try:
            said += os.read(terminal, 65536).decode(errors="replace")
        except OSError:
            break
    elif lines and re.search(r"(^|\n)> ?$", said[from_here:].replace("\r", "")):
        from_here = len(said)
        os.write(terminal, (lines.pop(0) + "\r").encode())
else:
    os.kill(child, signal.SIGKILL)
print(said)
PYTHON

# What the model is told, request by request, in a session in which these lines are typed;
# whether aider says that it skips something; and what is in the file at the end.
outcome() {
    rm -rf heard home work
    mkdir home work
    echo "as before" >work/note.txt
    (cd work && env -i HOME="$folder/home" TMPDIR="$folder" LANG=C.UTF-8 TERM=dumb \
        PATH="$folder/python/bin:$PATH" HTTPS_PROXY=http://127.0.0.1:9 NO_PROXY=127.0.0.1 \
        AIDER_GIT=false AIDER_ANALYTICS=false AIDER_CHECK_UPDATE=false \
        AIDER_SHOW_MODEL_WARNINGS=false AIDER_SHOW_RELEASE_NOTES=false \
        OPENAI_API_KEY=none OPENAI_API_BASE="http://127.0.0.1:$(cat ../port)/v1" \
        python3 ../type.py "$1" aider --model openai/some-model "${@:2}" note.txt >../said)
    echo "    replies shown:   $(grep -oE 'reply to word [0-9]' said | paste -sd, | sed 's/,/, /g')"
    grep -oE 'is only supported in interactive mode, skipping' said | sed 's/^/    it says:         … /' ||
        true
    echo "    model was told:  $(paste -sd';' heard | sed 's/;/; then /g')"
    echo "    the file has:    $(cat work/note.txt)"
}

echo "/ask say word 1" >ask
echo "/code do word 1" >code
{
    echo "aider $(python/bin/pip list --format=freeze | sed -n 's/^aider-chat==//p')"
    echo "/ask, typed, then another"
    outcome "/ask say word 1|/ask say word 2|/exit"
    echo "/ask, loaded, then another typed"
    outcome "/ask say word 2|/exit" --load ../ask
    echo "/code, typed, then /ask"
    outcome "/code do word 1|/ask say word 2|/exit"
    echo "/code, loaded, then /ask typed"
    outcome "/ask say word 2|/exit" --load ../code
} >seen
cat seen

cat >expected <<'TEXT'
aider 0.86.2
/ask, typed, then another
    replies shown:   reply to word 1, reply to word 2
    model was told:  word 1; then word 1, word 2
    the file has:    as before
/ask, loaded, then another typed
    replies shown:   reply to word 1, reply to word 2
    it says:         … is only supported in interactive mode, skipping
    model was told:  word 1; then word 2
    the file has:    as before
/code, typed, then /ask
    replies shown:   reply to word 1, reply to word 2
    model was told:  word 1; then word 1, word 2
    the file has:    changed
/code, loaded, then /ask typed
    replies shown:   reply to word 1, reply to word 2
    it says:         … is only supported in interactive mode, skipping
    model was told:  word 1; then word 2
    the file has:    changed
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
