import { signPayload } from 'mindhook';

/** A key that nobody knows, made on first use: some runtimes give no random numbers while a module loads. */
let key: string | undefined;

const macOf = (text: string): string => {
	key ??= crypto.randomUUID();
	return signPayload(text, key);
};

/** The tokens that may stand in the query string of one webhook endpoint's URL. */
export class Tokens {
	readonly #tokens: readonly string[];
	#macs: readonly string[] | undefined;

	constructor(tokens: readonly string[]) {
		this.#tokens = tokens;
	}

	/**
	 * Whether a query string (without its `?`) has one of them as its one `token`. What is compared are MACs under a key of
	 * this process, all of them to the end: the time that it takes says nothing about a token.
	 */
	accept(query: string): boolean {
		const given = new URLSearchParams(query).getAll('token');
		this.#macs ??= this.#tokens.map(macOf);
		const mac = macOf(given.length === 1 ? (given[0] ?? '') : '');
		let accepted = false;
		for (const each of this.#macs) accepted = isSame(each, mac) || accepted;
		return accepted;
	}
}

function isSame(a: string, b: string): boolean {
	let difference = a.length ^ b.length;
	for (let at = 0; at < a.length; at += 1) difference |= a.charCodeAt(at) ^ b.charCodeAt(at);
	return difference === 0;
}
