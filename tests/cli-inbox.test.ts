/** `mindhook inbox …` as it is called, on real inboxes and with real servers. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { signPayload } from 'mindhook';
import { type DeliveryState, type Inbox, openInbox } from 'mindhook/inbox';
import { inFolder, mindhook, type Outcome, Target } from './cli-process.js';
import { zeroPageWith } from './torn-page.js';

const VALID = 'tests/fixtures/payloads/valid';
const invoice = readFileSync(`${VALID}/extraction/invoice-indented.json`);
const job = readFileSync(`${VALID}/job/pending.json`);
const secret = 'a secret of the tests';
const inferenceId = '64abcf17-cbee-4807-802a-485aff3ac52e';
const parsed = { kind: 'extraction', inferenceId, modelId: 'model-1', jobId: 'job-1' } as const;
const lease = { owner: 'a test', milliseconds: 60_000 };
/** Nothing of it may reach a terminal as a command. */
const hostile = 'evil\u001b[31m\u202e\u0007';

/** An inbox in `folder` with what `fill` saves. */
async function inboxIn(folder: string, fill: (inbox: Inbox) => Promise<void>): Promise<void> {
	const inbox = await openInbox(`sqlite:${join(folder, 'inbox.db')}`);
	await fill(inbox);
	await inbox.close();
}

/** Saves a body, and brings it into a state. */
async function saved(
	inbox: Inbox,
	body: Uint8Array,
	state: DeliveryState = 'received',
	endpoint = 'invoices',
): Promise<void> {
	const headers = { 'content-type': 'application/json', 'x-signature': signPayload(body, secret) };
	const { claim } = await inbox.save({ endpoint, body, headers, remoteAddress: '192.0.2.7' }, lease);
	assert.ok(claim);
	if (state === 'received') await inbox.settle(claim, { state: 'released' });
	else if (state === 'handled') await inbox.settle(claim, { state, parsed });
	else if (state === 'dead') await inbox.settle(claim, { state, error: `Error: ${hostile}`, parsed });
	else if (state === 'failed') await inbox.settle(claim, { state, error: 'Error: no', retryMilliseconds: 3_600_000 });
	else {
		const issue = { code: 'json.unexpected_end', severity: 'error', pointer: '', offset: 0, length: 1 } as const;
		const place = { line: 1, column: 1, columnUtf16: 1 };
		await inbox.settle(claim, { state, issues: [{ ...issue, ...place, message: `the body ends ${hostile}` }] });
	}
}

const five: readonly DeliveryState[] = ['received', 'handled', 'failed', 'dead', 'quarantined'];
/** A delivery of each state, numbered 1 to 5; the first two are real payloads. */
const oneOfEach = async (inbox: Inbox): Promise<void> => {
	const bodies = [invoice, job, Buffer.from('{"c":3}'), Buffer.from('{"d":4}'), Buffer.from('{"e"')];
	for (const [index, state] of five.entries()) await saved(inbox, bodies[index] as Buffer, state);
};

const numbers = ({ out }: Outcome): number[] =>
	(JSON.parse(out) as { deliveries: { id: number }[] }).deliveries.map(({ id }) => id);

const statesIn = async (folder: string): Promise<string[]> => {
	const { out } = await mindhook(['inbox', 'list', '--json'], { cwd: folder });
	return (JSON.parse(out) as { deliveries: { state: string }[] }).deliveries.map(({ state }) => state).reverse();
};

test('inbox list: the newest first as a table or JSON, narrowed by each option', async () => {
	await inFolder(async (cwd) => {
		await inboxIn(cwd, oneOfEach);
		const list = (...args: string[]): Promise<Outcome> => mindhook(['inbox', 'list', ...args], { cwd });
		const { code, out, err } = await list();
		assert.deepEqual([code, err], [0, '']);
		const lines = out.trimEnd().split('\n');
		assert.match(lines[0] as string, /^number +received +state +attempts +kind +endpoint +size +inference$/);
		assert.match(lines[4] as string, new RegExp(`^2 .*Z +handled +1 +extraction +invoices +432 B +${inferenceId}$`));
		assert.equal(lines.length, 6);
		const day = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
		for (const [args, expected] of [
			[[], [5, 4, 3, 2, 1]],
			[
				['--state', 'failed', '--state=dead'],
				[4, 3],
			],
			[
				['--id', '2', '--id=5'],
				[5, 2],
			],
			[
				['--id', '2-4'],
				[4, 3, 2],
			],
			[
				['--id', '1', '--id', '3-9'],
				[5, 4, 3, 1],
			],
			[['--id', '1-4', '--state', 'dead', '--limit', '1'], [4]],
			[['--id', '77'], []],
			[['--endpoint', 'other'], []],
			[
				['--kind', 'extraction'],
				[4, 2],
			],
			[
				['--model', 'model-1', '--job', 'job-1', '--inference', inferenceId],
				[4, 2],
			],
			[
				['--since', '1h'],
				[5, 4, 3, 2, 1],
			],
			[['--until', '1h'], []],
			[['--since', day], []],
			[
				['--until', `${day}T00:00+00:00`, '--limit', '2'],
				[5, 4],
			],
		] as const) {
			const result = await list('--json', ...args);
			assert.equal(result.code, 0, result.err);
			assert.deepEqual(numbers(result), expected, args.join(' '));
		}
		assert.equal((await list('--endpoint', 'other')).out, 'no delivery fits\n');
		assert.deepEqual(
			(await mindhook(['inbox', 'list', '--json'], { cwd, env: { MINDHOOK_INBOX: 'sqlite:inbox.db' } })).code,
			0,
		);
	});
});

test('inbox list: more than one page is listed whole if asked, and otherwise said to be more', async () => {
	await inFolder(async (cwd) => {
		await inboxIn(cwd, async (inbox) => {
			await Promise.all(
				Array.from({ length: 1_203 }, (_, index) => inbox.save({ endpoint: 'a', body: Buffer.from(String(index)) })),
			);
		});
		const first = await mindhook(['inbox', 'list', '--json'], { cwd });
		assert.deepEqual([numbers(first).length, numbers(first)[0]], [100, 1_203]);
		assert.match(first.err, /there are more than these 100: --limit N/);
		const all = await mindhook(['inbox', 'list', '--json', '--limit', '5000'], { cwd });
		assert.deepEqual([numbers(all).length, numbers(all).at(-1), all.err], [1_203, 1, '']);
		assert.equal(
			numbers(await mindhook(['inbox', 'list', '--json', '--id=1-1200', '--limit', '1100'], { cwd })).length,
			1_100,
		);
	});
});

test('inbox show: everything that is known, or the exact bytes', async () => {
	await inFolder(async (cwd) => {
		await inboxIn(cwd, oneOfEach);
		const show = (...args: string[]): Promise<Outcome> => mindhook(['inbox', 'show', ...args], { cwd });
		const { code, out } = await show('2');
		assert.equal(code, 0);
		for (const fact of ['state      handled', 'number     2', 'from       192.0.2.7', `inference  ${inferenceId}`]) {
			assert.ok(out.includes(`${fact}\n`), `${fact}\n${out}`);
		}
		assert.ok(out.includes(`header     x-signature: ${signPayload(job, secret)}\n`));
		assert.deepEqual((await show('--raw', '1')).bytes, invoice);
		assert.equal(JSON.parse((await show('--json', '#4')).out).lastError, `Error: ${hostile}`);
		const quarantined = (await show('5')).out;
		assert.match(
			quarantined,
			/\nerror json\.unexpected_end: the body ends evil␛\[31m<U\+202E>␇\n +--> delivery 5:1:1\n/,
		);
		assert.match(quarantined, /\n 1 \| {"e"\n {3}\| \^\n/);
		assert.deepEqual([(await show('6')).code, (await show('6')).out], [1, '']);
		for (const args of [[], ['x'], ['1', '2'], ['--raw', '--json', '1']]) assert.equal((await show(...args)).code, 2);
	});
});

test('what strangers wrote never reaches a terminal as a command', async () => {
	await inFolder(async (cwd) => {
		await inboxIn(cwd, async (inbox) => {
			await saved(inbox, job, 'dead', hostile);
			await saved(inbox, invoice, 'quarantined', hostile);
		});
		for (const args of [
			['list'],
			['list', '--json'],
			['show', '1'],
			['show', '2'],
			['show', '--json', '1'],
			['stats'],
			['check'],
		]) {
			const { out, err } = await mindhook(['inbox', ...args], { cwd });
			assert.doesNotMatch(`${out}${err}`.replaceAll('\n', ''), /[\p{Cc}\u202e]/u, args.join(' '));
		}
		assert.match(
			(await mindhook(['inbox', 'show', '1'], { cwd })).out,
			/failed with\n {2}Error: evil␛\[31m<U\+202E>␇\n/,
		);
	});
});

test('inbox export: the exact bytes, each file whole, nothing overwritten unless told to', async () => {
	await inFolder(async (cwd) => {
		await inboxIn(cwd, async (inbox) => {
			await oneOfEach(inbox);
			const { claim } = await inbox.save({ endpoint: 'a', body: Buffer.of(0, 255, 10, 13) }, lease);
			assert.ok(claim);
			await inbox.settle(claim, { state: 'handled', parsed: { ...parsed, inferenceId: '../../up/\u0000' } });
		});
		const exported = (...args: string[]): Promise<Outcome> => mindhook(['inbox', 'export', ...args], { cwd });
		const { code, out } = await exported('--to', 'new/folder');
		assert.deepEqual([code, out], [0, '6 files written\n']);
		const folder = join(cwd, 'new/folder');
		const names = readdirSync(folder).sort();
		assert.equal(names[1], `000002-${inferenceId}.json`);
		assert.equal(names[5], '000006-______up__.json');
		assert.match(names[0] as string, /^000001-[0-9a-f]{16}\.json$/);
		assert.deepEqual(readFileSync(join(folder, names[0] as string)), invoice);
		assert.deepEqual([...readFileSync(join(folder, names[5] as string))], [0, 255, 10, 13]);
		assert.equal(statSync(join(folder, names[0] as string)).mode & 0o777, 0o600);
		assert.equal((await exported('--to', 'new/folder')).out, '0 files written, 6 there already\n');

		const changed = join(folder, names[1] as string);
		writeFileSync(changed, 'mine');
		const refused = await exported('--to', 'new/folder', '--json');
		assert.equal(refused.code, 1);
		assert.deepEqual(
			refused.out
				.trimEnd()
				.split('\n')
				.map((line) => JSON.parse(line).result),
			['unchanged', 'refused', 'unchanged', 'unchanged', 'unchanged', 'unchanged'],
		);
		assert.equal(readFileSync(changed, 'utf8'), 'mine');
		assert.equal((await exported('--to', 'new/folder', '--force', '--id', '2')).code, 0);
		assert.deepEqual(readFileSync(changed), job);

		assert.equal((await exported('--to', 'some', '--state', 'handled', '--headers')).code, 0);
		const beside = JSON.parse(readFileSync(join(cwd, `some/000002-${inferenceId}.json.headers`), 'utf8'));
		assert.equal(beside.headers['x-signature'], signPayload(job, secret));
		assert.equal(readdirSync(join(cwd, 'some')).length, 4);
		assert.ok([...readdirSync(folder), ...readdirSync(join(cwd, 'some'))].every((name) => !name.includes('.part')));
		assert.equal((await exported()).code, 2);
		writeFileSync(join(cwd, 'file'), '');
		assert.equal((await exported('--to', 'file')).code, 3);
	});
});

test('inbox replay --to: posts the exact bytes with their own signature, oldest first, and says what was answered', async () => {
	const target = await new Target().open();
	try {
		await inFolder(async (cwd) => {
			await inboxIn(cwd, oneOfEach);
			const replay = (...args: string[]): Promise<Outcome> =>
				mindhook(['inbox', 'replay', '--to', target.url, ...args], { cwd });
			const { code, out } = await replay('--all', '--concurrency', '1');
			assert.equal(code, 0);
			assert.match(out, /^#1 {2}200 {2}\d+ ms\n#2 .*\n#3 .*\n#4 .*\n#5 .*\n5 deliveries taken\n$/);
			assert.deepEqual(
				target.taken.map(({ headers }) => headers['mindhook-delivery']),
				['1', '2', '3', '4', '5'],
			);
			const [first] = target.taken;
			assert.deepEqual(first?.body, invoice);
			assert.deepEqual(
				[first?.method, first?.url, first?.headers['content-type'], first?.headers['x-signature']],
				['POST', '/hook', 'application/json', signPayload(invoice, secret)],
			);
			assert.deepEqual(await statesIn(cwd), five, 'the inbox stays as it is');

			writeFileSync(join(cwd, 'secret'), 'another\n');
			await replay('--id', '2', '--secret-file', 'secret');
			assert.equal(target.taken.at(-1)?.headers['x-signature'], signPayload(job, 'another'));

			target.answer = (response, { headers }) => {
				response.statusCode = headers['mindhook-delivery'] === '3' ? 503 : 200;
				response.end();
			};
			assert.match((await replay('--all')).out, /\n4 deliveries taken, 1 refused\n$/);
			const some = await replay('--all', '--json');
			assert.equal(some.code, 1);
			const results = some.out
				.trimEnd()
				.split('\n')
				.map((line) => JSON.parse(line));
			assert.deepEqual(
				results.filter(({ ok }) => !ok).map(({ id, status, error }) => [id, status, error]),
				[[3, 503, null]],
			);

			target.answer = (response) => void response.writeHead(307, { location: target.url }).end();
			const before = target.taken.length;
			const redirected = await replay('--id', '1');
			assert.deepEqual([redirected.code, target.taken.length - before], [1, 1]);

			const begin = Date.now();
			target.answer = (response) => void response.end();
			assert.equal((await replay('--all', '--rate', '5')).code, 0);
			assert.ok(Date.now() - begin >= 790, 'five posts at five a second take four fifths of it at least');
			assert.equal((await replay('--all', '--dry-run')).out, '5 deliveries would be posted\n');
			target.close();
			const gone = await replay('--id', '1');
			assert.equal(gone.code, 1);
			assert.match(gone.out, /^#1 {2}not posted {2}connect ECONNREFUSED.*\n0 deliveries taken, 1 without an answer\n$/);
		});
	} finally {
		target.close();
	}
});

test('inbox replay: Ctrl-C begins nothing more, finishes what is under way and ends with 130', async () => {
	const target = await new Target().open();
	try {
		await inFolder(async (cwd, start) => {
			await inboxIn(cwd, oneOfEach);
			let open: (() => void) | undefined;
			target.answer = (response) => {
				open = () => void response.end();
			};
			const run = start(['inbox', 'replay', '--to', target.url, '--all', '--concurrency', '1']);
			while (open === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
			const ended = run.kill('SIGINT');
			await new Promise((resolve) => setTimeout(resolve, 200));
			open();
			const { code, signal, out, err } = await ended;
			assert.deepEqual([code, signal], [130, null], err);
			assert.match(out, /^#1 {2}200 .*\n1 delivery taken\n$/);
			assert.equal(err, 'mindhook: stopped before the work was done\n');
			assert.equal(target.taken.length, 1);
		});
	} finally {
		target.close();
	}
});

test('inbox retry and replay: make deliveries `received` again, chosen ones only', async () => {
	for (const [args, expected, count] of [
		[['retry', '--all'], ['received', 'handled', 'received', 'received', 'received'], 3],
		[['retry', '--state', 'dead'], ['received', 'handled', 'failed', 'received', 'quarantined'], 1],
		[['retry', '--id', '2-3'], ['received', 'received', 'received', 'dead', 'quarantined'], 2],
		[['retry', '--since', '1h', '--limit', '1'], ['received', 'handled', 'failed', 'dead', 'received'], 1],
		[['retry', '--all', '--dry-run'], five, 3],
		[['replay', '--all'], ['received', 'received', 'received', 'received', 'received'], 4],
		[['replay', '--kind', 'extraction'], ['received', 'received', 'failed', 'received', 'quarantined'], 2],
	] as const) {
		await inFolder(async (cwd) => {
			await inboxIn(cwd, oneOfEach);
			const { code, out } = await mindhook(['inbox', ...args, '--json'], { cwd });
			assert.deepEqual([code, JSON.parse(out).deliveries], [0, count], args.join(' '));
			assert.deepEqual(await statesIn(cwd), expected, args.join(' '));
		});
	}
});

test('inbox prune: removes what is old or too much, handled ones unless told otherwise', async () => {
	await inFolder(async (cwd) => {
		await inboxIn(cwd, oneOfEach);
		const prune = (...args: string[]): Promise<Outcome> => mindhook(['inbox', 'prune', ...args], { cwd });
		assert.equal((await prune('--older-than', '30d')).out, '0 deliveries (0 B) removed\n');
		assert.equal((await prune('--older-than', '0s', '--dry-run')).out, '1 delivery (432 B) would be removed\n');
		assert.equal((await statesIn(cwd)).length, 5);
		assert.equal((await prune('--older-than', '0s')).out, '1 delivery (432 B) removed\n');
		assert.deepEqual(await statesIn(cwd), ['received', 'failed', 'dead', 'quarantined']);
		const received = ['--state', 'received', '--vacuum', '--json'];
		assert.deepEqual(JSON.parse((await prune('--max-bytes', '100', ...received)).out), {
			deliveries: 1,
			bodyBytes: invoice.length,
			dryRun: false,
		});
		assert.equal((await prune('--vacuum')).out, 'the space was given back\n');
		assert.deepEqual(await statesIn(cwd), ['failed', 'dead', 'quarantined']);
	});
});

test('what changes or posts everything has to be asked for, and wrong values are refused', async () => {
	await inFolder(async (cwd) => {
		await inboxIn(cwd, oneOfEach);
		for (const [args, message] of [
			[['retry'], 'Retry which deliveries? Choose some'],
			[['retry', '--dry-run'], 'Retry which deliveries?'],
			[['replay'], 'Replay which deliveries?'],
			[['replay', '--to', 'http://127.0.0.1:1/'], 'Replay which deliveries?'],
			[['replay', '--all', '--id', '1'], 'With --all, nothing else chooses'],
			[['replay', '--all', '--rate', '5'], '--rate goes with --to URL.'],
			[['replay', '--all', '--to', 'ftp://user:pw@host/'], '--to takes an address that begins with http://'],
			[['prune'], 'Prune what? Give --older-than TIME'],
			[['prune', '--state', 'dead'], 'Prune what?'],
			[['prune', '--older-than', '30'], '--older-than takes a length of time such as'],
			[['prune', '--max-bytes', 'much'], '--max-bytes takes a size such as'],
			[['list', '--state', 'gone'], '--state takes one of received, handled, failed, dead, quarantined, not gone.'],
			[['list', '--id', '5-3'], '--id takes a number of a delivery'],
			[['list', '--since', 'yesterday'], '--since takes a date such as'],
			[['list', '--since', '2026-13-40'], '--since takes a date such as'],
			[['list', '--limit', '0'], '--limit takes a number from 1 on'],
			[['lst'], 'There is no command inbox lst. Did you mean `mindhook inbox list`?'],
			[['list', '--sate=dead'], '`mindhook inbox list` has no option --sate. Did you mean --state?'],
		] as const) {
			const { code, out, err } = await mindhook(['inbox', ...args], { cwd });
			assert.deepEqual([code, out], [2, ''], `${args.join(' ')}: ${err}`);
			assert.ok(
				err.startsWith('mindhook: ') && err.includes(message) && !err.includes('pw'),
				`${args.join(' ')}: ${err}`,
			);
		}
		assert.deepEqual(await statesIn(cwd), five);
	});
});

test('inbox stats: how many, how large, how long', async () => {
	await inFolder(async (cwd) => {
		await inboxIn(cwd, async (inbox) => {
			await oneOfEach(inbox);
			await inbox.expectJob({ jobId: 'job-9', endpoint: 'invoices' });
		});
		const { code, out } = await mindhook(['inbox', 'stats'], { cwd });
		assert.equal(code, 0);
		assert.match(
			out,
			/^inbox +sqlite:inbox\.db\nreceived +1\n.*\nquarantined +1\nwaiting +since .*Z \(.*\)\n.*\nexpected +1 job\n$/s,
		);
		const { deliveries, expectedJobs } = JSON.parse((await mindhook(['inbox', 'stats', '--json'], { cwd })).out);
		assert.deepEqual([deliveries, expectedJobs], [{ received: 1, handled: 1, failed: 1, dead: 1, quarantined: 1 }, 1]);
	});
});

test('inbox check: every damaged body is listed, and the end is 1', async () => {
	await inFolder(async (cwd) => {
		await inboxIn(cwd, oneOfEach);
		assert.deepEqual((await mindhook(['inbox', 'check'], { cwd })).out, '5 deliveries read: fine\n');
		const db = new DatabaseSync(join(cwd, 'inbox.db'));
		db.exec(`UPDATE body SET bytes = x'00' WHERE delivery_id IN (2, 4)`);
		db.close();
		const { code, out } = await mindhook(['inbox', 'check'], { cwd });
		assert.equal(code, 1);
		assert.match(out, /^#2 {2}\S.*\n#4 {2}\S.*\n5 deliveries read: 2 problems\n$/);
		const json = await mindhook(['inbox', 'check', '--json'], { cwd });
		const { problems, ok } = JSON.parse(json.out);
		assert.deepEqual([json.code, ok, problems.map(({ id }: { id: number }) => id)], [1, false, [2, 4]]);
	});
});

test('inbox replay: when the inbox goes away, what was posted until then is told, and why there is no more', async () => {
	const target = await new Target().open();
	try {
		await inFolder(async (cwd) => {
			await inboxIn(cwd, async (inbox) => {
				for (const number of [1, 2, 3, 4, 5]) await saved(inbox, Buffer.from(`${number}`));
			});
			target.answer = (response) => {
				const other = new DatabaseSync(join(cwd, 'inbox.db'));
				other.exec('DROP TABLE IF EXISTS body; DROP TABLE IF EXISTS delivery');
				other.close();
				// Meanwhile the next one is asked for in vain.
				setTimeout(() => response.end(), 1_000);
			};
			const replay = ['inbox', 'replay', '--to', target.url, '--all', '--concurrency', '2', '--rate', '2'];
			const { code, out, err } = await mindhook(replay, { cwd });
			assert.equal(code, 3, err);
			assert.match(out, /\n[12] deliver(y|ies) taken\n$/);
			assert.equal(out.match(/^#\d {2}200 /gm)?.length, target.taken.length);
			assert.match(err, /^mindhook: [^\n]*no such table[^\n]*\n$/);
		});
	} finally {
		target.close();
	}
});

test('inbox check: a delivery of which a page is gone is named, and those behind it are read', async () => {
	await inFolder(async (cwd) => {
		const filling = 'x'.repeat(12_000);
		await inboxIn(cwd, async (inbox) => {
			for (const number of [1, 2, 3]) await saved(inbox, Buffer.from(`"${filling} body ${number}. ${filling}"`));
		});
		zeroPageWith(join(cwd, 'inbox.db'), 'body 2.');
		const json = await mindhook(['inbox', 'check', '--json'], { cwd });
		const { problems, ok } = JSON.parse(json.out) as { problems: { id: number | null }[]; ok: boolean };
		assert.deepEqual([json.code, json.err, ok, problems.at(-1)?.id], [1, '', false, 2]);
		const { code, out } = await mindhook(['inbox', 'check'], { cwd });
		assert.equal(code, 1);
		assert.match(out, /^storage {2}\S.*\n#2 {2}\S.*\n3 deliveries read: \d+ problems\n$/s);
	});
});

test('inbox show: a delivery of which not even the row can be read is told of once, and the end is 1', async () => {
	await inFolder(async (cwd) => {
		const filling = 'x'.repeat(12_000);
		await inboxIn(cwd, async (inbox) => {
			await inbox.save({ endpoint: 'a', body: invoice, headers: { 'x-long': `${filling} header 1. ${filling}` } });
		});
		zeroPageWith(join(cwd, 'inbox.db'), 'header 1.');
		const { code, out, err } = await mindhook(['inbox', 'show', '1'], { cwd });
		assert.deepEqual([code, out], [1, ''], err);
		assert.match(err, /^mindhook: #1 cannot be read: [^\n]*\n$/);
	});
});

test('on a Node without Zstandard, what a newer one has packed is told of, and costs no other', async () => {
	await inFolder(async (cwd) => {
		await inboxIn(cwd, oneOfEach);
		const db = new DatabaseSync(join(cwd, 'inbox.db'));
		db.exec(`UPDATE delivery SET encoding = 'zstd' WHERE id = 2`);
		db.close();
		const without = "import zlib from 'node:zlib'; zlib.zstdDecompress = undefined;";
		const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(without)}` };
		const exported = await mindhook(['inbox', 'export', '--to', 'all'], { cwd, env });
		assert.deepEqual([exported.code, exported.out], [1, '4 files written, 1 delivery unreadable\n'], exported.err);
		assert.match(exported.err, /#2 cannot be read: .*Zstandard needs Node\.js 22\.15/);
		const checked = await mindhook(['inbox', 'check'], { cwd, env });
		assert.deepEqual(checked.code, 1);
		assert.match(checked.out, /^#2 .*Zstandard.*\n5 deliveries read: 1 problem\n$/);
	});
});

test('a damaged delivery is told of, and costs no other', async () => {
	const target = await new Target().open();
	try {
		await inFolder(async (cwd) => {
			await inboxIn(cwd, oneOfEach);
			const db = new DatabaseSync(join(cwd, 'inbox.db'));
			db.exec(`UPDATE body SET bytes = x'00' WHERE delivery_id IN (2, 5)`);
			db.exec(`UPDATE delivery SET headers = '{' WHERE id = 4`);
			db.close();
			const inbox = (...args: string[]): Promise<Outcome> => mindhook(['inbox', ...args], { cwd });
			const jsonLines = ({ out }: Outcome): Record<string, unknown>[] =>
				out
					.trimEnd()
					.split('\n')
					.map((line) => JSON.parse(line));

			const exported = await inbox('export', '--to', 'all');
			assert.deepEqual([exported.code, exported.out], [1, '2 files written, 3 deliveries unreadable\n']);
			assert.match(exported.err, /#2 cannot be read: .*\n.*#4 cannot be read: .*headers.*\n.*#5 cannot be read: /);
			assert.equal(readdirSync(join(cwd, 'all')).length, 2);
			assert.deepEqual(
				jsonLines(await inbox('export', '--to', 'all', '--json')).map(({ id, result }) => [id, result]),
				[
					[1, 'unchanged'],
					[2, 'unreadable'],
					[3, 'unchanged'],
					[4, 'unreadable'],
					[5, 'unreadable'],
				],
			);

			const replayed = await inbox('replay', '--to', target.url, '--all', '--json');
			assert.equal(replayed.code, 1);
			assert.deepEqual(
				jsonLines(replayed)
					.toSorted((a, b) => Number(a.id) - Number(b.id))
					.map(({ ok, error }) => [ok, typeof error]),
				[
					[true, 'object'],
					[false, 'string'],
					[true, 'object'],
					[false, 'string'],
					[false, 'string'],
				],
			);
			assert.equal(target.taken.length, 2);
			// Another one is removed while the first is under way.
			target.answer = (response) => {
				const other = new DatabaseSync(join(cwd, 'inbox.db'));
				other.exec('DELETE FROM delivery WHERE id = 3');
				other.close();
				response.end();
			};
			assert.match(
				(await inbox('replay', '--to', target.url, '--all', '--concurrency', '1')).out,
				/\n1 delivery taken, 3 unreadable, 1 removed meanwhile\n$/,
			);

			const shown = await inbox('show', '2');
			assert.equal(shown.code, 1);
			assert.match(shown.out, /^state {6}handled\nnumber {5}2\n/);
			assert.match(shown.err, /#2 cannot be read: /);
			assert.match(
				(await inbox('show', '5')).out,
				/\nerror json\.unexpected_end: the body ends evil␛\[31m<U\+202E>␇\n$/,
			);
			assert.match(JSON.parse((await inbox('show', '--json', '4')).out).unreadable, /headers/);
			assert.deepEqual([(await inbox('show', '--raw', '2')).code, (await inbox('show', '--raw', '2')).out], [1, '']);
			assert.match((await inbox('list')).out, /\n4 .* dead, unreadable +1 /);
		});
	} finally {
		target.close();
	}
});

test('an inbox that is not there is not made, and no password is printed', async () => {
	await inFolder(async (cwd) => {
		writeFileSync(join(cwd, 'letter.db'), 'Dear Sir or Madam, '.repeat(1_000));
		writeFileSync(join(cwd, 'empty.db'), '');
		mkdirSync(join(cwd, 'folder'));
		for (const command of [
			['list'],
			['show', '1'],
			['export', '--to', 'x'],
			['retry', '--all'],
			['stats'],
			['check'],
		]) {
			const { code, out, err } = await mindhook(['inbox', ...command], { cwd });
			assert.deepEqual([code, out], [3, ''], command.join(' '));
			assert.match(err, /^mindhook: There is no inbox .*inbox\.db\.\n$/);
		}
		for (const name of ['letter.db', 'empty.db', 'folder', 'no/folder.db']) {
			const { code, err } = await mindhook(['inbox', 'stats', '--inbox', `sqlite:${name}`], { cwd });
			assert.equal(code, 3, name);
			assert.match(err, /^mindhook: [^\n]*\n$/, 'one line, no stack');
		}
		assert.deepEqual(readdirSync(cwd).sort(), ['empty.db', 'folder', 'letter.db']);
		assert.equal(existsSync(join(cwd, 'x')), false);
		const env = { MINDHOOK_INBOX: 'postgres://user:hunter2@127.0.0.1:1/db?password=hunter2' };
		for (const args of [['stats'], ['list'], ['check']]) {
			const { code, out, err } = await mindhook(['inbox', ...args], { cwd, env });
			assert.ok(code === 2 || code === 3, String(code));
			assert.doesNotMatch(out + err, /hunter2/);
		}
		assert.equal((await mindhook(['inbox', 'list', '--inbox', 'mysql://u:hunter2@h'], { cwd })).code, 2);
	});
});
