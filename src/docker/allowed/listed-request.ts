import { DomainError } from '../../errors/domain.error.js';
import { NEWEST_API_VERSION, OLDEST_API_VERSION } from '../api-version.js';
import { API_ENDPOINTS, UNVERSIONED, type ApiEndpoint } from './api-endpoints.js';
import { firstForeign } from './body-shape.js';

export interface AskedOfEngine {
  readonly method: string;
  /** As it is sent, without query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly body?: object | undefined;
}

/** An id, or a name that needs no writing out. */
const ID = '[A-Za-z0-9][A-Za-z0-9_.-]*';
/** Whatever `encodeURIComponent` makes of a name. */
const NAME = '([A-Za-z0-9_.!~*\\x27()-]|%[0-9A-Fa-f][0-9A-Fa-f])+';
/** A part that an engine would clean out of a path, so that another one would be meant; also where slashes are written out. */
export const DETOUR = '(/|%2[Ff])(\\.|%2[Ee]){0,2}(/|%2[Ff]|$)';

const VERSIONS = versionPattern();
const DETOURS = new RegExp(DETOUR);
const PATTERNS = API_ENDPOINTS.map((endpoint) => ({ endpoint, pattern: new RegExp(`^${pathPattern(endpoint)}$`) }));

/** For JavaScript and for PCRE alike. */
export function pathPattern({ path }: ApiEndpoint): string {
  const rest = path.replace('{id}', ID).replace('{name}', NAME);
  return UNVERSIONED.includes(path) ? rest : `/v${VERSIONS}${rest}`;
}

/** Where each of its parts is on the list; else what is not. */
export function unlistedPart({ method, path, query = {}, body }: AskedOfEngine): string | undefined {
  if (DETOURS.test(path)) return `the path ${path}`;
  const atPath = PATTERNS.filter(({ pattern }) => pattern.test(path));
  const { endpoint } = atPath.find((one) => one.endpoint.method === method) ?? {};
  if (endpoint === undefined) return atPath.length === 0 ? `the path ${path}` : `the method ${method} of ${path}`;
  const asked = Object.keys(query).find((name) => !endpoint.query.includes(name));
  if (asked !== undefined) return `the parameter ${asked} of ${path}`;
  const foreign = firstForeign(body, endpoint.body);
  return foreign === undefined ? undefined : `${foreign} of ${path}`;
}

/** The last thing before a request goes to an engine. What fails here is a mistake of ours. */
export function requireListed(asked: AskedOfEngine): void {
  const unlisted = unlistedPart(asked);
  if (unlisted === undefined) return;
  throw new DomainError('INTERNAL', `A request to an engine is not on the list of those that may be made: ${unlisted}.`);
}

/** Older versions take what these refuse: up to 1.23 a container's settings could be given when it is started. */
function versionPattern(): string {
  const [major = '', oldest = ''] = OLDEST_API_VERSION.split('.');
  const [, newest = ''] = NEWEST_API_VERSION.split('.');
  const minors = Array.from({ length: Number(newest) - Number(oldest) + 1 }, (_, index) => Number(oldest) + index);
  return `${major}\\.(${minors.join('|')})`;
}
