/** The core stops, and answers the next call as if nothing had happened; what it took from memory it gives back. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { pathToFileURL } from 'node:url';

type Core = {
	sign(body: Uint8Array, secret: Uint8Array): string;
	readPayload(body: Uint8Array, limits: Uint32Array): Uint32Array;
	diagnosePayload(body: Uint8Array, limits: Uint32Array): unknown;
	forcePanic(): void;
};
type Glue = { instantiate(module: WebAssembly.Module): Core };
type Loader = { core(): Core; CoreTrap: new () => Error };

const variant = (file: string): Promise<unknown> => import(pathToFileURL(`target/wasm/panic/${file}`).href);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const signed = (core: Core): string => core.sign(bytes('body'), bytes('secret'));
const stops = (call: () => void): boolean => {
	try {
		call();
		return false;
	} catch (error) {
		return error instanceof WebAssembly.RuntimeError;
	}
};
const SIGNATURE = 'dc46983557fea127b43af721467eb9b3fde2338fe3e14f51952aa8478c13d355';

test('30,000 panics leave the wasm module as able as before', async () => {
	const { instantiate } = (await variant('glue.js')) as Glue;
	const core = instantiate(new WebAssembly.Module(readFileSync('target/wasm/panic/core.wasm')));
	for (let panic = 1; panic <= 30_000; panic++) {
		// Without assert.throws, which takes longer than the panic.
		assert.ok(
			stops(() => core.forcePanic()),
			`panic ${panic} went by unnoticed`,
		);
		if (panic % 100 === 0) assert.equal(signed(core), SIGNATURE, `after panic ${panic}`);
	}
});

test('a panic reaches the caller as a CoreTrap, and the next call gets an answer', async () => {
	const { core, CoreTrap } = (await variant('instance.js')) as Loader;
	for (let panic = 0; panic < 100; panic++) {
		assert.throws(() => core().forcePanic(), CoreTrap);
		assert.equal(signed(core()), SIGNATURE);
	}
});

test('a body too large for wasm memory is a CoreTrap as well, and the next call gets an answer', async () => {
	const { core, CoreTrap } = (await variant('instance.js')) as Loader;
	// All of a 32-bit memory is 4 GiB, so no body of this length can be copied in. The array itself takes no memory.
	const huge = new Uint8Array(2 ** 32 - 2 ** 16);
	assert.throws(() => core().sign(huge, bytes('secret')), CoreTrap);
	assert.equal(signed(core()), SIGNATURE);
});

test('a stack used up within the core, 1,000 times, leaves it as able as before', async () => {
	const { core } = (await variant('instance.js')) as Loader;
	const body = bytes('{"inference":{"result":{"fields":{"total":{"value":1}}}}}');
	const dive = (depth: number): unknown =>
		depth > 0 ? dive(depth - 1) : core().diagnosePayload(body, new Uint32Array());
	const overflows = (depth: number): boolean => {
		try {
			dive(depth);
			return false;
		} catch {
			return true;
		}
	};
	let depth = 1000;
	while (!overflows(depth)) depth += 100;
	// Along the edge, so that the stack ends now in JavaScript, now in the core.
	for (let overflown = 0; overflown < 1000; ) {
		if (overflows(depth)) {
			overflown++;
			depth -= 1;
		} else {
			depth += 3;
		}
		if (overflown % 100 === 0) assert.equal(signed(core()), SIGNATURE, `after ${overflown} times`);
	}
});

test('after a body of 100 MB the next call has a small memory again', async (context) => {
	const memories: WebAssembly.Memory[] = [];
	const { Instance } = WebAssembly;
	// Every instance that the glue makes is seen here, so that its memory can be measured from outside.
	context.mock.method(
		WebAssembly,
		'Instance',
		function instance(module: WebAssembly.Module, imports: WebAssembly.Imports) {
			const made = new Instance(module, imports);
			memories.push(made.exports.memory as WebAssembly.Memory);
			return made;
		},
	);
	const megabytes = (): number => (memories.at(-1)?.buffer.byteLength ?? 0) / 2 ** 20;

	const { instantiate } = (await variant('glue.js')) as Glue;
	const core = instantiate(new WebAssembly.Module(readFileSync('target/wasm/panic/core.wasm')));
	signed(core);
	const before = megabytes();
	assert.ok(before < 2, `${before} MB at the start`);

	const ocr = bytes(`{"inference":{"result":{"pages":[{"content":"${'x'.repeat(100_000_000)}","words":[]}]}}}`);
	core.readPayload(ocr, new Uint32Array());
	assert.ok(megabytes() > 95, `${megabytes()} MB: the body was copied in`);
	assert.equal(signed(core), SIGNATURE);
	assert.equal(megabytes(), before);
	assert.equal(memories.length, 2, 'one instance for the big body, one after it');
});
