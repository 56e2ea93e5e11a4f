/** Begins to listen, or says in words why that cannot be. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MachineError } from './command.js';
import { wholeNumber } from './quantities.js';

/** Whom only programs of this machine reach. */
export const loopback = '127.0.0.1';

/** A port on the command line; 0 takes a free one. */
export const port = wholeNumber(0, 65_535);
export const portExpected = 'a port from 0 to 65535';

const reasons: Readonly<Record<string, string>> = {
	EADDRINUSE: 'the port is in use by another program',
	EACCES: 'this user may not use the port',
	EADDRNOTAVAIL: 'this machine does not have that address',
	ENOTFOUND: 'there is no such host',
};

/**
 * The host and port that it listens on.
 *
 * @throws MachineError
 */
export async function listenOn(server: Server, port: number, host: string): Promise<string> {
	await new Promise<void>((resolve, reject) => {
		server.once('error', (error: NodeJS.ErrnoException) => {
			const why = reasons[error.code ?? ''] ?? error.message;
			reject(new MachineError(`cannot listen on ${host}:${port}: ${why}`));
		});
		server.listen(port, host, resolve);
	});
	// Later ones concern single connections.
	server.removeAllListeners('error').on('error', () => {});
	return `${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`;
}
