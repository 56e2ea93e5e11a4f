/**
 * `mindhook`: checks `webhook_ids` lists, reads inference payloads and verifies their signatures. Importing this does nothing but
 * define functions; the core is compiled on the first call that needs it.
 */
export { PayloadError } from './issue.js';
export { parsePayload, safeParsePayload } from './payload.js';
export { signPayload, verifySignature } from './signature.js';
export type * from './types.js';
