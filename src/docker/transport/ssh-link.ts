import { Client, type ClientChannel, type ConnectConfig, type ServerHostKeyAlgorithm } from 'ssh2';
import { fingerprintOf, parseHostKey, type HostKey } from '../../config/host-keys.js';
import type { SshSettings } from '../../config/settings.js';

/** Where sshd listens, and what makes a connection to the engine there. */
export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Run on the other machine: its input and output are the engine's. */
  readonly command: string;
}

const READY_MS = 10_000;
const KEEP_ALIVE_MS = 10_000;
const MISSED_KEEP_ALIVES = 2;

/** No connection came about, so that nothing can have reached the engine: `syscall` says so to who asks. */
export class SshFailure extends Error {
  readonly syscall = 'connect';
}

/** sshd grants this connection no further session. */
export class SessionRefused extends SshFailure {}

/** One connection to an sshd, which carries several streams. */
export class SshLink {
  /** Streams that are open, being opened, or not yet ended on the other side. */
  load = 0;
  /** sshd has refused a further stream, and none has ended since. */
  isFull = false;
  /** Fails where no connection comes about. */
  readonly ready: Promise<void>;
  private readonly client = new Client();
  private opened = 0;
  private ended = 0;
  private readonly target: SshTarget;
  private readonly known: readonly HostKey[];
  /** What the host showed that is not known. */
  private stranger: string | undefined;
  private connected = false;
  private over = false;

  constructor(target: SshTarget, settings: SshSettings) {
    this.target = target;
    this.known = settings.hostKeys.flatMap((text) => parseHostKey(text) ?? []);
    this.ready = new Promise((resolve, reject) => {
      this.client.once('ready', () => {
        this.connected = true;
        resolve();
      });
      this.client.on('error', (error) => {
        this.over = true;
        reject(this.explain(error));
      });
      this.client.once('close', () => {
        this.over = true;
        reject(new SshFailure('sshd closed the connection'));
      });
    });
    // Whoever opens a stream hears of it; a link that nobody waits for has nobody to tell.
    this.ready.catch(() => undefined);
    try {
      // An empty list would be taken for no preference.
      if (this.known.length === 0) throw new Error('no host key is known that it could prove itself by');
      this.client.connect(this.config(settings));
    } catch (error) {
      // Also thrown for a private key that cannot be read.
      this.client.emit('error', error);
    }
  }

  get isReady(): boolean {
    return this.connected;
  }

  get isOver(): boolean {
    return this.over;
  }

  /** No stream has ever been opened on it. */
  get isUnused(): boolean {
    return this.opened === 0;
  }

  /**
   * How many streams sshd grants to a connection, where a refusal has shown it; null where it may still have counted some
   * whose command was ending.
   */
  get granted(): number | null {
    return this.isFull && this.ended === 0 ? this.opened : null;
  }

  /** A stream on a connection that is ready. Fails with `SessionRefused` where sshd grants no more. */
  async open(): Promise<ClientChannel> {
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      this.client.exec(this.target.command, (error, opened) => {
        if (error) reject(this.explainRefusal(error));
        else resolve(opened);
      });
    });
    this.opened += 1;
    channel.once('close', () => {
      this.ended += 1;
      this.isFull = false;
    });
    return channel;
  }

  close(): void {
    this.over = true;
    if (this.connected) this.client.end();
    // There is nobody yet to say good-bye to.
    else this.client.destroy();
  }

  private config({ privateKey, passphrase, password }: SshSettings): ConnectConfig {
    const { host, port, user } = this.target;
    return {
      ...{ host, port, username: user, privateKey, passphrase, password },
      authHandler: [...(privateKey === undefined ? [] : (['publickey'] as const)), ...(password === undefined ? [] : (['password'] as const))],
      algorithms: { serverHostKey: [...new Set(this.known.flatMap(algorithmsOf))] },
      hostVerifier: (key: Buffer) => this.isKnown(key),
      ...{ readyTimeout: READY_MS, keepaliveInterval: KEEP_ALIVE_MS, keepaliveCountMax: MISSED_KEEP_ALIVES },
    };
  }

  private isKnown(key: Buffer): boolean {
    if (this.known.some(({ blob }) => blob.equals(key))) return true;
    const type = key.toString('latin1', 4, 4 + key.readUInt32BE(0));
    this.stranger = fingerprintOf({ type, blob: key });
    return false;
  }

  /** Of a channel that was not opened it is told for what reason, of other failures none. */
  private explainRefusal(error: Error): SshFailure {
    const cause = { cause: error };
    if (this.over || !('reason' in error)) return new SshFailure(error.message, cause);
    this.isFull = true;
    const { host, port, user } = this.target;
    return new SessionRefused(`sshd on ${host}:${port} grants ${user} no session (${error.message})`, cause);
  }

  private explain(error: Error): SshFailure {
    const { host, port } = this.target;
    const cause = { cause: error };
    if (this.stranger !== undefined) {
      return new SshFailure(`${host}:${port} shows the host key ${this.stranger}, which is not among those that are known for it`, cause);
    }
    if (error.message.includes('host key format')) {
      const kinds = [...new Set(this.known.map(({ type }) => type))].join(', ');
      return new SshFailure(`${host}:${port} has no host key of a kind that is known for it (${kinds})`, cause);
    }
    if (/authentication methods/.test(error.message)) {
      return new SshFailure(`sshd on ${host}:${port} does not let ${this.target.user} in`, cause);
    }
    return new SshFailure(`ssh to ${host}:${port}: ${error.message}`, cause);
  }
}

/** SHA-1 signatures are not taken. */
function algorithmsOf({ type }: HostKey): ServerHostKeyAlgorithm[] {
  return type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type as ServerHostKeyAlgorithm];
}
