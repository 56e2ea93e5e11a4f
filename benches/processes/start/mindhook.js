// Import and first call; prints the milliseconds of both together.
import { readFileSync } from 'node:fs';

const body = readFileSync(process.argv[2]);
const begin = performance.now();
const { safeParsePayload } = await import('mindhook');
if (!safeParsePayload(body).ok) throw new Error('The input is refused.');
process.stdout.write(String(performance.now() - begin));
