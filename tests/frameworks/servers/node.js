import { readFileSync } from 'node:fs';
import { nodeListener, nodeServer } from 'mindhook/node';
import { makeReceivers } from '../receivers.js';
import { readInto } from './listening.js';

const [certificate] = process.argv.slice(2);
const { receivers, seen } = makeReceivers({ whole: true });
const listeners = Object.fromEntries(Object.entries(receivers).map(([name, each]) => [name, nodeListener(each)]));
const parse = { parsed: JSON.parse, raw: (bytes) => bytes };

/** `node:http` has no router: this is one, and it keeps the receivers apart. */
function first(request, response) {
	const [, name] = request.url.split(/[/?]/);
	const listener = listeners[name];
	if (listener === undefined) response.end(seen());
	else if (parse[name] === undefined) listener(request, response);
	else void readInto(request, request, parse[name]).then(() => listener(request, response));
	return true;
}

const tls = certificate && {
	cert: readFileSync(`${certificate}/cert.pem`),
	key: readFileSync(`${certificate}/key.pem`),
};
const server = nodeServer(receivers.main, { first, ...(tls && { tls, http2: true }) });
console.log(JSON.stringify({ port: (await server.listen(0, '127.0.0.1')).port }));
