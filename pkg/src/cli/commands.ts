/** All commands by name. Each is loaded when it is called, so that none makes another start later. */
import type { Command } from './command.js';

/** A command, or several under one name. */
export interface Entry {
	readonly summary: string;
	load(): Promise<Command | Commands>;
}

/** Commands by name. */
export type Commands = Readonly<Record<string, Entry>>;

/** Whether a name stands for one command: that alone can be run. */
export const isCommand = (loaded: Command | Commands): loaded is Command => typeof loaded.run === 'function';

export const commands: Commands = {
	listen: {
		summary: 'Receive webhooks: check, save, acknowledge, pass on',
		load: async () => (await import('./listen.js')).listen,
	},
	inbox: {
		summary: 'Look into an inbox: list, show, export, replay, retry, prune, stats, check',
		load: async () => (await import('./inbox/commands.js')).inboxCommands,
	},
	check: {
		summary: 'Check payload files and show every fault in its place',
		load: async () => (await import('./check.js')).check,
	},
	show: {
		summary: 'Show what a payload says, as a table, JSON or CSV',
		load: async () => (await import('./show.js')).show,
	},
	view: {
		summary: 'Show payloads on their documents, in the browser',
		load: async () => (await import('./view.js')).view,
	},
	ids: { summary: 'Check a list of webhook endpoint IDs', load: async () => (await import('./ids.js')).ids },
	sign: { summary: 'Print the X-Signature of a body', load: async () => (await import('./sign.js')).sign },
	verify: { summary: 'Check the X-Signature of a body', load: async () => (await import('./verify.js')).verify },
};
