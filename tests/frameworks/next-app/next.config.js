import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');

/** The package under test lies outside of the app's own folder. */
export default { distDir: 'dist', outputFileTracingRoot: root, turbopack: { root } };
