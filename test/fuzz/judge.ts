import { ERROR_CODES } from '../../src/errors/error-codes.js';
import type { Told } from './fuzzed-service.js';

/** Of the service's own making, or an engine's that did as it was told. */
const NEVER_STATUS = new Set([500, 502, 504]);
const NEVER_CODE = new Set(['INTERNAL', 'ENGINE_ERROR', 'ENGINE_TIMEOUT', 'DATABASE_UNAVAILABLE']);
/** Is there all the time; others that are made in between lead nowhere. */
const ENGINE = 'local';

interface Failure {
  readonly code?: unknown;
  readonly engine?: unknown;
}

interface Shown extends Failure {
  readonly status?: unknown;
  readonly errors?: readonly { readonly extensions?: Failure }[];
}

/** What is wrong with an answer, whatever was asked. */
export function faultOf({ status, headers, text }: Told, { isGraphql, isHead }: { isGraphql: boolean; isHead: boolean }): string | undefined {
  if (NEVER_STATUS.has(status)) return `status ${status}`;
  if (isHead || status === 304) return text === '' ? undefined : 'a body where there is none';
  const type = headers['content-type'] ?? '';
  if (status >= 400 && !isGraphql && !type.startsWith('application/problem+json')) return `an error of type ${type}`;
  if (!/[/+]json\b/.test(type)) return undefined;
  const body = parsed(text);
  if (body === undefined) return 'JSON that cannot be read';
  if (!isGraphql && status < 400) return undefined;
  if (status >= 400 && body.errors === undefined) return 'a failure without errors';
  if (isGraphql) return body.errors?.map(({ extensions = {} }) => faultOfFailure(extensions)).find((fault) => fault !== undefined);
  return faultOfFailure(body) ?? (body.status === status ? undefined : `status ${String(body.status)} in the body`);
}

/** The same for what came over a socket. */
export function faultOfLines(lines: readonly string[]): string | undefined {
  if (/^closed (1011|4500)/.test(lines.at(-1) ?? '')) return lines.at(-1);
  const codes = lines.slice(0, -1).flatMap((line) => [...line.matchAll(/"code":("\w+"|\w+)/g)].map(([, code]) => JSON.parse(code ?? '') as unknown));
  return codes.map(faultOfCode).find((fault) => fault !== undefined);
}

function faultOfFailure({ code, engine }: Failure): string | undefined {
  return code === 'ENGINE_UNREACHABLE' && engine === ENGINE ? 'an engine that is there was not reached' : faultOfCode(code);
}

function faultOfCode(code: unknown): string | undefined {
  if (typeof code !== 'string' || !Object.hasOwn(ERROR_CODES, code)) return `no code of ours: ${String(code)}`;
  return NEVER_CODE.has(code) ? `code ${code}` : undefined;
}

function parsed(text: string): Shown | undefined {
  try {
    return JSON.parse(text) as Shown;
  } catch {
    return undefined;
  }
}
