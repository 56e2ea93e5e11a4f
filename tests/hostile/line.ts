/** A raw connection: bytes go out as they are written, and what comes back is kept. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';

/** One answer of the server. */
export interface Answer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
}

/** Nothing here takes longer. */
const patienceMs = 15_000;

export class Line {
	readonly socket: Socket;
	/** Everything that came, as Latin-1. */
	received = '';
	/** How many bytes were handed to the system. */
	sent = 0;

	/** `protocol`: what is spoken over TLS; `null` without TLS. */
	constructor(port: number, protocol: 'http/1.1' | 'h2' | null = null) {
		const to = { port, host: '127.0.0.1' };
		this.socket =
			protocol === null ? connect(to) : connectTls({ ...to, rejectUnauthorized: false, ALPNProtocols: [protocol] });
		this.socket.setNoDelay(true);
		// A reset is an answer too.
		this.socket.on('error', () => {});
		this.socket.setEncoding('latin1').on('data', (text) => {
			this.received += text;
		});
	}

	get isClosed(): boolean {
		return this.socket.destroyed || this.socket.readableEnded;
	}

	/** Resolves when the bytes are on their way, or can no longer go anywhere. */
	async write(data: string | Uint8Array): Promise<void> {
		if (this.socket.destroyed || this.socket.writableEnded) return;
		const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
		await new Promise<void>((resolve) => {
			this.socket.once('close', resolve);
			this.socket.write(bytes, (error) => {
				if (!error) this.sent += bytes.byteLength;
				this.socket.off('close', resolve);
				resolve();
			});
		});
	}

	/** Writes piece after piece, with a pause behind each. Stops when the server has closed. */
	async drip(pieces: Iterable<string | Uint8Array>, pauseMs: number): Promise<void> {
		for (const piece of pieces) {
			if (this.isClosed) return;
			await this.write(piece);
			await sleep(pauseMs);
		}
	}

	/** Writes the same bytes again and again until the server closes, or so many bytes are out. */
	async flood(piece: Uint8Array, bytes: number): Promise<void> {
		while (this.sent < bytes && !this.isClosed) await this.write(piece);
	}

	/** Waits until so many answers are here, or the server has closed. */
	async answers(count: number, isHead = false): Promise<void> {
		const end = Date.now() + patienceMs;
		while (!this.isClosed && answersIn(this.received, isHead).length < count) {
			if (Date.now() > end) throw new Error(`waited in vain; so far came: ${JSON.stringify(this.received)}`);
			const more = new AbortController();
			await Promise.race([
				once(this.socket, 'data', { signal: more.signal }).catch(() => {}),
				once(this.socket, 'end', { signal: more.signal }).catch(() => {}),
				once(this.socket, 'close', { signal: more.signal }).catch(() => {}),
				sleep(100, undefined, { signal: more.signal }).catch(() => {}),
			]);
			more.abort();
		}
	}

	async closed(): Promise<void> {
		const end = Date.now() + patienceMs;
		while (!this.isClosed) {
			if (Date.now() > end) throw new Error(`not closed; so far came: ${JSON.stringify(this.received)}`);
			await sleep(5);
		}
	}

	hangUp(): void {
		this.socket.destroy();
	}

	reset(): void {
		this.socket.resetAndDestroy();
	}
}

/** The answers in what came: as an HTTP client would read them. What is cut off is left out. */
export function answersIn(text: string, isHead = false): Answer[] {
	const answers: Answer[] = [];
	let rest = text;
	for (;;) {
		const end = rest.indexOf('\r\n\r\n');
		if (end === -1) return answers;
		const [statusLine = '', ...lines] = rest.slice(0, end).split('\r\n');
		const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]);
		const headers = Object.fromEntries(
			lines.map((line) => {
				const colon = line.indexOf(':');
				return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
			}),
		);
		// Node's own refusals come in chunks, and are empty.
		let length = headers['transfer-encoding'] === 'chunked' ? 5 : Number(headers['content-length'] ?? 0);
		if (isHead || status === 100) length = 0;
		if (rest.length < end + 4 + length) return answers;
		const body = rest.slice(end + 4, end + 4 + length);
		answers.push({ status, headers, body: body === '0\r\n\r\n' ? '' : body });
		rest = rest.slice(end + 4 + length);
	}
}
