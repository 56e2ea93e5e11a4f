/**
 * `mindhook/lambda`: a receiver behind AWS Lambda: API Gateway's REST (v1) and HTTP (v2) events, and function URLs.
 *
 * @module
 */
import type { IncomingDelivery, Receiver, RequestBody } from 'mindhook/receiver';
import { addressFrom } from './address.js';

/** An event of API Gateway in its format 1.0 (REST APIs). */
export interface LambdaEventV1 {
	readonly httpMethod: string;
	readonly path: string;
	readonly headers?: Readonly<Record<string, string | undefined>> | null;
	readonly multiValueHeaders?: Readonly<Record<string, string[] | undefined>> | null;
	readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null;
	readonly multiValueQueryStringParameters?: Readonly<Record<string, string[] | undefined>> | null;
	readonly requestContext?: { readonly identity?: { readonly sourceIp?: string | null } };
	readonly body?: string | null;
	readonly isBase64Encoded?: boolean;
}

/** An event of API Gateway in its format 2.0 (HTTP APIs), and of a function URL. */
export interface LambdaEventV2 {
	readonly rawPath: string;
	readonly rawQueryString?: string;
	readonly headers?: Readonly<Record<string, string | undefined>>;
	readonly requestContext: { readonly http: { readonly method: string; readonly sourceIp?: string } };
	readonly body?: string;
	readonly isBase64Encoded?: boolean;
}

export type LambdaEvent = LambdaEventV1 | LambdaEventV2;

/** What API Gateway and function URLs take for an answer. */
export interface LambdaResult {
	statusCode: number;
	headers: Record<string, string>;
	body: string;
	isBase64Encoded: false;
}

/** What {@link lambdaHandler} takes. */
export interface LambdaHandlerOptions {
	/** Where a request comes from, as it is noted in the inbox. Default: the `sourceIp` of the event. */
	remoteAddress?: (event: LambdaEvent) => string | null | undefined;
	/**
	 * How long the answer may wait for `onPayload`, in milliseconds. Lambda freezes the process as soon as it has the answer, so
	 * whatever is to be done has to be done before. Default 20,000: API Gateway gives up after 29 seconds. 0: not at all, where
	 * payloads are handled elsewhere.
	 */
	idleMilliseconds?: number;
}

/**
 * A handler of Lambda that gives every event to the receiver.
 *
 * @example
 * ```js
 * export const handler = lambdaHandler(receiver);
 * ```
 */
export function lambdaHandler(
	receiver: Pick<Receiver, 'receive' | 'idle'>,
	options: LambdaHandlerOptions = {},
): (event: LambdaEvent) => Promise<LambdaResult> {
	const { remoteAddress = sourceIp, idleMilliseconds = 20_000 } = options;
	return async (event) => {
		const { status, headers, body } = await receiver.receive(deliveryOf(event, remoteAddress));
		// Whoever is refused does not wait for the work of others.
		if (status === 200 && idleMilliseconds > 0) await atMost(receiver.idle(), idleMilliseconds);
		return { statusCode: status, headers: { ...headers }, body, isBase64Encoded: false };
	};
}

function deliveryOf(
	event: LambdaEvent,
	remoteAddress: (event: LambdaEvent) => string | null | undefined,
): IncomingDelivery {
	return {
		...('httpMethod' in event ? targetOfV1(event) : targetOfV2(event)),
		body: bodyOf(event),
		remoteAddress: addressFrom(() => remoteAddress(event)),
	};
}

type Target = Pick<IncomingDelivery, 'method' | 'url' | 'headers'>;

function targetOfV1(event: LambdaEventV1): Target {
	const query = new URLSearchParams();
	const values = event.multiValueQueryStringParameters ?? event.queryStringParameters ?? {};
	for (const [name, value] of Object.entries(values)) {
		for (const one of [value ?? []].flat()) query.append(name, one);
	}
	return {
		method: event.httpMethod,
		url: withQuery(event.path, query.toString()),
		headers: event.multiValueHeaders ?? event.headers ?? {},
	};
}

function targetOfV2(event: LambdaEventV2): Target {
	return {
		method: event.requestContext.http.method,
		url: withQuery(event.rawPath, event.rawQueryString ?? ''),
		headers: event.headers ?? {},
	};
}

const withQuery = (path: string, query: string): string => (query === '' ? path : `${path}?${query}`);

/** The bytes of the body. What is no text, some middleware made of it: the receiver says what to do about that. */
function bodyOf({ body, isBase64Encoded }: LambdaEvent): RequestBody | null {
	if (typeof body !== 'string') return (body ?? null) as RequestBody | null;
	return isBase64Encoded ? Buffer.from(body, 'base64') : Buffer.from(body);
}

const sourceIp = ({ requestContext }: LambdaEvent): string | null | undefined =>
	requestContext && ('http' in requestContext ? requestContext.http.sourceIp : requestContext.identity?.sourceIp);

async function atMost(work: Promise<void>, milliseconds: number): Promise<void> {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const late = new Promise<void>((resolve) => {
		timer = setTimeout(resolve, milliseconds);
	});
	await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
