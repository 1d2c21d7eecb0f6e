// npm run --silent sbom: what the image holds, as CycloneDX: the packages of production and Node. Debian's libraries
// are told by Debian's own records in the image (scripts/image-root.sh).
import { nodeItself, productionPackages } from './bill-of-materials.ts';

const bill = productionPackages({ optional: false });
bill.components.push(nodeItself());
process.stdout.write(`${JSON.stringify(bill, null, 2)}\n`);
