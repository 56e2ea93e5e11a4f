import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import type { ReceiverEvent } from './event.js';
import { type LogFields, type Logger, logObserver } from './log.js';
import { outcomeNames } from './outcome.js';

type Line = { level: string; message: string; fields: LogFields };

function collecting(): { logger: Logger; lines: Line[] } {
	const lines: Line[] = [];
	const at = (level: string) => (fields: LogFields, message: string) => {
		lines.push({ level, message, fields });
	};
	return { lines, logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } };
}

function lineOf(event: ReceiverEvent): Line {
	const { logger, lines } = collecting();
	logObserver(logger).event?.(event);
	assert.equal(lines.length, 1);
	return lines[0] as Line;
}

const settled = {
	type: 'settled',
	state: 'handled',
	endpoint: 'invoices',
	id: 7,
	attempt: 1,
	kind: 'extraction',
	modelId: 'a-model',
	milliseconds: 12.34567,
	ageMilliseconds: 20,
	errorName: null,
	retryMilliseconds: null,
	codes: [],
} as const satisfies ReceiverEvent;

test('every outcome of a request has its level: info when saved, error when it is our fault, else warn', () => {
	const levels = new Map(
		outcomeNames.map((outcome) => [
			outcome,
			lineOf({ type: 'request', outcome, status: 200, endpoint: null, id: null, bytes: null, milliseconds: 1 }).level,
		]),
	);
	const named = (level: string): string[] => [...levels].flatMap(([name, found]) => (found === level ? [name] : []));
	assert.deepEqual(named('info'), ['saved', 'duplicate']);
	assert.deepEqual(named('error'), ['inbox_unavailable', 'body_already_read', 'internal_error']);
	assert.equal(named('warn').length, outcomeNames.length - 5);
});

test('the fields of a request are named as documented', () => {
	const line = lineOf({
		type: 'request',
		outcome: 'saved',
		status: 200,
		endpoint: 'invoices',
		id: 7,
		bytes: 9_000,
		milliseconds: 1.23456,
	});
	assert.deepEqual(line, {
		level: 'info',
		message: 'delivery saved',
		fields: {
			event: 'request',
			outcome: 'saved',
			status: 200,
			endpoint: 'invoices',
			deliveryId: 7,
			bytes: 9_000,
			milliseconds: 1.235,
		},
	});
});

test('the end of the work on a delivery has its level and fields', () => {
	const levels = (['handled', 'failed', 'dead', 'quarantined', 'released'] as const).map(
		(state) => lineOf({ ...settled, state }).level,
	);
	assert.deepEqual(levels, ['info', 'warn', 'error', 'warn', 'debug']);
	assert.deepEqual(
		lineOf({ ...settled, state: 'failed', errorName: 'TypeError', retryMilliseconds: 812.3456789, attempt: 2 }).fields,
		{
			event: 'settled',
			state: 'failed',
			endpoint: 'invoices',
			deliveryId: 7,
			attempt: 2,
			kind: 'extraction',
			modelId: 'a-model',
			milliseconds: 12.346,
			ageMilliseconds: 20,
			errorName: 'TypeError',
			retryMilliseconds: 812.346,
			codes: [],
		},
	);
});

test('a start, a save without a request, a lost claim and a fault are told too', () => {
	const events: ReceiverEvent[] = [
		{ type: 'started', endpoints: ['invoices'] },
		{ type: 'saved', source: 'reconcile', endpoint: 'invoices', id: 7, duplicate: false, bytes: 12 },
		{ type: 'claim_lost', endpoint: 'invoices', id: 7, attempt: 1 },
		{ type: 'fault', stage: 'inbox', id: null, errorName: 'InboxError' },
	];
	assert.deepEqual(
		events.map(lineOf).map(({ level, fields }) => [level, fields]),
		[
			['info', { event: 'started', endpoints: ['invoices'] }],
			[
				'info',
				{ event: 'saved', source: 'reconcile', endpoint: 'invoices', deliveryId: 7, duplicate: false, bytes: 12 },
			],
			['warn', { event: 'claim_lost', endpoint: 'invoices', deliveryId: 7, attempt: 1 }],
			['error', { event: 'fault', stage: 'inbox', deliveryId: null, errorName: 'InboxError' }],
		],
	);
});

test('a logger that throws, or whose promise is rejected, changes nothing', async () => {
	const thrower = (): never => {
		throw new Error('disk full');
	};
	logObserver({ debug: thrower, info: thrower, warn: thrower, error: thrower }).event?.(settled);
	const rejecter = () => Promise.reject(new Error('disk full'));
	logObserver({ debug: rejecter, info: rejecter, warn: rejecter, error: rejecter }).event?.(settled);
	// An unhandled rejection would end the test run.
	await new Promise((resolve) => setImmediate(resolve));
});

test('pino takes every line as it is, and writes its fields', () => {
	let written = '';
	const logger = pino({ level: 'info' }, { write: (text: string) => (written += text) });
	const observer = logObserver(logger);
	observer.event?.(settled);
	observer.event?.({ ...settled, state: 'released' });
	const line = JSON.parse(written);
	assert.deepEqual(
		[line.level, line.msg, line.event, line.state, line.deliveryId, line.codes],
		[30, 'delivery handled', 'settled', 'handled', 7, []],
	);
});

test('a logger keeps its this', () => {
	class Collector {
		readonly lines: string[] = [];
		debug(_: LogFields, message: string): void {
			this.lines.push(message);
		}
		readonly info = this.debug;
		readonly warn = this.debug;
		readonly error = this.debug;
	}
	const collector = new Collector();
	logObserver(collector).event?.(settled);
	assert.deepEqual(collector.lines, ['delivery handled']);
});

test('what is no logger is refused at once, with the function that is missing', () => {
	for (const wrong of [undefined, null, 'pino', {}, { debug() {}, info() {}, warn() {} }]) {
		assert.throws(() => logObserver(wrong as unknown as Logger), /needs the functions debug, info, warn and error/);
	}
});
