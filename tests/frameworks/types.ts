/** The adapters among the frameworks' own types: this file is only compiled. */
import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type {
	APIGatewayProxyEvent,
	APIGatewayProxyEventV2,
	APIGatewayProxyHandler,
	APIGatewayProxyHandlerV2,
} from 'aws-lambda';
import express, { type Request as ExpressRequest } from 'express';
import Fastify from 'fastify';
import { Hono, type Context as HonoContext } from 'hono';
import Koa, { type Context as KoaContext } from 'koa';
import mount from 'koa-mount';
import { expressHandler } from 'mindhook/express';
import { fastifyPlugin } from 'mindhook/fastify';
import { fetchHandler } from 'mindhook/fetch';
import { honoHandler } from 'mindhook/hono';
import { koaMiddleware } from 'mindhook/koa';
import { lambdaHandler } from 'mindhook/lambda';
import { nextHandlers } from 'mindhook/next';
import { nodeListener, nodeServer } from 'mindhook/node';
import type { Receiver } from 'mindhook/receiver';
import type { NextRequest } from 'next/server.js';

declare const receiver: Receiver;

createServer(nodeListener(receiver));
createHttp2Server(nodeListener(receiver));
nodeServer(receiver, { remoteAddress: (request) => request.socket.remoteAddress });

const app = express();
app.use('/mindee', expressHandler(receiver));
app.post('/mindee', express.raw(), expressHandler(receiver));
app.post('/mindee', expressHandler<ExpressRequest>(receiver, { remoteAddress: (request) => request.get('x-real-ip') }));

const koa = new Koa();
koa.use(koaMiddleware(receiver));
koa.use(mount('/mindee', koaMiddleware(receiver)));
koa.use(koaMiddleware<KoaContext>(receiver, { remoteAddress: (context) => context.get('x-real-ip') }));

Fastify().register(fastifyPlugin(receiver), { prefix: '/mindee' });
Fastify({ http2: true }).register(fastifyPlugin(receiver, { remoteAddress: ({ ip }) => ip }), { prefix: '/mindee' });

const hono = new Hono();
hono.all('/mindee/*', honoHandler(receiver));
hono.post('/mindee', honoHandler<HonoContext>(receiver, { remoteAddress: ({ req }) => req.header('x-real-ip') }));

type NextRoute = (request: NextRequest, context: { params: Promise<{ path: string[] }> }) => Promise<Response>;
export const { POST }: { POST: NextRoute } = nextHandlers(() => receiver);

export default { fetch: fetchHandler<[{ ip: string }]>(receiver, { remoteAddress: (_, { ip }) => ip }) };

export const v1: APIGatewayProxyHandler = lambdaHandler(receiver);
export const v2: APIGatewayProxyHandlerV2 = lambdaHandler(receiver);
export const ofEvents = (one: APIGatewayProxyEvent, two: APIGatewayProxyEventV2): unknown =>
	[one, two].map((event) => lambdaHandler(receiver)(event));
