#!/usr/bin/env bash
# aider takes the end of its input for a yes: nobody there makes a repository.
#
# Guess: where its input is no terminal, as in a pipe, CI or below a launcher, aider asks
#   nothing, or takes what changes nothing: `--yes-always` is there for whoever wants a yes.
# Is: each of its questions is answered with its default at the end of the input, and the
#   default is yes. A task in a folder without a repository makes one there, and a .gitignore
#   in it; in a repository it adds its files to the person's own .gitignore. `--message` and a
#   pipe are alike; `--no-git`, and AIDER_GITIGNORE=false for the second, ask nothing.
# Who meets it: scripts and CI that run `aider --message` in a folder of data, a checkout
#   without .git, or a work tree that is to stay clean; launchers that run it for somebody
#   who is away.
# Source: aider 0.86.2 (aider-chat of PyPI, for Python 3.10 to 3.12), as run below with a
#   model on this computer; other hosts are not reached.
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

# A model that says hello.
cat >model.py <<'PYTHON'
import http.server
import json
import os


class Model(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        chunk["choices"] = [{"index": 0, "delta": {"content": "hello"}, "finish_reason": "stop"}]
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        self.wfile.write(f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode())

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

# What is in the folder before and after, and what was asked.
outcome() {
    local before=$1
    shift
    rm -rf home work
    mkdir home work
    if [ "$before" = repository ]; then
        git -c init.defaultBranch=main init --quiet work
        git -C work config user.name Ana
        git -C work config user.email ana@example.org
        echo build/ >work/.gitignore
    fi
    (cd work && env -i HOME="$folder/home" TMPDIR="$folder" LANG=C.UTF-8 TERM=dumb \
        PATH="$folder/python/bin:$PATH" HTTPS_PROXY=http://127.0.0.1:9 NO_PROXY=127.0.0.1 \
        AIDER_ANALYTICS=false AIDER_CHECK_UPDATE=false AIDER_SHOW_MODEL_WARNINGS=false \
        AIDER_SHOW_RELEASE_NOTES=false OPENAI_API_KEY=none \
        OPENAI_API_BASE="http://127.0.0.1:$(cat ../port)/v1" timeout 100 \
        env "$@" >../said 2>/dev/null) || true
    echo "    asked:      $(grep -oE '(create one to track|Add \.aider\* to \.gitignore)' said |
        sort -u | paste -sd, | grep . || echo nothing)"
    echo "    repository: $([ -d work/.git ] && echo yes || echo no)"
    echo "    .gitignore: $(paste -sd' ' work/.gitignore 2>/dev/null || echo none)"
}

some=(aider --model openai/some-model)
task=(--message "say hello")
{
    echo "aider $(python/bin/pip list --format=freeze | sed -n 's/^aider-chat==//p')"
    echo "a folder, --message, no input"
    outcome folder "${some[@]}" "${task[@]}" </dev/null
    echo "a folder, the task by a pipe"
    echo "say hello" | outcome folder "${some[@]}"
    echo "a folder, --no-git"
    outcome folder "${some[@]}" --no-git "${task[@]}" </dev/null
    echo "a repository, --message, no input"
    outcome repository "${some[@]}" "${task[@]}" </dev/null
    echo "a repository, AIDER_GITIGNORE=false"
    outcome repository AIDER_GITIGNORE=false "${some[@]}" "${task[@]}" </dev/null
} >seen
cat seen

cat >expected <<'TEXT'
aider 0.86.2
a folder, --message, no input
    asked:      create one to track
    repository: yes
    .gitignore: .aider*
a folder, the task by a pipe
    asked:      create one to track
    repository: yes
    .gitignore: .aider*
a folder, --no-git
    asked:      nothing
    repository: no
    .gitignore: none
a repository, --message, no input
    asked:      Add .aider* to .gitignore
    repository: yes
    .gitignore: build/ .aider*
a repository, AIDER_GITIGNORE=false
    asked:      nothing
    repository: yes
    .gitignore: build/
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
