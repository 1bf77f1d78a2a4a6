#!/usr/bin/env bash
# Claude Code blames the model where the server does not have the path it asks.
#
# Guess: where ANTHROPIC_BASE_URL is wrong, or the server has no Messages API, Claude Code
#   says so, or shows what the server said; a model is named only where that is at fault.
# Is: it posts to /v1/messages under the address, and takes each 404 for a model that is
#   not there: "There's an issue with the selected model", with advice to pick another.
#   What the server said, a page of HTML or an error about the path, is not shown. So it
#   is with an address that ends in /v1, as other agents want it: /v1/v1/messages is
#   asked. With 405 the status is shown. Which models there are it does not ask; where
#   none is named it asks for one of Anthropic's, and says the same when that is refused.
# Who meets it: people with a server or a gateway of their own who try one model after
#   another; launchers that show this message. A POST to /v1/messages by hand tells which
#   of the two it is.
# Source: Claude Code 2.1.332 from npm, as run below with a model on this computer; every
#   other host is asked through the same as a proxy, which lets nothing out.
set -euo pipefail

folder=$(mktemp -d)
model=
trap '[ -z "$model" ] || kill "$model"; rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --prefix node \
    @anthropic-ai/claude-code@2.1.332 >/dev/null
mkdir -p work tmp

# Under /has it has the Messages API, with one model. Elsewhere it has no such path, and
# says so in each of three ways. It keeps what it is asked.
cat >model.mjs <<'JS'
import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const server = createServer(async (request, response) => {
  let text = "";
  for await (const more of request) text += more;
  const [, root, ...path] = request.url.split("?")[0].split("/");
  const { model } = JSON.parse(text);
  appendFileSync("heard", `/${path.join("/")} for ${model}\n`);
  const answer = (status, type, body) => {
    response.writeHead(status, { "content-type": type }).end(body);
  };
  if (root === "page") return answer(404, "text/html", "<h1>There is no such path</h1>");
  if (root === "405") return answer(405, "text/plain", "");
  if (root !== "has" || path.join("/") !== "v1/messages") {
    const error = { type: "invalid_request_error", message: "there is no such path" };
    return answer(404, "application/json", JSON.stringify({ error }));
  }
  if (model !== "some-model") {
    const error = { type: "not_found_error", message: `model: ${model}` };
    return answer(404, "application/json", JSON.stringify({ type: "error", error }));
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  const usage = { input_tokens: 3, output_tokens: 2 };
  const message = { id: "m", type: "message", role: "assistant", model, content: [], usage };
  for (const event of [
    { type: "message_start", message },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "hello" } },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage },
    { type: "message_stop" },
  ]) {
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  }
  response.end();
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

# What was asked in a session at this address with these arguments, and what it says.
outcome() {
    local address=$1 said status=0
    shift
    rm -rf heard home
    mkdir home
    (cd work && env -i HOME="$folder/home" TMPDIR="$folder/tmp" PATH="$PATH" LANG=C.UTF-8 \
        DISABLE_AUTOUPDATER=1 ANTHROPIC_BASE_URL="$here/$address" ANTHROPIC_AUTH_TOKEN=none \
        HTTPS_PROXY="$here" NO_PROXY=127.0.0.1 timeout 60 \
        "$folder/node/node_modules/.bin/claude" -p "$@" "say hello" \
        </dev/null >../said 2>&1) || status=$?
    echo "    asked:  $(sort -u heard)"
    said=$(grep -oE "^hello|issue with the selected model|API Error: [0-9]+|no such path" said) || true
    echo "    then:   $said, exit $status"
}

named=(--model some-model)
{
    node/node_modules/.bin/claude --version
    echo "a server that has the path and the model"
    outcome has "${named[@]}"
    echo "the same, and /v1 at the end of its address"
    outcome has/v1 "${named[@]}"
    echo "a server without the path: 404, an error in JSON"
    outcome json "${named[@]}"
    echo "a server without the path: 404, a page"
    outcome page "${named[@]}"
    echo "a server without the path: 405"
    outcome 405 "${named[@]}"
    echo "a server that has the path and not the model"
    outcome has --model another-model
    echo "the same, no model named"
    outcome has
} >seen
cat seen

cat >expected <<'TEXT'
2.1.332 (Claude Code)
a server that has the path and the model
    asked:  /v1/messages for some-model
    then:   hello, exit 0
the same, and /v1 at the end of its address
    asked:  /v1/v1/messages for some-model
    then:   issue with the selected model, exit 1
a server without the path: 404, an error in JSON
    asked:  /v1/messages for some-model
    then:   issue with the selected model, exit 1
a server without the path: 404, a page
    asked:  /v1/messages for some-model
    then:   issue with the selected model, exit 1
a server without the path: 405
    asked:  /v1/messages for some-model
    then:   API Error: 405, exit 1
a server that has the path and not the model
    asked:  /v1/messages for another-model
    then:   issue with the selected model, exit 1
the same, no model named
    asked:  /v1/messages for claude-opus-5-5
    then:   issue with the selected model, exit 1
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
