import { expressionBuilder, type RawBuilder } from 'kysely';
import type { Schema } from '../database/schema.js';
import { Sight } from '../sight/sight.js';

/** Who made a webhook: it is told what that one sees. */
export interface Maker {
  /** Id of a stored key; null where it was another. */
  readonly keyId: string | null;
  readonly name: string;
  /** Of a stored key what that sees now, of others what they saw when they made it. */
  readonly sight: Sight;
  /** The key is revoked, or its time is over: the webhook is told nothing any more. */
  readonly hasEnded: boolean;
}

interface MakerRow {
  readonly maker_key: string | null;
  readonly maker_name: string;
  readonly maker_engines: string;
  readonly maker_selector: string | null;
  /** null where there is no such key any more. */
  readonly key_engines: string | null;
  readonly key_selector: string | null;
}

/**
 * Columns that tell of the maker, for queries of `webhooks`. The keys are asked within the same statement, and not this
 * process's memory of them: nothing is owed or sent for a key whose revocation is committed, by whichever process.
 */
export function makerColumns(nowMs: RawBuilder<number>) {
  const key = goodKey(nowMs);
  return [
    ...(['maker_key', 'maker_name', 'maker_engines', 'maker_selector'] as const),
    key.select('api_keys.engines').as('key_engines'),
    key.select('api_keys.selector').as('key_selector'),
  ] as const;
}

/** Whether a webhook may be told of anything, for queries of `webhooks`. */
export function hasMaker(nowMs: RawBuilder<number>) {
  const builder = expressionBuilder<Schema, 'webhooks'>();
  return builder.or([builder('maker_key', 'is', null), builder.exists(goodKey(nowMs).select('api_keys.id'))]);
}

export function toMaker(row: MakerRow): Maker {
  const { maker_key: keyId, maker_name: name, key_engines: engines, key_selector: selector } = row;
  const hasEnded = keyId !== null && engines === null;
  const sight = engines === null ? sightOf(row.maker_engines, row.maker_selector) : sightOf(engines, selector);
  return { keyId, name, sight, hasEnded };
}

function sightOf(engines: string, selector: string | null): Sight {
  return Sight.of(JSON.parse(engines) as string[], selector);
}

function goodKey(nowMs: RawBuilder<number>) {
  return expressionBuilder<Schema, 'webhooks'>()
    .selectFrom('api_keys')
    .whereRef('api_keys.id', '=', 'webhooks.maker_key')
    .where((builder) => builder.or([builder('api_keys.expires_ms', 'is', null), builder('api_keys.expires_ms', '>', nowMs)]));
}
