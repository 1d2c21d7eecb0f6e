import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SYSTEM_PATH } from '../../scripts/lab.ts';
import { eventually } from './eventually.ts';

const CONFIGURATION = join(import.meta.dirname, '../../docs/examples/socket-proxy/haproxy.cfg');

interface Server {
  readonly dir: string;
  readonly socketPath: string;
  servedAt: string;
}

/** LAB_BEHIND_PROXY=yes: whatever the harness hands to the service is behind the socket proxy. */
export function isBehindProxy(): boolean {
  return process.env.LAB_BEHIND_PROXY === 'yes';
}

/** Debian's HAProxy with the configuration that is shipped. It goes when the server that it is in front of is wiped. */
export async function putBehindProxy(server: Server): Promise<void> {
  const { dir, socketPath } = server;
  const [proxySocket, logPath] = [join(dir, 'proxy.sock'), join(dir, 'proxy.log')];
  const log = openSync(logPath, 'a');
  // The folder is named for the wipe to know the process by.
  const proxy = spawn('haproxy', ['-C', `${dir}/`, '-f', CONFIGURATION], {
    ...{ detached: true, stdio: ['ignore', log, log] },
    env: { PATH: SYSTEM_PATH, ENGINE_SOCKET: socketPath, PROXY_SOCKET: proxySocket },
  });
  closeSync(log);
  proxy.unref();
  await eventually(() => {
    if (!existsSync(proxySocket)) throw new Error(`haproxy did not start: ${readFileSync(logPath, 'utf8')}`);
  });
  server.servedAt = proxySocket;
}

/** What the proxy has refused and what failed behind it, a line each. */
export function proxyLog({ dir }: Pick<Server, 'dir'>): readonly string[] {
  return readFileSync(join(dir, 'proxy.log'), 'utf8').split('\n').filter((line) => line !== '');
}
