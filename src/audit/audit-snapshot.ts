import { createHash } from 'node:crypto';
import { DRY_RUN_ID } from '../inventory/outcome.js';

/** Of what is shown once no record is kept. */
const SECRETS: readonly string[] = ['key', 'secret'];
/** Parts of an answer that are not about its resource. */
const ABOUT: readonly string[] = ['changed', 'warnings', ...SECRETS];
/** Characters of JSON for one state. */
const LONGEST_STATE = 16_384;
/** Of a field that is too long: what it began with, so that padding hides nothing. */
const BEGINNING = 500;

type State = Readonly<Record<string, unknown>>;

/** What a command answered: the resource, and whether anything was changed. */
export interface Answered {
  readonly resource: State | undefined;
  /** null where the answer does not tell. */
  readonly changed: boolean | null;
}

/** Finds the resource in what a handler returned: an outcome, a payload of GraphQL, or the resource itself. */
export function answered(result: unknown): Answered {
  if (!isState(result)) return { resource: undefined, changed: null };
  if (typeof result.changed !== 'boolean') return { resource: result, changed: null };
  const parts = Object.entries(result).filter(([name]) => !ABOUT.includes(name));
  const [only] = parts;
  const resource = parts.length === 1 && only !== undefined && isState(only[1]) ? only[1] : Object.fromEntries(parts);
  return { resource, changed: result.changed };
}

export interface KeptState {
  /** JSON; null where there is nothing to keep. */
  readonly text: string | null;
  /** Fields of which only the beginning, the length and a digest are kept. */
  readonly omitted: readonly string[];
}

/** A resource as it is shown, without secrets; its largest fields are cut until the whole is short enough. */
export function keptState(resource: object | undefined): KeptState {
  if (resource === undefined) return { text: null, omitted: [] };
  const fields = Object.entries(resource)
    .filter(([name, value]) => !SECRETS.includes(name) && value !== undefined)
    .map(([name, value]) => ({ name, json: JSON.stringify(value) }));
  const kept = new Map(fields.map(({ name, json }) => [name, json]));
  const omitted: string[] = [];
  let length = fields.reduce((sum, { name, json }) => sum + name.length + json.length, 0);
  for (const { name, json } of [...fields].sort((a, b) => b.json.length - a.json.length)) {
    if (length <= LONGEST_STATE) break;
    omitted.push(name);
    const short = cut(json);
    kept.set(name, short);
    length -= json.length - short.length;
  }
  return { text: `{${[...kept].map(([name, json]) => `${JSON.stringify(name)}:${json}`).join()}}`, omitted };
}

function cut(json: string): string {
  const sha256 = createHash('sha256').update(json).digest('hex');
  return JSON.stringify({ begins: json.slice(0, BEGINNING).toWellFormed(), characters: json.length, sha256 });
}

export interface Pointer {
  readonly engine: string | null;
  readonly id: string | null;
  readonly name: string | null;
}

/** By what a resource is found again. Engines have no id but their name; a delivery is its webhook's. */
export function pointerTo(resource: object | undefined): Pointer {
  const { id, webhookId, name, engine, engines, endpoint, networkName, containerName } = (resource ?? {}) as State;
  const ownId = webhookId ?? id ?? (endpoint === undefined ? null : name);
  const ownEngine = engine ?? (Array.isArray(engines) ? (engines as unknown[])[0] : undefined) ?? (endpoint === undefined ? null : name);
  const ownName = name ?? (typeof containerName === 'string' ? `${String(networkName)}/${containerName}` : null);
  return { engine: asText(ownEngine), id: ownId === DRY_RUN_ID ? null : asText(ownId), name: asText(ownName) };
}

function asText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function isState(value: unknown): value is State {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
