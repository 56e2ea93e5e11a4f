#!/usr/bin/env node
/** `mindhook`: finds the command, runs it, writes what it gives and ends with its exit code (docs/cli.md). */
import { readArguments } from './arguments.js';
import { type Command, type ExitCode, exit, MachineError, UsageError } from './command.js';
import { commands } from './commands.js';
import { helpOf, overview, version } from './help.js';
import { StandardIo } from './io.js';
import { suggestion } from './suggestion.js';

async function commandNamed(name: string): Promise<Command> {
	// Not by a property alone: `constructor` is no command.
	const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
	if (entry) return entry.load();
	const option = name.startsWith('-');
	const meant = suggestion(name, option ? ['--help', '--version'] : [...Object.keys(commands), 'help']);
	const advice = meant ? `Did you mean \`mindhook ${meant}\`?` : 'See `mindhook --help`.';
	throw new UsageError(`There is no ${option ? 'option' : 'command'} ${name}. ${advice}`);
}

async function main(words: readonly string[], io: StandardIo): Promise<ExitCode> {
	const [first, ...rest] = words;
	const helpFor = first === 'help' ? rest[0] : undefined;
	if (first === '--version' || first === '-V') {
		await io.write(`${version()}\n`);
		return exit.fine;
	}
	if (
		first === undefined ||
		first === '--help' ||
		first === '-h' ||
		(first === 'help' && (helpFor ?? 'help') === 'help')
	) {
		await io.write(overview());
		return exit.fine;
	}
	const command = await commandNamed(helpFor ?? first);
	if (first === 'help') {
		await io.write(helpOf(command));
		return exit.fine;
	}
	const args = readArguments(command, rest);
	if (args.has('help')) {
		await io.write(helpOf(command));
		return exit.fine;
	}
	const output = command.run(args, io);
	for (;;) {
		const { done, value } = await output.next();
		if (done) return value;
		await io.write(value);
	}
}

const io = new StandardIo(process);
try {
	process.exitCode = await main(process.argv.slice(2), io);
	await io.flush();
} catch (error) {
	await io.flush().catch(() => {});
	const expected = error instanceof UsageError || error instanceof MachineError;
	io.warn(expected ? error.message : `a fault of its own: ${(error as Error)?.stack ?? error}`);
	process.exitCode = error instanceof UsageError ? exit.usage : exit.machine;
} finally {
	io.close();
}
