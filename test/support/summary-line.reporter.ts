import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/**
 * Ends the run with one plain line, `N passed, N failed`, that scripts can read. Whatever fails outside a test
 * (a file that does not load, a hook, an unhandled error) counts as one failure, so that 0 failed means all is well.
 */
export default class SummaryLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
    const brokenSuites = modules.flatMap((module) => [module, ...module.children.allSuites()])
      .filter((suite) => suite.errors().length > 0);
    const failed = count('failed') + brokenSuites.length + unhandledErrors.length;
    const skipped = count('skipped') + count('pending');
    const parts = [`${count('passed')} passed`, `${failed} failed`, ...(skipped > 0 ? [`${skipped} skipped`] : [])];
    process.stdout.write(`\n${parts.join(', ')}\n`);
  }
}
