import { Agent } from 'node:http';
import { describe, expect, it } from 'vitest';
import { toDockerOptions } from '../../src/docker/transport/engine-endpoint.js';

const agent = new Agent();

describe('an endpoint', () => {
  it.each([
    ['unix:///var/run/docker.sock', { socketPath: '/var/run/docker.sock', protocol: 'http', host: undefined }],
    ['unix:///odd path/100%/a#b?c', { socketPath: '/odd path/100%/a#b?c' }],
    ['tcp://engine:2375', { host: 'engine', port: 2375, protocol: 'http', socketPath: undefined }],
    ['tcp://engine:80', { host: 'engine', port: 80 }],
    ['tcp://engine', { host: 'engine', port: 2375 }],
    ['tcp://[::1]:2375', { host: '::1', port: 2375 }],
  ])('is read: %s', (endpoint, options) => {
    expect(toDockerOptions({ endpoint }, agent)).toMatchObject({ ...options, agent });
  });

  it('with TLS has its own port and takes the certificates', () => {
    expect(toDockerOptions({ endpoint: 'tcp://engine', tls: { ca: 'CA' } }, agent)).toMatchObject({
      port: 2376,
      protocol: 'https',
      ca: 'CA',
      cert: undefined,
    });
  });

  it.each(['', 'docker', 'http://engine', 'ssh://engine', 'ssh://me:secret@engine', 'ssh://me@engine/a b', 'npipe:////./pipe/docker', 'tcp://', 'tcp:engine'])(
    'is refused with a word on what is possible: "%s"',
    (endpoint) => {
      expect(() => toDockerOptions({ endpoint }, agent)).toThrow(/unix:\/\/\/path\S+, tcp:\/\/host:port or ssh:/);
    },
  );
});
