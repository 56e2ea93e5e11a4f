/**
 * The receivers that the adapters' servers stand in front of, one for each thing that can happen to a request, and what they saw.
 * It runs wherever an adapter does, and so needs nothing but the language and WebCrypto.
 */
import { createReceiver } from 'mindhook/receiver';

const secret = 'a secret of the tests';
const token = 'a token of the tests';

/** An inbox that keeps hashes. `save` may be told to do something else. */
function inboxOfHashes({ before = async () => {} } = {}) {
	const entries = [];
	const inbox = {
		async save({ endpoint, body, remoteAddress }, lease) {
			await before();
			const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
			const sha256 = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
			const first = entries.findIndex((entry) => entry.sha256 === sha256 && entry.endpoint === endpoint);
			if (first >= 0) return { id: first + 1, duplicate: true, claim: null };
			const id = entries.push({ endpoint, sha256, bytes: body.byteLength, remoteAddress: remoteAddress ?? null });
			return { id, duplicate: false, claim: lease === undefined ? null : { id, token: 1 } };
		},
		claim: async () => [],
		extend: async (claims) => claims.map(({ id }) => id),
		settle: async () => true,
		read: async () => null,
		list: async () => [],
		ready: async () => {},
		close: async () => {},
	};
	return { inbox, entries };
}

const failing = async () => {
	throw new Error('the disk is full');
};
const slowly = () => new Promise((resolve) => setTimeout(resolve, 1_000));

/** What each receiver is made with; `whole` says that its adapter gives it whole paths, not those beneath the mount. */
const kinds = (whole) => ({
	main: {},
	small: { limits: { bytes: 100_000 } },
	slow: { limits: { bodyMilliseconds: 300 } },
	busy: { limits: { requests: 1 }, before: slowly },
	failing: { before: failing },
	broken: {},
	closing: {},
	parsed: {},
	raw: {},
	endpoints: {
		secret: undefined,
		endpoints: { invoices: { secret, token, path: whole ? '/endpoints/invoices' : '/invoices' } },
	},
});

/** Makes them all, by the first part of the path that a server has them at. */
export function makeReceivers({ whole = false } = {}) {
	const receivers = {};
	const seen = {};
	for (const [name, { before, ...options }] of Object.entries(kinds(whole))) {
		const { inbox, entries } = inboxOfHashes({ before });
		const outcomes = [];
		const errors = [];
		const onError = (error, { stage }) => stage === 'receive' && errors.push(String(error?.message ?? error));
		const receiver = createReceiver({ secret, inbox, onPayload() {}, onError, ...options });
		if (name === 'closing') void receiver.close();
		seen[name] = { outcomes, errors, entries };
		receivers[name] = {
			async receive(delivery) {
				// For `broken`, something that no receiver has thought of.
				const outcome = await receiver.receive(name === 'broken' ? { ...delivery, headers: null } : delivery);
				outcomes.push(outcome.name);
				return outcome;
			},
			idle: () => receiver.idle(),
		};
	}
	return { receivers, seen: () => JSON.stringify(seen) };
}
