import { createServer } from 'node:http';
import express from 'express';
import { expressHandler } from 'mindhook/express';
import { makeReceivers } from '../receivers.js';
import { listening } from './listening.js';

const { receivers, seen } = makeReceivers();
const parsers = { parsed: express.json(), raw: express.raw({ type: 'application/json' }) };
const app = express();
for (const [name, receiver] of Object.entries(receivers)) {
	app.use(`/${name}`, ...[parsers[name] ?? []].flat(), expressHandler(receiver));
}
app.get('/seen', (_, response) => response.end(seen()));
listening(createServer(app));
