/** The commands behind `mindhook inbox`. */
import type { Commands } from '../commands.js';

export const inboxCommands: Commands = {
	list: { summary: 'List deliveries, newest first', load: async () => (await import('./list.js')).list },
	show: {
		summary: 'Show everything about one delivery, or its exact bytes',
		load: async () => (await import('./show.js')).show,
	},
	export: {
		summary: 'Write the exact bytes of deliveries into a folder',
		load: async () => (await import('./export.js')).exportTo,
	},
	replay: {
		summary: 'Handle deliveries once more, or post them to an address',
		load: async () => (await import('./replay.js')).replay,
	},
	retry: {
		summary: 'Have failed, dead and quarantined deliveries handled again',
		load: async () => (await import('./retry.js')).retry,
	},
	prune: { summary: 'Remove old deliveries', load: async () => (await import('./prune.js')).prune },
	stats: { summary: 'Count what is in the inbox', load: async () => (await import('./stats.js')).stats },
	check: {
		summary: 'Read everything and list what is damaged',
		load: async () => (await import('./check.js')).check,
	},
};
