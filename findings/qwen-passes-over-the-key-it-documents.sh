#!/usr/bin/env bash
# Qwen Code passes over OPENROUTER_API_KEY, which its documentation says is enough.
#
# Guess: the documentation in the package has two variables as the whole setup for
#   OpenRouter, OPENROUTER_API_KEY and OPENAI_BASE_URL; so with these and a model it starts.
# Is: the key is not looked for. `qwen -p` says that no auth type is selected; with
#   `--auth-type openai` it says that OPENAI_API_KEY is missing. Both end with status 1.
#   The same key in OPENAI_API_KEY is sent, without --auth-type. OPENROUTER_API_KEY is
#   read where `modelProviders` of the settings has it as `envKey`. REQUESTY_API_KEY, which
#   the next line of the documentation has, is passed over likewise.
# Who meets it: people who keep the key under the name that other agents take;
#   launchers that hand a session the variables of the documentation. They set
#   OPENAI_API_KEY for this one, or write settings.
# Source: Qwen Code 0.24.4 from npm, as run below by Node 22.23.3 (it needs 22 at least),
#   with a model on this computer; other hosts are not reached.
set -euo pipefail

folder=$(mktemp -d)
model=
trap '[ -z "$model" ] || kill "$model"; rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --prefix node \
    @qwen-code/qwen-code@0.24.4 node@22.23.3 >/dev/null
mkdir -p work tmp

# A model that says hello, and keeps which key it was sent.
cat >model.mjs <<'JS'
import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const server = createServer(async (request, response) => {
  let text = "";
  for await (const more of request) text += more;
  if (request.url !== "/v1/chat/completions") return response.writeHead(404).end();
  appendFileSync("heard", `${request.headers.authorization}\n`);
  const { model } = JSON.parse(text);
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
server.listen(0, "127.0.0.1", () => {
  writeFileSync("port.new", String(server.address().port));
  renameSync("port.new", "port");
});
JS
node model.mjs &
model=$!
until [ -e port ]; do sleep 0.1; done
here="http://127.0.0.1:$(cat port)/v1"

qwen() {
    (cd work && env -i HOME="$folder/home" TMPDIR="$folder/tmp" LANG=C.UTF-8 \
        PATH="$folder/node/node_modules/.bin:$PATH" HTTPS_PROXY=http://127.0.0.1:9 \
        NO_PROXY=127.0.0.1 "${variables[@]}" timeout 60 qwen "$@" </dev/null 2>&1)
}

# What comes of a session with these variables and, after --, these arguments: the key that
# the model was sent, or what the program says.
outcome() {
    local status=0 variables=()
    while [ "$1" != -- ]; do
        variables+=("$1")
        shift
    done
    shift
    rm -rf heard home
    mkdir -p home/.qwen
    [ ! -e settings.json ] || cp settings.json home/.qwen
    qwen "$@" -p "say hello" >said || status=$?
    if [ -e heard ]; then
        echo "$(sort -u heard), exit $status"
    else
        echo "$(grep -oE 'No auth type is selected|Missing API key' said), exit $status"
    fi
}

real=OPENAI_BASE_URL=https://openrouter.ai/api/v1
ours=OPENAI_BASE_URL=$here
named=OPENAI_MODEL=some-model
type=(--auth-type openai)
key=OPENROUTER_API_KEY=none
{
    variables=(A=b)
    qwen --version
    grep -ohE 'set .(OPENROUTER|REQUESTY)_API_KEY. and .OPENAI_BASE_URL=[^ ]*' \
        node/node_modules/@qwen-code/qwen-code/bundled/qc-helper/docs/configuration/auth.md
    echo "as documented:           $(outcome $key $real $named --)"
    echo "and --auth-type:         $(outcome $key $real $named -- "${type[@]}")"
    echo "our address:             $(outcome $key "$ours" $named --)"
    echo "and --auth-type:         $(outcome $key "$ours" $named -- "${type[@]}")"
    echo "REQUESTY_API_KEY:        $(outcome REQUESTY_API_KEY=none "$ours" $named -- "${type[@]}")"
    echo "OPENAI_API_KEY:          $(outcome OPENAI_API_KEY=none "$ours" $named --)"
    echo '{"modelProviders":{"openai":[{"id":"some-model","envKey":"OPENROUTER_API_KEY",
        "baseUrl":"'"$here"'"}]},"security":{"auth":{"selectedType":"openai"}},
        "model":{"name":"some-model"}}' >settings.json
    echo "envKey of the settings:  $(outcome $key --)"
} >seen
cat seen

cat >expected <<'TEXT'
0.24.4
set `OPENROUTER_API_KEY` and `OPENAI_BASE_URL=https://openrouter.ai/api/v1`
set `REQUESTY_API_KEY` and `OPENAI_BASE_URL=https://router.requesty.ai/v1`
as documented:           No auth type is selected, exit 1
and --auth-type:         Missing API key, exit 1
our address:             No auth type is selected, exit 1
and --auth-type:         Missing API key, exit 1
REQUESTY_API_KEY:        Missing API key, exit 1
OPENAI_API_KEY:          Bearer none, exit 0
envKey of the settings:  Bearer none, exit 0
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
