import { endpointsWithout, type ApiEndpoint, type OptionalPart } from './api-endpoints.js';
import type { BodyShape } from './body-shape.js';
import { DETOUR, pathPattern } from './listed-request.js';

/** What a proxy says in the engine's place, for telling that from what an engine says. */
export const PROXY_WORDS = {
  unlisted: 'the socket proxy does not pass this request on',
  unreached: 'the socket proxy does not reach the engine',
  brokenOff: 'the socket proxy had no answer of the engine',
} as const;

/** A configuration of HAProxy that passes on what is on the list and nothing else. */
export function haproxyConfiguration(without: readonly OptionalPart[] = []): string {
  return [HEAD, ...endpointsWithout(without).map(allowing), TAIL].join('\n');
}

const answer = (status: number, words: string): string => `http-error status ${status} content-type application/json string '{"message":"${words}"}'`;

const HEAD = `# A filtering proxy between Fairlead and the socket of a Docker Engine: HAProxy 2.6 or newer, with PCRE2 (haproxy -vv).
# Written by: npm run --silent engine-endpoints -- --format=haproxy. For less: --without=swarm,pull.
#
#   ENGINE_SOCKET=/var/run/docker.sock PROXY_SOCKET=/run/fairlead/engine.sock haproxy -f haproxy.cfg
#
# Fairlead then reaches the engine at unix:///run/fairlead/engine.sock and needs no access to the engine's own socket.
global
    presetenv ENGINE_SOCKET /var/run/docker.sock
    presetenv PROXY_SOCKET /run/fairlead/engine.sock
    presetenv PROXY_SOCKET_MODE 660
    log stdout format raw local0
    nbthread 1
    # The largest request and body that can be looked at, and so be passed on: twice what Fairlead takes itself.
    tune.bufsize 2097152

defaults
    mode http
    log global
    option httplog
    # Refused requests and failures only.
    option dontlog-normal
    # A connection to the engine for each request: whether a command was received must never be in doubt.
    option http-server-close
    http-reuse never
    retries 0
    # Whoever waits no longer goes; nothing is kept going for them.
    option abortonclose
    option http-buffer-request
    timeout connect 5s
    timeout http-request 10s
    timeout http-keep-alive 1h
    # Streams of events are silent for as long as nothing happens; this is the longest that there is.
    timeout client 24d
    timeout server 24d
    ${answer(403, PROXY_WORDS.unlisted)}
    ${answer(502, PROXY_WORDS.brokenOff)}
    ${answer(503, PROXY_WORDS.unreached)}

backend engine
    server engine "unix@\${ENGINE_SOCKET}"

frontend fairlead
    bind "unix@\${PROXY_SOCKET}" mode "\${PROXY_SOCKET_MODE}"
    default_backend engine
    acl no_body req.body_len 0
    # Nothing on the list turns a connection into another protocol, and no path is written in a roundabout way.
    http-request deny if { req.hdr(upgrade) -m found }
    http-request deny if { path -m reg '${DETOUR}' }
`;

const TAIL = `    http-request deny
`;

function allowing(endpoint: ApiEndpoint): string {
  const { method, body, why } = endpoint;
  const target = `^${pathPattern(endpoint)}${queryPattern(endpoint)}$`;
  return `    # ${why}
    http-request allow if { method ${method} } { pathq -m reg '${target}' }${bodyCondition(body)}
`;
}

/** Semicolons part parameters for engines built with old versions of Go. */
function queryPattern({ query }: ApiEndpoint): string {
  if (query.length === 0) return '';
  const parameter = `(${query.join('|')})=[^&;]*`;
  return `(\\?${parameter}(&${parameter})*)?`;
}

function bodyCondition(shape: BodyShape): string {
  if (shape.is === 'anything') return '';
  if (shape.is === 'nothing') return ' no_body';
  return ` { req.body -m reg '${DEFINITIONS}^${bodyPattern(shape)}$' }`;
}

/** What the patterns below refer to: a text, and one value of any kind. */
const DEFINITIONS = '(?(DEFINE)(?<text>"(?>[^"\\\\]++|\\\\.)*+")(?<value>(?&text)|[-+.0-9Ee]++|true|false|null))';

/** JSON as it is written here, without blanks. Atomic groups: what does not match is found out at once. */
function bodyPattern(shape: BodyShape): string {
  switch (shape.is) {
    case 'list':
      return `\\[${separated(bodyPattern(shape.of), '\\]')}\\]`;
    case 'map':
      return `\\{${separated(`(?&text):${bodyPattern(shape.of)}`, '\\}')}\\}`;
    case 'fields':
      return `\\{${separated(fieldPatterns(shape.of).join('|'), '\\}')}\\}`;
    case 'one value':
      return '(?&value)';
    case 'nothing':
    case 'anything':
      throw new TypeError(`${shape.is} is no part of a body`);
  }
}

/** Those that hold the same kind of thing together. */
function fieldPatterns(shapes: Readonly<Record<string, BodyShape>>): readonly string[] {
  const names = Map.groupBy(Object.keys(shapes), (name) => bodyPattern(shapes[name] ?? { is: 'nothing' }));
  return [...names].map(([pattern, alike]) => `"(?:${alike.join('|')})":${pattern}`);
}

function separated(item: string, end: string): string {
  return item === '' ? '' : `(?>(?>${item})(?>,(?!${end})|(?=${end})))*+`;
}
