import { makeReceivers } from '../receivers.js';

/** Next bundles each route by itself; the receivers are to be the same in all of them. */
export function made() {
	globalThis.receiversOfTheTests ??= makeReceivers({ whole: true });
	return globalThis.receiversOfTheTests;
}

/** Next itself sets this header to the address of the socket. */
export const remoteAddress = (request) => request.headers.get('x-forwarded-for');
