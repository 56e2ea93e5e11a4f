/** Asks the server that the page came from; only the page that is served with files or deliveries has one. */
import type { BytesFault, DeliveryPage, LiveEvents, ShelfOffer } from '../../../pkg/src/cli/page/live-protocol.js';

/** Why bytes could not be had; `unreachable` when the server does not answer. */
export class ServerFault extends Error {
	constructor(readonly reason: BytesFault | 'unreachable') {
		super(reason);
	}
}

const at = (path: string): URL => new URL(`api/${path}`, document.baseURI);

async function get(path: string, signal?: AbortSignal): Promise<Response> {
	let response: Response;
	try {
		response = await fetch(at(path), { cache: 'no-store', ...(signal && { signal }) });
	} catch (error) {
		if (signal?.aborted) throw error;
		throw new ServerFault('unreachable');
	}
	if (response.ok) return response;
	const answer: unknown = await response.json().catch(() => null);
	const { fault } = (answer ?? {}) as { fault?: BytesFault };
	throw new ServerFault(fault ?? 'unreadable');
}

/** What the server offers. */
export const getOffer = async (): Promise<ShelfOffer> => (await get('shelf')).json();

/** Deliveries, newest first. */
export async function getDeliveries(
	query: { before?: number; states: readonly string[]; limit: number },
	signal: AbortSignal,
): Promise<DeliveryPage> {
	const words = new URLSearchParams({ limit: String(query.limit) });
	if (query.before !== undefined) words.set('before', String(query.before));
	for (const state of query.states) words.append('state', state);
	return (await get(`deliveries?${words}`, signal)).json();
}

/** All bytes of a file or a delivery. */
export async function getBytes(path: string, name: string): Promise<File> {
	const response = await get(path);
	try {
		return new File([await response.blob()], name);
	} catch {
		// Cut off: it was changed while it was read, or the server ended.
		throw new ServerFault('unreadable');
	}
}

/** The first bytes of a file. */
export async function getHead(index: number): Promise<Uint8Array<ArrayBuffer>> {
	return new Uint8Array(await (await get(`files/${index}?head`)).arrayBuffer());
}

type Told = { [Name in keyof LiveEvents]: (data: LiveEvents[Name]) => void };

/** Listens to what happens, for as long as the page is there. The browser connects again by itself. */
export function listen(told: Told & { connected(stands: 'live' | 'lost' | 'ended'): void }): void {
	const source = new EventSource(at('events'));
	source.addEventListener('open', () => told.connected('live'));
	// Whoever answers there now may be another one, who does not know this page.
	source.addEventListener('error', () => told.connected(source.readyState === EventSource.CLOSED ? 'ended' : 'lost'));
	for (const name of ['deliveries', 'request', 'requests', 'gap', 'trouble'] as const) {
		source.addEventListener(name, (event) => {
			const data: never = JSON.parse((event as MessageEvent<string>).data) as never;
			told[name](data);
		});
	}
}
