// Import of the official client; prints its milliseconds.
const begin = performance.now();
await import('mindee');
process.stdout.write(String(performance.now() - begin));
