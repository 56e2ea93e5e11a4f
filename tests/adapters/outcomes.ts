/** How to bring about each outcome of the receiver's closed list, by requests alone. */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { signPayload } from 'mindhook';
import type { OutcomeName } from 'mindhook/receiver';
import type { Answer, Client, Sent } from './client.js';

export const secret = 'a secret of the tests';
const token = 'a token of the tests';

/** What the receivers in a server saw, by their name. */
export type Seen = Record<string, SeenByOne>;
export interface SeenByOne {
	readonly outcomes: OutcomeName[];
	/** What `onError` was told. */
	readonly errors: string[];
	readonly entries: { sha256: string; bytes: number; endpoint: string; remoteAddress: string | null }[];
}

export async function seenBy(client: Client, name: string): Promise<SeenByOne> {
	const { text } = await client.send({ method: 'GET', path: '/seen' });
	return (JSON.parse(text) as Seen)[name] ?? assert.fail(`no receiver ${name}`);
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A body that was not sent before. */
export const freshBody = (): Buffer => Buffer.from(JSON.stringify({ inference_id: randomUUID(), text: 'Größe 42 €' }));

type Headers = Record<string, string | string[]>;

/** A request as the platform sends it, with some headers changed, or left out where they are ''. */
export function signed(path: string, body: Uint8Array, changes: Headers = {}): Sent & { headers: Headers } {
	const headers: Headers = {
		'content-type': 'application/json',
		'content-length': String(body.byteLength),
		'x-signature': signPayload(body, secret),
		...changes,
	};
	const kept = Object.entries(headers).filter(([, value]) => value !== '');
	return { path, headers: Object.fromEntries(kept), chunks: [body] };
}

/** The statuses that the documentation promises. */
const statuses: Readonly<Record<OutcomeName, number>> = {
	saved: 200,
	duplicate: 200,
	signature_missing: 401,
	signature_repeated: 401,
	signature_mismatch: 401,
	token_mismatch: 401,
	unknown_path: 404,
	method_not_allowed: 405,
	body_too_slow: 408,
	body_incomplete: 408,
	body_too_large: 413,
	media_type_unsupported: 415,
	encoding_unsupported: 415,
	inbox_unavailable: 503,
	body_already_read: 503,
	overloaded: 503,
	closing: 503,
	internal_error: 503,
};

function assertOutcome(answer: Answer, name: OutcomeName): void {
	assert.equal(answer.status, statuses[name], answer.text);
	assert.equal(JSON.parse(answer.text).outcome, name);
	const type = answer.status === 200 ? 'application/json' : 'application/problem+json';
	assert.equal(answer.headers['content-type'], type);
	assert.equal(answer.headers['cache-control'], 'no-store');
	if (answer.status === 401) assert.ok(answer.headers['www-authenticate']);
	if (answer.status === 405) assert.equal(answer.headers.allow, 'POST');
	if (answer.status === 503) assert.match(String(answer.headers['retry-after']), /^\d+$/);
}

/** Waits for what comes about behind the answer. */
export async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
	for (const end = Date.now() + 10_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) {
		if (await holds()) return;
	}
	assert.fail(`never came about: ${what}`);
}

/** Brings an outcome about, and asserts what the sender and the receiver make of it. */
export type Provoke = (client: Client, another: () => Client) => Promise<void>;

export const outcomes: Readonly<Record<OutcomeName, Provoke>> = {
	async saved(client) {
		const body = freshBody();
		assertOutcome(await client.send(signed('/main', body)), 'saved');
		const { entries } = await seenBy(client, 'main');
		assert.ok(entries.some((entry) => entry.sha256 === sha256(body) && entry.bytes === body.length));
		// Beneath a mount, with its token: what the other two below lack.
		const there = `/endpoints/invoices?token=${encodeURIComponent(token)}`;
		assertOutcome(await client.send(signed(there, freshBody())), 'saved');
		assert.equal((await seenBy(client, 'endpoints')).entries.at(-1)?.endpoint, 'invoices');
	},
	async duplicate(client) {
		const request = signed('/main', freshBody());
		assertOutcome(await client.send(request), 'saved');
		assertOutcome(await client.send(request), 'duplicate');
	},
	async signature_missing(client) {
		assertOutcome(await client.send(signed('/main', freshBody(), { 'x-signature': '' })), 'signature_missing');
	},
	async signature_repeated(client) {
		const body = freshBody();
		const signature = signPayload(body, secret);
		for (const twice of [[signature, signature], [signature, 'f'.repeat(64)], `${signature}, ${signature}`]) {
			assertOutcome(await client.send(signed('/main', body, { 'x-signature': twice })), 'signature_repeated');
		}
	},
	async signature_mismatch(client) {
		const body = freshBody();
		const forged = signPayload(body, 'another secret');
		assertOutcome(await client.send(signed('/main', body, { 'x-signature': forged })), 'signature_mismatch');
		const { entries } = await seenBy(client, 'main');
		assert.ok(entries.every((entry) => entry.sha256 !== sha256(body)));
	},
	async token_mismatch(client) {
		for (const query of ['', '?token=another', '?token=']) {
			assertOutcome(await client.send(signed(`/endpoints/invoices${query}`, freshBody())), 'token_mismatch');
		}
	},
	async unknown_path(client) {
		for (const path of ['/endpoints/nothing', '/endpoints', '/endpoints/invoices/more']) {
			assertOutcome(await client.send(signed(path, freshBody())), 'unknown_path');
		}
	},
	async method_not_allowed(client) {
		for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
			assertOutcome(await client.send({ method, path: '/main', headers: {} }), 'method_not_allowed');
		}
		const head = await client.send({ method: 'HEAD', path: '/main', headers: {} });
		assert.deepEqual([head.status, head.text], [405, '']);
	},
	async body_too_slow(_, another) {
		const body = freshBody();
		const sender = another();
		const upload = sender.begin({ ...signed('/slow', body), chunks: [body.subarray(0, 20)] });
		assertOutcome(await upload.answer, 'body_too_slow');
		sender.close();
	},
	async body_incomplete(client, another) {
		const body = freshBody();
		const before = (await seenBy(client, 'main')).outcomes.filter((name) => name === 'body_incomplete').length;
		const sender = another();
		const upload = sender.begin({ ...signed('/main', body), chunks: [body.subarray(0, 20)] });
		await new Promise((resolve) => setTimeout(resolve, 500));
		// Nobody is there any more to be answered: the receiver alone knows.
		upload.abort();
		sender.close();
		await until(async () => {
			const { outcomes } = await seenBy(client, 'main');
			return outcomes.filter((name) => name === 'body_incomplete').length > before;
		}, 'body_incomplete');
		assert.ok((await seenBy(client, 'main')).entries.every((entry) => entry.sha256 !== sha256(body)));
	},
	async body_too_large(client, another) {
		const large = Buffer.alloc(300_000, 'x');
		// By its Content-Length, and by what comes.
		for (const changes of [{}, { 'content-length': '' }] as Headers[]) {
			const sender = another();
			assertOutcome(await sender.send(signed('/small', large, changes)), 'body_too_large');
			sender.close();
			assert.equal((await seenBy(client, 'small')).entries.length, 0);
		}
	},
	async media_type_unsupported(client) {
		const body = freshBody();
		assertOutcome(await client.send(signed('/main', body, { 'content-type': 'text/plain' })), 'media_type_unsupported');
	},
	async encoding_unsupported(client) {
		const body = gzipSync(freshBody());
		assertOutcome(await client.send(signed('/main', body, { 'content-encoding': 'gzip' })), 'encoding_unsupported');
	},
	async inbox_unavailable(client) {
		const answer = await client.send(signed('/failing', freshBody()));
		assertOutcome(answer, 'inbox_unavailable');
		assert.doesNotMatch(answer.text, /disk/);
		assert.match((await seenBy(client, 'failing')).errors.at(-1) ?? '', /the disk is full/);
	},
	async body_already_read(client) {
		assertOutcome(await client.send(signed('/parsed', freshBody())), 'body_already_read');
		const { entries, errors } = await seenBy(client, 'parsed');
		assert.equal(entries.length, 0);
		assert.match(errors.at(-1) ?? '', /before any body parser/);
	},
	async overloaded(client, another) {
		const first = client.send(signed('/busy', freshBody()));
		const sender = another();
		await until(async () => {
			const answer = await sender.send(signed('/busy', freshBody()));
			if (answer.status === 200) return false;
			assertOutcome(answer, 'overloaded');
			return true;
		}, 'overloaded');
		sender.close();
		const { status, text } = await first;
		assert.match(`${status} ${text}`, /^200|"outcome":"overloaded"/);
	},
	async closing(client) {
		assertOutcome(await client.send(signed('/closing', freshBody())), 'closing');
	},
	async internal_error(client) {
		assertOutcome(await client.send(signed('/broken', freshBody())), 'internal_error');
	},
};
