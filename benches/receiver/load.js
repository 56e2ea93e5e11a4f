/**
 * The sender, a process of its own: keep-alive connections, one request at a time on each, every body with an ID of its own and a
 * signature of its own. It is to cost as little as possible of the processor that it shares with the server: signatures are made before
 * the clock runs, and a request is one buffer per connection in which the ID and the signature are overwritten.
 *
 * Its parent asks for `{ prepare: { input, count, connections, port } }`, then for `{ run: true }`, and gets times in milliseconds.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { inputs } from '../inputs.js';
import { SECRET } from './server.js';

const ID_LENGTH = 36;
const SIGNATURE_LENGTH = 64;
const bodies = new Map();

function bodyOf(input) {
	if (!bodies.has(input)) bodies.set(input, inputs.find(({ name }) => name === input).make());
	return Buffer.from(bodies.get(input));
}

/** Where the inference's own ID stands. */
function idPlace(body) {
	const before = '{"inference":{"id":"';
	if (!body.subarray(0, before.length).equals(Buffer.from(before)))
		throw new Error('The body begins with another key.');
	return before.length;
}

function sign(body, target, place) {
	target.latin1Write(createHmac('sha256', SECRET).update(body).digest('hex'), place);
}

const now = () => performance.timeOrigin + performance.now();

class Load {
	constructor({ input, count, connections, port, perSecond = null }) {
		Object.assign(this, { count, connections, port, perSecond });
		this.body = bodyOf(input);
		this.idPlace = idPlace(this.body);
		const endless = count === null;
		this.ids = Buffer.alloc(endless ? 0 : count * ID_LENGTH);
		this.signatures = Buffer.alloc(endless ? 0 : count * SIGNATURE_LENGTH);
		for (let index = 0; !endless && index < count; index++) {
			const id = randomUUID();
			this.ids.latin1Write(id, index * ID_LENGTH);
			this.body.latin1Write(id, this.idPlace);
			sign(this.body, this.signatures, index * SIGNATURE_LENGTH);
		}
		this.latencies = new Float64Array(endless ? 0 : count);
		this.next = 0;
		this.answered = 0;
		this.errors = 0;
		this.firstError = null;
	}

	/** Ends when all are answered, or, without a count, when `stop()` has been called. */
	async run() {
		const cpu = process.cpuUsage();
		const begin = now();
		await Promise.all(Array.from({ length: this.connections }, () => this.#lane()));
		const end = now();
		const { user, system } = process.cpuUsage(cpu);
		const { answered, errors, firstError } = this;
		const sorted = this.latencies.sort();
		const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
		const latency = { p50: at(0.5), p99: at(0.99), max: at(1) };
		return { begin, end, answered, errors, firstError, latency, cpu: (user + system) / 1000 };
	}

	stop() {
		this.stopped = true;
	}

	#lane() {
		const head = Buffer.from(
			`POST / HTTP/1.1\r\nHost: 127.0.0.1:${this.port}\r\nContent-Type: application/json\r\nX-Signature: ${'0'.repeat(
				SIGNATURE_LENGTH,
			)}\r\nContent-Length: ${this.body.length}\r\n\r\n`,
		);
		const request = Buffer.concat([head, this.body]);
		const body = request.subarray(head.length);
		const signaturePlace = head.indexOf('X-Signature: ') + 'X-Signature: '.length;
		return new Promise((resolve) => {
			const socket = connect(this.port, '127.0.0.1').setNoDelay(true);
			let received = '';
			let current = -1;
			let sentAt = 0;
			const send = () => {
				if (this.stopped || this.next === this.count) return void socket.end();
				current = this.next++;
				if (this.count === null) {
					body.latin1Write(randomUUID(), this.idPlace);
					sign(body, request, signaturePlace);
				} else {
					this.ids.copy(body, this.idPlace, current * ID_LENGTH, (current + 1) * ID_LENGTH);
					this.signatures.copy(request, signaturePlace, current * SIGNATURE_LENGTH, (current + 1) * SIGNATURE_LENGTH);
				}
				sentAt = performance.now();
				socket.write(request);
			};
			const sendInTime = () => {
				// Spread evenly over the connections, so that no more than so many are sent a second.
				const pause = (this.connections / this.perSecond) * 1000 - (performance.now() - sentAt);
				if (pause > 1) setTimeout(send, pause);
				else send();
			};
			socket.on('connect', send);
			socket.on('data', (chunk) => {
				received += chunk.latin1Slice();
				const headEnd = received.indexOf('\r\n\r\n');
				if (headEnd === -1) return;
				const length = Number(/^content-length: *(\d+)/im.exec(received)?.[1]);
				if (received.length < headEnd + 4 + length) return;
				if (this.count !== null) this.latencies[current] = performance.now() - sentAt;
				current = -1;
				this.answered += 1;
				if (!received.startsWith('HTTP/1.1 200 ') || !received.endsWith('"outcome":"saved"}')) this.#failed(received);
				received = '';
				if (this.perSecond === null) send();
				else sendInTime();
			});
			socket.on('error', (error) => this.#failed(String(error)));
			socket.on('close', () => {
				if (current !== -1) this.#failed('The connection was closed before the answer.');
				resolve();
			});
		});
	}

	#failed(why) {
		this.errors += 1;
		this.firstError ??= why.slice(0, 500);
	}
}

let loads = [];
process.on('message', async (message) => {
	if (message.prepare) {
		loads = message.prepare.map((each) => new Load(each));
		process.send({ prepared: true });
	} else if (message.run) {
		process.send({ results: await Promise.all(loads.map((load) => load.run())) });
		loads = [];
	} else if (message.stop) {
		for (const load of loads) load.stop();
	} else if (message.progress) {
		process.send({ progress: loads.map(({ answered, errors }) => ({ answered, errors })) });
	}
});
process.on('disconnect', () => process.exit());
