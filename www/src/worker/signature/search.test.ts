/** Every cause that the check of a signature names: a file or a secret is spoilt in one way, and that way is told. */
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Digests, LARGE, type Search, search } from './search.js';

const SECRET = 'a3f1-Geheim_é';
const VALUE = {
	inference: {
		total: 1.1,
		name: 'Café <b> & "q" a/b 日本',
		list: [1, 2, []],
		nothing: null,
		b: {},
		a: true,
		big: 12.5,
	},
};
/** What the platform sends: a number that no writer of doubles writes. */
const WIRE = JSON.stringify(VALUE).replace('1.1', '1.10');

const digests: Digests = {
	mac(body, key) {
		if (body instanceof Blob) return hmac(parts.get(body) ?? assert.fail('an unknown blob'), key);
		return hmac(body, key);
	},
	subtle: crypto.subtle,
};

/** Node reads no blob at once: those of large files are known by what they were made of. */
const parts = new Map<Blob, Uint8Array>();

function hmac(body: Uint8Array | string, key: Uint8Array | string, algorithm = 'sha256'): string {
	return createHmac(algorithm, key).update(body).digest('hex');
}

async function check(file: Uint8Array | string, header: string, secrets: string, with_ = digests): Promise<Search> {
	const blob = new Blob([file as Uint8Array<ArrayBuffer>]);
	parts.set(blob, Buffer.from(file));
	const steps = search(blob, header, secrets, with_);
	for (;;) {
		const { value, done } = await steps.next();
		if (done) return value;
		assert.equal(value.outcome, 'searching');
	}
}

/** The causes of a file that was made of a signed body. */
async function causes(file: Uint8Array | string, signed: Uint8Array | string): Promise<string[]> {
	const found = await check(file, hmac(signed, SECRET), SECRET);
	assert.equal(found.outcome, 'explained', 'the signature was explained');
	return found.causes.map(({ code, detail }) => (detail === undefined ? code : `${code}: ${detail}`));
}

test('a signature that fits needs no explanation, and the secret is named', async () => {
	const found = await check(WIRE, hmac(WIRE, 'second'), 'first\nsecond\n\nthird');
	assert.equal(found.outcome, 'fits');
	assert.equal(found.secret, 1);
	assert.equal(found.secrets, 3);
	assert.deepEqual([found.causes, found.notes], [[], []]);
});

test('an empty body can be signed too', async () => {
	assert.equal((await check('', hmac('', SECRET), SECRET)).outcome, 'fits');
});

test('the header is read with its name, its scheme, quotes, spaces and in upper case, and each is told', async () => {
	const digits = hmac(WIRE, SECRET);
	for (const [written, notes] of [
		[`X-Signature: ${digits}`, ['name']],
		[`x-signature=${digits}`, ['name']],
		[`X-Mindee-Hmac-Signature: ${digits}`, ['oldName']],
		[`"X-Signature": "${digits}"`, ['name', 'quotes']],
		[`sha256=${digits}`, ['scheme']],
		[` \t${digits}\n`, ['spaces']],
		[`'${digits}'`, ['quotes']],
		[digits.toUpperCase(), ['upperCase']],
		[`${digits.slice(0, 32)}\n${digits.slice(32)}`, ['spacesWithin']],
		[`0x${digits}`, ['hexPrefix']],
		[`${'0'.repeat(64)}, ${digits}`, ['several']],
	] as const) {
		const found = await check(WIRE, written, SECRET);
		assert.equal(found.outcome, 'fits', written);
		assert.deepEqual(
			found.notes.filter((note) => note !== 'spaces' || written.startsWith(' ')),
			notes,
			written,
		);
	}
});

test('what can be no signature, and no secret at all, are told', async () => {
	for (const header of ['', '   ', 'nonsense', 'X-Signature:', 'ab', 'é'.repeat(64)]) {
		const found = await check(WIRE, header, SECRET);
		assert.deepEqual([found.outcome, found.hints], ['unreadable', [{ code: 'noSignature' }]], header);
	}
	const found = await check(WIRE, hmac(WIRE, SECRET), '\n  \n');
	assert.deepEqual([found.outcome, found.secrets, found.hints], ['unreadable', 0, []]);
});

test('a line break at the end: added or lost, LF, CR LF or several', async () => {
	for (const end of ['\n', '\r\n', '\n\n\n']) assert.deepEqual(await causes(WIRE + end, WIRE), ['endAdded']);
	assert.deepEqual(await causes(`${WIRE}\n\n`, `${WIRE}\n`), ['endAdded']);
	assert.deepEqual(await causes(`${WIRE}  \n`, WIRE), ['endAdded']);
	assert.deepEqual(await causes(WIRE, `${WIRE}\n`), ['endLost: LF']);
	assert.deepEqual(await causes(WIRE, `${WIRE}\r\n`), ['endLost: CRLF']);
	assert.deepEqual(await causes(WIRE, `${WIRE}\n\n`), ['endLost: LF LF']);
});

test('line breaks: stripped or converted', async () => {
	const lines = JSON.stringify(VALUE, null, 3);
	assert.deepEqual(await causes(lines, lines.replaceAll('\n', '')), ['lineBreaksStripped']);
	assert.deepEqual(await causes(lines.replaceAll('\n', '\r\n'), lines), ['toCrlf']);
	assert.deepEqual(await causes(lines, lines.replaceAll('\n', '\r\n')), ['toLf']);
});

test('line breaks that the file lost are told from a body that was written anew', async () => {
	const stripped = (text: string) => text.replace(/[\r\n]/g, '');
	for (const indent of [1, 2, 4, '\t'] as const) {
		for (const ending of ['\n', '\r\n']) {
			const name = ending === '\n' ? 'LF' : 'CRLF';
			const signed = JSON.stringify(VALUE, null, indent).replace('1.1', '1.10').replaceAll('\n', ending);
			assert.deepEqual(await causes(stripped(signed), signed), [`lineBreaksLost: ${name}`]);
			const ended = await causes(stripped(signed), signed + ending);
			assert.deepEqual(ended, [`lineBreaksLost: ${name}`, `endLost: ${name}`]);
		}
	}
	// As Jackson writes it: a space before the colon, lists on one line.
	const jackson = '{\n  "a" : [ 1, 2 ],\n  "b" : {\n    "c" : " x"\n  },\n  "d" : { }\n}';
	assert.deepEqual(await causes(stripped(jackson), jackson), ['lineBreaksLost: LF']);
});

test('a body that was written anew with CR LF, as writers on Windows do', async () => {
	const file = JSON.stringify(VALUE);
	assert.deepEqual(await causes(file, JSON.stringify(VALUE, null, 2).replaceAll('\n', '\r\n')), [
		'rewritten: JSON.stringify(value, null, 2)',
		'linesEndCrlf',
	]);
});

test('a byte order mark: added or lost', async () => {
	assert.deepEqual(await causes(`\ufeff${WIRE}`, WIRE), ['bomAdded']);
	assert.deepEqual(await causes(WIRE, `\ufeff${WIRE}`), ['bomLost']);
});

test('all that one editor does to a file at once', async () => {
	const lines = JSON.stringify(VALUE, null, 3);
	const saved = `\ufeff${lines.replaceAll('\n', '\r\n')}\r\n`;
	assert.deepEqual((await causes(saved, lines)).sort(), ['bomAdded', 'endAdded', 'toCrlf']);
});

test('a body that was written anew, by each of the usual writers', async () => {
	const value = JSON.parse(WIRE) as unknown;
	const file = JSON.stringify(value, null, 3);
	const escaped = (text: string) =>
		text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
	const compact = JSON.stringify(value);
	const simple = '{"a":1,"b":["x",2.50],"c":{},"d":[]}';
	const named = async (signed: string, from = file) => (await causes(from, signed))[0];
	assert.equal(await named(compact), 'rewritten: JSON.stringify(value)');
	assert.equal(await named(JSON.stringify(value, null, 2)), 'rewritten: JSON.stringify(value, null, 2)');
	assert.equal(await named(JSON.stringify(value, null, 4)), 'rewritten: JSON.stringify(value, null, 4)');
	assert.equal(await named(JSON.stringify(value, null, '\t')), "rewritten: JSON.stringify(value, null, '\\t')");
	assert.equal(await named('{"a": 1, "b": ["x", 2.5], "c": {}, "d": []}', simple), 'rewritten: json.dumps(value)');
	assert.equal(await named(escaped(compact)), "rewritten: json.dumps(value, separators=(',', ':'))");
	assert.equal(await named(escaped(compact).replaceAll('/', '\\/')), 'rewritten: json_encode($value)');
	assert.equal(await named(compact.replaceAll('/', '\\/')), 'rewritten: json_encode($value, JSON_UNESCAPED_UNICODE)');
	assert.equal(
		await named(compact.replace('<', '\\u003c').replace('>', '\\u003e').replace('&', '\\u0026')),
		'rewritten: ActiveSupport::JSON.encode(value)',
	);
	assert.equal(
		await named(
			'{"a":1,"b":["x",2.50],"c":{},"d":[]}',
			JSON.stringify(JSON.parse(simple), null, 1).replace('2.5', '2.50'),
		),
		'rewritten: JsonSerializer.Serialize(value)',
	);
	assert.equal(
		await named('{"a":"\\u0022\\u00E9\\u002B"}', '{ "a": "\\"é+" }'),
		'rewritten: JsonSerializer.Serialize(value)',
	);
	assert.equal(await named('{\n  "a": 2.50\n}', '{"a":2.50}'), 'rewritten: jq .');
});

test('numbers as Python writes them', async () => {
	for (const [written, python] of [
		['1.10', '1.1'],
		['12.0', '12.0'],
		['1e2', '100.0'],
		['1e16', '1e+16'],
		['0.00001', '1e-05'],
		['0.0001', '0.0001'],
		['123456789012345678901234567890', '123456789012345678901234567890'],
	] as const) {
		const found = await causes(`{"a":${written},"b":[ ]}`, `{"a": ${python}, "b": []}`);
		assert.match(found[0] ?? '', /^rewritten: json\.dumps/, written);
	}
});

test('sorted keys', async () => {
	assert.deepEqual(await causes('{"b":1,"a":{"d":2,"c":[{"f":1,"e":2}]}}', '{"a":{"c":[{"e":2,"f":1}],"d":2},"b":1}'), [
		'rewrittenSorted: JSON.stringify(value)',
	]);
});

test('encodings: UTF-8 that was encoded twice, Latin-1, UTF-16', async () => {
	const twice = Buffer.from(Buffer.from('{"a":"é€"}').toString('latin1'), 'utf8');
	assert.deepEqual(await causes(twice, '{"a":"é€"}'), ['doubleEncoded']);
	const windows = Buffer.from(new TextDecoder('windows-1252').decode(Buffer.from('{"a":"é€"}')), 'utf8');
	assert.deepEqual(await causes(windows, '{"a":"é€"}'), ['doubleEncoded']);
	assert.deepEqual(await causes('{"a":"é"}', Buffer.from(Buffer.from('{"a":"é"}').toString('latin1'), 'utf8')), [
		'signedDouble',
	]);
	assert.deepEqual(await causes(Buffer.from('{"a":"é"}', 'latin1'), '{"a":"é"}'), ['latin1']);
	assert.deepEqual(await causes(Buffer.from(`\ufeff${WIRE}`, 'utf16le'), WIRE), ['utf16']);
});

test('a body inside of something else: an HTTP message, a JSON string, base64, gzip, with something behind it', async () => {
	assert.deepEqual(await causes(`POST /hook HTTP/1.1\r\nHost: a\r\n\r\n${WIRE}`, WIRE), ['httpHead']);
	assert.deepEqual(await causes(`Content-Type: application/json\n\n${WIRE}`, WIRE), ['httpHead']);
	assert.deepEqual(await causes(JSON.stringify(WIRE), WIRE), ['jsonString']);
	assert.deepEqual(await causes(Buffer.from(WIRE).toString('base64'), WIRE), ['base64']);
	assert.deepEqual(await causes(gzipSync(WIRE), WIRE), ['gzip']);
	assert.deepEqual(await causes(`${WIRE}\0\0\0`, WIRE), ['trailing']);
	assert.deepEqual(await causes(`${WIRE}${WIRE}`, WIRE), ['trailing']);
});

test('secrets: spaces, quotes, an assignment, a line break, hexadecimal, base64, a prefix, and the reverse', async () => {
	const hex = Buffer.from(SECRET).toString('hex');
	const base64 = Buffer.from(SECRET).toString('base64');
	for (const [given, key, cause] of [
		[` ${SECRET} `, SECRET, 'secretSpaces'],
		[`"${SECRET}"`, SECRET, 'secretQuotes'],
		[`'${SECRET}'`, SECRET, 'secretQuotes'],
		[`export MINDEE_WEBHOOK_SECRET="${SECRET}"`, SECRET, 'secretAssignment'],
		[SECRET, `${SECRET}\n`, 'secretLineBreak'],
		[SECRET, `${SECRET}\r\n`, 'secretLineBreak'],
		[hex, SECRET, 'secretHex'],
		[base64, SECRET, 'secretBase64'],
		[`whsec_${base64}`, SECRET, 'secretPrefix'],
		[SECRET, hex, 'secretAsHex'],
		[SECRET, base64, 'secretAsBase64'],
	] as const) {
		const found = await check(WIRE, hmac(WIRE, key), `other\n${given}`);
		assert.deepEqual([found.outcome, found.causes, found.secret], ['explained', [{ code: cause }], 1], cause);
	}
});

test('signatures: base64, base64 of the digits, cut, longer', async () => {
	const digits = hmac(WIRE, SECRET);
	for (const [header, cause] of [
		[Buffer.from(digits, 'hex').toString('base64'), { code: 'signatureBase64' }],
		[Buffer.from(digits, 'hex').toString('base64url'), { code: 'signatureBase64' }],
		[Buffer.from(digits).toString('base64'), { code: 'signatureBase64OfHex' }],
		[digits.slice(0, 63), { code: 'signatureCut', detail: '63' }],
		[digits.slice(-40), { code: 'signatureCut', detail: '40' }],
		[`${digits}00`, { code: 'signatureLonger', detail: '66' }],
	] as const) {
		const found = await check(WIRE, header, SECRET);
		assert.deepEqual([found.outcome, found.causes], ['explained', [cause]], header);
	}
});

test('other digests: told by their length and proven', async () => {
	for (const algorithm of ['sha1', 'sha384', 'sha512']) {
		const found = await check(WIRE, hmac(WIRE, SECRET, algorithm), SECRET);
		assert.deepEqual([found.outcome, found.causes], ['explained', [{ code: algorithm }]]);
	}
	const plain = (text: string) => createHash('sha256').update(text).digest('hex');
	for (const [digest, detail] of [
		[plain(WIRE + SECRET), 'body + secret'],
		[plain(SECRET + WIRE), 'secret + body'],
		[plain(WIRE), 'body'],
	] as const) {
		assert.deepEqual((await check(WIRE, digest, SECRET)).causes, [{ code: 'plainSha256', detail }]);
	}
});

test('where pages may not use other digests, their length is told', async () => {
	const without = { ...digests, subtle: null };
	const found = await check(WIRE, hmac(WIRE, SECRET, 'sha512'), SECRET, without);
	assert.deepEqual([found.outcome, found.untried], ['unexplained', ['otherDigests']]);
	assert.deepEqual(found.hints[0], { code: 'lengthOfSha512' });
});

test('one change of the body together with one of the secret', async () => {
	const found = await check(`${WIRE}\n`, hmac(WIRE, SECRET), `"${SECRET}"`);
	assert.deepEqual(found.causes, [{ code: 'endAdded' }, { code: 'secretQuotes' }]);
	const rewritten = await check(JSON.stringify(VALUE, null, 3), hmac(JSON.stringify(VALUE), SECRET), ` ${SECRET}`);
	assert.deepEqual(
		rewritten.causes.map(({ code }) => code),
		['rewritten', 'secretSpaces'],
	);
});

test('what cannot be explained says what speaks for a cause', async () => {
	const codes = async (file: string) =>
		(await check(file, '0'.repeat(64), SECRET)).hints.map(({ code, detail }) => detail ?? code);
	assert.deepEqual(await codes(JSON.stringify(VALUE)), ['JSON.stringify(value)']);
	assert.deepEqual(await codes(WIRE.slice(0, 40)), ['cutOff']);
	assert.deepEqual(await codes(`${JSON.stringify({ a: '\ufffd' }, null, 3)}`), ['replacement']);
	assert.deepEqual(await codes(`${JSON.stringify(VALUE, null, 3)}`), []);
	assert.deepEqual(await codes('no JSON'), []);
});

test('of a large body only the exact check and what can be put together from its parts are tried, and that is told', async () => {
	const large = Buffer.alloc(LARGE + 1, ' ');
	large.write('{');
	large[LARGE] = 0x0a;
	const sizes: number[] = [];
	const counting: Digests = {
		mac(body) {
			assert.ok(body instanceof Blob, 'it is not held as a whole');
			sizes.push(body.size - large.length);
			return body.size === LARGE ? 'ab'.repeat(32) : 'cd'.repeat(32);
		},
		subtle: null,
	};
	const found = await check(large, 'ab'.repeat(32), 'plain-secret', counting);
	assert.deepEqual(found.causes, [{ code: 'endAdded' }]);
	const never = await check(large, 'ef'.repeat(32), 'plain-secret', counting);
	assert.deepEqual([never.outcome, never.untried], ['unexplained', ['large', 'otherDigests']]);
	assert.deepEqual([...new Set(sizes)].sort(), [-1, 0, 1, 3].sort());
});

test('hostile bodies and secrets end the search like any other', async () => {
	for (const file of [
		'',
		'{',
		'[',
		'"',
		'\\',
		'{"a":',
		'[[[[',
		'\0',
		'"\\',
		'{"a":1}}}}',
		'[1,2,,]',
		`${'['.repeat(5000)}${']'.repeat(5000)}`,
	]) {
		assert.equal(
			(await check(file, '0'.repeat(64), `${SECRET}\n"\n=\nwhsec_`)).outcome,
			'unexplained',
			file.slice(0, 20),
		);
	}
	assert.equal((await check(Buffer.from([0xff, 0xfe, 0x7b]), '0'.repeat(64), SECRET)).outcome, 'unexplained');
	assert.equal((await check(Buffer.from([0x1f, 0x8b, 0, 0]), '0'.repeat(64), SECRET)).outcome, 'unexplained');
	const many = Array.from({ length: 1000 }, (_, index) => `secret ${index}`).join('\n');
	assert.equal((await check(WIRE, '0'.repeat(64), many)).secrets, 20);
});
