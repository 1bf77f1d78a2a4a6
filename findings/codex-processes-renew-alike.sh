#!/usr/bin/env bash
# Processes of Codex that share a CODEX_HOME all renew with the same refresh token.
#
# Guess: auth.json is locked while it is renewed, as an auth.json.lock is beside it; so of
#   several processes one asks the issuer, and the others take what it brought.
# Is: processes that find the access token at its end each send the refresh token that
#   they have read, at the same time; only when that is refused do they look at the file
#   again. Where the issuer refuses a second use of a refresh token and no more, all go on
#   with what the first got. Where a second use ends the sign-in, as RFC 9700 section
#   4.14.2 has it, all of them are signed out, the first too.
# Who meets it: launchers that start several sessions at once on one sign-in that has
#   rested for a while; issuers that Codex signs in at. So one renews before the others
#   start, or the issuer forgives a second use for some seconds.
# Source: Codex 0.171.0 from npm, as run below with an issuer and a model on this
#   computer; other hosts are not reached. Two folders whose auth.json is a link to one
#   file do the same. What OpenAI's own issuer does at a second use was not tried.
set -euo pipefail

folder=$(mktemp -d)
issuer=
trap '[ -z "$issuer" ] || kill "$issuer"; rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --prefix node @openai/codex@0.171.0 >/dev/null
mkdir -p home/.codex work

# Two sign-ins, /refuses and /ends, by what a second use of a refresh token does there. Its
# answers wait until three have asked, or for 30 seconds: so it shows who waits for another.
# The model refuses everything, after it has looked at the access token.
cat >issuer.mjs <<'JS'
import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const part = (claims) => Buffer.from(JSON.stringify(claims)).toString("base64url");
const sign_ins = { refuses: { newest: 1, waiting: [] }, ends: { newest: 1, waiting: [] } };

const renew = (name, sent, answer) => {
  const of = sign_ins[name];
  if (of.ended) return answer(401, { error: { code: "refresh_token_invalidated" } });
  if (sent !== `refresh-${of.newest}`) {
    of.ended = name === "ends";
    return answer(401, { error: { code: "refresh_token_reused" } });
  }
  of.newest += 1;
  of.token = `${part({})}.${part({ exp: Math.floor(Date.now() / 1000) + 86400 })}.none`;
  answer(200, { access_token: of.token, refresh_token: `refresh-${of.newest}` });
};

const server = createServer(async (request, response) => {
  let text = "";
  for await (const more of request) text += more;
  const [, name, which] = request.url.split("/");
  const { ended, newest, token, waiting } = sign_ins[name];
  const answer = (status, what) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(what));
  };
  if (which === "model") {
    const known = !ended && request.headers.authorization === `Bearer ${token}`;
    return answer(known ? 400 : 401, { error: { message: known ? "let in" : "unknown" } });
  }
  const sent = JSON.parse(text).refresh_token;
  appendFileSync("heard", `${which} ${sent}\n`);
  waiting.push(() => renew(name, sent, answer));
  const all = () => waiting.splice(0).forEach((one) => one());
  if (newest > 1 || waiting.length === 3) all();
  else if (waiting.length === 1) setTimeout(all, 30000);
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

# What each of three processes that start at once sends first, and what comes of it. In the
# tokens `e30` is `{}`, `eyJleHAiOjF9` is `{"exp":1}`.
outcome() {
    local each processes=() provider
    provider="{name=\"m\",base_url=\"$here/$1/model\",requires_openai_auth=true,request_max_retries=0}"
    rm -f heard
    cat >home/.codex/auth.json <<'JSON'
{"auth_mode":"chatgpt","last_refresh":"2026-01-01T00:00:00Z","tokens":{"id_token":"e30.e30.none",
    "access_token":"e30.eyJleHAiOjF9.none","refresh_token":"refresh-1","account_id":"one"}}
JSON
    for each in 1 2 3; do
        (cd work && exec env -i HOME="$folder/home" PATH="$PATH" LANG=C.UTF-8 \
            HTTPS_PROXY=http://127.0.0.1:9 NO_PROXY=127.0.0.1 \
            CODEX_REFRESH_TOKEN_URL_OVERRIDE="$here/$1/$each/oauth/token" \
            timeout 100 "$folder/node/node_modules/.bin/codex" exec --skip-git-repo-check -m m \
            -c model_provider=m -c model_providers.m="$provider" "say hello" \
            </dev/null >"../said.$each" 2>&1) &
        processes+=($!)
    done
    wait "${processes[@]}" || true
    echo "    sent:  $(head -3 heard | sort | paste -sd, | sed 's/,/, /g')"
    echo "    then:  $(for each in 1 2 3; do
        grep -oE 'let in|token was (already used|revoked)' "said.$each" | sort -u
    done | paste -sd, | sed 's/,/, /g')"
}

{
    node/node_modules/.bin/codex --version 2>errors
    echo "A second use is refused"
    outcome refuses
    echo "A second use ends the sign-in"
    outcome ends
} >seen
cat seen

cat >expected <<'TEXT'
codex-cli 0.171.0
A second use is refused
    sent:  1 refresh-1, 2 refresh-1, 3 refresh-1
    then:  let in, let in, let in
A second use ends the sign-in
    sent:  1 refresh-1, 2 refresh-1, 3 refresh-1
    then:  token was revoked, token was revoked, token was revoked
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
