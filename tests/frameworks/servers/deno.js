import { handlerFor } from './fetch.js';

Deno.serve(
	{ port: 0, hostname: '127.0.0.1', onListen: ({ port }) => console.log(JSON.stringify({ port })) },
	handlerFor((_, { remoteAddr }) => remoteAddr.hostname),
);
