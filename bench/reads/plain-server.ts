import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** Plain node:http sending bytes that it holds: /<name> answers the file of that name in the folder. */
const [folder = '', ...names] = process.argv.slice(2);
const bodies = new Map(names.map((name) => [`/${name}`, readFileSync(join(folder, name))]));

const server = createServer((incoming, answer) => {
  const body = bodies.get(incoming.url ?? '');
  incoming.resume();
  answer.writeHead(body === undefined ? 404 : 200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body?.length ?? 0,
  });
  answer.end(body);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
