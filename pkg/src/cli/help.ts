/** `mindhook help`, `mindhook help COMMAND`. */
import { readFileSync } from 'node:fs';
import type { Command } from './command.js';
import { type Commands, commands } from './commands.js';
import { pad, wrap } from './visible-text.js';

const COLUMNS = 80;

/** What every run may end with; the first two are told by each command in its own words. */
const endings = (fine: string, atFault: string): [string, string][] => [
	['0', fine],
	['1', atFault],
	['2', 'the command was used wrongly'],
	['3', 'the machine failed: a file cannot be read or written, there is no WebAssembly'],
];

const summariesOf = (among: Commands): [string, string][] =>
	Object.entries(among).map(([name, { summary }]) => [name, summary]);

/** Names and their explanations, in two columns. */
function list(
	entries: readonly (readonly [string, string])[],
	width = Math.max(...entries.map(([name]) => name.length)),
): string {
	return entries
		.map(([name, text]) => {
			const indent = ' '.repeat(width + 4);
			return `  ${pad(name, width)}  ${wrap(text, COLUMNS - indent.length, '').replaceAll('\n', `\n${indent}`)}`;
		})
		.join('\n');
}

/** What `mindhook` alone says. */
export function overview(): string {
	return `mindhook: for Mindee webhooks: receive them, check and read payloads, endpoint
IDs and signatures

Usage: mindhook COMMAND [OPTIONS] …

Commands:
${list([...summariesOf(commands), ['help', 'Show the help of a command: mindhook help check']])}

Options:
${list([
	['--help', 'Show this, or the help of a command'],
	['--version', 'Show the version'],
])}

Examples:
  mindhook listen --forward http://localhost:8080/
                                   save what comes, and pass it on
  mindhook inbox list              what came
  mindhook check archive/          every fault of every payload in a folder
  mindhook show payload.json       the fields as a table
  mindhook view payload.json invoice.pdf
                                   a payload on its document, in the browser
  mindhook ids "$WEBHOOK_IDS"      the list as it goes over the wire

Exit codes:
${list(endings('fine', 'the input is at fault'))}

Colours: on a terminal only; NO_COLOR=1 switches them off, FORCE_COLOR=1 on.
`;
}

/** What a name says that stands for several commands. */
export function groupHelp(name: string, among: Commands): string {
	return `Usage: mindhook ${name} COMMAND [OPTIONS] …

Commands:
${list(summariesOf(among))}

\`mindhook ${name} COMMAND --help\` says more about each.
`;
}

/** What `mindhook help COMMAND` says. */
export function helpOf(command: Command): string {
	const options = Object.entries(command.options).map(
		([name, { placeholder, repeated, text }]) =>
			[`--${name}${placeholder ? ` ${placeholder}` : ''}${repeated ? ' …' : ''}`, text] as const,
	);
	const examples = command.examples.map(([line, what]) => `  ${line}\n      ${wrap(what, COLUMNS - 6, '      ')}`);
	return `Usage: ${command.usage.join('\n       ')}

${command.about.map((paragraph) => wrap(paragraph, COLUMNS, '')).join('\n\n')}

Options:
${list([...options, ['--help', 'Show this']])}

Examples:
${examples.join('\n')}

Exit codes:
${list(endings(command.fine, command.atFault))}
`;
}

/** The version of the package. */
export function version(): string {
	const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
		version: string;
	};
	return version;
}
