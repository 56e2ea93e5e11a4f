/** Deliveries that a test tells the page of, served as the command line serves them. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { DeliveryFeed } from '../pkg/src/cli/page/delivery-feed.js';
import { inspector } from '../pkg/src/cli/page/inspector.js';
import type { LiveEvent, ShownDelivery, ShownRequest } from '../pkg/src/cli/page/live-protocol.js';
import { root } from './page-browser.js';
import { paper } from './page-states.js';

/** A feed that does what a test says. */
export class ToldFeed implements DeliveryFeed {
	readonly requestsSince = new Date('2026-11-25T08:30:00Z');
	/** Newest first. */
	readonly deliveries: ShownDelivery[] = [];
	readonly requests: ShownRequest[] = [];
	/** Whether the list cannot be read. */
	fails = false;
	tell: (event: LiveEvent) => void = () => {};

	/** A delivery is there, without a word of it. */
	add(more: Partial<ShownDelivery> = {}): ShownDelivery {
		const delivery: ShownDelivery = {
			id: this.deliveries.length + 1,
			state: 'received',
			kind: null,
			endpoint: 'default',
			source: 'webhook',
			receivedAt: '2026-11-25T08:31:00.000Z',
			bytes: 2_345,
			attempts: 0,
			nextAttemptAt: null,
			lastError: null,
			inferenceId: null,
			repeats: 0,
			...more,
		};
		this.deliveries.unshift(delivery);
		return delivery;
	}
	/** A delivery comes, and is told. */
	come(more: Partial<ShownDelivery> = {}): void {
		this.tell({ name: 'deliveries', data: [this.add(more)] });
	}

	async list({ before = Number.POSITIVE_INFINITY, limit, states }: Parameters<DeliveryFeed['list']>[0]) {
		if (this.fails) throw new Error('not now');
		const fitting = this.deliveries.filter(
			({ id, state }) => id < before && (states.length === 0 || states.includes(state)),
		);
		return fitting.slice(0, limit);
	}
	async body(id: number): Promise<Uint8Array> {
		return Buffer.from(paper().payload.replaceAll('paper.pdf', `paper-${id}.pdf`));
	}
	standing = (): LiveEvent[] => [{ name: 'requests', data: this.requests }];
	async follow(tell: (event: LiveEvent) => void): Promise<() => void> {
		this.tell = tell;
		return () => {};
	}
}

/** Serves the page with such a feed. */
export async function serveFeed(feed: ToldFeed): Promise<{ readonly url: string; close(): void }> {
	const served = inspector({ folder: join(root, 'www/dist'), token: 'token', feed });
	const server = createServer(served.listener);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token/`,
		close() {
			served.close();
			server.close();
			server.closeAllConnections();
		},
	};
}
