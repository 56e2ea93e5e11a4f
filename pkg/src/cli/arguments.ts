/** From words on a command line to the options that a command knows. */
import { parseArgs } from 'node:util';
import { type Arguments, type Command, UsageError } from './command.js';
import { suggestion } from './suggestion.js';

/** What every command understands beside its own options. */
const common = ['help'];

/**
 * Reads the words behind a command.
 *
 * @throws UsageError for an option that the command does not know or that lacks its value
 */
export function readArguments(command: Command, words: readonly string[]): Arguments {
	const names = [...Object.keys(command.options), ...common];
	const options = Object.fromEntries(
		names.map((name) => [
			name,
			{ type: command.options[name]?.placeholder ? ('string' as const) : ('boolean' as const) },
		]),
	);
	const config = { args: [...words], options: { ...options, help: { type: 'boolean' as const, short: 'h' } } };
	// Not strict: the messages here name what was meant.
	const { tokens, positionals } = parseArgs({ ...config, strict: false, allowPositionals: true, tokens: true });
	const given = new Map<string, (string | undefined)[]>();
	for (const token of tokens) {
		if (token.kind !== 'option') continue;
		const { name, rawName, value, inlineValue } = token;
		if (!names.includes(name)) {
			const meant = rawName.startsWith('--') ? suggestion(name, names) : undefined;
			const advice = meant ? `Did you mean --${meant}?` : `See \`mindhook help ${command.name}\`.`;
			throw new UsageError(`\`mindhook ${command.name}\` has no option ${rawName}. ${advice}`);
		}
		const { placeholder, repeated } = command.options[name] ?? {};
		if (!placeholder && value !== undefined) throw new UsageError(`${rawName} takes no value.`);
		if (placeholder && (value === undefined || (!inlineValue && value.startsWith('-')))) {
			throw new UsageError(`${rawName} needs a value: ${rawName}=${placeholder}`);
		}
		const before = given.get(name) ?? [];
		if (before.length > 0 && placeholder && !repeated) throw new UsageError(`${rawName} is given twice.`);
		given.set(name, [...before, value]);
	}
	return {
		positionals: positionals.map(String),
		has: (option) => given.has(option),
		value: (option) => given.get(option)?.[0],
		values: (option) => (given.get(option) ?? []) as string[],
	};
}
