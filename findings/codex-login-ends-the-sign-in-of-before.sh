#!/usr/bin/env bash
# `codex login` ends the sign-in of before ahead of the new one.
#
# Guess: a login takes the place of the stored sign-in once it has another; where it is
#   refused, or given up, or its code expires, the one of before is still there.
# Is: where CODEX_HOME holds a sign-in with ChatGPT, `codex login --device-auth` first has
#   its refresh token revoked and deletes auth.json, without a word, and only then asks
#   for a code. Whatever ends the login after that leaves nothing. Without a network the
#   file is deleted too, and the refresh token, which nobody has now, stays good.
# Who meets it: launchers that offer to sign in once more, or only try whether it works;
#   whoever has a copy of that auth.json elsewhere, which is revoked with it. So log in in
#   an empty CODEX_HOME, and put what comes of it in place.
# Source: Codex 0.171.0 from npm, as run below with an issuer on this computer; other
#   hosts are not reached. Login by a browser does the same, before anybody has seen the
#   page; with an API key nothing is revoked.
set -euo pipefail

folder=$(mktemp -d)
issuer=
trap '[ -z "$issuer" ] || kill "$issuer"; rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --prefix node @openai/codex@0.171.0 >/dev/null
mkdir -p home/.codex

# Under /closed it has no codes; under /refused whoever is asked for the code says no.
cat >issuer.mjs <<'JS'
import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const server = createServer(async (request, response) => {
  let text = "";
  for await (const part of request) text += part;
  const [, name, path] = request.url.match(/^\/(\w+)\/(.*)/);
  const asked = path.split("/").at(-1);
  appendFileSync("heard", asked === "revoke" ? `revoke ${JSON.parse(text).token}\n` : `${asked}\n`);
  const code = { device_auth_id: "none", user_code: "NONE-00000", interval: "1" };
  const [status, answer] = {
    revoke: [200, {}],
    usercode: name === "refused" ? [200, code] : [404, {}],
  }[asked] ?? [410, {}];
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(answer));
});
server.listen(0, "127.0.0.1", () => {
  writeFileSync("port.new", String(server.address().port));
  renameSync("port.new", "port");
});
JS
node issuer.mjs &
issuer=$!
until [ -e port ]; do sleep 0.1; done
here="http://127.0.0.1:$(cat port)"

# `e30` is `{}`.
sign_in() {
    cat >home/.codex/auth.json <<'JSON'
{"auth_mode":"chatgpt","last_refresh":"2100-01-01T00:00:00Z","tokens":{"id_token":"e30.e30.none",
    "access_token":"e30.e30.none","refresh_token":"the-one-of-before"}}
JSON
}

at=http://127.0.0.1:9
codex() {
    env -i HOME="$folder/home" PATH="$PATH" LANG=C.UTF-8 HTTPS_PROXY=http://127.0.0.1:9 \
        NO_PROXY=127.0.0.1 CODEX_REVOKE_TOKEN_URL_OVERRIDE="$at/oauth/revoke" \
        timeout 60 "$folder/node/node_modules/.bin/codex" "$@" </dev/null 2>errors
}

# How a login at this issuer ends, what came there before, and what is left.
outcome() {
    at=$1
    rm -f heard
    sign_in
    codex login status || true
    echo "    before:  $(tail -1 errors)"
    codex login --device-auth --experimental_issuer "$at" >said || true
    echo "    login:   $(grep -oE 'status 410|is not enabled|error sending request|Success.*' errors)"
    echo "    issuer:  $([ -e heard ] && paste -sd, heard | sed 's/,/, /g' || echo is not reached)"
    codex login status || true
    echo "    after:   $(tail -1 errors), $([ -e home/.codex/auth.json ] || echo no) auth.json"
}

{
    codex --version
    echo "The code is refused"
    outcome "$here/refused"
    echo "The issuer has no codes"
    outcome "$here/closed"
    echo "No network"
    outcome http://127.0.0.1:9
} >seen
cat seen

cat >expected <<'TEXT'
codex-cli 0.171.0
The code is refused
    before:  Logged in using ChatGPT
    login:   status 410
    issuer:  revoke the-one-of-before, usercode, token
    after:   Not logged in, no auth.json
The issuer has no codes
    before:  Logged in using ChatGPT
    login:   is not enabled
    issuer:  revoke the-one-of-before, usercode
    after:   Not logged in, no auth.json
No network
    before:  Logged in using ChatGPT
    login:   error sending request
    issuer:  is not reached
    after:   Not logged in, no auth.json
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
