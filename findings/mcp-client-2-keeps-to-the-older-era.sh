#!/usr/bin/env bash
# @modelcontextprotocol/client 2 speaks the older era of MCP unless it is told, and
# forgets on close which it spoke.
#
# Guess: a client of the second generation, made for revision 2026-07-28, asks a server
#   what it speaks (server/discover) and goes on in the newest both know; once it has
#   connected it can be asked which that was.
# Is: left alone it begins with `initialize` and 2025-11-25 and never asks, though the
#   server offers 2026-07-28. Only `versionNegotiation: { mode: "auto" }` has it ask.
#   getProtocolEra() answers while the connection is open; after close() it is
#   undefined.
# Who meets it: whoever tries a server with "the new SDK" and takes that for a trial of
#   the newest revision; whoever closes first and reports the era after.
# Source: @modelcontextprotocol/client 2.4.0 from npm, as run below against a server on
#   this computer that speaks both.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --ignore-scripts --prefix . \
    @modelcontextprotocol/client@2.4.0 >/dev/null

cat >walk.mjs <<'JS'
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const serverInfo = { name: "both", version: "1" };
const capabilities = { tools: {} };
const answers = {
  "server/discover": () => ({
    supportedVersions: ["2026-07-28"], capabilities, serverInfo, resultType: "complete",
    ttlMs: 0, cacheScope: "private",
  }),
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities, serverInfo }),
};

let asked;
const server = createServer(async (request, response) => {
  let text = "";
  for await (const part of request) text += part;
  if (request.method !== "POST") return response.writeHead(405).end();
  const { id, method, params } = JSON.parse(text);
  asked.push(method === "initialize" ? `${method} ${params.protocolVersion}` : method);
  if (id === undefined) return response.writeHead(202).end();
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ jsonrpc: "2.0", id, result: answers[method](params) }));
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = new URL(`http://127.0.0.1:${server.address().port}/mcp`);

const own = "node_modules/@modelcontextprotocol/client/package.json";
console.log("client", JSON.parse(readFileSync(own)).version);
for (const [name, options] of [
  ["left alone", {}],
  ["mode auto", { versionNegotiation: { mode: "auto" } }],
]) {
  asked = [];
  const client = new Client({ name: "walk", version: "1" }, options);
  await client.connect(new StreamableHTTPClientTransport(address));
  const era = client.getProtocolEra();
  await client.close();
  console.log(`${name}: asks ${asked.join(", ")}`);
  console.log(`${name}: era ${era}, after close ${client.getProtocolEra()}`);
}
server.close();
server.closeAllConnections();
JS

node walk.mjs >seen
cat seen

cat >expected <<'TEXT'
client 2.4.0
left alone: asks initialize 2025-11-25, notifications/initialized
left alone: era legacy, after close undefined
mode auto: asks server/discover
mode auto: era modern, after close undefined
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
