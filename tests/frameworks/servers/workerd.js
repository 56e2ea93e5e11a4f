import { handlerFor } from './fetch.js';

// On Cloudflare's own machines this header says where a request comes from.
export default { fetch: handlerFor((request) => request.headers.get('cf-connecting-ip')) };
