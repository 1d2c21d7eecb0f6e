import { DomainError } from '../errors/domain.error.js';
import type { EngineAnswer } from './transport/engine-connection.js';
import { isObject, textAt, type JsonObject } from './engine-json.js';
import { ENGINE_OPERATIONS, type EngineOperation } from './errors/engine-refusal.js';

const SHOWN_CHARACTERS = 300;

/** An answer that makes no sense: not JSON, or JSON of another shape. */
export function senseless(engine: string, operation: EngineOperation, text: string, isCommand: boolean): DomainError {
  const detail = `Engine ${engine} answered something senseless when ${ENGINE_OPERATIONS[operation]}.`;
  return new DomainError('ENGINE_ERROR', detail, {
    engine,
    engineMessage: text.slice(0, SHOWN_CHARACTERS),
    ...(isCommand && { outcome: 'unknown' as const }),
  });
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Undefined is no JSON value: the callers refuse it as they refuse any other shape.
    return undefined;
  }
}

/** JSON.parse with the source of values, and JSON.rawJSON: in Node since 22, in TypeScript's libraries not yet. */
const exactJson = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown;
  rawJSON(text: string): object;
};

/** The same for what is sent back: whole numbers that no double holds stay as they are written. */
export function parseExactly(text: string): unknown {
  try {
    return exactJson.parse(text, (_key, value, { source }) => {
      return typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined ? exactJson.rawJSON(source) : value;
    });
  } catch {
    return undefined;
  }
}

/** One object with a name of its own: everything that is inspected or created has an id. */
export function isIdentified(value: unknown): value is JsonObject {
  return isObject(value) && textAt(value, 'Id') !== null;
}

/** The engine's own words: JSON with a message, or plain text from an engine that does not know our version. */
export function engineWords({ text, status }: EngineAnswer): string {
  const json = parseJson(text);
  const message = isObject(json) ? (textAt(json, 'message') ?? textAt(json, 'cause')) : null;
  return message ?? (text.trim().slice(0, SHOWN_CHARACTERS) || `status ${status}`);
}
