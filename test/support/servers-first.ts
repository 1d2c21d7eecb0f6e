import { readFileSync } from 'node:fs';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What a file imports that starts servers of its own, or the file that does it for it. */
const STARTS_SERVERS = /from '[^']*\/(?:private-\w+|\w+-lab|(?:\w+-)?service|service-process|lan)\.[jt]s'/;

/** Files that start servers take long, however short they are: one that came last would be waited for by idle processors. */
export default class ServersFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const slow = new Set(sorted.filter(({ moduleId }) => STARTS_SERVERS.test(readFileSync(moduleId, 'utf8'))));
    return [...slow, ...sorted.filter((file) => !slow.has(file))];
  }
}
