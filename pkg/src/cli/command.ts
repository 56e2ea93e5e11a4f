/** What a command of the command line is. */
import type { Issue } from 'mindhook';

/** How a run ended; the numbers are promised in docs/cli.md. */
export const exit = {
	/** All is well. */
	fine: 0,
	/** The input is at fault. */
	input: 1,
	/** The command was used wrongly. */
	usage: 2,
	/** The machine failed: a file cannot be read, there is no WebAssembly. */
	machine: 3,
	/** Stopped by Ctrl-C or SIGTERM before the work was done. */
	interrupted: 130,
} as const;

export type ExitCode = (typeof exit)[keyof typeof exit];

/** The command was used wrongly; the message says how to use it. */
export class UsageError extends Error {
	override readonly name = 'UsageError';
}

/** The machine failed; the message says at what. */
export class MachineError extends Error {
	override readonly name = 'MachineError';
}

/** Somebody asked the command to stop; the message says what that left undone. */
export class Interrupted extends Error {
	override readonly name = 'Interrupted';
}

/**
 * Nothing can be said of an input where the core does not run.
 *
 * @throws MachineError when the issues say so
 */
export function needsCore(issues: readonly Issue[]): void {
	const issue = issues.find(({ code }) => code.startsWith('core.'));
	if (issue) throw new MachineError(`${issue.message.replace(/\.$/, '')}. ${issue.help ?? ''}`);
}

/** An option. With a `placeholder` it takes a value. */
export interface Option {
	readonly placeholder?: string;
	/** It may be given more than once. */
	readonly repeated?: true;
	readonly text: string;
}

/** What was written behind the command. */
export interface Arguments {
	readonly positionals: readonly string[];
	/** Whether an option was given. */
	has(option: string): boolean;
	/** The value of an option that takes one. */
	value(option: string): string | undefined;
	/** Every value of an option that may be given more than once, in order. */
	values(option: string): readonly string[];
}

/** What a command has of the world. */
export interface Io {
	readonly env: Readonly<Record<string, string | undefined>>;
	/** Columns of the terminal; `undefined` when the output goes elsewhere. */
	readonly columns: number | undefined;
	/** Whether the output, and what goes to stderr, are coloured. */
	readonly colour: boolean;
	readonly colourOfErrors: boolean;
	/** Whether the output goes to a terminal. */
	readonly terminal: boolean;
	/** All of the standard input. */
	stdin(): Promise<Uint8Array>;
	/** Tells something beside the output, on stderr. */
	warn(message: string): void;
	/** Text for stderr that is safe already. */
	tell(text: string): void;
	/** Shows how far a long piece of work is: only on a terminal, only after a second. */
	progress(text: string): void;
	/**
	 * Aborted, with an {@link Interrupted}, by the first Ctrl-C or SIGTERM. Once asked for, the process no longer ends by
	 * itself at the first one; at the second it does.
	 */
	interruption(): AbortSignal;
}

/** A command at work: pieces of its output, text or bytes; at the end, how it ended. */
export type Run = AsyncGenerator<string | Uint8Array, ExitCode, void>;

/** A command: what its help says, and what it does. */
export interface Command {
	readonly name: string;
	/** Each way to call it. */
	readonly usage: readonly string[];
	/** What it does, in paragraphs. */
	readonly about: readonly string[];
	readonly options: Readonly<Record<string, Option>>;
	/** Command lines, and what each does. */
	readonly examples: readonly (readonly [string, string])[];
	/** What 0 and 1 mean for this command. */
	readonly fine: string;
	readonly atFault: string;
	/** Each piece of output is written at once, because the next may come much later. */
	readonly live?: true;
	/** Gives the output piece by piece, and at the end how the run ended. */
	run(args: Arguments, io: Io): Run;
}
