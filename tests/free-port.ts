/** A port for a program that takes its time to begin to listen, and listens on it again after it was stopped. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** A port that nobody has on 127.0.0.1. Below those that systems give to outgoing connections: another test's would take it meanwhile. */
export async function freePort(): Promise<number> {
	for (;;) {
		const port = 10_000 + randomInt(20_000);
		const server = createServer();
		const isFree = await new Promise<boolean>((done) => {
			server.once('error', () => done(false));
			server.listen(port, '127.0.0.1', () => done(true));
		});
		if (!isFree) continue;
		await new Promise((done) => server.close(done));
		return port;
	}
}
