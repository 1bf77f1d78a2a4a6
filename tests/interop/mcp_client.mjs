// npm @modelcontextprotocol/sdk against an instance, as code agents have it:
// node mcp_client.mjs ISSUER [CLIENT]
// Says what happens in lines that tests/interop.rs reads.

import { createServer } from "node:http";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [issuer, id] = process.argv.slice(2);
const say = (word, value = "") => console.log(word, value);
const address = new URL(`${issuer}/mcp`);

// Resolves with the code that a browser brings.
let came;
const code = new Promise((resolve) => (came = resolve));
const server = createServer((request, response) => {
  response.setHeader("connection", "close");
  response.end("back at the program");
  came(new URL(request.url, "http://localhost").searchParams.get("code"));
  server.close();
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const redirectUrl = `http://localhost:${server.address().port}/callback`;

let client = id && { client_id: id };
let tokens, verifier, asked;
const authProvider = {
  redirectUrl,
  // Registered at another port than it is answered at.
  clientMetadata: { client_name: "An agent", redirect_uris: ["http://localhost/callback"] },
  clientInformation: () => client,
  saveClientInformation: (registered) => (client = registered),
  tokens: () => tokens,
  saveTokens: (given) => (tokens = given),
  saveCodeVerifier: (made) => (verifier = made),
  codeVerifier: () => verifier,
  redirectToAuthorization: (url) => (asked = url),
};

// Comes to /mcp; says what was made of that.
async function come() {
  const transport = new StreamableHTTPClientTransport(address, { authProvider });
  try {
    await new Client({ name: "an agent", version: "1" }).connect(transport);
    return "connected";
  } catch (fault) {
    if (fault instanceof UnauthorizedError) return "unauthorized";
    return `answered ${fault.code}`;
  }
}

say("came", await come());
say("registered", client.client_secret === undefined ? client.client_id.slice(0, 4) : "a secret");
say("resource", asked.searchParams.get("resource") === address.href);
say("scope", asked.searchParams.get("scope"));
say("open", asked.href);
const first = new StreamableHTTPClientTransport(address, { authProvider });
await first.finishAuth(await code);
say("lives", tokens.expires_in);
say("came", await come());
const api = await fetch(`${issuer}/api/my/profile`, {
  headers: { authorization: `Bearer ${tokens.access_token}` },
});
say("elsewhere", api.status);
// Its token is over, and it renews it by itself.
const before = tokens;
tokens = { ...tokens, access_token: "cm_access_over" };
say("came", await come());
say("renewed", tokens.access_token !== before.access_token && tokens.refresh_token !== before.refresh_token);
// Another window has the one before, and comes at the same moment.
tokens = { ...before, access_token: "cm_access_over" };
say("came", await come());
