/** A small API Gateway: it buffers each HTTP request, makes an event of it, and answers what the function gives. */
import { createServer } from 'node:http';
import { lambdaHandler } from 'mindhook/lambda';
import { makeReceivers } from '../receivers.js';
import { listening } from './listening.js';

const [version, encoding] = process.argv.slice(2);
const { receivers, seen } = makeReceivers({ whole: true });
const handlers = Object.fromEntries(Object.entries(receivers).map(([name, each]) => [name, lambdaHandler(each)]));

function eventOf(request, bytes) {
	const isBase64Encoded = encoding === 'base64';
	const url = new URL(request.url, 'http://localhost');
	const body = bytes.length === 0 ? undefined : bytes.toString(isBase64Encoded ? 'base64' : 'utf8');
	const sourceIp = request.socket.remoteAddress;
	const multiValueHeaders = request.headersDistinct;
	if (version === 'v1') {
		const last = Object.entries(multiValueHeaders).map(([name, values]) => [name, values.at(-1)]);
		const query = [...new Set(url.searchParams.keys())].map((name) => [name, url.searchParams.getAll(name)]);
		return {
			resource: '/{proxy+}',
			httpMethod: request.method,
			path: url.pathname,
			headers: Object.fromEntries(last),
			multiValueHeaders,
			queryStringParameters: query.length
				? Object.fromEntries(query.map(([name, values]) => [name, values.at(-1)]))
				: null,
			multiValueQueryStringParameters: query.length ? Object.fromEntries(query) : null,
			requestContext: { identity: { sourceIp } },
			body: body ?? null,
			isBase64Encoded,
		};
	}
	return {
		version: '2.0',
		rawPath: url.pathname,
		rawQueryString: url.search.slice(1),
		headers: Object.fromEntries(Object.entries(multiValueHeaders).map(([name, values]) => [name, values.join(',')])),
		requestContext: { http: { method: request.method, path: url.pathname, sourceIp } },
		...(body !== undefined && { body }),
		isBase64Encoded,
	};
}

listening(
	createServer(async (request, response) => {
		const chunks = [];
		try {
			for await (const chunk of request) chunks.push(chunk);
		} catch {
			// What did not arrive whole is never handed to a function.
			return;
		}
		const name = request.url.split(/[/?]/)[1];
		const handler = handlers[name];
		if (handler === undefined) {
			response.end(seen());
			return;
		}
		const event = eventOf(request, Buffer.concat(chunks));
		if (name === 'parsed') event.body = JSON.parse(Buffer.concat(chunks));
		// As it goes over the wire to the function and back.
		const { statusCode, headers, body, isBase64Encoded } = JSON.parse(
			JSON.stringify(await handler(JSON.parse(JSON.stringify(event)))),
		);
		response.writeHead(statusCode, headers).end(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'));
	}),
);
