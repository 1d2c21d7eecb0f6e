import { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';

const LONGEST_COMPLAINT = 300;

/**
 * A command on another machine as a socket, as far as node:http asks for one. It ends when the command has ended, and
 * not with its output: sshd tells how it ended only after that.
 */
export class SshStream extends Duplex {
  private complaint = '';
  private exitCode: number | null = 0;
  private channel: ClientChannel | undefined;
  /** What was asked for before there was a channel. */
  private waiting: (() => void) | undefined;

  constructor(
    opening: Promise<ClientChannel>,
    private readonly command: string,
  ) {
    super({ allowHalfOpen: false });
    opening.then(
      (channel) => this.begin(channel),
      (error: unknown) => void this.destroy(error as Error),
    );
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {
    this.channel?.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.whenOpen((channel) => channel.write(chunk, done));
  }

  override _final(done: () => void): void {
    this.whenOpen((channel) => {
      channel.end();
      done();
    });
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (this.channel !== undefined) release(this.channel);
    done(error);
  }

  private begin(channel: ClientChannel): void {
    channel.on('error', (error: Error) => this.destroy(error));
    if (this.destroyed) return release(channel);
    this.channel = channel;
    channel.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) channel.pause();
    });
    channel.stderr.on('data', (chunk: Buffer) => {
      this.complaint = `${this.complaint}${chunk.toString()}`.slice(0, LONGEST_COMPLAINT);
    });
    channel.once('exit', (code: number | null) => {
      this.exitCode = code;
    });
    channel.once('close', () => this.finish());
    this.waiting?.();
  }

  private finish(): void {
    if (!this.exitCode) return void this.push(null);
    const why = this.complaint.trim() || 'no reason was given';
    this.destroy(new Error(`"${this.command}" on the other machine ended with ${this.exitCode}: ${why}`));
  }

  /** One thing is asked for at a time. */
  private whenOpen(work: (channel: ClientChannel) => void): void {
    const { channel } = this;
    if (channel !== undefined) return work(channel);
    this.waiting = () => {
      if (this.channel !== undefined) work(this.channel);
    };
  }
}

/** Its end is told only once everything that came has been read. */
function release(channel: ClientChannel): void {
  channel.removeAllListeners('data').resume();
  channel.stderr.resume();
  channel.close();
}
