#!/usr/bin/env bash
# opencode calls a model that nobody has declared an unexpected server error.
#
# Guess: with a provider of one's own, `@ai-sdk/openai-compatible` at an address, `-m
#   own/MODEL` asks the server for MODEL: a server like OpenAI's lists what it has under
#   /v1/models, and refuses what it has not.
# Is: opencode knows of that provider only what `models` of the settings declares; `{}` is
#   enough for each. The server is never asked for its list. Another name ends with status
#   1 and "Unexpected server error. Check server logs for details", and the server has
#   been asked nothing: the one that is meant is opencode's own. --print-logs shows "Model
#   not found". Where a declared model is not there the server's own words are shown.
# Who meets it: people who give opencode the address of a server and look for the fault in
#   that server's logs; launchers that let a person choose a model: they declare it too.
# Source: opencode 1.18.33 from npm, as run below with a model on this computer; every
#   other host is asked through the same as a proxy, which lets nothing out.
set -euo pipefail

folder=$(mktemp -d)
model=
trap '[ -z "$model" ] || kill "$model"; rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --prefix node opencode-ai@1.18.33 >/dev/null
mkdir -p work tmp

# A server that has two models: it lists them, says hello as either, and keeps what it is
# asked. As a proxy it lets nothing out.
cat >model.mjs <<'JS'
import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const has = ["first", "second"];
const server = createServer(async (request, response) => {
  let text = "";
  for await (const more of request) text += more;
  const list = request.url === "/v1/models";
  const model = list ? "" : JSON.parse(text).model;
  appendFileSync("heard", `${request.method} ${request.url} ${model}\n`);
  if (list || !has.includes(model)) {
    response.writeHead(list ? 200 : 404, { "content-type": "application/json" });
    const data = has.map((id) => ({ id, object: "model", created: 1, owned_by: "o" }));
    const error = { message: `there is no ${model}`, type: "invalid_request_error" };
    return response.end(JSON.stringify(list ? { object: "list", data } : { error }));
  }
  const chunk = (delta, finish_reason) => {
    const choices = [{ index: 0, delta, finish_reason }];
    const all = { id: "c", object: "chat.completion.chunk", created: 1, model, choices };
    response.write(`data: ${JSON.stringify(all)}\n\n`);
  };
  response.writeHead(200, { "content-type": "text/event-stream" });
  chunk({ role: "assistant", content: "hello" }, null);
  chunk({}, "stop");
  response.end("data: [DONE]\n\n");
});
server.on("connect", (request, socket) => {
  socket.on("error", () => {});
  socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
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

opencode() {
    (cd work && env -i HOME="$folder/home" TMPDIR="$folder/tmp" PATH="$PATH" LANG=C.UTF-8 \
        HTTPS_PROXY="$here" NO_PROXY=127.0.0.1 OPENCODE_DISABLE_AUTOUPDATE=1 \
        OPENCODE_DISABLE_MODELS_FETCH=1 OPENCODE_CONFIG_CONTENT="{
            \"enabled_providers\":[\"own\"],\"provider\":{\"own\":{$models
            \"npm\":\"@ai-sdk/openai-compatible\",\"name\":\"Own\",
            \"options\":{\"baseURL\":\"$here/v1\"}}}}" timeout 60 \
        "$folder/node/node_modules/.bin/opencode" "$@" </dev/null 2>&1)
}

# What the server was asked in a session with these arguments, and what came of it.
outcome() {
    local status=0
    rm -rf heard home
    mkdir home
    opencode run --title given "$@" "say hello" >said || status=$?
    [ -e heard ] || echo nothing >heard
    echo "    asked:  $(sort -u heard)"
    grep -oE 'Model not found: own/[a-z]+' said | sort -u | sed 's/^/    log:    /' || true
    echo "    then:   $(grep -oE '^hello|Unexpected server error|there is no .*' said), exit $status"
}

models=
{
    node/node_modules/.bin/opencode --version
    echo "the server has first and second; none declared, first named"
    outcome -m own/first
    echo "first declared, first named"
    models='"models":{"first":{}},'
    outcome -m own/first
    echo "first declared, second named"
    outcome -m own/second
    echo "the same, --print-logs"
    outcome -m own/second --print-logs
    echo "first and second declared, second named"
    models='"models":{"first":{},"second":{}},'
    outcome -m own/second
    echo "third declared, third named"
    models='"models":{"third":{}},'
    outcome -m own/third
    echo "and the list of \`opencode models\`"
    rm -f heard
    opencode models | sed 's/^/    /'
    [ -e heard ] || echo "    asked:  nothing"
} >seen
cat seen

cat >expected <<'TEXT'
1.18.33
the server has first and second; none declared, first named
    asked:  nothing
    then:   Unexpected server error, exit 1
first declared, first named
    asked:  POST /v1/chat/completions first
    then:   hello, exit 0
first declared, second named
    asked:  nothing
    then:   Unexpected server error, exit 1
the same, --print-logs
    asked:  nothing
    log:    Model not found: own/second
    then:   Unexpected server error, exit 1
first and second declared, second named
    asked:  POST /v1/chat/completions second
    then:   hello, exit 0
third declared, third named
    asked:  POST /v1/chat/completions third
    then:   there is no third, exit 1
and the list of `opencode models`
    own/third
    asked:  nothing
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
