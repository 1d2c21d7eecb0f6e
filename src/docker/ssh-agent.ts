import http from 'node:http';
import type { Duplex } from 'node:stream';
import type { SshSettings } from '../config/settings.js';
import { SshLink, type SshTarget } from './ssh-link.js';

/** sshd grants ten sessions to a connection unless it was told otherwise (MaxSessions). */
const STREAMS_PER_LINK = 8;

/** The connections to one sshd: as many as the streams need, each used by several. */
export class SshLinks {
  private links: SshLink[] = [];

  constructor(
    private readonly target: SshTarget,
    private readonly settings: SshSettings,
  ) {}

  async open(): Promise<Duplex> {
    this.links = this.links.filter(({ isOver }) => !isOver);
    const link = this.links.find(({ load }) => load < STREAMS_PER_LINK) ?? this.add();
    link.load += 1;
    try {
      const stream = await link.open();
      stream.once('close', () => this.leave(link));
      return stream;
    } catch (error) {
      this.leave(link);
      throw error;
    }
  }

  close(): void {
    for (const link of this.links.splice(0)) link.close();
  }

  private add(): SshLink {
    const link = new SshLink(this.target, this.settings);
    this.links.push(link);
    return link;
  }

  private leave(link: SshLink): void {
    link.load -= 1;
    if (link.load > 0) return;
    link.close();
    this.links = this.links.filter((other) => other !== link);
  }
}

/** An agent of node:http whose sockets are streams over ssh. */
export class SshAgent extends http.Agent {
  constructor(
    private readonly links: SshLinks,
    options: http.AgentOptions,
  ) {
    super(options);
  }

  override createConnection(
    _options: http.ClientRequestArgs,
    callback: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.links.open().then(
      (stream) => callback(null, stream),
      (error: unknown) => callback(error as Error, undefined as never),
    );
  }
}
