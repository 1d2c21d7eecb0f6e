import { describe, expect, it } from 'vitest';
import { EnginePicture } from '../../src/inventory/engine-picture.js';
import { requestedBeside, requestedSettings } from '../../src/inventory/requested-settings.js';
import type { ObservedEndpoint } from '../../src/docker/observed.js';
import type { Attachment } from '../../src/resources/attachment.js';
import { A_REACH } from '../builders/a-reach.js';
import { anEndpoint, anObservedContainer, anObservedNetwork } from '../builders/observed.js';

function attached(changes: Partial<ObservedEndpoint>, tellsRequestedAddresses: boolean): [EnginePicture, Attachment] {
  const picture = new EnginePicture('local', A_REACH);
  picture.observed = {
    version: '1',
    apiVersion: '1.41',
    platform: { name: null, os: 'linux', architecture: 'amd64', kernelVersion: null },
    networkDrivers: [],
    swarmRole: 'none',
    membership: null,
    defaultAddressPools: [],
    tellsRequestedAddresses,
  };
  const network = anObservedNetwork('shop');
  const container = anObservedContainer('web', { endpoints: [anEndpoint('shop', changes)] });
  picture.setNetwork(network.id, network);
  picture.setContainer(container.id, container);
  const [attachment] = picture.snapshot().attachments;
  return [picture, attachment as Attachment];
}

const inUse = { ipv4Address: '10.20.0.7', aliases: ['www'] };

describe('the settings that an attachment was asked for with', () => {
  it('are those that the engine tells, and no dynamic address', () => {
    expect(requestedBeside(...attached(inUse, true), { ipv4Address: '10.20.0.7' })).toEqual({ aliases: ['www'] });
    const asked = attached({ ...inUse, requestedIpv4Address: '10.20.0.7' }, true);
    expect(requestedSettings(...asked)).toEqual({ aliases: ['www'], ipv4Address: '10.20.0.7' });
  });

  describe('of an engine that does not tell static addresses', () => {
    it.each([
      ['the address in use is wanted', '10.20.0.7', '10.20.0.7', '10.20.0.7'],
      ['another one is wanted', '10.20.0.7', '10.20.0.8', undefined],
      ['none is wanted', '10.20.0.7', undefined, undefined],
      ['one is wanted while none is in use', null, '10.20.0.8', '10.20.0.8'],
    ])('are compared where %s', (_, ipv4Address, wanted, told) => {
      const settings = requestedBeside(...attached({ ipv4Address }, false), wanted === undefined ? {} : { ipv4Address: wanted });
      expect(settings.ipv4Address).toBe(told);
    });

    it('are kept with the address in use', () => {
      expect(requestedSettings(...attached(inUse, false))).toEqual({ aliases: ['www'], ipv4Address: '10.20.0.7' });
      expect(requestedSettings(...attached({ ipv4Address: null }, false))).toEqual({});
    });
  });
});
