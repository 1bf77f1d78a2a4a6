#!/usr/bin/env bash
# Codex with `openai_base_url` asks seven times for a websocket, unless it is told 426.
#
# Guess: `openai_base_url` is for any server that has POST /v1/responses, and is asked by
#   that; if a websocket is tried first, a 404 says once and for all that there is none.
# Is: the built-in provider `openai` opens each session by GET /v1/responses as a
#   websocket. 404, 405 and 501 are taken for a fault that passes: it asks seven times,
#   over several seconds, warns of the fallback, and then posts and works. At 400 it asks
#   twice and ends, and never posts. Of those tried only 426 (Upgrade Required) is a plain
#   no: one GET, then the post, without a word. features.responses_websockets=false changes
#   nothing. A provider in `model_providers` with the same address posts at once.
# Who meets it: servers and gateways that speak the Responses API by HTTP alone: they look
#   slow with Codex, or broken. They answer that GET with 426; or their people name a
#   provider of their own.
# Source: Codex 0.171.0 from npm, as run below with a model on this computer that keeps the
#   requests; other hosts are not reached.
set -euo pipefail

folder=$(mktemp -d)
model=
trap '[ -z "$model" ] || kill "$model"; rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --prefix node @openai/codex@0.171.0 >/dev/null
mkdir -p work

# Says hello to a POST. A GET that wants a websocket it answers with the status that its
# path begins with.
cat >model.mjs <<'JS'
import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const server = createServer(async (request, response) => {
  for await (const _ of request);
  const [, status, , last] = request.url.split("/");
  if (last !== "responses") return response.writeHead(404).end();
  if (request.method === "GET") {
    const what = request.headers.upgrade === "websocket" ? "a websocket" : "something else";
    appendFileSync("heard", `GET for ${what}\n`);
    return response.writeHead(Number(status)).end();
  }
  appendFileSync("heard", "POST\n");
  response.writeHead(200, { "content-type": "text/event-stream" });
  const content = [{ type: "output_text", text: "hello", annotations: [] }];
  const item = { id: "m", type: "message", role: "assistant", status: "completed", content };
  const usage = { input_tokens: 3, output_tokens: 2, total_tokens: 5 };
  for (const event of [
    { type: "response.created", response: { id: "r" } },
    { type: "response.output_item.done", output_index: 0, item },
    { type: "response.completed", response: { id: "r", status: "completed", usage } },
  ]) {
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  }
  response.end();
});
server.listen(0, "127.0.0.1", () => {
  writeFileSync("port.new", String(server.address().port));
  renameSync("port.new", "port");
});
JS
node model.mjs &
model=$!
until [ -e port ]; do sleep 0.1; done
here="http://127.0.0.1:$(cat port)"

# What the model was asked in a session with these settings, how often, and what came of it.
outcome() {
    local status=0
    rm -rf heard home
    mkdir -p home/.codex
    echo 'check_for_update_on_startup = false' >home/.codex/config.toml
    (cd work && env -i HOME="$folder/home" PATH="$PATH" LANG=C.UTF-8 CODEX_API_KEY=none \
        HTTPS_PROXY=http://127.0.0.1:9 NO_PROXY=127.0.0.1 timeout 100 \
        "$folder/node/node_modules/.bin/codex" exec --skip-git-repo-check -m some-model "$@" \
        "say hello" </dev/null >../said 2>../warned) || status=$?
    echo "    asked:  $(sort heard | uniq -c | sed 's/^ *//' | paste -sd, | sed 's/,/, /g')"
    grep -oE 'Falling back from WebSockets' warned | sed 's/^/    warns:  /' || true
    echo "    then:   $(grep -oE '^hello' said || echo nothing), exit $status"
}

{
    node/node_modules/.bin/codex --version
    for status in 404 405 501 400 426; do
        echo "openai_base_url, a GET is answered with $status"
        outcome -c "openai_base_url=\"$here/$status/v1\""
    done
    echo "404, features.responses_websockets=false"
    outcome -c "openai_base_url=\"$here/404/v1\"" -c features.responses_websockets=false
    echo "404, a provider of one's own"
    outcome -c "model_providers.own={name=\"Own\",base_url=\"$here/404/v1\"}" \
        -c 'model_provider="own"'
} >seen
cat seen

cat >expected <<'TEXT'
codex-cli 0.171.0
openai_base_url, a GET is answered with 404
    asked:  7 GET for a websocket, 1 POST
    warns:  Falling back from WebSockets
    then:   hello, exit 0
openai_base_url, a GET is answered with 405
    asked:  7 GET for a websocket, 1 POST
    warns:  Falling back from WebSockets
    then:   hello, exit 0
openai_base_url, a GET is answered with 501
    asked:  7 GET for a websocket, 1 POST
    warns:  Falling back from WebSockets
    then:   hello, exit 0
openai_base_url, a GET is answered with 400
    asked:  2 GET for a websocket
    then:   nothing, exit 1
openai_base_url, a GET is answered with 426
    asked:  1 GET for a websocket, 1 POST
    then:   hello, exit 0
404, features.responses_websockets=false
    asked:  7 GET for a websocket, 1 POST
    warns:  Falling back from WebSockets
    then:   hello, exit 0
404, a provider of one's own
    asked:  1 POST
    then:   hello, exit 0
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
