// npm @modelcontextprotocol/sdk, or @modelcontextprotocol/client which followed it,
// against an instance, as code agents have them:
// node mcp_client.mjs ISSUER sdk|client [legacy|auto]
// Says what happens in lines that tests/interop.rs reads.

import { createServer } from "node:http";

const [issuer, from, mode] = process.argv.slice(2);
const parts = {
  sdk: ["sdk/client/auth.js", "sdk/client/index.js", "sdk/client/streamableHttp.js"],
  client: ["client"],
}[from].map((part) => import(`@modelcontextprotocol/${part}`));
const { Client, StreamableHTTPClientTransport, UnauthorizedError } = Object.assign(
  {},
  ...(await Promise.all(parts)),
);

const say = (word, value = "") => console.log(word, value);
const address = new URL(`${issuer}/mcp`);

// Resolves with what a browser brings.
let came;
const answer = new Promise((resolve) => (came = resolve));
const server = createServer((request, response) => {
  response.setHeader("connection", "close");
  response.end("back at the program");
  came(new URL(request.url, "http://localhost").searchParams);
  server.close();
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const redirectUrl = `http://localhost:${server.address().port}/callback`;

let client, tokens, verifier, found, asked;
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
  saveDiscoveryState: (state) => (found = state),
  discoveryState: () => found,
  redirectToAuthorization: (url) => (asked = url),
};

// Comes to /mcp and asks who it is; says what was made of that.
async function come() {
  const transport = new StreamableHTTPClientTransport(address, { authProvider });
  const agent = new Client(
    { name: "an agent", version: "1" },
    mode && { versionNegotiation: { mode } },
  );
  try {
    await agent.connect(transport);
    const { structuredContent } = await agent.callTool({ name: "whoami", arguments: {} });
    // The older of the two knows one alone.
    const era = agent.getProtocolEra?.() ?? "legacy";
    await agent.close();
    return `${structuredContent.person} ${era}`;
  } catch (fault) {
    if (fault instanceof UnauthorizedError) return "unauthorized";
    return `answered ${fault.code} ${fault.message}`;
  }
}

say("came", await come());
say("registered", client.client_secret === undefined ? client.client_id.slice(0, 4) : "a secret");
say("resource", asked.searchParams.get("resource") === address.href);
say("scope", asked.searchParams.get("scope"));
say("open", asked.href);
const first = new StreamableHTTPClientTransport(address, { authProvider });
// The older of the two takes the code alone.
const brought = await answer;
await first.finishAuth(from === "sdk" ? brought.get("code") : brought);
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
