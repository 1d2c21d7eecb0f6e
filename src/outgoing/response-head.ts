import type { IncomingMessage } from 'node:http';

const KEPT_CHARACTERS = 1024;
/** So much more is read, that a secret which begins in what is kept is seen whole. */
const READ_BYTES = 3 * 1024;
const SHORTEST_SECRET = 4;

/**
 * The beginning of an answer's body. An answer that breaks off or never ends has said what counts by then; its
 * connection is closed.
 */
export async function readHead(response: IncomingMessage, secrets: readonly string[]): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  await new Promise<void>((resolve) => {
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= READ_BYTES) response.destroy();
    });
    // After a broken end there is an error first; either way it closes.
    response.on('error', () => undefined).on('close', resolve);
  });
  const text = Buffer.concat(chunks).subarray(0, READ_BYTES).toString('utf8');
  return withoutSecrets(text, secrets).replaceAll('\0', '\uFFFD').slice(0, KEPT_CHARACTERS);
}

/** A receiver may repeat what it was sent, in the spelling of its own format. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .flatMap(spellings)
    .reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}

/** As it is, in JSON, in a URL, in HTML, and in base64, as `Basic` has it. */
function spellings(secret: string): string[] {
  const inJson = JSON.stringify(secret).slice(1, -1);
  const inHtml = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const encoded = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  return [
    secret, inJson, inJson.replaceAll('/', '\\/'), encodeURIComponent(secret), inHtml,
    inHtml.replaceAll('"', '&quot;').replaceAll("'", '&#39;'), encoded,
  ];
}
