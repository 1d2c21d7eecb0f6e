import type http from 'node:http';
import type { DockerOptions } from 'dockerode';

/** Where an engine listens. */
export interface EngineEndpoint {
  /** `unix:///path/to/socket` or `tcp://host:port`. */
  readonly endpoint: string;
  /** PEM contents; present, even if empty, means TLS. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

const UNIX = 'unix://';
const DEFAULT_PORT = 2375;
const DEFAULT_TLS_PORT = 2376;

/**
 * Options for dockerode. Everything that it would take from DOCKER_HOST and its like where absent is named, since
 * those variables may mean another engine.
 */
export function toDockerOptions({ endpoint, tls }: EngineEndpoint, agent: http.Agent): DockerOptions {
  const blank = { socketPath: undefined, host: undefined, port: undefined, ca: undefined, cert: undefined };
  const common = { ...blank, key: undefined, timeout: undefined, pathPrefix: '/', agent };
  if (endpoint.startsWith(UNIX)) return { ...common, socketPath: endpoint.slice(UNIX.length), protocol: 'http' };
  const url = URL.parse(endpoint);
  if (url?.protocol !== 'tcp:' || url.hostname === '') {
    throw new TypeError(`An engine is reached by unix:///path or tcp://host:port, not by "${endpoint}".`);
  }
  return {
    ...common,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (tls === undefined ? DEFAULT_PORT : DEFAULT_TLS_PORT),
    protocol: tls === undefined ? 'http' : 'https',
    ...tls,
  };
}
