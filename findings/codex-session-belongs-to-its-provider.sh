#!/usr/bin/env bash
# A session of Codex can be resumed only with the model provider that it was begun with.
#
# Guess: `-c model_provider=…` says where this start sends its requests; the history of a
#   session is the person's, and goes on with whatever provider is chosen.
# Is: the session keeps the provider's name. By its id it is refused with another one,
#   "Cannot change this thread's model provider", and where its own is not in the
#   settings: what was begun with a provider of `-c` alone the person cannot resume.
#   `codex exec resume --last` looks only at sessions of its own provider: it takes an
#   older one, or begins a new one with no history, and says nothing. `fork` takes the
#   history over to another provider.
# Who meets it: launchers that give a session an endpoint or a key by a provider of their
#   own: a person's sessions cannot go on there, nor theirs without them.
# Source: Codex 0.171.0 from npm, as run below with a model on this computer that refuses
#   every request and keeps what it was told; other hosts are not reached. At a terminal,
#   with the built-in provider `openai`, both are refused as well, and `--last` too.
set -euo pipefail

folder=$(mktemp -d)
model=
trap '[ -z "$model" ] || kill "$model"; rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --prefix node @openai/codex@0.171.0 >/dev/null
mkdir -p home/.codex work

cat >model.mjs <<'JS'
import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const server = createServer(async (request, response) => {
  let text = "";
  for await (const part of request) text += part;
  const name = request.url.split("/")[1];
  appendFileSync("heard", `${name} is told: ${text.match(/word \d/g)?.join(", ")}\n`);
  response.writeHead(400, { "content-type": "application/json" });
  const error = { type: "invalid_request_error", message: "refused" };
  response.end(JSON.stringify({ error }));
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

cat >home/.codex/config.toml <<TOML
model = "stand-in"
model_provider = "own"
check_for_update_on_startup = false
[model_providers.own]
name = "Own"
base_url = "$here/own"
request_max_retries = 0
TOML
known=(-c "model_providers.given={name=\"Given\",base_url=\"$here/given\",request_max_retries=0}")
chosen=("${known[@]}" -c 'model_provider="given"')

# What the model is told, or why it is not.
outcome() {
    rm -f heard
    (cd work && env -i HOME="$folder/home" PATH="$PATH" LANG=C.UTF-8 \
        HTTPS_PROXY=http://127.0.0.1:9 NO_PROXY=127.0.0.1 timeout 60 \
        "$folder/node/node_modules/.bin/codex" exec --skip-git-repo-check "$@" \
        </dev/null >../said 2>&1) || true
    if [ -e heard ]; then
        sort -u heard
    else
        grep -oE 'Cannot change this.* resume|This chat uses .* configured' said || cat said
    fi
}

newest() {
    find home/.codex/sessions -name '*.jsonl' | sort | tail -1 | grep -oE '[0-9a-f-]{36}\.' | tr -d .
}

{
    node/node_modules/.bin/codex --version
    echo "own, begun:             $(outcome "word 1")"
    own=$(newest)
    echo "own, by own:            $(outcome resume "$own" "word 2")"
    echo "own, by given:          $(outcome resume "${chosen[@]}" "$own" "word 3")"
    echo "--last, by given:       $(outcome resume --last "${chosen[@]}" "word 4")"
    given=$(newest)
    echo "given, by given:        $(outcome resume "${chosen[@]}" "$given" "word 5")"
    echo "given, by own:          $(outcome resume "$given" "word 6")"
    echo "given, by own, known:   $(outcome resume "${known[@]}" "$given" "word 7")"
    echo "--last, by own:         $(outcome resume --last "word 8")"
    echo "own, fork by given:     $(outcome fork "${chosen[@]}" "$own" "word 9")"
} >seen
cat seen

cat >expected <<'TEXT'
codex-cli 0.171.0
own, begun:             own is told: word 1
own, by own:            own is told: word 1, word 2
own, by given:          Cannot change this thread's model provider from `own` to `given` on resume
--last, by given:       given is told: word 4
given, by given:        given is told: word 4, word 5
given, by own:          This chat uses model provider “given”, which is no longer configured
given, by own, known:   Cannot change this thread's model provider from `given` to `own` on resume
--last, by own:         own is told: word 1, word 2, word 8
own, fork by given:     given is told: word 1, word 2, word 8, word 9
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
