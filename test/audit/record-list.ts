import { expect } from 'vitest';
import type { StartedApp } from '../support/start-app.js';

/** JSON of any shape, until a test has looked at it. */
export type Json = ReturnType<typeof JSON.parse>;

/** The records that match a query, oldest first. */
export async function recordsOf({ http }: StartedApp, query: string): Promise<Json[]> {
  const { status, body } = await http.get(`/v1/audit-records?limit=500&sort=time&${query}`);
  expect(status).toBe(200);
  return (body).items;
}
