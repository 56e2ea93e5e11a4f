/** All commands by name. Each is loaded when it is called, so that none makes another start later. */
import type { Command } from './command.js';

interface Entry {
	readonly summary: string;
	load(): Promise<Command>;
}

export const commands: Readonly<Record<string, Entry>> = {
	check: {
		summary: 'Check payload files and show every fault in its place',
		load: async () => (await import('./check.js')).check,
	},
	show: {
		summary: 'Show what a payload says, as a table, JSON or CSV',
		load: async () => (await import('./show.js')).show,
	},
	ids: { summary: 'Check a list of webhook endpoint IDs', load: async () => (await import('./ids.js')).ids },
	sign: { summary: 'Print the X-Signature of a body', load: async () => (await import('./sign.js')).sign },
	verify: { summary: 'Check the X-Signature of a body', load: async () => (await import('./verify.js')).verify },
};
