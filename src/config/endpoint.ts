import { realpathSync } from 'node:fs';
import { posix } from 'node:path';

/** Where an engine listens, taken apart. */
export type Endpoint =
  | { readonly kind: 'unix'; readonly path: string }
  /** `port` is null where the usual one is meant: 2375, or 2376 over TLS. */
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number | null }
  /** `path` is that of the engine's socket on the other machine; null where the docker client there is to know. */
  | { readonly kind: 'ssh'; readonly user: string; readonly host: string; readonly port: number; readonly path: string | null };

export const ENDPOINT_FORMS = 'unix:///path/to/docker.sock, tcp://host:port or ssh://user@host:port';

const SSH_PORT = 22;
const TCP_PORT = { plain: 2375, tls: 2376 } as const;
const USUAL_SOCKET = '/var/run/docker.sock';
/** The name of a user reaches no shell, but it must not look like an option or a path either. */
const USER = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;
/** A path is handed to a shell on the other machine. */
const SOCKET_PATH = /^(\/[A-Za-z0-9_.+@-]+)+$/;

/** Undefined where the text is no endpoint. */
export function parseEndpoint(text: string): Endpoint | undefined {
  if (/^unix:\/\/\/[^\0]+$/.test(text)) return { kind: 'unix', path: text.slice('unix://'.length) };
  const url = URL.parse(text);
  if (url === null || url.hostname === '' || url.search !== '' || url.hash !== '' || url.password !== '') return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const path = url.pathname === '' || url.pathname === '/' ? null : url.pathname;
  if (url.protocol === 'tcp:') {
    if (path !== null || url.username !== '') return undefined;
    return { kind: 'tcp', host, port: Number(url.port) || null };
  }
  if (url.protocol !== 'ssh:' || !USER.test(url.username)) return undefined;
  if (path !== null && !SOCKET_PATH.test(path)) return undefined;
  return { kind: 'ssh', user: url.username, host, port: Number(url.port) || SSH_PORT, path };
}

/** Why a text is no endpoint. A password that somebody wrote into it is not repeated. */
export function endpointProblem(text: string): string {
  if (/:(?!\/\/).*@/s.test(text)) return `holds a password, which has a place of its own; expected ${ENDPOINT_FORMS}`;
  return `"${text}" is not an endpoint; expected ${ENDPOINT_FORMS}`;
}

/** The host and port that a connection is made to; undefined for a socket of this machine. */
export function hostAndPort(endpoint: string, isTls: boolean): { readonly host: string; readonly port: number } | undefined {
  const parsed = parseEndpoint(endpoint);
  if (parsed === undefined || parsed.kind === 'unix') return undefined;
  const { host, port } = parsed;
  return { host, port: port ?? (isTls ? TCP_PORT.tls : TCP_PORT.plain) };
}

/** The same text for endpoints that differ in spelling only; who asks, and over what, makes no other engine of it. */
export function endpointIdentity(endpoint: string, isTls: boolean): string {
  const parsed = parseEndpoint(endpoint);
  if (parsed === undefined) return endpoint;
  if (parsed.kind === 'unix') return `unix://${resolved(parsed.path)}`;
  const { host, port } = hostAndPort(endpoint, isTls) ?? parsed;
  const path = parsed.kind === 'ssh' ? posix.normalize(parsed.path ?? USUAL_SOCKET).replace(/^\/var\/run\//, '/run/') : '';
  return `${parsed.kind}://${host.replace(/\.$/, '')}:${port}${path}`;
}

/** `/var/run` is a link to `/run` nearly everywhere. */
function resolved(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // A socket that is not there yet, or that this user may not see, is compared by its name.
    return posix.normalize(path).replace(/^\/var\/run\//, '/run/');
  }
}
