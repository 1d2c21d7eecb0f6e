import { sweepLab } from '../../scripts/lab.ts';

/** Runs once before and once after all test files: what a killed run or worker left behind is gone afterwards. */
export default function sweepBeforeAndAfter(): () => void {
  sweepLab();
  return () => {
    sweepLab();
  };
}
