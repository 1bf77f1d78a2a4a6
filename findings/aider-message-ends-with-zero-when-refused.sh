#!/usr/bin/env bash
# aider --message ends with status 0 where the model was never had.
#
# Guess: `aider --message TASK` is for scripts, as its documentation has it; so its status
#   tells whether the task was done, or at least whether a model answered.
# Is: it ends with 0 where the key is refused (401), the model is not there (404), the
#   request is refused (400), or there is no key at all. Nothing is done; the reason is
#   printed, to standard output as a reply is. `--message-file` with a file that is not
#   there says so, waits at the prompt, and at the end of the input ends with 0 too. A
#   wrong option ends with 2.
# Who meets it: scripts that go on with `&&`, or loop over files as the documentation does;
#   launchers and CI that take 0 for done. What tells the two apart is the reply's text, or
#   whether the files have changed.
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

# A model that wants the key `good` and the name `some-model`, and keeps how it answered.
cat >model.py <<'PYTHON'
import http.server
import json
import os


class Model(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        chunk["choices"] = [{"index": 0, "delta": {"content": "hello"}, "finish_reason": "stop"}]
        status, kind = 200, "text/event-stream"
        reply = f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n"
        if self.headers["authorization"] != "Bearer good":
            status = 401
        elif asked["model"] == "refuses":
            status = 400
        elif asked["model"] != "some-model":
            status = 404
        if status != 200:
            kind, reply = "application/json", json.dumps({"error": {"message": "refused"}})
        with open("heard", "a") as heard:
            print(status, file=heard)
        self.send_response(status)
        self.send_header("content-type", kind)
        self.end_headers()
        self.wfile.write(reply.encode())

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

# How the model answered, what was printed to standard output, and the status at the end.
outcome() {
    local status=0
    rm -rf heard home work
    mkdir home work
    (cd work && env -i HOME="$folder/home" TMPDIR="$folder" LANG=C.UTF-8 TERM=dumb \
        PATH="$folder/python/bin:$PATH" HTTPS_PROXY=http://127.0.0.1:9 NO_PROXY=127.0.0.1 \
        AIDER_GIT=false AIDER_ANALYTICS=false AIDER_CHECK_UPDATE=false \
        AIDER_SHOW_MODEL_WARNINGS=false AIDER_SHOW_RELEASE_NOTES=false \
        OPENAI_API_BASE="http://127.0.0.1:$(cat ../port)/v1" timeout 100 \
        env "$@" </dev/null >../said 2>/dev/null) || status=$?
    [ -e heard ] || echo "is not asked" >heard
    echo "    model:  $(sort -u heard)"
    echo "    said:   $(grep -oE '^hello|[A-Z][A-Za-z]+Error:|file not found error' said |
        tail -1 | tr -d : | grep . || echo nothing)"
    echo "    exit:   $status"
}

key=OPENAI_API_KEY=good
some=(aider --model openai/some-model)
task=(--message "say hello")
{
    echo "aider $(python/bin/pip list --format=freeze | sed -n 's/^aider-chat==//p')"
    echo "all is well"
    outcome $key "${some[@]}" "${task[@]}"
    echo "the key is refused"
    outcome OPENAI_API_KEY=other "${some[@]}" "${task[@]}"
    echo "the model is not there"
    outcome $key aider --model openai/no-model "${task[@]}"
    echo "the request is refused"
    outcome $key aider --model openai/refuses "${task[@]}"
    echo "no key"
    outcome A=b "${some[@]}" "${task[@]}"
    echo "--message-file, which is not there"
    outcome $key "${some[@]}" --message-file none
    echo "a wrong option"
    outcome $key "${some[@]}" --no-such-option
} >seen
cat seen

cat >expected <<'TEXT'
aider 0.86.2
all is well
    model:  200
    said:   hello
    exit:   0
the key is refused
    model:  401
    said:   AuthenticationError
    exit:   0
the model is not there
    model:  404
    said:   NotFoundError
    exit:   0
the request is refused
    model:  400
    said:   BadRequestError
    exit:   0
no key
    model:  is not asked
    said:   AuthenticationError
    exit:   0
--message-file, which is not there
    model:  is not asked
    said:   file not found error
    exit:   0
a wrong option
    model:  is not asked
    said:   nothing
    exit:   2
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
