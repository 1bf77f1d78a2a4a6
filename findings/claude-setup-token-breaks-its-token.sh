#!/usr/bin/env bash
# `claude setup-token` breaks the token that it shows in two.
#
# Guess: what is too long for a line the terminal wraps, and gives back as one when it is
#   copied; so the token, which is shown once and kept nowhere, can be taken as it stands.
# Is: the program breaks it itself, at a column less than the terminal has, and puts a
#   blank before each part: for the terminal they are two lines. What is copied has a line
#   break and a blank within, and is not the token. At 200 columns it is one line.
# Who meets it: people at a terminal of usual width; launchers that read the token off the
#   screen of one, and find its first part, which looks like a whole token. A terminal of
#   their own that is wide enough has it in one.
# Source: Claude Code 2.1.332 from npm, as run below with an issuer on this computer that
#   answers as every host, by a certificate made for it, with a token of 108 characters.
set -euo pipefail

folder=$(mktemp -d)
issuer=
socket=
trap '[ -z "$issuer" ] || kill "$issuer"; [ ! -e "$socket" ] || tmux -S "$socket" kill-server
    rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --prefix node \
    @anthropic-ai/claude-code@2.1.332 >/dev/null
mkdir -p home work
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=stand-in \
    -keyout key.pem -out cert.pem \
    -addext subjectAltName=DNS:platform.claude.com,DNS:api.anthropic.com 2>errors

token=$(printf 'none%.0s' $(seq 27))

# A proxy that answers by itself instead of letting out.
cat >issuer.mjs <<'JS'
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer as plain } from "node:http";
import { createServer } from "node:https";

const keys = { key: readFileSync("key.pem"), cert: readFileSync("cert.pem") };
const answers = createServer(keys, async (request, response) => {
  for await (const _ of request);
  const asked = request.url === "/v1/oauth/token";
  response.writeHead(asked ? 200 : 404, { "content-type": "application/json" });
  const token = { token_type: "Bearer", access_token: process.argv[2], expires_in: 31536000 };
  response.end(JSON.stringify(asked ? { ...token, scope: "user:inference" } : {}));
});
const proxy = plain();
proxy.on("connect", (request, socket) => {
  socket.on("error", () => {});
  socket.write("HTTP/1.1 200 OK\r\n\r\n");
  answers.emit("connection", socket);
});
proxy.listen(0, "127.0.0.1", () => {
  writeFileSync("port.new", String(proxy.address().port));
  renameSync("port.new", "port");
});
JS
node issuer.mjs "$token" &
issuer=$!
until [ -e port ]; do sleep 0.1; done

# All that was on it; lines that the terminal itself has wrapped come back as one.
screen() { tmux -S "$socket" capture-pane -p -J -S - -t claude; }

# Waits until this is on the screen.
until_shown() {
    for _ in $(seq 120); do
        if screen | grep -q "$1"; then return; fi
        sleep 0.5
    done
    screen >&2
    return 1
}

# What it shows as the token at a terminal of so many columns, and whether that is it.
outcome() {
    local shown
    # A server of its own for each: one that is just ending takes no session.
    socket=$folder/tmux.$1
    tmux -S "$socket" -f /dev/null new-session -d -s claude -x "$1" -y 40 -c "$folder/work" \
        env -i HOME="$folder/home" PATH="$PATH" LANG=C.UTF-8 TERM=tmux-256color BROWSER=true \
        DISABLE_AUTOUPDATER=1 NODE_EXTRA_CA_CERTS="$folder/cert.pem" \
        HTTPS_PROXY="http://127.0.0.1:$(cat port)" \
        sh -c "'$folder/node/node_modules/.bin/claude' setup-token; echo ended; sleep 100"
    until_shown 'Paste code'
    sleep 1
    tmux -S "$socket" send-keys -t claude -l 'none#none'
    sleep 1
    tmux -S "$socket" send-keys -t claude Enter
    until_shown '^ended'
    shown=$(screen | sed -n '/Your OAuth token/,/Store this/p' | sed '1d; $d; /^$/d')
    tmux -S "$socket" kill-server
    socket=
    echo "$shown" | sed 's/^/   |/; s/ *$/|/'
    if [ "${shown# }" = "$token" ]; then
        echo "    the token that was given"
    else
        echo "    not the token that was given"
    fi
}

{
    node/node_modules/.bin/claude --version
    for columns in 80 100 200; do
        echo "At $columns columns"
        outcome "$columns"
    done
} >seen
cat seen

cat >expected <<'TEXT'
2.1.332 (Claude Code)
At 80 columns
   | nonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenon|
   | enonenonenonenonenonenonenone|
    not the token that was given
At 100 columns
   | nonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenon|
   | enonenone|
    not the token that was given
At 200 columns
   | nonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenone|
    the token that was given
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
