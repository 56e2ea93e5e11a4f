import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { bodyParser } from '@koa/bodyparser';
import Koa from 'koa';
import mount from 'koa-mount';
import { koaMiddleware } from 'mindhook/koa';
import { makeReceivers } from '../receivers.js';
import { listening, readInto } from './listening.js';

const { receivers, seen } = makeReceivers();
const parsers = {
	parsed: bodyParser(),
	raw: async ({ req, request }, next) => {
		await readInto(request, req, (bytes) => bytes);
		return next();
	},
};
const app = new Koa();
for (const [name, receiver] of Object.entries(receivers)) {
	if (parsers[name]) app.use(mount(`/${name}`, parsers[name]));
	app.use(mount(`/${name}`, koaMiddleware(receiver)));
}
app.use((context) => {
	context.body = seen();
});
listening((process.argv[2] === 'http2' ? createHttp2Server : createServer)(app.callback()));
