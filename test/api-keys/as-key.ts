import request from 'supertest';
import type { GraphqlAnswer, StartedApp } from '../support/start-app.js';

/** The same service, asked with another key. */
export function asKey<T extends StartedApp>(app: T, key: string): T {
  const gql = async <Data>(query: string, variables?: object): Promise<GraphqlAnswer<Data>> => {
    const answer = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ query, variables }),
    });
    return { status: answer.status, ...((await answer.json()) as Omit<GraphqlAnswer<Data>, 'status'>) };
  };
  const socket: StartedApp['socket'] = () => app.socket({ Authorization: `Bearer ${key}` });
  return { ...app, key, gql, socket, http: request.agent(app.url).set('Authorization', `Bearer ${key}`) };
}
