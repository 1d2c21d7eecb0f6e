// Receives webhooks: believes what is signed, takes each event once. SECRET=whsec_… PORT=8080 node receiver.mjs
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.SECRET);
// In earnest a table, written in one transaction with what the event leads to, and cleared of what is a week old.
const taken = new Set();

createServer(async (request, response) => {
  try {
    const body = Buffer.concat(await request.toArray()).toString();
    // Checks the signature, and that it was made within the last five minutes.
    const { type, data } = webhook.verify(body, request.headers);
    if (!taken.has(data.id)) console.log(type, data.subject.name, data.cursor);
    taken.add(data.id);
    response.writeHead(204).end();
  } catch {
    response.writeHead(400).end();
  }
}).listen(process.env.PORT);
