import type { PrivateEngine } from '../support/private-engine.js';

/** Asks nobody outside for names that the engine does not know: the answer would take 10 s. */
export const OFFLINE = { dns: { servers: ['127.0.0.1'], options: ['timeout:1', 'attempts:1'] } };

/** A command that answers HTTP requests on port 80 with this text. */
export const answering = (text: string): string[] => ['sh', '-c', `echo ${text} > /tmp/index.html; exec httpd -f -p 80 -h /tmp`];

/** A command that answers HTTP requests on port 80 with the address that they come from. */
export const TELLING_WHO_ASKS = [
  'sh',
  '-c',
  'mkdir /tmp/cgi-bin; cd /tmp/cgi-bin; printf \'#!/bin/sh\\necho; echo $REMOTE_ADDR\' > index.cgi; chmod +x index.cgi; exec httpd -f -p 0.0.0.0:80 -h /tmp',
];

export interface Traffic {
  /** Runs a command in a container; fails as the command does. */
  run(container: string, ...command: readonly string[]): Promise<string>;
  /** Fails where no answer comes within a second. */
  ping(from: string, to: string): Promise<string>;
  /** What an HTTP server answers a container. */
  fetch(from: string, host: string): Promise<string>;
  /** The addresses that a name has for a container. */
  lookUp(from: string, name: string): Promise<string[]>;
  /** Puts an interface of the host's into a container without networks, which then stands for a machine outside. */
  moveOut(link: string, container: string, address: string, gateway?: string): Promise<void>;
}

/** Traffic between the containers of an engine, its host and machines outside. */
export function trafficOf(engine: PrivateEngine): Traffic {
  const run = (container: string, ...command: readonly string[]): Promise<string> => engine.docker('exec', container, ...command);
  return {
    run,
    ping: (from, to) => run(from, 'ping', '-c', '1', '-W', '1', to),
    // Not wget's own time limit: Debian's static busybox dies of it.
    fetch: (from, host) => run(from, 'timeout', '3', 'wget', '-q', '-O', '-', `http://${host}/`),
    lookUp: async (from, name) => {
      const answer = await run(from, 'nslookup', name);
      const [, ...found] = answer.split(/^Name:\t.*$/m);
      return found.flatMap((part) => [...part.matchAll(/^Address(?: \d+)?: (\S+)/gm)].map(([, address = '']) => address)).sort();
    },
    moveOut: async (link, container, address, gateway) => {
      const pid = await engine.docker('inspect', '--format', '{{.State.Pid}}', container);
      await engine.exec('ip', 'link', 'set', link, 'netns', pid);
      const inside = (...command: string[]): Promise<string> => engine.exec('nsenter', `--net=/proc/${pid}/ns/net`, 'ip', ...command);
      await inside('address', 'add', address, 'dev', link);
      await inside('link', 'set', link, 'up');
      if (gateway !== undefined) await inside('route', 'add', 'default', 'via', gateway);
    },
  };
}

/** A pair of joined interfaces of the host's, the first one up. */
export async function addLinks(engine: PrivateEngine, near: string, far: string): Promise<void> {
  await engine.exec('ip', 'link', 'add', near, 'type', 'veth', 'peer', 'name', far);
  await engine.exec('ip', 'link', 'set', near, 'up');
}
