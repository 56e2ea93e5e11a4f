import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { honoHandler } from 'mindhook/hono';
import { makeReceivers } from '../receivers.js';
import { listening } from './listening.js';

const { receivers, seen } = makeReceivers({ whole: true });
const read = { parsed: (request) => request.json(), raw: (request) => request.arrayBuffer() };
const app = new Hono();
for (const [name, receiver] of Object.entries(receivers)) {
	const path = `/${name}/*`;
	if (read[name]) {
		app.use(path, async (context, next) => {
			await read[name](context.req);
			await next();
		});
	}
	app.all(path, honoHandler(receiver));
}
app.get('/seen', (context) => context.body(seen()));
listening(
	createAdaptorServer({
		fetch: app.fetch,
		createServer: process.argv[2] === 'http2' ? createHttp2Server : createServer,
	}),
);
