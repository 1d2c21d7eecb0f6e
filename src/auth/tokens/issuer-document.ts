import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';

const LARGEST_DOCUMENT = 1024 * 1024;

export interface DocumentOptions {
  /** PEM text of whom the server's certificate must be signed by; whom Node.js trusts where absent. */
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
}

/** A JSON document of an issuer. Redirects are not followed: it is believed for the address that it was asked at. */
export async function readDocument(url: URL, { ca, signal }: DocumentOptions): Promise<unknown> {
  const { get } = url.protocol === 'https:' ? https : http;
  const request = get(url, { agent: false, signal, headers: { accept: 'application/json' }, ...(ca === undefined ? {} : { ca }) });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  // What breaks from here on the response tells as well.
  request.on('error', () => undefined);
  const text = await bodyOf(response);
  if (response.statusCode !== 200) throw new Error(`${url.href} answers ${response.statusCode}`);
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${url.href} answers what is no JSON`);
  }
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    // Leaving the loop ends the connection.
    if (length > LARGEST_DOCUMENT) throw new Error('the answer is larger than 1 MiB');
  }
  return Buffer.concat(chunks).toString();
}
