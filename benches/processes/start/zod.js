// Import of Zod; prints its milliseconds.
const begin = performance.now();
await import('zod');
process.stdout.write(String(performance.now() - begin));
