import { sweepRun } from './lab.ts';

const [runFolder] = process.argv.slice(2);
if (runFolder === undefined) throw new Error('which run is to be swept?');
sweepRun(runFolder);
