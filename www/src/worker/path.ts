/** How one gets to a value: as a JSON pointer, as a JSONPath, as code. */
import { field } from '../../../pkg/src/core/outline.js';
import { pointerSteps } from '../../../pkg/src/core/steps.js';
import { kind, type Table } from './table.js';

/** A name, or the index of an element. */
export type Step = string | number;

/** The steps from the whole payload to an entry. */
export function stepsTo(table: Table, id: number): Step[] {
	const steps: Step[] = [];
	let above = -1;
	for (const entry of table.chain(id)) {
		steps.push(...stepsFrom(table, above, entry));
		above = entry;
	}
	return steps;
}

/** The steps from an entry, or for -1 from the whole payload, to one directly below. */
export function stepsFrom(table: Table, above: number, entry: number): readonly Step[] {
	const added = table.additions?.steps.get(entry);
	if (added) return added;
	const name: Step = table.name(entry) ?? itemIndex(table, above, entry);
	return [...stepsBelow(table, above), name];
}

/** What stands between an entry and the names of those directly below. */
export function stepsBelow(table: Table, above: number): readonly string[] {
	if (above < 0) return table.root;
	switch (table.kind(above)) {
		case -1:
			return (table.word(above, field.tag) & 3) === 2 ? ITEMS : FIELDS;
		case kind.page:
			return WORDS;
		case kind.classification:
		case kind.crop:
		case kind.split:
			return CHAINED;
		default:
			return [];
	}
}

const ITEMS = ['items'];
const FIELDS = ['fields'];
const WORDS = ['words'];
const CHAINED = ['extraction_response', 'inference', 'result', 'fields'];

/** Which element of the array above an entry is. */
function itemIndex(table: Table, above: number, entry: number): number {
	// Where all of them are single entries nothing has to be counted.
	if (above >= 0 && table.descendants(above) === table.children(above) && !table.additions) return entry - above - 1;
	let index = 0;
	for (let at = above + 1; at < entry; at = table.next(at)) if (table.isItem(at)) index++;
	return index;
}

/** RFC 6901. */
export function pointer(steps: readonly Step[]): string {
	return steps.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The steps of a pointer; none of what is no pointer. */
export function stepsOfPointer(text: string): string[] {
	try {
		return pointerSteps(text);
	} catch {
		return [];
	}
}

/** The normalized path of RFC 9535. */
export function jsonPath(steps: readonly Step[]): string {
	return `$${steps.map((step) => (typeof step === 'number' ? `[${step}]` : `['${escaped(step)}']`)).join('')}`;
}

const ESCAPES: Record<string, string> = {
	'\b': '\\b',
	'\t': '\\t',
	'\n': '\\n',
	'\f': '\\f',
	'\r': '\\r',
	"'": "\\'",
	'\\': '\\\\',
};

function escaped(name: string): string {
	return name.replace(
		// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to be escaped.
		/[\u0000-\u001f'\\]/g,
		(char) => ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
	);
}

/** An expression that reads an entry of a payload that keeps to the contract, from `payload` as `parsePayload` gives it. */
export function code(table: Table, id: number): string | null {
	const chain = table.chain(id);
	if (chain.some((entry) => table.isShadowed(entry))) return null;
	const first = chain[0] as number;
	if (table.kind(first) >= kind.jsonObject) return null;
	const isField = table.kind(first) < 0;
	const isPage = table.kind(first) === kind.page;
	// Of fields and pages there are views; all else is read from `payload.data`.
	let text = isField ? 'payload' : isPage ? 'payload.pages' : `payload.data${properties(table.root)}`;
	let above = -1;
	for (const entry of chain) {
		const steps = stepsFrom(table, above, entry);
		const name = steps.at(-1) as Step;
		if (isField) text += typeof name === 'number' ? `.items[${name}]` : `.fields.get(${quoted(name)})`;
		else if (isPage) text += above < 0 ? `[${name}]` : `.words[${name}]`;
		else text += properties(above < 0 ? steps.slice(table.root.length) : steps);
		above = entry;
	}
	return text;
}

function properties(steps: readonly Step[]): string {
	return steps
		.map((step) => {
			if (typeof step === 'number') return `[${step}]`;
			return /^[A-Za-z_$][\w$]*$/.test(step) ? `.${step}` : `[${quoted(step)}]`;
		})
		.join('');
}

/** A string literal in single quotes. */
function quoted(text: string): string {
	const inner = JSON.stringify(text).slice(1, -1);
	return `'${inner.replace(/\\(.)|'/g, (part, after) => (part === "'" ? "\\'" : after === '"' ? '"' : part))}'`;
}
