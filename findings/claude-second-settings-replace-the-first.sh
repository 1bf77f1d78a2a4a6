#!/usr/bin/env bash
# Claude Code reads only the last of two `--settings`, and its settings beat the
# environment it is started with.
#
# Guess: a second `--settings` is added to the first, as settings of different places are
#   added to each other; and a variable that is set for one start counts more than a
#   file in the person's home.
# Is: of two `--settings` the last is read, the first is passed over without a word: its
#   hooks never run, its apiKeyHelper is never asked. What `env` says in the person's own
#   ~/.claude/settings.json replaces what the process was started with; `env` in
#   `--settings` replaces both.
# Who meets it: launchers that put `--settings` with hooks of theirs before the words of a
#   person who has one too; whoever gives a session a token by its environment: the
#   person's token is sent. So one `--settings` with all of it, `env` too.
# Source: Claude Code 2.1.332 from npm, as run below with a model on this computer that
#   refuses every request and keeps what came to it. At a terminal it is the same.
set -euo pipefail

folder=$(mktemp -d)
model=
trap '[ -z "$model" ] || kill "$model"; rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --prefix node \
    @anthropic-ai/claude-code@2.1.332 >/dev/null
mkdir -p home/.claude work

cat >model.mjs <<'JS'
import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const server = createServer(async (request, response) => {
  for await (const _ of request);
  const { authorization, "x-api-key": key } = request.headers;
  for (const given of [key, authorization?.replace("Bearer ", "")]) {
    if (given && request.url.startsWith("/v1/messages")) appendFileSync("heard", `${given}\n`);
  }
  response.writeHead(400, { "content-type": "application/json" });
  const error = { type: "invalid_request_error", message: "refused" };
  response.end(JSON.stringify({ type: "error", error }));
});
server.listen(0, "127.0.0.1", () => {
  writeFileSync("port.new", String(server.address().port));
  renameSync("port.new", "port");
});
JS
node model.mjs &
model=$!
until [ -e port ]; do sleep 0.1; done

hooks='"hooks":{"SessionStart":[{"hooks":[{"type":"command","command":"touch ../hook"}]}]}'
helper='"apiKeyHelper":"echo the-helper"'
echo "{$hooks}" >hooks.json
echo "{$helper}" >helper.json
echo "{$hooks,$helper}" >both.json
echo '{"env":{"ANTHROPIC_AUTH_TOKEN":"the-option"}}' >token.json
echo '{}' >nothing.json

# Which credential came to the model, and whether the hook ran.
token=()
outcome() {
    rm -f heard hook
    (cd work && env -i HOME="$folder/home" PATH="$PATH" LANG=C.UTF-8 "${token[@]}" \
        ANTHROPIC_BASE_URL="http://127.0.0.1:$(cat "$folder/port")" \
        CLAUDE_CODE_MAX_RETRIES=0 CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 \
        timeout 60 "$folder/node/node_modules/.bin/claude" "$@" -p "say hello" \
        </dev/null >said 2>&1) || true
    echo "$([ -e heard ] && sort -u heard | paste -sd, || echo nobody), hook $([ -e hook ] && echo run || echo not run)"
}

{
    node/node_modules/.bin/claude --version
    echo "hooks, then helper:        $(outcome --settings ../hooks.json --settings ../helper.json)"
    echo "helper, then hooks:        $(outcome --settings ../helper.json --settings ../hooks.json)"
    echo "both in one:               $(outcome --settings ../both.json)"
    token=(ANTHROPIC_AUTH_TOKEN=the-environment)
    echo "environment:               $(outcome)"
    echo '{"env":{"ANTHROPIC_AUTH_TOKEN":"the-person"}}' >home/.claude/settings.json
    echo "and settings.json:         $(outcome)"
    echo "and --settings:            $(outcome --settings ../token.json)"
    echo "and a second --settings:   $(outcome --settings ../token.json --settings ../nothing.json)"
} >seen
cat seen

cat >expected <<'TEXT'
2.1.332 (Claude Code)
hooks, then helper:        the-helper, hook not run
helper, then hooks:        nobody, hook run
both in one:               the-helper, hook run
environment:               the-environment, hook not run
and settings.json:         the-person, hook not run
and --settings:            the-option, hook not run
and a second --settings:   the-person, hook not run
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
