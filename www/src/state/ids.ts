/** The `webhook_ids` list that is checked while it is typed. */
import { signal } from '@preact/signals';
import type { WebhookIdsReport } from '../../../pkg/src/core/types.js';
import { ask } from '../worker/client.js';
import { tell } from './current.js';

/** The list as typed. */
export const idsText = signal('');
/** The verdict on it; `null` while there is none. */
export const idsReport = signal<WebhookIdsReport | null>(null);

/** Counts typed lists, so that an answer about an earlier one is known as such. */
let asked = 0;

/** Checks the typed list. */
export async function checkIds(text: string): Promise<void> {
	const mine = ++asked;
	idsText.value = text;
	if (text.trim() === '') {
		idsReport.value = null;
		return;
	}
	try {
		const report = await ask('ids', { text });
		if (mine === asked) idsReport.value = report;
	} catch (fault) {
		tell(fault);
	}
}
