import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { OpenLimits } from './open-limits.js';
import { OpenPerKey } from './open-per-key.js';

/**
 * Connections over which no valid key has come yet. When there are too many the oldest gives way: whoever is in earnest shows a key within
 * moments, and finds room among those who only hold connections open.
 */
@Injectable()
export class Strangers implements OnApplicationBootstrap {
  /** By the other end: over TLS a request's socket is not the one that was accepted. The oldest first. */
  private readonly waiting = new Map<string, Socket>();
  private readonly trusted = new WeakSet<Socket>();

  constructor(
    private readonly http: HttpAdapterHost,
    private readonly limits: OpenLimits,
    private readonly openPerKey: OpenPerKey,
  ) {}

  get count(): number {
    return this.waiting.size;
  }

  onApplicationBootstrap(): void {
    const server = this.http.httpAdapter.getHttpServer() as Server;
    server.maxConnections = this.limits.connections;
    server.on('connection', (socket: Socket) => this.receive(socket));
  }

  /** Somebody with this valid key is at the other end: it is one of the key's connections from now on. Fails with `RATE_LIMITED`. */
  trust(socket: Socket, keyId: string): void {
    if (this.trusted.has(socket) || socket.destroyed) return;
    socket.once('close', this.openPerKey.openConnection(keyId));
    this.trusted.add(socket);
    this.waiting.delete(`${socket.remoteAddress} ${socket.remotePort}`);
  }

  private receive(socket: Socket): void {
    const end = `${socket.remoteAddress} ${socket.remotePort}`;
    this.waiting.set(end, socket);
    socket.once('close', () => {
      if (this.waiting.get(end) === socket) this.waiting.delete(end);
    });
    if (this.waiting.size <= this.limits.strangers) return;
    const [oldest] = this.waiting.values();
    oldest?.destroy();
  }
}
