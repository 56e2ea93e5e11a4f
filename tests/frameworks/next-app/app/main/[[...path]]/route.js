import { nextHandlers } from 'mindhook/next';
import { made, remoteAddress } from '../../../receivers.js';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = nextHandlers(() => made().receivers.main, {
	remoteAddress,
});
