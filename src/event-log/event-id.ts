import { createHash, randomUUID } from 'node:crypto';
import type { ObservedChange } from '../events/event.js';

/**
 * The id of a change. One that an engine reported has the same whenever and wherever it is told: where a log is put back
 * from a copy and the engine still remembers what came after, those who know it already recognise it.
 */
export function eventIdOf({ engine, time, type, subject, engineEvent }: ObservedChange): string {
  if (engineEvent === null) return randomUUID();
  const digest = createHash('sha256').update(JSON.stringify([engine, time, type, subject.id, engineEvent])).digest();
  // A UUID of version 8, whose contents are its maker's own (RFC 9562, 5.8).
  digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x80, 6);
  digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = digest.toString('hex', 0, 16);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
