/** The examples of `docs/adapters.md`, as files that can be run. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The examples by the name of their file. */
export function examplesOf(page: string): Map<string, string> {
	const blocks = readFileSync(page, 'utf8').matchAll(/^```js (\S+)\n(.*?)^```$/gms);
	return new Map([...blocks].map(([, name = '', code = '']) => [name, code]));
}

/** Writes an example and what it imports into a folder of its own, with `port` in the place of its port. */
export function writeExample(folder: string, examples: Map<string, string>, name: string, port: number): string {
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	for (const each of ['receiver.js', name]) {
		const code = examples.get(each);
		if (code === undefined) throw new Error(`docs/adapters.md has no example ${each}.`);
		writeFileSync(join(folder, each), code.replaceAll('3000', String(port)));
	}
	return join(folder, name);
}
