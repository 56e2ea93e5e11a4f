import type { Reading } from './claim-reader.js';
import { type InboxEntry, type InboxEntryWithBody, InboxError } from './inbox.js';
import type { LeasedRow } from './postgres-claims.js';
import type { Row } from './postgres-database.js';
import { entryColumns, shortColumns } from './postgres-entry.js';
import { fromBase64, inBase64, type PostgresStore, partBytes } from './postgres-store.js';
import { ownerOf, unreadableEntryOf } from './stored-entry.js';
import type { Encoding } from './vault.js';

/** Reads what was leased, some of it at a time; see `ClaimEngine.read`. */
export async function* readLeased(store: PostgresStore, leased: readonly LeasedRow[]): AsyncGenerator<Reading> {
	for (const together of partsOf(leased)) {
		const rows = await rowsOf(store, together).catch((error: unknown) => {
			// Something of one of them cannot be read: then each by itself.
			store.faultOfOne(error);
			return null;
		});
		for (const one of together) {
			yield await readOne(store, one, rows).catch((error: unknown) => store.faultOfOne(error));
		}
	}
}

/**
 * The rows that `select` gives of these columns. Where a text of one of them cannot be read, all come without, each has its
 * own read by itself, and {@link faultIn} tells of those that have none.
 */
export async function rowsWithTexts(
	store: PostgresStore,
	select: (columns: string) => Promise<{ rows: Row[] }>,
): Promise<Row[]> {
	try {
		return (await select(entryColumns)).rows;
	} catch (error) {
		store.faultOfOne(error);
	}
	const rows: Row[] = [];
	for (const row of (await select(shortColumns)).rows) {
		try {
			const found = await store.query(`SELECT ${entryColumns} FROM ${store.schema}.delivery WHERE id = $1`, [row.id]);
			rows.push(...found.rows);
		} catch (error) {
			rows.push({ ...row, fault: store.faultOfOne(error) });
		}
	}
	return rows;
}

export function faultIn(row: Row): InboxError | null {
	return row.fault instanceof InboxError ? row.fault : null;
}

/** Deliveries for a list. */
export async function listedEntries(
	store: PostgresStore,
	select: (columns: string) => Promise<{ rows: Row[] }>,
): Promise<InboxEntry[]> {
	return Promise.all(
		(await rowsWithTexts(store, select)).map((row) => {
			const fault = faultIn(row);
			return fault === null ? store.listedEntry(row) : unreadableEntryOf(row, row.is_leased === true, fault.message);
		}),
	);
}

/** Parts that one statement brings: a long body is one by itself. */
function partsOf(leased: readonly LeasedRow[]): LeasedRow[][] {
	const parts: LeasedRow[][] = [];
	let bytes = partBytes;
	for (const one of leased) {
		bytes += one.bodyBytes;
		if (bytes > partBytes) {
			parts.push([]);
			bytes = one.bodyBytes;
		}
		parts.at(-1)?.push(one);
	}
	return parts;
}

/** What is there of these claims, by number, with the stored bytes where those are no more than a part. */
async function rowsOf(store: PostgresStore, leased: readonly LeasedRow[]): Promise<Map<number, Row>> {
	const { rows } = await store.query(
		`SELECT ${entryColumns}, bytes IS NOT NULL AS has_body,
		CASE WHEN length(bytes) <= ${partBytes} THEN ${inBase64('bytes')} END AS stored
		FROM ${store.schema}.delivery JOIN unnest($1::bigint[], $2::bigint[]) AS held (id, token) USING (id, token)
		LEFT JOIN ${store.schema}.body ON delivery_id = id`,
		[leased.map(({ id }) => id), leased.map(({ token }) => token)],
	);
	return new Map(rows.map((row) => [Number(row.id), row]));
}

async function readOne(
	store: PostgresStore,
	one: LeasedRow,
	rows: ReadonlyMap<number, Row> | null,
): Promise<InboxEntryWithBody | null> {
	const row = (rows ?? (await rowsOf(store, [one]))).get(one.id);
	if (row === undefined) return null;
	if (!row.has_body) throw new InboxError('damaged', 'The body is missing.');
	const body =
		row.stored === null
			? await store.body(row)
			: await store.vault.loadBody(ownerOf(row), {
					bytes: fromBase64(row.stored),
					encoding: row.encoding as Encoding,
				});
	return { ...(await store.entry(row)), body };
}
