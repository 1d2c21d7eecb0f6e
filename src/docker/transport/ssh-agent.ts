import http from 'node:http';
import type { Duplex } from 'node:stream';
import { SshStream } from './ssh-stream.js';
import type { SshLinks } from './ssh-links.js';

/**
 * An agent of node:http whose sockets are streams over ssh. Each is there at once and opens by itself: sockets that are
 * still being made would not be counted among `maxSockets`.
 */
export class SshAgent extends http.Agent {
  constructor(
    private readonly links: SshLinks,
    options: http.AgentOptions,
  ) {
    super(options);
  }

  override createConnection(): Duplex {
    return new SshStream(this.links.open(), this.links.command);
  }
}
