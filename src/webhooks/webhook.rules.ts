import { validateHeaderName, validateHeaderValue } from 'node:http';
import { nameOfMeans, type Caller } from '../auth/caller.js';
import { isRowId } from '../database/row-id.js';
import { DomainError, type FieldError } from '../errors/domain.error.js';
import { matchingTypes, type EventFilter } from '../event-log/event-filter.js';
import type { Maker } from '../outbox/maker.repository.js';
import type { UpdateWebhookInput } from './webhook.inputs.js';
import type { Webhook, WebhookFilter } from './webhook.js';

const LONGEST_URL = 2048;
const MOST_HEADERS = 20;
const LONGEST_HEADER_VALUE = 1024;
const LONGEST_HEADER_NAME = 128;

/** What a request says of itself, of its connection and of its signature is not a caller's to set. */
const RESERVED = /^(host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|user-agent|date|(proxy|content|webhook)-.*)$/;

type Headers = Readonly<Record<string, string>>;

/** Fails with `VALIDATION_FAILED`. Where the URL leads to is for the address guard to judge. */
export function requireUrl(text: string): URL {
  const url = URL.parse(text);
  const problem = url === null ? 'must be an absolute http:// or https:// URL' : urlProblem(url, text);
  if (url === null || problem !== undefined) throw invalid('The URL cannot be used.', { field: 'url', message: `${problem}` });
  return url;
}

function urlProblem(url: URL, text: string): string | undefined {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must be an absolute http:// or https:// URL';
  if (text.length > LONGEST_URL) return `must have at most ${LONGEST_URL} characters`;
  if (/[\0-\x20]/.test(text)) return 'must have no spaces and no control characters';
  if (url.username !== '' || url.password !== '') return 'must hold no user or password: send them in a header';
  if (url.hash !== '') return 'must have no fragment: it would not be sent';
  return url.port === '0' ? 'must name a port that can be reached' : undefined;
}

/** Header names as they are sent, in lower case. Fails with `VALIDATION_FAILED`. */
export function requireHeaders(headers: Headers): Headers {
  const entries = Object.entries(headers).map(([name, value]): [string, string] => [name.toLowerCase(), value]);
  const errors = entries.flatMap(([name, value], index) => {
    const message = headerProblem(name, value, entries.findIndex(([other]) => other === name) !== index);
    return message === undefined ? [] : [{ field: `headers.${name}`, message }];
  });
  if (entries.length > MOST_HEADERS) errors.push({ field: 'headers', message: `must be at most ${MOST_HEADERS}` });
  if (errors.length > 0) throw invalid('The headers cannot be sent.', ...errors);
  return Object.fromEntries(entries);
}

function headerProblem(name: string, value: string, isRepeated: boolean): string | undefined {
  if (isRepeated) return 'is given twice: case does not count';
  if (RESERVED.test(name)) return 'is set by the service';
  if (name.length > LONGEST_HEADER_NAME) return `must have a name of at most ${LONGEST_HEADER_NAME} characters`;
  if (value.length > LONGEST_HEADER_VALUE) return `must have at most ${LONGEST_HEADER_VALUE} characters`;
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch {
    // node:http's words repeat neither more nor less than this.
    return 'is not a header that can be sent';
  }
  return undefined;
}

/** With every list. A type that nothing bears would be a webhook that is silent for ever: `VALIDATION_FAILED`. */
export function requireFilter(filter: EventFilter | null | undefined): WebhookFilter {
  const { types = [], engines = [], networks = [], containers = [], labels = [], origins = [] } = filter ?? {};
  const unknown = types.map((type, index) => ({ type, index })).filter(({ type }) => matchingTypes([type]).length === 0);
  const errors = unknown.map(({ type, index }) => ({
    field: `filter.types[${index}]`,
    message: `"${type}" is no type of event, and no family of types as network.*`,
  }));
  if (errors.length > 0) throw invalid('The filter names types that there are not.', ...errors);
  return { types, engines, networks, containers, labels, origins };
}

/**
 * The administrator has no stored key. Who comes with a token has none either, but an end: a webhook would go on after it, by what
 * was seen then. Fails with `FORBIDDEN`.
 */
export function makerOf({ keyId, name, sight, issuer }: Caller): Maker {
  if (issuer !== undefined) throw new DomainError('FORBIDDEN', 'A webhook goes on when a token has ended. Make it with an API key, which can be revoked.');
  return { keyId: isRowId(keyId) ? keyId : null, name, sight, hasEnded: false };
}

/** Whoever says where events are sent, and which, could read them there. Fails with `FORBIDDEN`. */
export function requireReader({ scopes, name }: Caller): void {
  if (scopes.has('events:read')) return;
  throw new DomainError('FORBIDDEN', `A webhook hands out events, and ${name} lacks the scope events:read.`);
}

/**
 * The same for a webhook that stands. It would go on to where a token, or a key that has an end, has sent it: they direct none but their own, which end with
 * them. Fails with `FORBIDDEN`.
 */
export function requireDirector(caller: Caller, maker: Maker): void {
  requireReader(caller);
  if (caller.expiresMs === null || caller.keyId === maker.keyId) return;
  throw new DomainError('FORBIDDEN', `The webhook would go on when the ${nameOfMeans(caller)} has ended. Change it with a key that has no end, or make one of your own.`);
}

/** Whether a change has events sent that were not, or elsewhere; all but describing and disabling. */
export function directsEvents({ description: _description, enabled, ...rest }: UpdateWebhookInput): boolean {
  return enabled === true || Object.values(rest).some((value) => value !== undefined);
}

/** What one receiver is told to let us in goes to no other: whoever names the other says what it is told. Fails with `VALIDATION_FAILED`. */
export function requireHeadersAnew(current: Pick<Webhook, 'url' | 'headers'>, { url, headers }: UpdateWebhookInput): void {
  if (url === undefined || headers !== undefined || current.headers.length === 0) return;
  if (new URL(url).origin === new URL(current.url).origin) return;
  throw DomainError.invalid('Another receiver is not sent the headers of the one before: give its own, or null.', { field: 'headers', message: 'must be given anew with another receiver' });
}

/** Fails with `WEBHOOK_DISABLED`. */
export function requireMaker({ name, hasEnded }: Maker): void {
  if (!hasEnded) return;
  const detail = `The webhook ended with the key ${name} that made it, which is revoked or whose time is over. Make a new one.`;
  throw new DomainError('WEBHOOK_DISABLED', detail);
}

export function webhookNotFound(id: string): DomainError {
  return new DomainError('WEBHOOK_NOT_FOUND', `There is no webhook "${id}".`);
}

function invalid(detail: string, ...errors: FieldError[]): DomainError {
  return DomainError.invalid(detail, ...errors);
}
