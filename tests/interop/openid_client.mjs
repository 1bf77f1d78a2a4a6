// npm openid-client against an instance: node openid_client.mjs WHAT ISSUER CLIENT [SECRET]
// Says what happens in lines that tests/interop.rs reads, and asks the token
// endpoint about a device when it is told to go on.

import { createServer } from "node:http";
import { createInterface } from "node:readline";
import * as client from "openid-client";

const [what, issuer, id, secret] = process.argv.slice(2);
const say = (word, value = "") => console.log(word, value);

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

// Says each answer of the token endpoint that is an error.
async function told(url, options) {
  if (String(url).endsWith("/oauth/token") && what.startsWith("device")) await lines.next();
  const response = await fetch(url, options);
  if (String(url).endsWith("/oauth/token") && !response.ok) {
    say("told", (await response.clone().json()).error);
  }
  return response;
}

async function discover(authentication, algorithm) {
  return await client.discovery(new URL(issuer), id, secret, authentication, {
    algorithm,
    execute: [client.allowInsecureRequests],
    [client.customFetch]: told,
  });
}

async function whoIs(config, token) {
  const profile = new URL("/api/my/profile", issuer);
  const answer = await client.fetchProtectedResource(config, token, profile, "GET");
  return answer.status === 200 ? (await answer.json()).name : String(answer.status);
}

// Resolves with the address that a browser is sent back to.
async function listen() {
  let came;
  const back = new Promise((resolve) => (came = resolve));
  const server = createServer((request, response) => {
    response.setHeader("connection", "close");
    response.end("back at the program");
    came(new URL(request.url, `http://${request.headers.host}`));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, back, address: `http://127.0.0.1:${server.address().port}/back` };
}

const ways = {
  // As its own documentation has it, by either document; waits as it is told.
  async device() {
    const config = await discover(client.None(), what === "device" ? "oidc" : "oauth2");
    const scope = "openid email";
    const asked = await client.initiateDeviceAuthorization(config, { scope });
    say("user_code", asked.user_code);
    say("complete", asked.verification_uri_complete);
    if (process.argv.includes("hasty")) asked.interval = 0;
    const granted = await client.pollDeviceAuthorizationGrant(config, asked);
    say("scope", granted.scope);
    say("name", await whoIs(config, granted.access_token));
    const { sub } = await client.fetchUserInfo(
      config, granted.access_token, client.skipSubjectCheck,
    );
    say("sub", typeof sub);
    await client.tokenRevocation(config, granted.access_token);
    say("revoked", await whoIs(config, granted.access_token).catch((fault) => fault.status));
  },

  async credentials() {
    for (const way of [client.ClientSecretBasic, client.ClientSecretPost]) {
      const config = await discover(way(secret), "oauth2");
      const granted = await client.clientCredentialsGrant(config, { scope: "profile:read" });
      say("scope", granted.scope);
      say("name", await whoIs(config, granted.access_token));
      const seen = async () =>
        (await client.tokenIntrospection(config, granted.access_token)).active;
      say("active", await seen());
      await client.tokenRevocation(config, granted.access_token);
      say("active", await seen());
    }
  },

  async code() {
    const config = await discover(secret ? undefined : client.None(), "oidc");
    const { server, back, address } = await listen();
    const pkceCodeVerifier = client.randomPKCECodeVerifier();
    const expectedState = client.randomState();
    say("open", client.buildAuthorizationUrl(config, {
      redirect_uri: address,
      scope: "profile:read",
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: "S256",
      state: expectedState,
    }).href);
    const checks = { pkceCodeVerifier, expectedState };
    const url = await back;
    server.close();
    const granted = await client.authorizationCodeGrant(config, url, checks);
    say("scope", granted.scope);
    say("name", await whoIs(config, granted.access_token));
    // Shown twice, it is over for both.
    await client.authorizationCodeGrant(config, url, checks).catch(() => {});
    say("after", await whoIs(config, granted.access_token).catch((fault) => fault.status));
  },
};

try {
  await ways[what.split("-")[0]]();
} catch (fault) {
  say("error", fault.error ?? fault.code ?? fault.message);
}
process.stdin.destroy();
