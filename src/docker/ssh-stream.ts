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

  constructor(
    private readonly channel: ClientChannel,
    command: string,
  ) {
    super({ allowHalfOpen: false });
    channel.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) channel.pause();
    });
    channel.stderr.on('data', (chunk: Buffer) => {
      this.complaint = `${this.complaint}${chunk.toString()}`.slice(0, LONGEST_COMPLAINT);
    });
    channel.once('exit', (code: number | null) => {
      this.exitCode = code;
    });
    channel.on('error', (error: Error) => this.destroy(error));
    channel.once('close', () => {
      if (!this.exitCode) return void this.push(null);
      const why = this.complaint.trim() || 'no reason was given';
      this.destroy(new Error(`"${command}" on the other machine ended with ${this.exitCode}: ${why}`));
    });
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
    this.channel.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.channel.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.channel.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.channel.close();
    done(error);
  }
}
