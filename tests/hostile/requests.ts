/** All hostile requests, in the order in which they are sent. */
import { bodies, encodings } from './bodies.js';
import { connections } from './connections.js';
import { chunks, lengths } from './framing.js';
import { heads, targets } from './heads.js';
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
	...connections,
];
