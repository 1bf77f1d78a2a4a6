// A whole OAuth provider that is not ours, with its own pages: signs anybody in under the
// name they type. Says its address, is told where its client's people come back to, and
// says then what it did.
//
//   node provider.mjs CLIENT_ID CLIENT_SECRET LIFE_OF_ACCESS_TOKENS
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import Provider from 'oidc-provider';

const [clientId, clientSecret, life] = process.argv.slice(2);
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
// What the library notes is not said to whoever listens here.
console.info = console.error;
const server = createServer();
const lines = createInterface({ input: process.stdin });

server.listen(0, 'localhost', () => {
  console.log(`issuer http://localhost:${server.address().port}`);
});
lines.on('close', () => process.exit(0));
lines.once('line', (callback) => {
  const provider = new Provider(`http://localhost:${server.address().port}`, {
    clients: [{
      client_id: clientId,
      client_secret: clientSecret,
      redirect_uris: [callback],
      response_types: ['code'],
      grant_types: ['authorization_code', 'refresh_token', DEVICE],
      token_endpoint_auth_method: 'client_secret_post',
    }],
    cookies: { keys: ['of this test alone'] },
    features: { deviceFlow: { enabled: true }, revocation: { enabled: true } },
    // Whose a token is it tells by the name that was typed.
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    ttl: { AccessToken: Number(life), Grant: 86400, Session: 86400, RefreshToken: 86400 },
  });
  provider.on('grant.success', (ctx) => console.log(`granted ${ctx.oidc.params.grant_type}`));
  provider.on('grant.error', (ctx, error) => {
    if (error.error !== 'authorization_pending' && error.error !== 'slow_down') {
      console.log(`refused ${error.error} ${error.error_detail}`);
    }
  });
  provider.on('refresh_token.destroyed', () => console.log('ended refresh_token'));
  provider.on('server_error', (_, error) => console.log(`failed ${error}`));
  server.on('request', provider.callback());
  console.log('serves all');
});
