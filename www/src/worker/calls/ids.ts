/** The check of a `webhook_ids` list. */
import type { WebhookIdsReport } from '../../../../pkg/src/core/types.js';
import { checkIds } from '../core.js';
import type { Call, Handlers } from '../protocol.js';

export interface IdsCalls {
	/** The verdict on a list as typed. */
	ids: Call<{ text: string }, WebhookIdsReport>;
}

export const idsCalls: Handlers<IdsCalls> = { ids: ({ text }) => checkIds(text) };
