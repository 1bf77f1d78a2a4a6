#!/usr/bin/env bash
# Gemini CLI told to send its key as a bearer sends it as an API key too.
#
# Guess: GEMINI_API_KEY_AUTH_MECHANISM chooses between two headers: x-goog-api-key, or with
#   `bearer` Authorization instead.
# Is: `bearer` adds Authorization, and x-goog-api-key is there still, with the same value.
#   Only this spelling counts: `Bearer` is passed over without a word. The documentation
#   in the package does not name the variable.
# Who meets it: gateways that are to take a bearer and refuse, or read first, an API key;
#   those who give GEMINI_API_KEY an access token for this: it goes as an API key too,
#   which it is not. What Google does with both was not tried.
# Source: Gemini CLI 0.61.0 from npm, as run below with a model on this computer; other
#   hosts are not reached.
set -euo pipefail

folder=$(mktemp -d)
model=
trap '[ -z "$model" ] || kill "$model"; rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --prefix node @google/gemini-cli@0.61.0 >/dev/null
mkdir -p home/.gemini work tmp
echo '{"security":{"auth":{"selectedType":"gemini-api-key"}}}' >home/.gemini/settings.json

# A model that says hello, and keeps what it was sent to let in.
cat >model.mjs <<'JS'
import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const server = createServer(async (request, response) => {
  for await (const _ of request);
  const names = ["authorization", "x-goog-api-key"].filter((name) => name in request.headers);
  const sent = names.map((name) => `${name}: ${request.headers[name]}`);
  appendFileSync("heard", `${sent.join(", ")}\n`);
  response.writeHead(200, { "content-type": "text/event-stream" });
  const content = { role: "model", parts: [{ text: "hello" }] };
  const usageMetadata = { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 };
  const candidates = [{ content, finishReason: "STOP", index: 0 }];
  response.end(`data: ${JSON.stringify({ candidates, usageMetadata })}\n\n`);
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

# What came to the model from a session with this variable.
outcome() {
    local status=0
    rm -f heard
    (cd work && env -i HOME="$folder/home" TMPDIR="$folder/tmp" LANG=C.UTF-8 \
        PATH="$folder/node/node_modules/.bin:$PATH" HTTPS_PROXY=http://127.0.0.1:9 \
        NO_PROXY=127.0.0.1 GEMINI_CLI_TRUST_WORKSPACE=true GEMINI_API_KEY=none \
        GOOGLE_GEMINI_BASE_URL="$here" "$@" \
        timeout 60 gemini -m gemini-2.5-flash -p "say hello" </dev/null >../said 2>&1) || status=$?
    echo "$(sort -u heard), exit $status"
}

{
    node -p 'require("./node/node_modules/@google/gemini-cli/package.json").version'
    echo "not set:         $(outcome A=b)"
    echo "x-goog-api-key:  $(outcome GEMINI_API_KEY_AUTH_MECHANISM=x-goog-api-key)"
    echo "bearer:          $(outcome GEMINI_API_KEY_AUTH_MECHANISM=bearer)"
    echo "Bearer:          $(outcome GEMINI_API_KEY_AUTH_MECHANISM=Bearer)"
} >seen
cat seen

cat >expected <<'TEXT'
0.61.0
not set:         x-goog-api-key: none, exit 0
x-goog-api-key:  x-goog-api-key: none, exit 0
bearer:          authorization: Bearer none, x-goog-api-key: none, exit 0
Bearer:          x-goog-api-key: none, exit 0
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
