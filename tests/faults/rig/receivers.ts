import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { ReceiverProcessOptions } from './receiver-process.js';

/** How a receiver process is started. */
export interface StartOptions extends Omit<ReceiverProcessOptions, 'port'> {
	port?: number;
	env?: Readonly<Record<string, string>>;
	execArgv?: readonly string[];
	/** Called before the process is there to be asked: for who wants to kill it while it starts. */
	onStart?: (child: ChildProcess) => void;
}

/** A receiver in a process of its own. */
export class ReceiverProcess {
	readonly port: number;
	/** When it has ended: with which code, or by which signal. */
	readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; output: string }>;
	readonly #child: ChildProcess;

	private constructor(child: ChildProcess, port: number, ended: ReceiverProcess['ended']) {
		this.#child = child;
		this.port = port;
		this.ended = ended;
	}

	/** Resolves when it listens; `null` where it ended before. */
	static async start({ env, execArgv = [], onStart, ...options }: StartOptions): Promise<ReceiverProcess | null> {
		const child = fork(join(import.meta.dirname, 'receiver-process.js'), {
			env: {
				...process.env,
				NODE_NO_WARNINGS: '1',
				...env,
				FAULTS_RECEIVER: JSON.stringify({ port: 0, ...options } satisfies ReceiverProcessOptions),
			},
			execArgv: [...execArgv],
			stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
		});
		let output = '';
		child.stderr?.on('data', (chunk) => {
			output += String(chunk);
			if (process.env.FAULTS_VERBOSE) process.stderr.write(chunk);
		});
		const ended: ReceiverProcess['ended'] = new Promise((resolve) => {
			child.once('close', (code, signal) => resolve({ code, signal, output }));
		});
		onStart?.(child);
		const port = await Promise.race([
			new Promise<number>((resolve) => {
				child.once('message', (message) => resolve((message as { port: number }).port));
			}),
			ended.then(() => null),
		]);
		return port === null ? null : new ReceiverProcess(child, port, ended);
	}

	/** As {@link start}; throws with what the process said where it ended before it listened. */
	static async mustStart(options: StartOptions): Promise<ReceiverProcess> {
		let output: ReceiverProcess['ended'] | undefined;
		const onStart = (child: ChildProcess): void => {
			options.onStart?.(child);
			let text = '';
			child.stderr?.on('data', (chunk) => {
				text += String(chunk);
			});
			output = new Promise((resolve) => {
				child.once('close', (code, signal) => resolve({ code, signal, output: text }));
			});
		};
		const started = await ReceiverProcess.start({ ...options, onStart });
		if (started === null) throw new Error(`The receiver process did not start:\n${(await output)?.output}`);
		return started;
	}

	async kill(): Promise<void> {
		this.#child.kill('SIGKILL');
		await this.ended;
	}

	/** Has it close in good order. */
	async close(): Promise<void> {
		if (this.#child.connected) this.#child.send('close');
		const { code, signal, output } = await this.ended;
		if (code !== 0)
			throw new Error(`The receiver process ended with ${signal ?? code} when asked to close:\n${output}`);
	}
}
