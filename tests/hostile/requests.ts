/** All hostile requests, in the order in which they are sent. */
import { bodies, encodings } from './bodies.js';
import { connections, slow } from './connections.js';
import { chunks, lengths } from './framing.js';
import { heads, targets } from './heads.js';
import { http2 } from './http2.js';
import type { HostileRequest } from './making.js';
import { signatures, tokens } from './signatures.js';

export const requests: readonly HostileRequest[] = [
	...lengths,
	...chunks,
	...heads,
	...signatures,
	...encodings,
	...targets,
	...tokens,
	...bodies,
	...slow,
	...connections,
	...[...lengths, ...chunks, ...heads, ...signatures, ...slow].map(overTls),
	...http2,
];

function overTls(request: HostileRequest): HostileRequest {
	return { ...request, name: `over TLS: ${request.name}`, house: 'secure' };
}
