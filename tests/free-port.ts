/** A port for a program that takes its time to begin to listen, and listens on it again after it was stopped. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** A port that nobody has on 127.0.0.1. Below those that systems give to outgoing connections: another test's would take it meanwhile. */
export async function freePort(): Promise<number> {
	for (let tries = 0; tries < 1_000; tries += 1) {
		// Above 10,080, which `fetch` refuses to ask.
		const port = 11_000 + randomInt(19_000);
		const server = createServer();
		const isFree = await new Promise<boolean>((done) => {
			server.once('error', () => done(false));
			server.listen(port, '127.0.0.1', () => done(true));
		});
		if (!isFree) continue;
		await new Promise((done) => server.close(done));
		return port;
	}
	throw new Error('No port of 127.0.0.1 is free.');
}
