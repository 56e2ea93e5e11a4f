import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReceiver, type ReceiverOptions } from 'mindhook/receiver';
import { inboxInMemory } from './inbox-in-memory.js';

const inbox = inboxInMemory();
const onPayload = (): void => {};
const good = { inbox, onPayload, secret: 'good' };

/** What is wrong, and what the error has to say. */
const mistakes: [name: string, options: unknown, message: RegExp][] = [
	['no options', undefined, /needs an object of options/],
	['a list', [], /needs an object of options/],
	[
		'an option that does not exist',
		{ ...good, secrets: ['x'] },
		/no option secrets; there are inbox, onPayload, secret,/,
	],
	['no inbox', { ...good, inbox: undefined }, /needs `inbox`.*openInbox/],
	['an inbox that is still being opened', { ...good, inbox: Promise.resolve(inbox) }, /needs `inbox`.*await openInbox/],
	['no handler', { ...good, onPayload: undefined }, /needs `onPayload`/],
	['a handler that is none', { ...good, onPayload: 'x' }, /onPayload must be a function, not a string/],
	...[undefined, '', [], ['good', ''], null, 5].map(
		(secret) =>
			[`the secret ${JSON.stringify(secret)}`, { ...good, secret }, /needs `secret`.*environment variable/] as [
				string,
				unknown,
				RegExp,
			],
	),
	...[undefined, '', [], ['good', ''], null, 5].map(
		(token) =>
			[`the token ${JSON.stringify(token)}`, { ...good, token }, /token must be a text.*environment variable/] as [
				string,
				unknown,
				RegExp,
			],
	),
	['an endpoint with a blank', { ...good, endpoint: 'my invoices' }, /endpoint must be 1 to 64 letters/],
	['an endpoint of 65 letters', { ...good, endpoint: 'x'.repeat(65) }, /endpoint must be 1 to 64 letters/],
	['endpoints and a secret', { ...good, endpoints: { a: { secret: 'x' } } }, /secret and endpoints cannot go together/],
	['endpoints and a token', { inbox, onPayload, token: 'x', endpoints: { a: { secret: 'x' } } }, /token and endpoints/],
	['no endpoints', { inbox, onPayload, endpoints: {} }, /endpoints names none/],
	['endpoints as a list', { inbox, onPayload, endpoints: ['a'] }, /endpoints must be an object, not a list/],
	['an endpoint without secret', { inbox, onPayload, endpoints: { a: {} } }, /needs `endpoints\.a\.secret`/],
	['an endpoint that is a text', { inbox, onPayload, endpoints: { a: 'x' } }, /endpoints\.a must be an object/],
	['an endpoint with a slash', { inbox, onPayload, endpoints: { 'a/b': { secret: 'x' } } }, /each name in endpoints/],
	[
		'an endpoint with a key that does not exist',
		{ inbox, onPayload, endpoints: { a: { secret: 'x', url: '/a' } } },
		/no option endpoints\.a\.url/,
	],
	[
		'an endpoint whose token is not set',
		{ inbox, onPayload, endpoints: { a: { secret: 'x', token: undefined } } },
		/endpoints\.a\.token must be a text/,
	],
	[
		'two endpoints with one path',
		{ inbox, onPayload, endpoints: { a: { secret: 'x' }, b: { secret: 'x', path: '/a/' } } },
		/endpoints\.b\.path is \/a, and so is that of a/,
	],
	...['a', '', '/a?x', '/a b', '/a#b', '/für', 5].map(
		(path) =>
			[`the path ${path}`, { inbox, onPayload, endpoints: { a: { secret: 'x', path } } }, /endpoints\.a\.path/] as [
				string,
				unknown,
				RegExp,
			],
	),
	['an endpoint without any handler', { inbox, endpoints: { a: { secret: 'x' } } }, /needs `endpoints\.a\.onPayload`/],
	['limits that are a number', { ...good, limits: 5 }, /limits must be an object, not 5/],
	['a limit that does not exist', { ...good, limits: { byte: 5 } }, /no option limits\.byte; there are limits\.bytes/],
	...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5', null].map(
		(bytes) =>
			[
				`limits.bytes: ${bytes}`,
				{ ...good, limits: { bytes } },
				/limits\.bytes must be a whole number of at least 1/,
			] as [string, unknown, RegExp],
	),
	['a time past the longest timer', { ...good, limits: { bodyMilliseconds: 2 ** 31 } }, /from 1 to 2147483647/],
	[
		'less memory than a body may take',
		{ ...good, limits: { bodiesBytes: 1000 } },
		/limits\.bodiesBytes \(1000\) must be/,
	],
	['no attempt', { ...good, retry: { attempts: 0 } }, /retry\.attempts/],
	['pauses that become shorter', { ...good, retry: { factor: 0.5 } }, /retry\.factor must be a number of at least 1/],
	['a retry that does not exist', { ...good, retry: { max: 1 } }, /no option retry\.max/],
	['a lease too short to be renewed', { ...good, leaseMilliseconds: 1 }, /leaseMilliseconds .* from 10/],
	['a poll that never rests', { ...good, pollMilliseconds: 0 }, /pollMilliseconds/],
	['a header name with a colon', { ...good, headerNames: ['x:'] }, /headerNames must be a list of header names/],
	['header names in one text', { ...good, headerNames: 'x-a, x-b' }, /headerNames must be a list/],
	['an error hook that is none', { ...good, onError: {} }, /onError must be a function/],
	['a logger that lacks a function', { ...good, logger: { info() {} } }, /logger/],
	['an observer alone', { ...good, observers: { event() {} } }, /observers must be a list/],
];

for (const [name, options, message] of mistakes) {
	test(`${name} is refused at once, with what to write`, () => {
		assert.throws(
			() => createReceiver(options as ReceiverOptions),
			(error) => {
				assert.ok(error instanceof TypeError);
				assert.match(error.message, message);
				return true;
			},
		);
	});
}

test('what is left out, or undefined, has its default', async () => {
	const none = {
		limits: undefined,
		retry: undefined,
		headerNames: undefined,
		observers: undefined,
		onError: undefined,
	};
	await createReceiver({ ...good, ...none, endpoints: undefined, endpoint: undefined }).close();
});

test('a limit of one body above the memory of all of them raises that too', async () => {
	await createReceiver({ ...good, limits: { bytes: 2 ** 30 } }).close();
});

test('a refused secret or token is not in the message', () => {
	for (const wrong of [
		{ secret: ['s3cr3t', ''] },
		{ token: ['s3cr3t', ''] },
		{ retry: 's3cr3t' },
		{ limits: 's3cr3t' },
	]) {
		assert.throws(
			() => createReceiver({ ...good, ...wrong } as unknown as ReceiverOptions),
			({ message }: Error) => !message.includes('s3cr3t'),
		);
	}
});
