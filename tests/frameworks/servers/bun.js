import { handlerFor } from './fetch.js';

const server = Bun.serve({
	port: 0,
	hostname: '127.0.0.1',
	fetch: handlerFor((request, server) => server.requestIP(request)?.address),
});
console.log(JSON.stringify({ port: server.port }));
