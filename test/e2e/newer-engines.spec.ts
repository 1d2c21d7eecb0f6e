import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NEWER_VERSIONS, recorded, RecordedEngine } from '../docker/recorded-engine.js';
import { startApp, type StartedApp } from '../support/start-app.js';
import { doneOf, refusalOf, valueOf } from './face.js';
import { agreed, FACES } from './faces.js';
import { untilConnected } from './service.js';

// The whole service in front of engines that give the answers of newer versions of the API.
describe.each(NEWER_VERSIONS)('an engine of API %s', (version) => {
  const [hasPriorities, hasCounts] = [version >= '1.48', version >= '1.52'];
  let engine: RecordedEngine;
  let app: StartedApp;

  beforeAll(async () => {
    engine = await RecordedEngine.start(version);
    app = await startApp({ engines: [{ name: 'local', endpoint: engine.endpoint }] });
    await untilConnected(app);
  });

  afterAll(async () => {
    await app.close();
    await engine.stop();
  });

  it('is shown with its version', async () => {
    const shown = valueOf(await agreed(app, (face) => face.getEngine('local')));
    expect(shown).toMatchObject({ apiVersion: version, version: recorded(version, 'version')['Version'], state: 'connected' });
    expect(shown.counts).toMatchObject({ containers: 2, runningContainers: 1, attachments: 3 });
  });

  it('has its networks shown, with its own counts of addresses where it gives them', async () => {
    const { ipam, ipv4Enabled, attachmentCount } = valueOf(await agreed(app, (face) => face.getNetwork('shop')));
    expect([ipv4Enabled, attachmentCount]).toEqual([true, 2]);
    const [v4, v6] = ipam.pools.map(({ usage }) => usage);
    // By itself the service counts addresses of the range alone, and does not see what others reserve.
    expect(v4).toMatchObject(hasCounts ? { inUse: '5', free: '126' } : { inUse: '0', free: '127' });
    expect(v6).toMatchObject(hasCounts ? { inUse: '3', free: '18446744073709551613' } : { inUse: '2' });
    if (hasPriorities) {
      expect(valueOf(await agreed(app, (face) => face.getNetwork('six')))).toMatchObject({ ipv4Enabled: false, ipv6Enabled: true });
    }
    const builtin = valueOf(await agreed(app, (face) => face.listNetworks({ builtin: true })));
    expect(builtin.items.map(({ id }) => id)).toEqual(['local~bridge', 'local~host', 'local~none']);
  });

  it('has its containers shown, with gateway priorities and DNS names where it gives them', async () => {
    const web = valueOf(await agreed(app, (face) => face.getContainer('web')));
    expect(web).toMatchObject({
      state: 'running',
      health: 'healthy',
      networkMode: 'shop',
      publishedPorts: [{ hostAddress: '0.0.0.0', hostPort: 18080 }, { hostAddress: '::', hostPort: 18080 }],
      attachments: [
        { networkName: 'edge', active: true, gatewayPriority: hasPriorities ? 10 : null, dnsNames: ['web', web.id.slice(0, 12), 'house'] },
        {
          networkName: 'shop',
          active: true,
          ipv4Address: '10.10.0.77',
          ipv6Address: 'fd00:10::2',
          aliases: ['www', 'api'],
          dnsNames: ['web', 'www', 'api', web.id.slice(0, 12), 'house'],
          gatewayPriority: hasPriorities ? 0 : null,
        },
      ],
    });
    const later = valueOf(await agreed(app, (face) => face.getContainer('later')));
    expect(later.attachments).toMatchObject([{ active: false, ipv4Address: '10.10.0.99', macAddress: '02:42:0a:0a:00:63' }]);
    expect(valueOf(await agreed(app, (face) => face.listAttachments({ address: 'fd00:10::2' }))).total).toBe(1);
  });

  describe.each(FACES)('through %s', (name, faceOf) => {
    it('is asked to attach with a gateway priority from 1.48 on, and the refusal names that version before', async () => {
      const face = faceOf(app);
      const wanted = { network: 'edge', container: 'later', gatewayPriority: 7, aliases: ['soon'] };
      const answer = await face.attach(wanted);
      if (!hasPriorities) {
        expect(refusalOf(answer)).toMatchObject({
          code: 'UNSUPPORTED_BY_ENGINE',
          status: 501,
          extras: { requiredApiVersion: '1.48', engineApiVersion: version },
        });
        return;
      }
      // The second face finds it done.
      expect(doneOf(answer)).toMatchObject({ changed: name === 'REST', value: { gatewayPriority: 7, networkName: 'edge' } });
      expect(engine.sent).toMatchObject([{ body: { EndpointConfig: { GwPriority: 7, Aliases: ['soon'] } } }]);
    });

    it('is refused a network without IPv4 before 1.48, and a MAC address when attaching', async () => {
      const face = faceOf(app);
      const six = { name: 'only-six', ipv4Enabled: false, ipv6Enabled: true, ipam: { pools: [{ subnet: 'fd00:61::/64' }] } };
      const planned = await face.createNetwork(six, { dryRun: true });
      if (hasPriorities) expect(valueOf(planned)).toMatchObject({ ipv4Enabled: false });
      else expect(refusalOf(planned)).toMatchObject({ code: 'UNSUPPORTED_BY_ENGINE', extras: { requiredApiVersion: '1.48' } });
      const mac = await face.attach({ network: 'bridge', container: 'later', macAddress: '02:42:0a:0a:00:02' });
      expect(refusalOf(mac)).toMatchObject({ code: 'UNSUPPORTED_BY_ENGINE', extras: { requiredApiVersion: '1.54' } });
    });
  });
});
