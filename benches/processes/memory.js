/**
 * Memory of one contender in a process of its own, in bytes: `node --expose-gc memory.js '{"contender":"mindhook","file":"…","kind":"ocr"}'`
 * reads the body once and drops it; with `"held":true` it holds many payloads of that body instead.
 *
 * The memory of wasm is part of what Node calls `external`; to tell it apart, the instances are asked too.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { inputs } from '../inputs.js';

const { contender, file, kind, held } = JSON.parse(process.argv[2]);

/** Every wasm memory that is still reachable. */
const memories = new Set();
WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
	construct(Instance, args) {
		const instance = new Instance(...args);
		for (const value of Object.values(instance.exports)) {
			if (value instanceof WebAssembly.Memory) memories.add(new WeakRef(value));
		}
		return instance;
	},
});

function wasmBytes() {
	let sum = 0;
	for (const memory of memories) sum += memory.deref()?.buffer.byteLength ?? 0;
	return sum;
}

/** What is held after all garbage is gone: collected until two looks agree. */
async function settled() {
	let before = Number.POSITIVE_INFINITY;
	for (let look = 0; look < 20; look++) {
		globalThis.gc();
		await pause(20);
		globalThis.gc();
		const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
		const wasm = wasmBytes();
		// `external` includes `arrayBuffers` and the memory of wasm.
		const sum = heapUsed + external;
		if (Math.abs(sum - before) < 10_000) return { rss, heapUsed, external, arrayBuffers, wasm, sum };
		before = sum;
	}
	throw new Error('The memory does not settle.');
}

const { title, check, read } = await import(`../contenders/${contender}.js`);

/** The first calls make the instance, compile the regular expressions, fill the caches. */
async function warmUp() {
	for (const input of inputs.filter((each) => each.kind === kind && !each.noted && each.name !== '10m')) {
		for (let turn = 0; turn < 20; turn++) read(await check(input.make(), kind));
	}
}

async function readAndDrop() {
	const start = await settled();
	const peakBefore = process.resourceUsage().maxRSS * 1024;
	let bytes = 0;
	await (async () => {
		const body = readFileSync(file);
		bytes = body.length;
		if (!(read(await check(body, kind)) > 0)) throw new Error('Nothing was read.');
	})();
	const peak = Math.max(peakBefore, process.resourceUsage().maxRSS * 1024);
	return { bytes, start, peak, after: await settled() };
}

/**
 * Payloads whose bodies are some megabytes together, each read once: what they hold afterwards, relative to the bytes. The instance's own
 * memory is left out: it is there once, however many payloads there are.
 */
async function hold() {
	const body = inputs.find(({ name }) => name === file).make();
	const count = Math.max(4, Math.ceil(10_000_000 / body.length));
	const all = new Array(count).fill(undefined);
	const start = await settled();
	for (let index = 0; index < count; index++) all[index] = await check(Buffer.from(new Uint8Array(body).buffer), kind);
	const checked = await settled();
	for (const payload of all) read(payload);
	const afterReading = await settled();
	// Used once more, so that nothing of it was dropped before.
	if (!(read(all[0]) > 0)) throw new Error('Nothing was read.');
	const bytes = body.length * count;
	const relative = ({ sum, wasm }) => (sum - wasm - (start.sum - start.wasm)) / bytes;
	return { count, bytes, checked: relative(checked), read: relative(afterReading) };
}

await warmUp();
process.stdout.write(JSON.stringify({ title, ...(await (held ? hold() : readAndDrop())) }));
