/** The table of `webhook_ids` inputs through the package, what JSON cannot hold, and what must hold for any input at all. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import fc from 'fast-check';
import {
	type Issue,
	validateWebhookIds,
	WebhookIdsError,
	type WebhookIdsReport,
	webhookIdsFormValue,
	webhookIdsFromForm,
	webhookIdsFromText,
} from 'mindhook';

const A = '9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b';
const B = '0b5a3c9e-1d2f-4a6b-9c8d-7e6f5a4b3c2d';

interface Case {
	name: string;
	form: 'list' | 'text' | 'form';
	input: unknown;
	ids: string[];
	codes: string[];
	issues?: Partial<Issue>[];
}

// Beside the sources; this file runs from target/tests/pkg/src/core.
const tableFile = new URL('../../../../../tests/fixtures/webhook_ids.json', import.meta.url);
const table: Case[] = JSON.parse(readFileSync(tableFile, 'utf8'));

function judge({ form, input }: Case): WebhookIdsReport {
	if (form === 'list') return validateWebhookIds(input);
	return form === 'text' ? webhookIdsFromText(input as string) : webhookIdsFromForm(input as [string, unknown][]);
}

const codes = (report: WebhookIdsReport): string[] => report.issues.map(({ code }) => code.replace('webhook_ids.', ''));

/** Told without the library's means. */
const canonicalV4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** What holds for every report. */
function assertSound(report: WebhookIdsReport): void {
	assert.deepEqual(Object.keys(report), ['ok', 'ids', 'issues']);
	assert.equal(
		report.ok,
		report.issues.every(({ severity }) => severity !== 'error'),
	);
	for (const id of report.ids) assert.match(id, canonicalV4);
	assert.equal(new Set(report.ids).size, report.ids.length);
	assert.ok(report.issues.length <= 101);
	for (const issue of report.issues) {
		assert.equal(typeof issue.code, 'string');
		assert.equal(typeof issue.message, 'string');
		assert.equal(typeof issue.help, 'string');
		assert.ok([issue.offset, issue.length, issue.line, issue.column, issue.columnUtf16].every(Number.isSafeInteger));
	}
}

test(`each of the ${table.length} inputs of the table gets its ids, codes and places`, () => {
	assert.ok(table.length >= 140);
	for (const each of table) {
		const label = `${each.form}: ${each.name}`;
		const report = judge(each);
		assertSound(report);
		assert.deepEqual(report.ids, each.ids, label);
		assert.deepEqual(
			report.issues.map(({ code }) => code),
			each.codes,
			label,
		);
		for (const [index, expected] of (each.issues ?? []).entries()) {
			for (const [key, value] of Object.entries(expected)) {
				const actual = report.issues[index]?.[key as keyof Issue];
				const right = key === 'message' || key === 'help' ? String(actual).includes(String(value)) : actual === value;
				assert.ok(right, `${label}: ${key} of issue ${index} should be ${value}, is ${actual}`);
			}
		}
	}
});

test('a valid canonical list comes back as plain data', () => {
	assert.deepEqual(validateWebhookIds([A, B]), { ok: true, ids: [A, B], issues: [] });
	const list = [A];
	assert.notEqual(validateWebhookIds(list).ids, list, 'the caller keeps an array of their own');
});

test('what is no array is named, and nothing but an array is a list', () => {
	function args(..._ids: string[]): IArguments {
		// biome-ignore lint/complexity/noArguments: the very object under test
		return arguments;
	}
	const cyclic: Record<string, unknown> = {};
	cyclic.self = cyclic;
	const named: [unknown, string][] = [
		[undefined, 'undefined'],
		[null, 'null'],
		[0, 'number 0'],
		[Number.NaN, 'number NaN'],
		[1n, 'a bigint'],
		[Symbol(A), 'a symbol'],
		[() => [A], 'a function'],
		[class {}, 'a function'],
		[new Set([A]), 'a Set'],
		[new Map([[A, A]]), 'a Map'],
		[new Uint8Array(16), 'a typed array'],
		[Buffer.from(A), 'a typed array'],
		[new DataView(new ArrayBuffer(16)), 'a typed array'],
		[new String(A), 'a String object (not a primitive)'],
		[new Blob([A]), 'a File'],
		[{ 0: A, length: 1 }, 'an object'],
		[args(A), 'an object'],
		[[A][Symbol.iterator](), 'an object'],
		[Object.create(Array.prototype), 'an object'],
		[Object.create(null), 'an object'],
		[cyclic, 'an object'],
		[new Date(0), 'an object'],
		[/x/, 'an object'],
		[Promise.resolve([A]), 'an object'],
		[new Proxy({}, {}), 'an object'],
		[new Proxy(() => 0, {}), 'a function'],
	];
	for (const [input, name] of named) {
		const report = validateWebhookIds(input);
		assertSound(report);
		assert.deepEqual(codes(report), ['not_a_list'], name);
		assert.equal(report.issues[0]?.message, `${name} is no list`);
	}
});

test('an entry that is no primitive string is named', () => {
	const cyclic: unknown[] = [];
	cyclic.push(cyclic);
	const nasty = {
		toString: (): never => assert.fail('toString was called'),
		get [Symbol.toStringTag](): never {
			return assert.fail('toStringTag was read');
		},
	};
	const named: [unknown, string][] = [
		[undefined, 'undefined'],
		[Number.POSITIVE_INFINITY, 'number Infinity'],
		[7n, 'a bigint'],
		[Symbol('id'), 'a symbol'],
		[() => A, 'a function'],
		[new String(A), 'a String object (not a primitive)'],
		[new Uint8Array(16), 'a typed array'],
		[nasty, 'an object'],
		[{ other: A }, 'an object'],
		[cyclic, 'an array'],
		[revoked([]), 'a revoked proxy'],
		[revoked({}), 'a revoked proxy'],
	];
	for (const [entry, name] of named) {
		const report = validateWebhookIds([A, entry]);
		assertSound(report);
		assert.deepEqual([report.ids, codes(report)], [[A], ['not_a_string']], name);
		assert.equal(report.issues[0]?.message, `entry 1: ${name} is no string`);
		assert.equal(report.issues[0]?.pointer, '/1');
	}
	assert.deepEqual(codes(validateWebhookIds(cyclic)), ['not_a_string']);
});

test('the holes of a sparse array are entries', () => {
	const sparse: string[] = [];
	sparse[2] = A;
	const report = validateWebhookIds(sparse);
	assert.deepEqual([report.ids, codes(report)], [[A], ['not_a_string', 'not_a_string']]);
	assert.deepEqual(codes(validateWebhookIds(new Array(4_294_967_295))), ['too_many']);
});

function revoked<T extends object>(target: T): T {
	const { proxy, revoke } = Proxy.revocable(target, {});
	revoke();
	return proxy;
}

test('a list that throws while it is read is unreadable, and the reason is told', () => {
	const thrower = (what: unknown): ProxyHandler<string[]> => ({
		get(target, key) {
			if (key === '1') throw what;
			return Reflect.get(target, key);
		},
	});
	const unshowable = {
		toString(): never {
			throw new Error('no');
		},
	};
	const told: [unknown, string][] = [
		[new Error('no'), 'reading entry 1 threw Error: no'],
		['text', 'reading entry 1 threw text'],
		[Symbol('s'), 'reading entry 1 threw Symbol(s)'],
		[undefined, 'reading entry 1 threw undefined'],
		[unshowable, 'reading entry 1 threw something that cannot be shown'],
		[Object.create(null), 'reading entry 1 threw something that cannot be shown'],
		[revoked({}), 'reading entry 1 threw something that cannot be shown'],
	];
	for (const [what, message] of told) {
		const report = validateWebhookIds(new Proxy([A, B], thrower(what)));
		assertSound(report);
		assert.deepEqual(codes(report), ['unreadable'], message);
		assert.equal(report.issues[0]?.message, `the list cannot be read: ${message}`);
	}

	const getter = [A];
	Object.defineProperty(getter, 0, {
		get() {
			throw new RangeError('getter');
		},
	});
	assert.match(validateWebhookIds(getter).issues[0]?.message ?? '', /reading entry 0 threw RangeError: getter$/);
	assert.match(validateWebhookIds(revoked([A])).issues[0]?.message ?? '', /reading it threw TypeError/);

	for (const length of [-1, 1.5, Number.NaN, '1', null, 2 ** 60]) {
		const report = validateWebhookIds(new Proxy([A], { get: (_, key) => (key === 'length' ? length : A) }));
		assert.deepEqual(codes(report), ['unreadable'], String(length));
	}
	assert.deepEqual(codes(validateWebhookIds(new Proxy([A], { get: () => 2 ** 40 }))), ['too_many']);
});

test('a proxy of an array is an array, and every entry is read once', () => {
	const read: PropertyKey[] = [];
	const proxy = new Proxy([A, B.toUpperCase()], {
		get(target, key) {
			read.push(key);
			return Reflect.get(target, key);
		},
	});
	assert.deepEqual(validateWebhookIds(proxy).ids, [A, B]);
	assert.deepEqual(read, ['length', '0', '1']);

	// A getter that changes its answer cannot slip in what was not checked.
	const fickle = [A];
	let reads = 0;
	Object.defineProperty(fickle, 0, { get: () => (reads++ === 0 ? A : 'evil') });
	assert.deepEqual(validateWebhookIds(fickle).ids, [A]);
});

test('an entry cannot pass for two by holding a comma', () => {
	assert.deepEqual(codes(validateWebhookIds([`${A},${B}`])), ['not_a_uuid']);
	// Joined, these two would read as canonical IDs.
	const joined = `${A},${B}`;
	assert.deepEqual(validateWebhookIds([joined.slice(0, 30), joined.slice(31)]).ids, []);
	assert.deepEqual(validateWebhookIds([joined.slice(0, 37), joined.slice(38)]).ids, []);
});

test('half a surrogate pair is a character like others', () => {
	for (const entry of ['\ud83d', `${A}\udc00`, `\ud800${A.slice(1)}`, '\udc00'.repeat(36)]) {
		const report = validateWebhookIds([entry]);
		assert.deepEqual(codes(report), ['not_a_uuid']);
		assert.match(report.issues[0]?.message ?? '', /U\+FFFD at character/);
	}
	assert.deepEqual(codes(webhookIdsFromText(`${A},\ud83d`)), ['not_a_uuid']);
	assert.deepEqual(codes(webhookIdsFromForm([['webhook_ids', '\ud83d']])), ['not_a_uuid']);
});

test('a million entries are answered; one more is refused', () => {
	const many = Array.from(
		{ length: 1_000_001 },
		(_, n) => `${n.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`,
	);
	const most = many.slice(1);
	assert.deepEqual(validateWebhookIds(most), { ok: true, ids: most, issues: [] });
	assert.deepEqual(codes(validateWebhookIds(many)), ['too_many']);
	most[999_999] = most[0] ?? '';
	assert.equal(validateWebhookIds(most).issues[0]?.message, 'entry 999999 repeats entry 0; it was kept once');
	assert.deepEqual(codes(webhookIdsFromText(many.join())), ['too_many']);

	const mixed = validateWebhookIds(new Array(1_000_000).fill(Symbol('id')));
	assertSound(mixed);
	assert.equal(mixed.issues.length, 101);
	assert.deepEqual(mixed.issues[100]?.message, '999900 more issues are not listed');
});

test('strings of ten million characters are answered', () => {
	const long = 'a'.repeat(10_000_000);
	assert.match(validateWebhookIds([long]).issues[0]?.message ?? '', /is too long: it has 10000000 characters/);
	assert.deepEqual(codes(validateWebhookIds(long)), ['bare_string']);
	assert.deepEqual(codes(webhookIdsFromText(long)), ['wrong_length']);
	assert.deepEqual(codes(webhookIdsFromText('"'.repeat(9_999_999))), ['syntax']);
	assert.deepEqual(codes(webhookIdsFromText('['.repeat(10_000_000))), ['syntax']);
	assert.deepEqual(validateWebhookIds([`${' '.repeat(10_000_000)}${A}`]).ids, [A]);
	assert.deepEqual(validateWebhookIds([A]).ids, [A]);
});

test('text of another type is an issue, not an exception', () => {
	for (const input of [undefined, null, 5, [A], new String(A), Symbol(A), revoked({})]) {
		const report = webhookIdsFromText(input as string);
		assertSound(report);
		assert.deepEqual(codes(report), ['not_a_string']);
	}
	assert.equal(webhookIdsFromText([A] as never).issues[0]?.message, 'an array stands where text is required');
});

test('FormData, URLSearchParams, a Map and pairs are forms', () => {
	const data = new FormData();
	data.append('model_id', B);
	data.append('webhook_ids', `${A},${B}`);
	data.append('webhook_ids[]', A);
	data.append('webhook_ids[]', B);
	data.append('file', new Blob(['%PDF']), 'webhook.pdf');
	assert.deepEqual(webhookIdsFromForm(data), { ok: true, ids: [A, B], issues: [] });
	const query = new URLSearchParams(`webhook_ids%5B%5D=${A}&webhook_ids%5B%5D=${B}&alias=x`);
	assert.deepEqual(webhookIdsFromForm(query).ids, [A, B]);
	assert.deepEqual(webhookIdsFromForm(new Map([['webhook_ids', A]])).ids, [A]);
	assert.deepEqual(webhookIdsFromForm([]).issues[0]?.code, 'webhook_ids.empty_list');
});

test('a file in place of an ID is an error', () => {
	const data = new FormData();
	data.append('webhook_ids', A);
	data.append('webhook_ids', new Blob([B]), 'ids.txt');
	const report = webhookIdsFromForm(data);
	assert.deepEqual([report.ids, codes(report)], [[A], ['not_a_string']]);
	assert.equal(report.issues[0]?.message, 'entry 1: a File is no string');
});

test('what is no form is an issue, not an exception', () => {
	function* failing(): Generator<[string, string]> {
		yield ['webhook_ids', A];
		throw new Error('cut off');
	}
	const told: [unknown, RegExp][] = [
		[undefined, /reading field 0 threw TypeError/],
		[{ webhook_ids: A }, /reading field 0 threw TypeError/],
		[`webhook_ids=${A}`, /new URLSearchParams/],
		[[A], /field 0 is a string, not a \[name, value\] pair/],
		[[null], /field 0 is null/],
		[failing(), /reading field 1 threw Error: cut off/],
		[[revoked([])], /reading field 0 threw TypeError/],
		[revoked([]), /reading field 0 threw TypeError/],
	];
	for (const [input, message] of told) {
		const report = webhookIdsFromForm(input as [string, string][]);
		assertSound(report);
		assert.deepEqual(codes(report), ['unreadable']);
		assert.match(report.issues[0]?.message ?? '', message);
	}
	assert.deepEqual(webhookIdsFromForm([[Symbol('webhook_ids'), A] as never, ['webhook_ids', B]]).ids, [B]);
});

test('a form without an end is refused', () => {
	function* endless(name: string): Generator<[string, string]> {
		for (;;) yield [name, ''];
	}
	assert.deepEqual(codes(webhookIdsFromForm(endless('alias'))), ['too_many']);
	assert.deepEqual(codes(webhookIdsFromForm(endless('webhook_ids'))), ['too_many']);
});

test('the wire form is comma-joined and canonical, or an error with issues', () => {
	assert.equal(webhookIdsFormValue([]), '');
	assert.equal(webhookIdsFormValue([A]), A);
	assert.equal(webhookIdsFormValue([` {${A.toUpperCase()}}`, B, A]), `${A},${B}`);
	assert.throws(
		() => webhookIdsFormValue([A, 'production', '']),
		(error) => {
			assert.ok(error instanceof WebhookIdsError && error instanceof TypeError);
			assert.equal(error.name, 'WebhookIdsError');
			assert.deepEqual(
				error.issues.map(({ code, pointer }) => [code, pointer]),
				[
					['webhook_ids.not_a_uuid', '/1'],
					['webhook_ids.empty_id', '/2'],
				],
			);
			assert.match(
				error.message,
				/^webhook_ids\.not_a_uuid: entry 1: 'p' at character 1 .* \(and 1 more\)\. Copy the ID/,
			);
			return true;
		},
	);
	assert.throws(() => webhookIdsFormValue(A as never), /A single endpoint must also be sent as a list/);
});

/** A fresh copy of the package: each copy has its own core. */
async function freshCopy(): Promise<typeof import('mindhook')> {
	return import(`${import.meta.resolve('mindhook')}?${Math.random()}`);
}

test('where the core cannot run, the report says so', async () => {
	const { WebAssembly } = globalThis;
	const copy = await freshCopy();
	try {
		Reflect.deleteProperty(globalThis, 'WebAssembly');
		for (const report of [
			copy.validateWebhookIds([A]),
			copy.validateWebhookIds(A),
			copy.validateWebhookIds([5]),
			copy.webhookIdsFromText(A),
			copy.webhookIdsFromForm([['webhook_ids', A]]),
		]) {
			assertSound(report);
			assert.deepEqual([report.ids, codes(report)], [[], ['core.unavailable']]);
		}
		assert.throws(() => copy.webhookIdsFormValue([A]), copy.WebhookIdsError);
	} finally {
		globalThis.WebAssembly = WebAssembly;
	}
	assert.deepEqual(copy.validateWebhookIds([A]).ids, [A]);
});

test('when the core stops in the middle of a call, the report says so and the next call works', async () => {
	const { Instance, RuntimeError } = WebAssembly;
	const copy = await freshCopy();
	let stops = 0;
	try {
		// An instance whose first two calls with IDs stop.
		WebAssembly.Instance = class {
			readonly exports: WebAssembly.Exports;
			constructor(...args: ConstructorParameters<typeof Instance>) {
				const { exports } = new Instance(...args);
				const stopping = Object.entries(exports).map(([name, value]) => {
					const stop = (...values: unknown[]): unknown => {
						if (stops++ < 2) throw new RuntimeError('unreachable');
						return (value as (...values: unknown[]) => unknown)(...values);
					};
					return [name, name.startsWith('webhookIds') ? stop : value];
				});
				this.exports = Object.fromEntries(stopping);
			}
		};
		for (const report of [copy.validateWebhookIds([A]), copy.webhookIdsFromText(A)]) {
			assertSound(report);
			assert.deepEqual([report.ids, codes(report)], [[], ['core.stopped']]);
		}
		assert.deepEqual(copy.validateWebhookIds([A]), { ok: true, ids: [A], issues: [] });
		assert.equal(stops, 3);
	} finally {
		WebAssembly.Instance = Instance;
	}
});

const id = fc.uuid({ version: 4 });
const blank = fc.constantFrom('', ' ', '\t', ' \t ');
/** An ID in any mix of case and any spelling. */
const spelt = fc.record({ id, mask: fc.bigInt({ min: 0n, max: 2n ** 36n - 1n }), spelling: fc.nat(3) }).map((each) => {
	const upper = (at: number): boolean => ((each.mask >> BigInt(at)) & 1n) === 1n;
	const mixed = [...each.id].map((char, at) => (upper(at) ? char.toUpperCase() : char)).join('');
	return {
		id: each.id,
		text: [mixed, mixed.replaceAll('-', ''), `{${mixed}}`, `urn:UUID:${mixed}`][each.spelling] ?? mixed,
	};
});

/** Every wire form of contract and guide. */
const wireForms: Record<string, (ids: string[], blank: string) => WebhookIdsReport> = {
	'an array': (ids) => validateWebhookIds(ids),
	'padded entries': (ids, blank) => validateWebhookIds(ids.map((id) => blank + id + blank)),
	JSON: (ids, blank) => webhookIdsFromText(blank + JSON.stringify(ids, null, blank) + blank),
	"the guide's list": (ids, blank) => webhookIdsFromText(`[${ids.join(`${blank},${blank}`)}]`),
	"the guide's parameter": (ids) => webhookIdsFromText(`webhook_ids=[${ids.join(', ')}]`),
	commas: (ids, blank) => webhookIdsFromText(ids.join(`${blank},${blank}`)),
	'single quotes': (ids, blank) => webhookIdsFromText(`[${ids.map((id) => `'${id}'`).join(`,${blank}`)}]`),
	'a file': (ids, blank) => webhookIdsFromText(ids.map((id) => `${blank}${id}${blank}\r\n`).join('')),
	'repeated fields': (ids) => webhookIdsFromForm(ids.map((id) => ['webhook_ids', id])),
	'bracket fields': (ids, blank) =>
		webhookIdsFromForm(new URLSearchParams(ids.map((id) => ['webhook_ids[]', blank + id]))),
	Ruby: (ids) =>
		webhookIdsFromForm([['webhook_ids', ids.join()], ...ids.map((id): [string, string] => ['webhook_ids[]', id])]),
};

for (const [name, send] of Object.entries(wireForms)) {
	test(`any list of version 4 IDs comes back canonical and in order: ${name}`, () => {
		fc.assert(
			fc.property(fc.uniqueArray(spelt, { selector: (each) => each.id, maxLength: 12 }), blank, (list, blank) => {
				const report = send(
					list.map(({ text }) => text),
					blank,
				);
				assertSound(report);
				assert.ok(report.ok);
				assert.deepEqual(
					report.ids,
					list.map(({ id }) => id),
				);
			}),
		);
	});
}

test('anything at all is answered, and never with an ID that is none', () => {
	const anything = fc.anything({
		withBigInt: true,
		withBoxedValues: true,
		withDate: true,
		withMap: true,
		withNullPrototype: true,
		withObjectString: true,
		withSet: true,
		withSparseArray: true,
		withTypedArray: true,
	});
	const nearly = fc
		.tuple(spelt, fc.nat(45), fc.string({ unit: 'binary', maxLength: 2 }))
		.map(([{ text }, at, noise]) => {
			return text.slice(0, at) + noise + text.slice(at + 1);
		});
	const text = fc.oneof(fc.string({ unit: 'binary' }), nearly, fc.array(nearly).map(String), fc.json());
	fc.assert(
		fc.property(anything, text, fc.array(fc.oneof(anything, text, id)), (value, text, list) => {
			for (const input of [value, text, list]) {
				assertSound(validateWebhookIds(input));
				assertSound(webhookIdsFromText(input as string));
				assertSound(webhookIdsFromForm(input as [string, string][]));
				assertSound(webhookIdsFromForm([['webhook_ids', input] as [string, unknown], ['webhook_ids[]', text]]));
			}
		}),
		{ numRuns: 400 },
	);
});
