/**
 * Requests of those who mean harm, byte for byte, against servers in processes of their own with the real inbox: what each is
 * answered, what the inbox holds afterwards, and by how much the server's memory grows meanwhile.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { signPayload } from 'mindhook';
import { type DeliveryState, type Inbox, openInbox } from 'mindhook/inbox';
import { certificate } from '../pkg/src/adapters/certificate.js';
import { type Answer, answersIn, Line } from './hostile/line.js';
import {
	type HostileRequest,
	limits,
	memoryMiB,
	payload,
	post,
	secrets,
	secureLimits,
	serverLimits,
	token,
} from './hostile/making.js';
import { requests } from './hostile/requests.js';
import type { Memory } from './hostile/server.js';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const hasSqlite = major > 22 || (major === 22 && minor >= 13);
const skip = hasSqlite ? false : 'the inbox needs Node 22.13';
const MiB = 2 ** 20;
/** So long an answer too many may take to be noticed. */
const graceMs = 10;
/** A request takes no longer to be noticed. */
const patienceMs = 15_000;

interface House {
	readonly child: ChildProcess;
	readonly port: number;
	readonly inbox: Inbox;
	ask(question: 'begin' | 'end'): Promise<Memory>;
}

const folder = mkdtempSync(join(tmpdir(), 'mindhook-hostile-'));
let houses: Readonly<Record<'small' | NonNullable<HostileRequest['house']>, House>>;

async function openHouse(name: string, receiver: object, server: object): Promise<House> {
	const file = join(folder, `${name}.db`);
	const env = {
		...process.env,
		NODE_NO_WARNINGS: '1',
		TEST_INBOX: file,
		TEST_RECEIVER: JSON.stringify(receiver),
		TEST_SERVER: JSON.stringify(server),
	};
	const args = ['--expose-gc', join(import.meta.dirname, 'hostile/server.js')];
	const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
	const message = async <Told>(): Promise<Told> => {
		const ended = new AbortController();
		const [told] = await Promise.race([
			once(child, 'message', { signal: ended.signal }),
			once(child, 'exit', { signal: ended.signal }).then(([code]) => {
				throw new Error(`The server ended with ${code}.`);
			}),
		]).finally(() => ended.abort());
		return told as Told;
	};
	const port = await message<number>();
	const ask: House['ask'] = (question) => {
		const told = message<Memory>();
		child.send(question);
		return told;
	};
	return { child, port, inbox: await openInbox(`sqlite:${file}`), ask };
}

/** As text, for it goes to the server as JSON. */
const pem = ({ cert, key }: ReturnType<typeof certificate>): object => ({ cert: String(cert), key: String(key) });

before(async () => {
	if (!hasSqlite) return;
	const endpoints = {
		invoices: { secret: secrets.invoices },
		receipts: { secret: secrets.receipts },
		guarded: { secret: secrets.invoices, token },
	};
	houses = {
		small: await openHouse('small', { endpoints, limits }, serverLimits),
		patient: await openHouse('patient', { endpoints, limits: { ...limits, bodyMilliseconds: 30_000 } }, serverLimits),
		secure: await openHouse('secure', { endpoints, limits }, { ...secureLimits, http2: true, tls: pem(certificate()) }),
		defaults: await openHouse('defaults', { endpoints }, {}),
	};
});

after(async () => {
	for (const { child, inbox } of Object.values(houses ?? {})) {
		await inbox.close();
		child.disconnect();
	}
	rmSync(folder, { recursive: true, force: true });
});

for (const request of requests) {
	test(request.name, { skip }, () => send(houses[request.house ?? 'small'], request));
}

async function send(house: House, request: HostileRequest): Promise<void> {
	const lines: Line[] = [];
	const open = (): Line => {
		const line = new Line(house.port, request.house === 'secure' ? (request.protocol ?? 'http/1.1') : null);
		lines.push(line);
		return line;
	};
	const isHead = request.isHead ?? false;
	const newest = (await house.inbox.list({ limit: 1 }))[0]?.id ?? 0;
	const memory = await house.ask('begin');
	let given: readonly Answer[] | undefined;
	try {
		if (typeof request.send === 'function') {
			given = await request.send(open, house.port);
		} else {
			const line = open();
			await line.write(request.send);
			if (request.answers.length === 0) await line.closed();
			else await line.answers(isList(request.answers) ? request.answers.length : 1, isHead);
		}
		await sleep(graceMs);
	} finally {
		for (const line of lines) line.hangUp();
	}
	let grown = await house.ask('end');
	if (request.outcomes !== undefined) {
		const end = Date.now() + patienceMs;
		while (grown.outcomes.length < request.outcomes.length && Date.now() < end) {
			await sleep(graceMs);
			grown = await house.ask('end');
		}
		assert.deepEqual(grown.outcomes, request.outcomes);
	}

	const answers = given ?? lines.flatMap((line) => answersIn(line.received, isHead));
	for (const answer of answers) checkAnswer(answer, isHead);
	const told = answers.map(({ status, body }) => (body === '' ? `${status}` : `${status} ${JSON.parse(body).outcome}`));
	if (typeof request.answers === 'function') request.answers(told);
	else if (isList(request.answers)) assert.deepEqual(told, request.answers);
	else
		assert.ok(
			request.answers.some((each) => each.join() === told.join()),
			`answered ${told.join(', ')}`,
		);

	const states: DeliveryState[] = [];
	for (const entry of await house.inbox.list({ limit: 1000 })) if (entry.id > newest) states.push(entry.state);
	assert.deepEqual(states, request.inbox ?? [], 'in the inbox');

	const allowed = request.memory ?? memoryMiB;
	for (const [what, bytes] of [
		['memory', grown.rssPeak - memory.rss],
		['buffers', grown.buffersPeak - memory.buffers],
	] as const) {
		assert.ok(bytes < allowed * MiB, `${what} grew by ${Math.round(bytes / MiB)} MiB, more than ${allowed}`);
	}
}

function isList(answers: HostileRequest['answers']): answers is readonly string[] {
	return typeof answers !== 'function' && answers.every((answer) => typeof answer === 'string');
}

/** What holds for every answer, whatever it says. */
function checkAnswer({ status, headers, body }: Answer, isHead: boolean): void {
	assert.ok(Number.isInteger(status), 'the answer has no status line');
	if (body === '') return;
	const told = JSON.parse(body);
	if (status >= 400) {
		assert.equal(headers['content-type'], 'application/problem+json');
		assert.deepEqual([told.status, told.type], [status, 'about:blank']);
		assert.deepEqual(Object.keys(told).sort(), ['detail', 'outcome', 'status', 'title', 'type']);
	} else {
		assert.deepEqual(Object.keys(told), ['outcome']);
	}
	assert.ok(!isHead);
	// Neither a secret nor a signature, whoever's it is, nor anything of the request.
	const text = JSON.stringify(headers) + body;
	for (const word of [...Object.values(secrets), token, 'inference', 'hidden']) assert.ok(!text.includes(word), word);
	assert.doesNotMatch(text, /[0-9a-f]{64}/i);
}

test('after all of that the same servers take a good delivery, and their memory is near where it was', {
	skip,
}, async () => {
	for (const [kind, house] of Object.entries(houses) as [keyof typeof houses, House][]) {
		const name = `the last one for ${house.port}`;
		const good = { name, send: post(payload(name)), answers: ['200 saved'], inbox: ['handled'] } as const;
		await send(house, kind === 'small' ? good : { ...good, house: kind });
		const { rss, buffers } = await house.ask('begin');
		assert.ok(rss < 300 * MiB, `${Math.round(rss / MiB)} MiB`);
		assert.ok(buffers < 16 * MiB, `${Math.round(buffers / MiB)} MiB in buffers`);
		assert.equal(house.child.exitCode, null);
	}
});

test('the list is a list of at least 60 requests, each under its own name', () => {
	assert.ok(new Set(requests.map(({ name }) => name)).size === requests.length && requests.length >= 60);
	assert.equal(signPayload('', secrets.invoices).length, 64);
});
