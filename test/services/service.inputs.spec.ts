import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { CreateServiceInput, UpdateServiceInput } from '../../src/services/service.inputs.js';

async function faultsOf(kind: new () => object, networks: unknown): Promise<string[]> {
  return (await validate(plainToInstance(kind, { name: 'web', image: 'nginx', networks }))).map(({ property }) => property);
}
const networks = (count: number) => Array.from({ length: count }, (_, index) => ({ network: `n${index}` }));

describe.each([CreateServiceInput, UpdateServiceInput])('the networks of %o', (kind) => {
  it('are a hundred at most', async () => {
    expect(await faultsOf(kind, networks(100))).not.toContain('networks');
    expect(await faultsOf(kind, networks(101))).toContain('networks');
  });
});

it('an update may clear the networks', async () => {
  expect(await faultsOf(UpdateServiceInput, null)).not.toContain('networks');
});
