#!/usr/bin/env bash
# opencode puts a stored sign-in before a variable and, with OAuth, before a configured key.
#
# Guess: ANTHROPIC_API_KEY chooses the key of one session, as with other agents; and where
#   OPENCODE_CONFIG_CONTENT (settings for one session) or OPENCODE_AUTH_CONTENT (sign-ins
#   for one session) names a key, that one is sent.
# Is: from weakest to strongest: the variable, a sign-in with a key, options.apiKey of the
#   settings, a sign-in by OAuth (tried with OpenAI's). So the variable gives way to a
#   stored sign-in; a key in OPENCODE_CONFIG_CONTENT to OAuth, where the address in the
#   settings is passed over too and chatgpt.com is asked; a key in OPENCODE_AUTH_CONTENT
#   to options.apiKey of the person's own opencode.json. OPENCODE_AUTH_CONTENT='{}', which
#   hides what is stored, together with the key in OPENCODE_CONFIG_CONTENT holds against
#   both.
# Who meets it: launchers that give one session a key of its own: each way works in a home
#   without a sign-in, and elsewhere the person's account is used, without a word.
# Source: opencode 1.18.33 from npm, as run below with a model on this computer that
#   refuses every request and keeps what came to it. Every other host is asked through
#   the same as a proxy, which lets nothing out.
set -euo pipefail

folder=$(mktemp -d)
model=
trap '[ -z "$model" ] || kill "$model"; rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --prefix node opencode-ai@1.18.33 >/dev/null
mkdir -p home/.config/opencode home/.local/share/opencode work tmp

cat >model.mjs <<'JS'
import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const server = createServer(async (request, response) => {
  for await (const _ of request);
  const { authorization, "x-api-key": key } = request.headers;
  appendFileSync("heard", `${key ?? authorization?.replace("Bearer ", "")}\n`);
  response.writeHead(400, { "content-type": "application/json" });
  const error = { type: "invalid_request_error", message: "refused" };
  response.end(JSON.stringify({ type: "error", error }));
});
server.on("connect", (request, socket) => {
  if (request.url === "chatgpt.com:443") appendFileSync("heard", "chatgpt.com is asked\n");
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

# The person's settings, with this key for anthropic where there is one.
settings() {
    echo '{"provider":{"anthropic":{"options":{"baseURL":"'"$here"'/v1"'"${1:+,\"apiKey\":\"$1\"}"'}},
        "openai":{"options":{"baseURL":"'"$here"'/v1"}}}}' >home/.config/opencode/opencode.json
}

# What came to the model from a session of MODEL with these variables.
outcome() {
    local of=$1
    shift
    rm -f heard
    (cd work && env -i HOME="$folder/home" TMPDIR="$folder/tmp" PATH="$PATH" LANG=C.UTF-8 \
        HTTPS_PROXY="$here" NO_PROXY=127.0.0.1 OPENCODE_DISABLE_AUTOUPDATE=1 \
        OPENCODE_DISABLE_MODELS_FETCH=1 "$@" timeout 60 \
        "$folder/node/node_modules/.bin/opencode" run -m "$of" "say hello" \
        </dev/null >said 2>&1) || true
    sort -u heard | paste -sd,
}

claude=anthropic/claude-sonnet-4-5
gpt=openai/gpt-5.4
variable=ANTHROPIC_API_KEY=the-variable
sign_in='OPENCODE_AUTH_CONTENT={"anthropic":{"type":"api","key":"our-sign-in"}}'
none=OPENCODE_AUTH_CONTENT={}
key='OPENCODE_CONFIG_CONTENT={"provider":{
    "anthropic":{"options":{"apiKey":"our-settings"}},
    "openai":{"options":{"apiKey":"our-settings"}}}}'
{
    node/node_modules/.bin/opencode --version
    settings ''
    echo "nothing stored, the variable:       $(outcome $claude $variable)"
    echo '{"anthropic":{"type":"api","key":"the-stored"},"openai":{"type":"oauth","access":"none",
        "refresh":"none","expires":4102444800000,"accountId":"none"}}' >home/.local/share/opencode/auth.json
    echo "a key stored, the variable:         $(outcome $claude $variable)"
    echo "a key stored, AUTH_CONTENT:         $(outcome $claude "$sign_in")"
    echo "a key stored, CONFIG_CONTENT:       $(outcome $claude "$key")"
    echo "OAuth stored, CONFIG_CONTENT:       $(outcome $gpt "$key")"
    echo "OAuth stored, both:                 $(outcome $gpt "$none" "$key")"
    settings the-person
    echo "a key in settings, AUTH_CONTENT:    $(outcome $claude "$sign_in")"
    echo "a key in settings, both:            $(outcome $claude "$none" "$key")"
} >seen
cat seen

cat >expected <<'TEXT'
1.18.33
nothing stored, the variable:       the-variable
a key stored, the variable:         the-stored
a key stored, AUTH_CONTENT:         our-sign-in
a key stored, CONFIG_CONTENT:       our-settings
OAuth stored, CONFIG_CONTENT:       chatgpt.com is asked
OAuth stored, both:                 our-settings
a key in settings, AUTH_CONTENT:    the-person
a key in settings, both:            our-settings
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
