#!/usr/bin/env node
/** `mindhook`: finds the command, runs it, writes what it gives and ends with its exit code (docs/cli.md). */
import { readArguments } from './arguments.js';
import { type Command, type ExitCode, exit, Interrupted, MachineError, UsageError } from './command.js';
import { type Commands, commands, isCommand } from './commands.js';
import { groupHelp, helpOf, overview, version } from './help.js';
import { StandardIo } from './io.js';
import { suggestion } from './suggestion.js';

const asksForHelp = (word: string | undefined): boolean =>
	word === undefined || word === '--help' || word === '-h' || word === 'help';

/** What some words begin with: a command and the words behind it, or several commands to choose from. */
interface Found {
	readonly name: string;
	readonly loaded: Command | Commands;
	readonly rest: readonly string[];
}

async function find(words: readonly string[], among: Commands, within = ''): Promise<Found> {
	const [word = '', ...rest] = words;
	// Not by a property alone: `constructor` is no command.
	const entry = Object.hasOwn(among, word) ? among[word] : undefined;
	if (!entry) {
		const option = word.startsWith('-');
		const names = option ? ['--help', ...(within ? [] : ['--version'])] : [...Object.keys(among), 'help'];
		const meant = suggestion(word, names);
		const advice = meant ? `Did you mean \`mindhook ${within}${meant}\`?` : `See \`mindhook ${within}--help\`.`;
		throw new UsageError(`There is no ${option ? 'option' : 'command'} ${within}${word}. ${advice}`);
	}
	const loaded = await entry.load();
	const name = `${within}${word}`;
	return isCommand(loaded) || asksForHelp(rest[0]) ? { name, loaded, rest } : find(rest, loaded, `${name} `);
}

async function main(words: readonly string[], io: StandardIo): Promise<ExitCode> {
	const [first, ...rest] = words;
	const tell = async (text: string): Promise<ExitCode> => {
		await io.write(text);
		return exit.fine;
	};
	if (first === '--version' || first === '-V') return tell(`${version()}\n`);
	const wantsHelp = first === 'help';
	if (asksForHelp(wantsHelp ? rest[0] : first)) return tell(overview());
	const found = await find(wantsHelp ? rest : words, commands);
	if (!isCommand(found.loaded)) return tell(groupHelp(found.name, found.loaded));
	if (wantsHelp) return tell(helpOf(found.loaded));
	const args = readArguments(found.loaded, found.rest);
	return args.has('help') ? tell(helpOf(found.loaded)) : runOf(found.loaded.run(args, io), found.loaded.live === true);
}

async function runOf(output: ReturnType<Command['run']>, live: boolean): Promise<ExitCode> {
	try {
		for (;;) {
			const { done, value } = await output.next();
			if (done) return value;
			await io.write(value);
			if (live) await io.flush();
		}
	} finally {
		// Where the output cannot be written, the command still lets go of what it holds.
		await output.return(exit.machine);
	}
}

const io = new StandardIo(process);
try {
	process.exitCode = await main(process.argv.slice(2), io);
	await io.flush();
} catch (error) {
	await io.flush().catch(() => {});
	const expected = error instanceof UsageError || error instanceof MachineError || error instanceof Interrupted;
	io.warn(expected ? error.message : `a fault of its own: ${(error as Error)?.stack ?? error}`);
	process.exitCode =
		error instanceof UsageError ? exit.usage : error instanceof Interrupted ? exit.interrupted : exit.machine;
} finally {
	io.close();
}
