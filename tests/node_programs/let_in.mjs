// A client of the TypeScript SDK signs in: node let_in.mjs NODE_MODULES SERVER REDIRECT [CLIENT_ID]. It prints the address
// that a person is to open, reads the code that they come back with, and prints the tools that it is then shown.
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [modules, server, redirect, known] = process.argv.slice(2);
const sdk = (file) => import(pathToFileURL(`${modules}/@modelcontextprotocol/sdk/dist/esm/client/${file}.js`));
const { Client } = await sdk('index');
const { StreamableHTTPClientTransport } = await sdk('streamableHttp');

const kept = { client: known && { client_id: known } };
const provider = {
  redirectUrl: redirect,
  clientMetadata: { client_name: 'TypeScript', redirect_uris: [redirect], token_endpoint_auth_method: 'none' },
  clientInformation: () => kept.client,
  saveClientInformation: (client) => { kept.client = client; },
  tokens: () => kept.tokens,
  saveTokens: (tokens) => { kept.tokens = tokens; },
  codeVerifier: () => kept.verifier,
  saveCodeVerifier: (verifier) => { kept.verifier = verifier; },
  redirectToAuthorization: (address) => console.log(address.href),
};
const connected = async () => {
  const transport = new StreamableHTTPClientTransport(new URL(server), { authProvider: provider });
  const client = new Client({ name: 'test', version: '1' });
  return { transport, client, refused: await client.connect(transport).then(() => null, (error) => error) };
};
const first = await connected();
const [code] = (await createInterface({ input: process.stdin })[Symbol.asyncIterator]().next()).value.split(' ');
await first.transport.finishAuth(code);
const { client, refused } = await connected();
if (refused) throw refused;
console.log((await client.listTools()).tools.map((tool) => tool.name).join(' '));
await client.close();
process.exit(0);
