import type { FastifyInstance } from 'fastify';
import type { StreamLimits } from '../http/stream-limits.js';

/** Drops clients that leave an answer unread: it is kept in memory for them until they have it. Event streams look after themselves. */
export function registerUnreadAnswers(fastify: FastifyInstance, { stallMs }: StreamLimits): void {
  fastify.addHook('onSend', ({ raw: { socket } }, { raw }, _payload, done) => {
    // Node begins anew whenever a part of it has been taken, and closes the connection when none was for so long.
    socket.setTimeout(stallMs);
    raw.once('finish', () => {
      // Unless Node waits for the next request already, which it does in its own time.
      if (socket.timeout === stallMs) socket.setTimeout(0);
    });
    done();
  });
}
