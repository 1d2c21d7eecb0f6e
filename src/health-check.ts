// What the image runs to see whether the service is ready: `node dist/health-check.js`. Docker keeps what it prints.
import { get as getPlain } from 'node:http';
import { get as getEncrypted } from 'node:https';
import { readOwnEndpoint } from './config/own-endpoint.js';

const TIMEOUT_MS = 4_000;

const url = `${readOwnEndpoint()}/health/ready`;
// The certificate names others than loopback, and nothing is told to who answers.
const options = { rejectUnauthorized: false, signal: AbortSignal.timeout(TIMEOUT_MS), agent: false as const };
const get = url.startsWith('https:') ? getEncrypted : getPlain;

get(url, options, (answer) => {
  answer.pipe(process.stdout);
  process.exitCode = answer.statusCode === 200 ? 0 : 1;
}).on('error', ({ message }) => {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
});
