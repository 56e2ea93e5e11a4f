/**
 * `mindhook`: checks `webhook_ids` lists, reads inference payloads and verifies their signatures. Importing this does nothing but
 * define functions; the core is compiled on the first call that needs it.
 */
export type { Body } from './bytes.js';
export { type BoundingBox, boundingBox, centroid, flatPolygon, type Polygon } from './geometry.js';
export { PayloadError } from './issue.js';
export { parsePayload, safeParsePayload } from './payload.js';
export { signPayload, verifySignature } from './signature.js';
export type * from './types.js';
export {
	validateWebhookIds,
	WebhookIdsError,
	webhookIdsFormValue,
	webhookIdsFromForm,
	webhookIdsFromText,
} from './webhook_ids.js';
