// What the image runs to see whether the service is ready: `node dist/health-check.js`. Docker keeps what it prints.
import { get as getPlain } from 'node:http';
import { get as getEncrypted } from 'node:https';
import { connect } from 'node:tls';
import { readOwnEndpoint } from './config/own-endpoint.js';

// The certificate names others than this address, and nothing is told to who answers.
const OPTIONS = { rejectUnauthorized: false, signal: AbortSignal.timeout(4_000) };

const { url, wantsCertificate } = readOwnEndpoint();
if (wantsCertificate) lookAtHandshake(new URL(url));
else ask(url.startsWith('https:') ? getEncrypted : getPlain);

function ask(get: typeof getPlain | typeof getEncrypted): void {
  get(`${url}/health/ready`, { ...OPTIONS, agent: false }, (answer) => {
    answer.pipe(process.stdout);
    process.exitCode = answer.statusCode === 200 ? 0 : 1;
  }).on('error', fail);
}

/** As far as somebody without a certificate gets: the service serves its own. */
function lookAtHandshake({ hostname, port }: URL): void {
  const host = hostname.replace(/^\[|\]$/g, '');
  const socket = connect({ ...OPTIONS, host, port: Number(port) }, () => {
    process.stdout.write('It answers; only who shows a certificate may ask whether it is ready.\n');
    process.exitCode = 0;
    socket.destroy();
  }).on('error', fail);
}

function fail({ message }: Error): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
