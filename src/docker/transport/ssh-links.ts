import type { ClientChannel } from 'ssh2';
import type { SshSettings } from '../../config/settings.js';
import { SessionRefused, SshFailure, SshLink, type SshTarget } from './ssh-link.js';

/** sshd grants ten sessions to a connection unless it was told otherwise (MaxSessions). */
const STREAMS_PER_LINK = 8;

/** The connections to one sshd: as many as the streams need, each used by several. */
export class SshLinks {
  private links: SshLink[] = [];
  /** As many as sshd was seen to grant. */
  private streamsPerLink = STREAMS_PER_LINK;
  /** One at a time: sshd drops some of those that have not proved themselves yet where there are many (MaxStartups). */
  private connecting: Promise<SshLink> | undefined;
  private isClosed = false;

  constructor(
    private readonly target: SshTarget,
    private readonly settings: SshSettings,
  ) {}

  /** Run on the other machine: its input and output are the engine's. */
  get command(): string {
    return this.target.command;
  }

  async open(): Promise<ClientChannel> {
    for (;;) {
      const link = await this.claim();
      try {
        const channel = await link.open();
        channel.once('close', () => this.leave(link));
        return channel;
      } catch (error) {
        if (error instanceof SessionRefused && link.granted !== null) this.streamsPerLink = Math.max(1, link.granted);
        this.leave(link);
        if (!(error instanceof SessionRefused) || link.isUnused) throw error;
      }
    }
  }

  close(): void {
    this.isClosed = true;
    for (const link of this.links.splice(0)) link.close();
  }

  /** A connection that has room, and a place on it. */
  private async claim(): Promise<SshLink> {
    for (;;) {
      if (this.isClosed) throw new SshFailure('the way to the engine was closed');
      this.links = this.links.filter(({ isOver }) => !isOver);
      const link = this.links.find(({ isReady, isFull, load }) => isReady && !isFull && load < this.streamsPerLink);
      if (link !== undefined) {
        link.load += 1;
        return link;
      }
      const made = await (this.connecting ??= this.connect());
      if (made.isOver) throw new SshFailure('sshd closed the connection');
    }
  }

  private async connect(): Promise<SshLink> {
    const link = new SshLink(this.target, this.settings);
    this.links.push(link);
    try {
      await link.ready;
      return link;
    } finally {
      this.connecting = undefined;
    }
  }

  private leave(link: SshLink): void {
    link.load -= 1;
    if (link.load > 0) return;
    link.close();
    this.links = this.links.filter((other) => other !== link);
  }
}
