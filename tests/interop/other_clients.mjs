// npm simple-oauth2 and @badgateway/oauth2-client against an instance:
// node other_clients.mjs WHAT ISSUER CLIENT [SECRET]
// Says what happens in lines that tests/interop.rs reads.

import { createServer } from "node:http";
import { OAuth2Client, generateCodeVerifier } from "@badgateway/oauth2-client";
import simple from "simple-oauth2";

const [what, issuer, id, secret] = process.argv.slice(2);
const say = (word, value = "") => console.log(word, value);

async function whoIs(token) {
  const authorization = `Bearer ${token}`;
  const answer = await fetch(`${issuer}/api/my/profile`, { headers: { authorization } });
  return answer.ok ? (await answer.json()).name : String(answer.status);
}

// Resolves with the address that a browser is sent back to.
async function listen() {
  let came;
  const back = new Promise((resolve) => (came = resolve));
  const server = createServer((request, response) => {
    response.setHeader("connection", "close");
    response.end("back at the program");
    came(`http://${request.headers.host}${request.url}`);
    server.close();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { back, address: `http://127.0.0.1:${server.address().port}/back` };
}

const ways = {
  // Neither a document nor PKCE is known to it; both can be told to it.
  async simple() {
    for (const authorizationMethod of ["header", "body"]) {
      const config = {
        client: { id, secret },
        auth: { tokenHost: issuer, tokenPath: "/oauth/token", revokePath: "/oauth/revoke" },
        options: { authorizationMethod },
      };
      const client = new simple.ClientCredentials(config);
      const granted = await client.getToken({ scope: ["profile:read", "mesh:read"] });
      say("scope", granted.token.scope);
      say("name", await whoIs(granted.token.access_token));
      await granted.revoke("access_token");
      say("revoked", await whoIs(granted.token.access_token));
    }
  },

  async badgateway() {
    const discoveryEndpoint = "/.well-known/oauth-authorization-server";
    const config = { server: issuer, clientId: id, clientSecret: secret, discoveryEndpoint };
    const client = new OAuth2Client(config);
    if (secret) {
      const granted = await client.clientCredentials({ scope: ["profile:read"] });
      say("name", await whoIs(granted.accessToken));
      say("active", (await client.introspect(granted)).active);
      await client.revoke(granted);
      say("active", (await client.introspect(granted)).active);
    }
    const { back, address } = await listen();
    const way = { redirectUri: address, state: "s", codeVerifier: await generateCodeVerifier() };
    const scope = ["profile:read"];
    say("open", await client.authorizationCode.getAuthorizeUri({ ...way, scope }));
    const granted = await client.authorizationCode.getTokenFromCodeRedirect(await back, way);
    say("name", await whoIs(granted.accessToken));
  },
};

try {
  await ways[what]();
} catch (fault) {
  say("error", fault.data?.payload?.error ?? fault.oauth2Code ?? fault.message);
}
