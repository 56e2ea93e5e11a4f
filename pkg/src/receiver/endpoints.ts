import { isEndpointName, isEndpointPath } from './endpoint-names.js';
import { checkKeys, checkRecord, type EndpointOptions, type OnPayload, type ReceiverOptions } from './options.js';
import { splitTarget } from './request.js';
import { Tokens } from './token.js';

/** A webhook endpoint, checked. */
export interface Endpoint {
	readonly name: string;
	readonly secrets: string[];
	/** `null` where none is asked for. */
	readonly tokens: Tokens | null;
	/** `null` where deliveries are only saved. */
	readonly onPayload: OnPayload | null;
}

const endpointKeys: Readonly<Record<keyof EndpointOptions, true>> = {
	secret: true,
	token: true,
	path: true,
	onPayload: true,
};

/** The webhook endpoints of a receiver. */
export class Endpoints {
	/** By path; `null` where there is one endpoint, at every path. */
	readonly #byPath: ReadonlyMap<string, Endpoint> | null;
	readonly #byName: ReadonlyMap<string, Endpoint>;
	readonly #only: Endpoint | null;

	/** @throws {TypeError} naming the option that makes no sense, and what to write. */
	constructor(options: ReceiverOptions) {
		const { endpoints } = options;
		if (endpoints === undefined) {
			this.#only = {
				name: checkedName('endpoint', options.endpoint ?? 'default'),
				secrets: checkedSecrets('secret', options.secret),
				tokens: checkedTokens('token', options),
				onPayload: checkedHandler('onPayload', options.onPayload),
			};
			this.#byPath = null;
			this.#byName = new Map([[this.#only.name, this.#only]]);
			return;
		}
		const besides = (['secret', 'token', 'endpoint'] as const).find((name) => options[name] !== undefined);
		if (besides !== undefined) {
			throw new TypeError(
				`createReceiver: ${besides} and endpoints cannot go together. Give each of endpoints its own: endpoints: { invoices: { secret: … } }.`,
			);
		}
		checkRecord('endpoints', endpoints);
		const byPath = new Map<string, Endpoint>();
		const byName = new Map<string, Endpoint>();
		for (const [name, each] of Object.entries(endpoints) as [string, EndpointOptions][]) {
			const at = `endpoints.${checkedName('each name in endpoints', name)}`;
			checkRecord(at, each);
			checkKeys(`${at}.`, each, endpointKeys);
			const path = checkedPath(`${at}.path`, each.path ?? `/${name}`);
			const other = byPath.get(path);
			if (other !== undefined) {
				throw new TypeError(
					`createReceiver: ${at}.path is ${path}, and so is that of ${other.name}. Give each its own.`,
				);
			}
			const endpoint = {
				name,
				secrets: checkedSecrets(`${at}.secret`, each.secret),
				tokens: checkedTokens(`${at}.token`, each),
				onPayload: checkedHandler(`${at}.onPayload`, each.onPayload === undefined ? options.onPayload : each.onPayload),
			};
			byPath.set(path, endpoint);
			byName.set(name, endpoint);
		}
		if (byPath.size === 0)
			throw new TypeError('createReceiver: endpoints names none. Write { invoices: { secret: … } }.');
		this.#only = null;
		this.#byPath = byPath;
		this.#byName = byName;
	}

	get names(): readonly string[] {
		return [...this.#byName.keys()];
	}

	/** Those whose payloads are handed over. */
	get handled(): readonly string[] {
		return this.names.filter((name) => this.get(name)?.onPayload !== null);
	}

	/** The endpoint of that name. */
	get(name: string): Endpoint | undefined {
		return this.#byName.get(name);
	}

	/** The endpoint that a request's target leads to, and the query string that it came with. */
	find(target: string): { endpoint: Endpoint | null; query: string } {
		if (this.#only !== null) {
			return { endpoint: this.#only, query: this.#only.tokens === null ? '' : splitTarget(target).query };
		}
		const { path, query } = splitTarget(target);
		return { endpoint: this.#byPath?.get(withoutLastSlash(path)) ?? null, query };
	}
}

/** `/invoices/` is `/invoices`: the platform would not follow a redirect from one to the other. */
function withoutLastSlash(path: string): string {
	return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

function checkedName(option: string, name: unknown): string {
	if (isEndpointName(name)) return name;
	throw new TypeError(
		`createReceiver: ${option} must be 1 to 64 letters, digits, dots, hyphens or underscores, as 'invoices'.`,
	);
}

function checkedPath(option: string, path: unknown): string {
	if (isEndpointPath(path)) return withoutLastSlash(path);
	throw new TypeError(
		`createReceiver: ${option} must be a path without query, percent-encoded, as '/webhooks/invoices' or '/belege/f%C3%BCr'.`,
	);
}

function checkedSecrets(option: string, secret: unknown): string[] {
	const secrets: unknown[] = Array.isArray(secret) ? [...secret] : [secret];
	if (secrets.length > 0 && secrets.every((one) => typeof one === 'string' && one !== '')) return secrets as string[];
	throw new TypeError(
		`createReceiver needs \`${option}\`, the signing secret of the webhook endpoint (a text that is not empty, or a list of ` +
			'such). If it comes from an environment variable, that variable is not set.',
	);
}

function checkedTokens(option: string, options: { token?: unknown }): Tokens | null {
	// Given, but not set: it comes from an environment variable that is missing, and must not mean that none is asked for.
	if (!('token' in options)) return null;
	const { token } = options;
	const tokens: unknown[] = Array.isArray(token) ? [...token] : [token];
	if (tokens.length > 0 && tokens.every((one) => typeof one === 'string' && one !== '')) {
		return new Tokens(tokens as string[]);
	}
	throw new TypeError(
		`createReceiver: ${option} must be a text that is not empty, or a list of such; leave it out to ask for none. ` +
			'If it comes from an environment variable, that variable is not set.',
	);
}

function checkedHandler(option: string, onPayload: unknown): OnPayload | null {
	if (typeof onPayload === 'function' || onPayload === null) return onPayload as OnPayload | null;
	throw new TypeError(
		`createReceiver needs \`${option}\`, the function that payloads are handed to; null if they are only to be saved.`,
	);
}
