import { Readable } from 'node:stream';
import Fastify from 'fastify';
import { fastifyPlugin } from 'mindhook/fastify';
import { makeReceivers } from '../receivers.js';

const http2 = process.argv[2] === 'http2';
const { receivers, seen } = makeReceivers();
const app = Fastify({ http2 });
for (const [name, receiver] of Object.entries(receivers)) {
	app.register(async (scope) => {
		// A hook that reads the body, and one that puts a stream of the same bytes in its place.
		if (name === 'parsed') {
			scope.addHook('preParsing', async (_, __, payload) => {
				for await (const _ of payload);
			});
		}
		if (name === 'raw') {
			scope.addHook('preParsing', async (_, __, payload) => Readable.from(await Array.fromAsync(payload)));
		}
		scope.register(fastifyPlugin(receiver), { prefix: `/${name}` });
	});
}
app.get('/seen', () => seen());
app.post('/json', (request) => ({ a: request.body.a }));
await app.listen({ port: 0, host: '127.0.0.1' });
console.log(JSON.stringify({ port: app.server.address().port }));
