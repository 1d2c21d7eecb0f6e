import http from 'node:http';
import https from 'node:https';
import type { DockerOptions } from 'dockerode';
import { ENDPOINT_FORMS, hostAndPort, parseEndpoint, type Endpoint } from '../../config/endpoint.js';
import type { SshSettings, TlsSettings } from '../../config/settings.js';
import { SshAgent } from './ssh-agent.js';
import { SshLinks } from './ssh-links.js';

/** Where an engine listens, and with what it is reached. */
export interface EngineEndpoint {
  /** `unix:///path/to/socket`, `tcp://host:port` or `ssh://user@host:port/path/to/socket`. */
  readonly endpoint: string;
  /** PEM contents; present, even if empty, means TLS. */
  readonly tls?: TlsSettings;
  /** Wanted for `ssh://`. */
  readonly ssh?: SshSettings;
}

export interface EngineAgents {
  readonly reads: http.Agent;
  readonly commands: http.Agent;
  close(): void;
}

/** Each stream over ssh is a process on the other machine. */
const SSH_READS = 6;
const SSH_COMMANDS = 32;

/** A command on a kept socket that turns out to be dead may or may not have been done: commands get fresh ones. */
export function openAgents({ endpoint, tls, ssh }: EngineEndpoint): EngineAgents {
  const parsed = requireEndpoint(endpoint);
  if (parsed.kind !== 'ssh') {
    const Agent = tls === undefined ? http.Agent : https.Agent;
    return agents(new Agent({ keepAlive: true }), new Agent({ keepAlive: false }));
  }
  const { host, port, user, path } = parsed;
  // As the docker client does it: whoever may run this and nothing else may do what the engine may do, and no more.
  const command = path === null ? 'docker system dial-stdio' : `docker --host unix://${path} system dial-stdio`;
  const links = new SshLinks({ host, port, user, command }, ssh ?? { hostKeys: [] });
  const reads = new SshAgent(links, { keepAlive: true, maxSockets: SSH_READS });
  return agents(reads, new SshAgent(links, { keepAlive: false, maxSockets: SSH_COMMANDS }), () => links.close());
}

function agents(reads: http.Agent, commands: http.Agent, after?: () => void): EngineAgents {
  const close = (): void => {
    reads.destroy();
    commands.destroy();
    after?.();
  };
  return { reads, commands, close };
}

/**
 * Options for dockerode. Everything that it would take from DOCKER_HOST and its like where absent is named, since
 * those variables may mean another engine.
 */
export function toDockerOptions({ endpoint, tls }: EngineEndpoint, agent: http.Agent): DockerOptions {
  const blank = { socketPath: undefined, host: undefined, port: undefined, ca: undefined, cert: undefined };
  const common = { ...blank, key: undefined, timeout: undefined, pathPrefix: '/', agent };
  const parsed = requireEndpoint(endpoint);
  if (parsed.kind === 'unix') return { ...common, socketPath: parsed.path, protocol: 'http' };
  const { host, port } = hostAndPort(endpoint, tls !== undefined) ?? {};
  // The agent is the way there; docker-modem's own one for ssh looks at no host key and makes one connection for all.
  if (parsed.kind === 'ssh') return { ...common, host, port, protocol: 'http' };
  return { ...common, host, port, protocol: tls === undefined ? 'http' : 'https', ...tls };
}

function requireEndpoint(text: string): Endpoint {
  const parsed = parseEndpoint(text);
  if (parsed === undefined) throw new TypeError(`An engine is reached by ${ENDPOINT_FORMS}, not by "${text}".`);
  return parsed;
}
