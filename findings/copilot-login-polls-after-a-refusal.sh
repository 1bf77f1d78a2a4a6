#!/usr/bin/env bash
# `copilot login --device-code` goes on asking after it was refused.
#
# Guess: a person who declines at the page where the code is typed in ends the login:
#   RFC 8628 section 3.5 has `access_denied` for that, `expired_token` for a code that has
#   run out, and whoever asks is to stop at both.
# Is: with status 200, GitHub's way, `slow_down` is heeded and these two are not; with 400,
#   as RFC 6749 section 5.2 has it, no error is. It says that it waits for authorization,
#   and asks at the same pace until the `expires_in` of the code has passed by its own
#   clock, which at GitHub is a quarter of an hour. Then it says that the code has
#   expired, never that it was refused.
# Who meets it: launchers that run the login and wait for its end to learn how it went:
#   they need a cancel of their own, by a signal.
# Source: GitHub Copilot CLI 1.0.102 from npm, as run below with an issuer on this
#   computer, whose codes are good for eight seconds; other hosts are not reached.
set -euo pipefail

folder=$(mktemp -d)
issuer=
trap '[ -z "$issuer" ] || kill "$issuer"; rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --prefix node @github/copilot@1.0.102 >/dev/null
mkdir -p home work

# It answers with the status and error in `answer`, and keeps when it was asked.
cat >issuer.mjs <<'JS'
import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const server = createServer(async (request, response) => {
  for await (const _ of request);
  const answer = (status, what) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(what));
  };
  if (request.url === "/login/device/code") {
    const code = { device_code: "none", user_code: "NONE-0000", expires_in: 8, interval: 1 };
    return answer(200, { ...code, verification_uri: "http://127.0.0.1:9/" });
  }
  if (request.url !== "/login/oauth/access_token") return answer(404, {});
  appendFileSync("heard", `${Date.now()}\n`);
  const [status, error] = readFileSync("answer", "utf8").trim().split(" ");
  answer(Number(status), { error });
});
server.listen(0, "127.0.0.1", () => {
  writeFileSync("port.new", String(server.address().port));
  renameSync("port.new", "port");
});
JS
node issuer.mjs &
issuer=$!
until [ -e port ]; do sleep 0.1; done

copilot() {
    (cd work && env -i HOME="$folder/home" PATH="$PATH" LANG=C.UTF-8 BROWSER=true \
        COPILOT_AUTO_UPDATE=false HTTPS_PROXY=http://127.0.0.1:9 NO_PROXY=127.0.0.1 timeout 100 \
        "$folder/node/node_modules/.bin/copilot" "$@" </dev/null 2>&1)
}

# How often it asks in the eight seconds of a code when it is always answered so, and what it
# says at its end.
outcome() {
    local status=0
    rm -f heard
    echo "$*" >answer
    copilot login --device-code --host "http://127.0.0.1:$(cat port)" >said || status=$?
    awk '{ time[NR] = $1 / 1000 } END {
        if (NR == 1) printf "asks once"
        else printf "asks after %.0f s%s", time[2] - time[1], (NR > 3 ? " and on" : "")
    }' heard
    echo ", then: $(grep -oE 'Device code expired|denied.*|refused.*' said), exit $status"
}

{
    copilot --version | head -1
    echo "200 slow_down:      $(outcome 200 slow_down)"
    echo "200 access_denied:  $(outcome 200 access_denied)"
    echo "200 expired_token:  $(outcome 200 expired_token)"
    echo "400 slow_down:      $(outcome 400 slow_down)"
    echo "400 access_denied:  $(outcome 400 access_denied)"
} >seen
cat seen

cat >expected <<'TEXT'
GitHub Copilot CLI 1.0.102.
200 slow_down:      asks once, then: Device code expired, exit 1
200 access_denied:  asks after 2 s and on, then: Device code expired, exit 1
200 expired_token:  asks after 2 s and on, then: Device code expired, exit 1
400 slow_down:      asks after 2 s and on, then: Device code expired, exit 1
400 access_denied:  asks after 2 s and on, then: Device code expired, exit 1
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
