/** Serves the inspector on a loopback address until it is closed. */
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { MachineError } from '../command.js';
import { listenOn, loopback } from '../listening.js';
import { newToken } from './access.js';
import { type Inspector, type InspectorOptions, inspector } from './inspector.js';

/** The inspector at its address. */
export interface Served {
	/** Whoever has it sees everything that is shown: it holds the token. */
	readonly url: string;
	/** An address that leads there once. */
	link(): string;
	close(): void;
}

/**
 * Begins to serve.
 *
 * @throws MachineError when the port cannot be listened on, or this package was built without its page
 */
export async function serveInspector(port: number, options: Pick<InspectorOptions, 'files' | 'feed'>): Promise<Served> {
	// Beside the command line's own folder, `dist/cli/`.
	const folder = fileURLToPath(new URL('../page/', import.meta.url));
	if (!existsSync(folder)) throw new MachineError('this package was built without the page');
	const token = newToken();
	const made: Inspector = inspector({ folder, token, ...options });
	const server = createServer({ maxHeaderSize: 16 * 1024 }, made.listener);
	const address = await listenOn(server, port, loopback);
	return {
		url: `http://${address}/${token}/`,
		link: () => `http://${address}${made.ticket()}`,
		close: () => {
			made.close();
			server.close();
			server.closeAllConnections();
		},
	};
}
