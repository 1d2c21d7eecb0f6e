import { toDomainError } from './errors/docker.errors.js';
import { parseJson } from './engine-answer.js';
import type { EngineClient } from './engine-client.js';
import { isObject, objectAt, textAt } from './engine-json.js';

/** Pulls one image. The engine answers 200 at once and tells a failure in the stream of its progress. */
export async function pull(client: EngineClient, image: string, timeoutMs: number): Promise<void> {
  const operation = 'image.pull';
  const response = await client.command({
    operation,
    method: 'POST',
    path: '/images/create',
    query: { fromImage: withTag(image) },
    timeoutMs,
    subject: image,
  });
  for (const line of response.text.split('\n')) {
    const progress = parseJson(line);
    if (!isObject(progress)) continue;
    const message = textAt(objectAt(progress, 'errorDetail'), 'message') ?? textAt(progress, 'error');
    if (message === null) continue;
    throw toDomainError({ engine: client.engine, operation, status: 500, message, subject: image });
  }
}

/** Without tag or digest the engine would fetch every tag of the repository. */
export function withTag(image: string): string {
  const lastPart = image.slice(image.lastIndexOf('/') + 1);
  return /[:@]/.test(lastPart) ? image : `${image}:latest`;
}
