import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError } from '../errors/domain.error.js';

export const LONGEST_URL = 8 * 1024;
/** What two readers of a request could understand in two ways. Node refuses two lengths by itself. */
const ONCE: ReadonlyMap<string, string> = new Map(
  ['Host', 'Authorization', 'Content-Type', 'Content-Encoding', 'Origin'].map((name) => [name.toLowerCase(), name]),
);

/** Refuses requests that a proxy in front may have read otherwise, and those that would grow when they are read. */
export function registerStrictRequests(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const fault = faultOf(request);
    // What else the connection holds may have been meant otherwise as well.
    if (fault !== undefined) void reply.header('connection', 'close');
    done(fault);
  });
}

function faultOf({ raw, headers }: FastifyRequest): DomainError | undefined {
  const url = raw.url ?? '';
  if (url.length > LONGEST_URL) return new DomainError('PAYLOAD_TOO_LARGE', `The address is longer than ${LONGEST_URL} characters.`);
  const twice = repeatedHeader(raw.rawHeaders);
  if (twice !== undefined) return new DomainError('MALFORMED_REQUEST', `The request has more than one ${twice} header.`);
  const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  // Compressed, 1 KiB could hold 1 MiB.
  return encoding === 'identity' ? undefined : new DomainError('MALFORMED_REQUEST', 'Bodies are taken uncompressed only.');
}

function repeatedHeader(raw: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (let index = 0; index < raw.length; index += 2) {
    const name = ONCE.get(raw[index]?.toLowerCase() ?? '');
    if (name === undefined) continue;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}
