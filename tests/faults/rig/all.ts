import { scenario as clock } from '../a-clock-that-jumps-a-day-loses-nothing.js';
import { scenario as noWrites } from '../a-disk-that-takes-no-writes-is-answered-503.js';
import { scenario as fullDisk } from '../a-full-disk-is-answered-503-until-there-is-room.js';
import { scenario as handlers } from '../a-handler-that-hangs-throws-or-exhausts-memory-holds-up-nobody-else.js';
import { scenario as locked } from '../a-locked-inbox-is-answered-503-until-it-is-free.js';
import { scenario as powerCut } from '../cut-off-from-power-a-receiver-loses-nothing.js';
import { scenario as killed } from '../killed-at-random-moments-a-receiver-loses-nothing.js';
import { scenario as identical } from '../posted-64-times-at-once-to-four-processes-a-body-is-stored-once.js';
import { scenario as failover } from '../when-postgresql-fails-over-to-a-standby-nothing-is-lost.js';
import { scenario as postgres } from '../with-postgresql-restarted-crashed-and-cut-off-nothing-is-lost.js';
import type { Scenario } from './scenario.js';

/** Every scenario, in the order in which they are run. */
export const scenarios: Readonly<Record<string, Scenario>> = {
	killed,
	identical,
	powerCut,
	fullDisk,
	noWrites,
	locked,
	clock,
	handlers,
	postgres,
	failover,
};
