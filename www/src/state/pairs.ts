/** Which document belongs under which payload: as people named their files, and as the payload itself names its document. */

/** A payload, as far as pairing knows it. */
export interface PayloadName {
	readonly key: string;
	/** Of the file it is in; empty where it is in none. */
	readonly name: string;
	/** What it says itself that its document is called; `null` where that is not known. */
	readonly inner: string | null;
}

/** A document, as far as pairing knows it. */
export interface DocumentName {
	readonly key: string;
	readonly name: string;
}

/** `invoice` of `invoice.pdf`, in lower case. */
const stem = (name: string): string => name.replace(/(?<=.)\.[^.]*$/, '').toLowerCase();

/** From the surest to the least sure. */
const rules: readonly ((payload: PayloadName, document: DocumentName) => boolean)[] = [
	({ inner }, { name }) => inner === name,
	({ inner }, { name }) => inner !== null && inner.toLowerCase() === name.toLowerCase(),
	// invoice.pdf.json and invoice.pdf
	(payload, { name }) => payload.name !== '' && stem(payload.name) === name.toLowerCase(),
	(payload, { name }) => payload.name !== '' && stem(payload.name) === stem(name),
	({ inner }, { name }) => inner !== null && stem(inner) === stem(name),
];

/**
 * Gives each payload its document. Several payloads may have been read from one document.
 *
 * @param byHand what was chosen: a document's key, or `null` for none
 * @param together what was shown together: it stays so, where no name says otherwise
 */
export function pairUp(
	payloads: readonly PayloadName[],
	documents: readonly DocumentName[],
	byHand: ReadonlyMap<string, string | null>,
	together: ReadonlyMap<string, string> = new Map(),
): Map<string, string> {
	const pairs = new Map<string, string>();
	const left: PayloadName[] = [];
	for (const payload of payloads) {
		const chosen = byHand.get(payload.key);
		const found = chosen === undefined ? (bestOf(payload, documents) ?? together.get(payload.key)) : chosen;
		if (found) pairs.set(payload.key, found);
		// What is in no file came by itself: nothing says that a document that lies about is its own.
		else if (chosen === undefined && payload.name !== '') left.push(payload);
	}
	const taken = new Set(pairs.values());
	const [document, another] = documents.filter(({ key }) => !taken.has(key));
	const [payload, other] = left;
	if (document && payload && !another && !other) pairs.set(payload.key, document.key);
	return pairs;
}

function bestOf(payload: PayloadName, documents: readonly DocumentName[]): string | null {
	for (const fits of rules) {
		const found = documents.find((document) => fits(payload, document));
		if (found) return found.key;
	}
	return null;
}
