/**
 * What every measured server process shares: it listens on a free port of 127.0.0.1, tells its parent which, and answers the parent's
 * questions about itself.
 */
import { createServer } from 'node:http';

/** What the sender signs with. */
export const SECRET = 'a signing secret of 32 characters';

/** The folder for what is saved, and the kind of payload that will come, as the parent gave them. */
export const [folder, kind] = process.argv.slice(2);

/**
 * Serves `listener`. Asked for `settled`, the process answers when `settle` has resolved, with the moment and what it gave; asked for
 * `usage`, with its memory and processor time.
 */
export function serve(listener, settle = async () => ({})) {
	const server = createServer(listener);
	server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
	process.on('message', async (question) => {
		if (question === 'settled') {
			const given = await settle();
			process.send({ ...given, at: performance.timeOrigin + performance.now() });
		} else if (question === 'usage') {
			globalThis.gc?.();
			const { rss, heapUsed, external } = process.memoryUsage();
			const { user, system } = process.cpuUsage();
			process.send({ rss, heapUsed, external, cpu: (user + system) / 1000 });
		}
	});
	// Its parent ends it: nothing that it holds is worth a farewell.
	process.on('disconnect', () => process.exit());
}
