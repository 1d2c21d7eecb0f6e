import { nameOfMeans, type Caller } from '../auth/caller.js';
import { isScope, SCOPES, WHOLE_SCOPES, type Scope } from '../auth/scopes.js';
import { ENGINE_NAME, ENGINE_NAME_RULE } from '../config/engine-settings.js';
import { DomainError } from '../errors/domain.error.js';
import { formatAddress, parseAddress, Subnet } from '../inventory/subnet.js';
import { Selector, SelectorError } from '../sight/selector.js';
import { Sight } from '../sight/sight.js';
import type { ApiKey } from './api-key.js';
import type { CreateApiKeyInput } from './api-key.inputs.js';

/** What a new key is to be allowed. */
export interface Rights {
  readonly scopes: readonly Scope[];
  readonly sight: Sight;
  readonly clientRanges: readonly string[];
  readonly expiresMs: number | null;
}

/** In one spelling and order. Fails with `VALIDATION_FAILED`. */
export function requireRights({ scopes, engines = [], selector, clientRanges = [], expiresAt }: CreateApiKeyInput): Rights {
  const unknown = scopes.findIndex((scope) => !isScope(scope));
  if (unknown >= 0) {
    throw invalid(`scopes[${unknown}]`, `"${scopes[unknown]}" is not a scope; there are ${SCOPES.join(', ')}`);
  }
  const expiresMs = expiresAt === undefined ? null : Date.parse(expiresAt);
  if (expiresMs !== null && expiresMs <= Date.now()) throw invalid('expiresAt', 'must be in the future');
  const ranges = clientRanges.map((range, index) => requireRange(range, `clientRanges[${index}]`));
  const sight = new Sight(engines.map(requireEngineName), selector ? requireSelector(selector) : null);
  const unnarrowed = sight.isWhole ? -1 : scopes.findIndex((scope) => isScope(scope) && WHOLE_SCOPES.has(scope));
  if (unnarrowed >= 0) throw invalid(`scopes[${unnarrowed}]`, 'shows all of the service: it cannot be given to a key that is narrowed');
  return { scopes: SCOPES.filter((scope) => scopes.includes(scope)), sight, clientRanges: [...new Set(ranges)], expiresMs };
}

/** One that is looked after later will do. */
function requireEngineName(name: string, index: number): string {
  if (!ENGINE_NAME.test(name)) throw invalid(`engines[${index}]`, ENGINE_NAME_RULE);
  return name;
}

function requireSelector(text: string): Selector {
  try {
    return Selector.parse(text);
  } catch (error) {
    if (error instanceof SelectorError) throw invalid('selector', error.message);
    throw error;
  }
}

function requireRange(text: string, field: string): string {
  const address = parseAddress(text);
  const subnet = address === undefined ? Subnet.parse(text) : Subnet.parse(`${text}/${address.family === 4 ? 32 : 128}`);
  if (subnet === undefined) throw invalid(field, 'is neither an address nor a CIDR block, as 10.0.0.0/8');
  if (!subnet.hasHostBits) return subnet.text;
  const meant = formatAddress(subnet.address(0n));
  throw invalid(field, `has bits set behind its prefix; did you mean ${meant}/${subnet.prefixLength}?`);
}

/** A key gives away what it has, and no more; so does a token, its end included. Fails with `FORBIDDEN`. */
export function requireGivable(rights: Rights, caller: Caller): void {
  const { scopes, sight, clientRanges, expiresMs } = caller;
  const shown = `The ${nameOfMeans(caller)} ${caller.name}`;
  const beyond = rights.scopes.filter((scope) => !scopes.has(scope));
  if (beyond.length > 0) throw forbidden(`${shown} lacks ${beyond.join(', ')} itself.`);
  if (!sight.covers(rights.sight)) throw forbidden(`${shown} sees ${describe(sight)} only: give engines and a selector within.`);
  if (expiresMs !== null && (rights.expiresMs === null || rights.expiresMs > expiresMs)) {
    throw forbidden(`${shown} ends at ${new Date(expiresMs).toISOString()}: give an expiresAt that is no later.`);
  }
  const own = subnetsOf(clientRanges);
  const wanted = subnetsOf(rights.clientRanges);
  const isWithin = (range: Subnet): boolean => own.some((subnet) => subnet.covers(range));
  if (own.length > 0 && (wanted.length === 0 || !wanted.every(isWithin))) {
    throw forbidden(`${shown} may be used from ${clientRanges.join(', ')} only: give clientRanges within.`);
  }
}

/** Whoever gets a key can do all that it can. */
export function requireWithin({ scopes, engines, selector, clientRanges, expiresAt }: ApiKey, caller: Caller): void {
  const sight = sightOf({ engines, selector });
  requireGivable({ scopes, sight, clientRanges, expiresMs: expiresAt === null ? null : Date.parse(expiresAt) }, caller);
}

/** What a key may see, as it is shown. */
export function shownOf({ engines, selector }: Sight): Pick<ApiKey, 'engines' | 'selector'> {
  return { engines, selector: selector?.text ?? null };
}

/** The same, read from what is shown. */
export function sightOf({ engines, selector }: Pick<ApiKey, 'engines' | 'selector'>): Sight {
  return Sight.of(engines, selector);
}

function describe(sight: Sight): string {
  const engines = sight.engines.length === 0 ? [] : [`engine ${sight.engines.join(', ')}`];
  return [...engines, ...(sight.selector === null ? [] : [`what is labelled ${sight.selector.text}`])].join(' and ');
}

export function apiKeyNotFound(id: string): DomainError {
  return new DomainError('API_KEY_NOT_FOUND', `There is no API key "${id}".`);
}

export function nameTaken(name: string): DomainError {
  return new DomainError('API_KEY_NAME_TAKEN', `There is an API key "${name}" already.`);
}

function subnetsOf(ranges: readonly string[]): Subnet[] {
  return ranges.map((range) => Subnet.parse(range)).filter((subnet) => subnet !== undefined);
}

function forbidden(why: string): DomainError {
  return new DomainError('FORBIDDEN', `A key can give away only what it has. ${why}`);
}

function invalid(field: string, message: string): DomainError {
  return DomainError.invalid(`${field} ${message}.`, { field, message });
}
