import { describe, expect, it } from 'vitest';
import { parseExactly } from '../../src/docker/engine-answer.js';
import { changedServiceBody, toService, toServiceBody } from '../../src/docker/swarm-service.mapper.js';

const PORTS = [
  { Name: 'web', Protocol: 'tcp', TargetPort: 80, PublishedPort: 8080, PublishMode: 'ingress' },
  { Name: 'more', Protocol: 'tcp', TargetPort: 80, PublishMode: 'ingress' },
];
const STANDING = {
  Name: 'web',
  TaskTemplate: {
    ContainerSpec: { Image: 'fl-busybox:latest@sha256:aa', Command: ['sh'], Args: ['-c', 'true'], Env: ['A=1'] },
    Networks: [{ Target: 'n1', Aliases: ['www'], DriverOpts: { k: 'v' } }, { Target: 'n2', DriverOpts: { k: 'w' } }],
    ForceUpdate: 3,
  },
  Mode: { Replicated: { Replicas: 2 } },
  UpdateConfig: { Delay: 1 },
  EndpointSpec: { Mode: 'vip', Ports: PORTS },
};
const port = (targetPort: number, publishedPort?: number) => ({
  targetPort,
  protocol: 'tcp',
  publishMode: 'ingress' as const,
  ...(publishedPort === undefined ? {} : { publishedPort }),
});

describe('the record of a changed service', () => {
  it('is as it was, to the letter, where nothing is changed or what is asked for stands', () => {
    const written = JSON.stringify(STANDING);
    const same = {
      image: 'fl-busybox',
      command: ['sh', '-c', 'true'],
      replicas: 2,
      networks: [{ target: 'n1', aliases: ['www'] }, { target: 'n2', aliases: [] }],
      endpointMode: 'vip' as const,
      ports: [port(80, 8080), port(80)],
    };
    expect(JSON.stringify(changedServiceBody(STANDING, {}))).toBe(written);
    expect(JSON.stringify(changedServiceBody(STANDING, same))).toBe(written);
  });

  it('keeps what belongs to networks and ports that stay', () => {
    const networks = [{ target: 'n3', aliases: [] }, { target: 'n1', aliases: ['new'] }];
    expect(changedServiceBody(STANDING, { networks })).toEqual({
      ...STANDING,
      TaskTemplate: {
        ...STANDING.TaskTemplate,
        Networks: [{ Target: 'n3' }, { Target: 'n1', Aliases: ['new'], DriverOpts: { k: 'v' } }],
      },
    });
    expect(changedServiceBody(STANDING, { ports: [port(80), port(80, 9090), port(81)] })['EndpointSpec']).toEqual({
      Mode: 'vip',
      Ports: [
        PORTS[1],
        { ...PORTS[0], PublishedPort: 9090 },
        { Protocol: 'tcp', TargetPort: 81, PublishMode: 'ingress' },
      ],
    });
  });

  it('names an image anew only where it is another one', () => {
    const imageOf = (image: string): unknown => (changedServiceBody(STANDING, { image }) as typeof STANDING).TaskTemplate.ContainerSpec.Image;
    expect(imageOf('fl-busybox:latest')).toBe('fl-busybox:latest@sha256:aa');
    expect(imageOf('fl-busybox@sha256:aa')).toBe('fl-busybox:latest@sha256:aa');
    expect(imageOf('fl-busybox@sha256:bb')).toBe('fl-busybox@sha256:bb');
    expect(imageOf('fl-busybox:two')).toBe('fl-busybox:two');
    expect(imageOf('host:5000/fl-busybox')).toBe('host:5000/fl-busybox');
  });

  it('is in the words of the image where the command is cleared', () => {
    const { TaskTemplate } = changedServiceBody(STANDING, { command: [] }) as typeof STANDING;
    expect(TaskTemplate.ContainerSpec).toEqual({ Image: 'fl-busybox:latest@sha256:aa', Env: ['A=1'] });
  });

  it('has its networks in one place only, where an old client put them beside the template', () => {
    const { TaskTemplate: { Networks, ...template }, ...rest } = STANDING;
    const old = { ...rest, TaskTemplate: template, Networks };
    expect(JSON.parse(JSON.stringify(changedServiceBody(old, { labels: {} })))).toEqual({ ...old, Labels: {} });
    expect(JSON.parse(JSON.stringify(changedServiceBody(old, { networks: [{ target: 'n1', aliases: ['www'] }] })))).toEqual({
      ...rest,
      TaskTemplate: { ...template, Networks: [Networks[0]] },
    });
  });

  it('has the same whole numbers, those included that no double holds', () => {
    const written = '{"MaxAttempts":18446744073709551615,"Delay":10800000000000001,"Ratio":0.15,"Replicas":2}';
    expect(JSON.stringify(changedServiceBody(parseExactly(written) as never, {}))).toBe(written);
    expect(parseExactly('no JSON')).toBeUndefined();
  });
});

describe('a service', () => {
  const read = (spec: object, endpoint: object = {}) => toService({ ID: 's1', Spec: spec, Endpoint: endpoint }, {});

  it('is read back as it was asked for', () => {
    const networks = [{ target: 'n1', aliases: ['www'] }];
    const spec = { name: 'web', image: 'a:1@sha256:aa', command: ['x'], replicas: null, networks, endpointMode: 'dnsrr', ports: [], labels: { a: 'b' } } as const;
    const { image: _image, ...rest } = spec;
    expect(read(toServiceBody(spec))).toMatchObject({ ...rest, image: 'a:1', imageDigest: 'sha256:aa', mode: 'global' });
  });

  it('publishes what is asked for, through the ports that the swarm chose', () => {
    const given = [...PORTS.slice(0, 1), { ...PORTS[1], PublishedPort: 30_000 }];
    const portsOf = (endpoint: object): unknown => read(STANDING, endpoint).ports.map(({ publishedPort }) => publishedPort);
    expect(portsOf({ Ports: given })).toEqual([8080, 30_000]);
    expect(portsOf({ Ports: [...given].reverse() })).toEqual([8080, 30_000]);
    // The swarm has not got to it yet.
    expect(portsOf({})).toEqual([8080, null]);
    expect(read({ ...STANDING, EndpointSpec: { Mode: 'vip' } }, { Ports: given }).ports).toEqual([]);
  });

  it('has no virtual address once it is to have none', () => {
    const endpoint = { VirtualIPs: [{ NetworkID: 'n1', Addr: '10.0.0.2/24' }] };
    expect(read(STANDING, endpoint).virtualAddresses).toEqual([{ networkId: 'n1', address: '10.0.0.2', prefixLength: 24 }]);
    expect(read({ ...STANDING, EndpointSpec: { Mode: 'dnsrr' } }, endpoint).virtualAddresses).toEqual([]);
  });
});
