/** The fetch adapter for one address after the other, as Deno, Bun and workerd serve it. */
import { fetchHandler } from 'mindhook/fetch';
import { makeReceivers } from '../receivers.js';

export function handlerFor(remoteAddress) {
	let made;
	return async (request, ...rest) => {
		// On the first request: workerd lets nothing begin before it.
		made ??= makeReceivers({ whole: true });
		const [, name] = new URL(request.url).pathname.split('/');
		const receiver = made.receivers[name];
		if (receiver === undefined) return new Response(made.seen());
		if (name === 'parsed') await request.json();
		const given = name === 'raw' ? new Request(request, { body: await request.arrayBuffer() }) : request;
		return fetchHandler(receiver, { remoteAddress })(given, ...rest);
	};
}
