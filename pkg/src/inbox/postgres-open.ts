import { InboxError } from './inbox.js';
import { PostgresDatabase } from './postgres-database.js';

/** Where an inbox is. */
export interface PostgresLocation {
	/** What `pg` is given. */
	readonly connectionString: string;
	/** The schema of the inbox, a plain identifier. */
	readonly schema: string;
	/** Whether the URL says that the server is durable without fsync. */
	readonly allowsFsyncOff: boolean;
	readonly password: string;
	/** The location without user and password, for people. */
	readonly shown: string;
}

/** Reads `postgres://user:password@host:5432/database?schema=mindhook`; what else stands in the query is for `pg`. */
export function locationOf(url: string): PostgresLocation {
	const parsed = URL.canParse(url) ? new URL(url) : null;
	const query = parsed?.searchParams;
	if (parsed === null || query === undefined || (parsed.hostname === '' && !query.has('host'))) {
		// Neither the URL nor the error of its parser is repeated: both hold the password.
		throw new InboxError('url', 'The inbox URL cannot be read. Write it as postgres://user:password@host/database');
	}
	const schema = query.get('schema') ?? 'mindhook';
	if (!/^(?!pg_)[a-z_][a-z0-9_]{0,39}$/.test(schema)) {
		throw new InboxError(
			'url',
			'The schema in the inbox URL must be 1 to 40 lower-case letters, digits and underscores, as in ?schema=mindhook',
		);
	}
	const allowsFsyncOff = query.get('fsync') === 'off';
	query.delete('schema');
	query.delete('fsync');
	const host = parsed.hostname === '' ? query.get('host') : parsed.host;
	return {
		connectionString: parsed.href,
		schema,
		allowsFsyncOff,
		password: decoded(parsed.password) || (query.get('password') ?? ''),
		shown: `${host}${parsed.pathname} (schema ${schema})`,
	};
}

function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

/** So many connections to a location at most; none is made before it is needed. */
export async function databaseAt(
	{ connectionString, password }: PostgresLocation,
	connections: number,
): Promise<PostgresDatabase> {
	const { Pool } = await peer('pg', () => import('pg'));
	const pool = new Pool({
		connectionString,
		max: connections,
		connectionTimeoutMillis: 5_000,
		idleTimeoutMillis: 30_000,
		keepAlive: true,
		application_name: 'mindhook',
	});
	return new PostgresDatabase(pool, password);
}

/** Loads a package that only those have who use PostgreSQL. */
export async function peer<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
	try {
		return await load();
	} catch (error) {
		throw new InboxError(
			'runtime',
			`The PostgreSQL inbox needs the package ${name}, and Node.js 22.12 or newer (this is ${process.version}): npm install pg pg-boss`,
			error,
		);
	}
}
