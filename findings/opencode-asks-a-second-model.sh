#!/usr/bin/env bash
# opencode asks a second model, which nobody has named, on the key of the one that was.
#
# Guess: `opencode run -m MODEL` asks that model and no other, as nothing else is set.
# Is: for a new session it has a title made, by a small model of the same provider that
#   opencode chooses: Haiku beside Opus, gpt-5.4-nano beside gpt-5.4; through OpenRouter
#   one of Google's beside one of OpenAI's. That one is asked on the same key, with the
#   task in the request. If it is refused (400), the session goes on without a word.
#   `small_model` of the settings names another model for it; with --title none is asked.
# Who meets it: people whose key is limited to some models, who find refusals of one that
#   they do not know; those who may send their text to one vendor only; stand-ins for a
#   model that count what they are asked.
# Source: opencode 1.18.33 from npm, as run below with the list of models that comes with
#   it and a model on this computer; every other host is asked through the same as a
#   proxy, which lets nothing out.
set -euo pipefail

folder=$(mktemp -d)
model=
trap '[ -z "$model" ] || kill "$model"; rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --prefix node opencode-ai@1.18.33 >/dev/null
mkdir -p home work tmp

# It keeps what is asked of which model, on which key. It says hello where the model is the
# one in `limit`, and refuses the others, as a key does that is limited to one.
cat >model.mjs <<'JS'
import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const server = createServer(async (request, response) => {
  let text = "";
  for await (const more of request) text += more;
  const { authorization, "x-api-key": key } = request.headers;
  const { model } = JSON.parse(text);
  const what = /title generator/i.test(text) ? "title" : "answer";
  const task = text.includes("say hello to the wren") ? "" : " without the task";
  appendFileSync("heard", `${what}${task}: ${model}, ${authorization ?? key}\n`);
  if (model !== readFileSync("limit", "utf8").trim()) {
    response.writeHead(400, { "content-type": "application/json" });
    const error = { type: "invalid_request_error", message: "not this model" };
    return response.end(JSON.stringify({ type: "error", error }));
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

# What came from a session of this model with these arguments. The two requests are sent at
# about the same time, so they are sorted.
outcome() {
    local of=$1 status=0
    shift
    rm -rf heard home
    mkdir home
    (cd work && env -i HOME="$folder/home" TMPDIR="$folder/tmp" PATH="$PATH" LANG=C.UTF-8 \
        HTTPS_PROXY="$here" NO_PROXY=127.0.0.1 OPENCODE_DISABLE_AUTOUPDATE=1 \
        OPENCODE_DISABLE_MODELS_FETCH=1 ANTHROPIC_API_KEY=none OPENAI_API_KEY=none \
        OPENROUTER_API_KEY=none OPENCODE_CONFIG_CONTENT="{$settings\"provider\":{
            \"anthropic\":{\"options\":{\"baseURL\":\"$here/v1\"}},
            \"openai\":{\"options\":{\"baseURL\":\"$here/v1\"}},
            \"openrouter\":{\"options\":{\"baseURL\":\"$here/v1\"}}}}" timeout 60 \
        "$folder/node/node_modules/.bin/opencode" run -m "$of" "$@" "say hello to the wren" \
        </dev/null >../said 2>&1) || status=$?
    sort -u heard | sed 's/^/    /'
    echo "    then: $(grep -oE '^hello|not this model' said | paste -sd,), exit $status"
}

settings=
{
    node/node_modules/.bin/opencode --version
    echo "openai/gpt-5.2" >limit
    echo "openrouter/openai/gpt-5.2"
    outcome openrouter/openai/gpt-5.2
    echo "with a title given"
    outcome openrouter/openai/gpt-5.2 --title given
    echo "with small_model the same"
    settings='"small_model":"openrouter/openai/gpt-5.2",'
    outcome openrouter/openai/gpt-5.2
    settings=
    echo "no model" >limit
    echo "anthropic/claude-opus-4-5, on a key that is good for none"
    outcome anthropic/claude-opus-4-5
    echo "openai/gpt-5.4, on a key that is good for none"
    outcome openai/gpt-5.4
} >seen
cat seen

cat >expected <<'TEXT'
1.18.33
openrouter/openai/gpt-5.2
    answer: openai/gpt-5.2, Bearer none
    title: google/gemini-3.8-flash, Bearer none
    then: hello, exit 0
with a title given
    answer: openai/gpt-5.2, Bearer none
    then: hello, exit 0
with small_model the same
    answer: openai/gpt-5.2, Bearer none
    title: openai/gpt-5.2, Bearer none
    then: hello, exit 0
anthropic/claude-opus-4-5, on a key that is good for none
    answer: claude-opus-4-5, none
    title: claude-haiku-4-5-20251001, none
    then: not this model, exit 1
openai/gpt-5.4, on a key that is good for none
    answer: gpt-5.4, Bearer none
    title: gpt-5.4-nano, Bearer none
    then: not this model, exit 1
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
