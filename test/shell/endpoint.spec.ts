import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { endpointIdentity, endpointProblem, parseEndpoint } from '../../src/config/endpoint.js';
import { hostKeysIn } from '../../src/config/host-keys.js';

describe('two endpoints', () => {
  it.each([
    ['tcp://Engine.Example', 'tcp://engine.example:2375'],
    ['tcp://engine.example.', 'tcp://engine.example'],
    ['ssh://me@host', 'ssh://other@HOST:22/var/run/docker.sock'],
    ['ssh://me@host/run/docker.sock', 'ssh://me@host/var/run/docker.sock'],
    ['unix:///nowhere/a.sock', 'unix:////nowhere/b/../a.sock'],
  ])('are one place: %s and %s', (one, other) => {
    expect(endpointIdentity(one, false)).toBe(endpointIdentity(other, false));
  });

  it.each([
    ['tcp://host', 'tcp://other'],
    ['tcp://host:2375', 'tcp://host:2376'],
    ['ssh://me@host', 'ssh://me@host:2222'],
    ['ssh://me@host', 'ssh://me@host/run/other.sock'],
    ['unix:///nowhere/a', 'unix:///nowhere/b'],
  ])('are two places: %s and %s', (one, other) => {
    expect(endpointIdentity(one, false)).not.toBe(endpointIdentity(other, false));
  });

  it('are one place where a link leads from one to the other, and have another usual port over TLS', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fairlead-endpoint-'));
    writeFileSync(join(folder, 'real'), '');
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    expect(endpointIdentity(`unix://${folder}/link`, false)).toBe(endpointIdentity(`unix://${folder}/real`, false));
    rmSync(folder, { recursive: true });
    expect(endpointIdentity('tcp://host', true)).toBe(endpointIdentity('tcp://host:2376', true));
  });
});

describe('what no endpoint can be', () => {
  it.each([
    'ssh://host', 'ssh://-oProxyCommand=x@host', 'ssh://me@host/run/a.sock;reboot', 'ssh://me@host/$(reboot)', 'ssh://me@host/a%20b',
    'ssh://me@host?x', 'tcp://me@host', 'tcp://host/path', 'unix://relative', 'http://host',
  ])('is refused: %s', (text) => {
    expect(parseEndpoint(text)).toBeUndefined();
  });

  it('does not repeat a password that is in it', () => {
    expect(endpointProblem('ssh://me:secret@host')).not.toContain('secret');
  });
});

describe('a file of known hosts', () => {
  const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBOPSbkMVPEOjmRVSJdcbUj6VMk8wgOzWxfkZ4SpoBSR';
  it.each([
    [`host ${KEY}`, true],
    [`other,HOST,10.0.0.1 ${KEY} a comment`, true],
    [`*.example,h?st ${KEY}`, true],
    [`*,!host ${KEY}`, false],
    [`[host]:22 ${KEY}`, false],
    [`# host ${KEY}`, false],
    [`@cert-authority host ${KEY}`, false],
    [`host ${KEY}\n@revoked * ${KEY}`, false],
    ['host ssh-ed25519 AAAA', false],
    [`host ${KEY.replace('ssh-ed25519', 'ssh-rsa')}`, false],
  ])('holds a key of the host or none: %s', (text, isKnown) => {
    expect(hostKeysIn(text, 'host', 22)).toEqual(isKnown ? [KEY] : []);
  });
});
