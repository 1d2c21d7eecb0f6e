import { LAB_ROOT, sweepLab } from './lab.ts';

sweepLab(process.argv[2] ?? LAB_ROOT);
