#!/usr/bin/env bash
# Copilot CLI needs no GitHub account where it is given a model of another provider.
#
# Guess: it works for those who have signed in at GitHub and have Copilot: its README asks
#   for a subscription, and without a sign-in it ends and names three ways to sign in,
#   each at GitHub.
# Is: with COPILOT_PROVIDER_BASE_URL and COPILOT_MODEL it works for anybody, and sends
#   COPILOT_PROVIDER_API_KEY as a bearer, or no key where there is none. `copilot help
#   providers` has this; the message of a start without a sign-in has not.
#   COPILOT_OFFLINE=true is not needed: without it api.github.com is asked too, and when
#   it is not reached the session works all the same. With it only the model is asked.
# Who meets it: launchers that take an agent for usable only when they find its sign-in,
#   or send a person to the login first; people with a key and no subscription.
# Source: GitHub Copilot CLI 1.0.102 from npm, as run below with a model on this computer;
#   every other host is asked through the same as a proxy, which lets nothing out.
set -euo pipefail

folder=$(mktemp -d)
model=
trap '[ -z "$model" ] || kill "$model"; rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --prefix node @github/copilot@1.0.102 >/dev/null
mkdir -p work tmp

# A model that says hello, and keeps which key it was sent for which model, or as a proxy
# which host was asked for.
cat >model.mjs <<'JS'
import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const server = createServer(async (request, response) => {
  let text = "";
  for await (const more of request) text += more;
  if (request.url !== "/v1/chat/completions") return response.writeHead(404).end();
  const { model } = JSON.parse(text);
  appendFileSync("heard", `${model} with ${request.headers.authorization ?? "no key"}\n`);
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
server.on("connect", (request, socket) => {
  appendFileSync("heard", `${request.url.split(":")[0]}\n`);
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

# What was asked for in a session with these variables, in a home of its own, and what it says.
outcome() {
    local said status=0
    rm -rf heard home
    mkdir home
    (cd work && env -i HOME="$folder/home" TMPDIR="$folder/tmp" PATH="$PATH" LANG=C.UTF-8 \
        COPILOT_AUTO_UPDATE=false HTTPS_PROXY="$here" NO_PROXY=127.0.0.1 "$@" timeout 60 \
        "$folder/node/node_modules/.bin/copilot" -p "say hello" \
        </dev/null >../said 2>&1) || status=$?
    [ -e heard ] || echo >heard
    echo "    asked:  $(sort -u heard | paste -sd, | sed 's/^$/nothing/; s/,/, /g')"
    said=$(grep -oE '^hello|No authentication information|require an explicit model' said) || true
    echo "    then:   $said, exit $status"
}

provider=COPILOT_PROVIDER_BASE_URL=$here/v1
key=COPILOT_PROVIDER_API_KEY=none
named=COPILOT_MODEL=some-model
{
    env -i HOME="$folder/home" PATH="$PATH" COPILOT_AUTO_UPDATE=false \
        HTTPS_PROXY=http://127.0.0.1:9 node/node_modules/.bin/copilot --version | head -1
    echo "nothing given"
    outcome A=b
    echo "a provider, a key, a model and COPILOT_OFFLINE"
    outcome "$provider" $key $named COPILOT_OFFLINE=true
    echo "a provider, a key and a model"
    outcome "$provider" $key $named
    echo "a provider and a model"
    outcome "$provider" $named
    echo "a provider and a key"
    outcome "$provider" $key
} >seen
cat seen

cat >expected <<'TEXT'
GitHub Copilot CLI 1.0.102.
nothing given
    asked:  api.github.com
    then:   No authentication information, exit 1
a provider, a key, a model and COPILOT_OFFLINE
    asked:  some-model with Bearer none
    then:   hello, exit 0
a provider, a key and a model
    asked:  api.github.com, some-model with Bearer none
    then:   hello, exit 0
a provider and a model
    asked:  api.github.com, some-model with no key
    then:   hello, exit 0
a provider and a key
    asked:  nothing
    then:   require an explicit model, exit 1
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
