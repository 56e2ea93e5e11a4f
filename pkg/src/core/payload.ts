/** From a body to a {@link Payload}. */
import { type Body, bytesOf, parsed } from './bytes.js';
import { FieldsView, type Source } from './fields.js';
import { CoreTrap, CoreUnavailable, core } from './instance.js';
import { coreIssue, PayloadError, wholeInputError } from './issue.js';
import { FIELD, field, flag, HEADER, header, kinds, page, pageAt, tag } from './outline.js';
import { pagesOf } from './pages.js';
import { endOfValue, follow, nextToken, pointerSteps } from './steps.js';
import type { Fields, Issue, Limits, OcrPage, ParseOptions, Payload, PayloadKind, SafeParseResult } from './types.js';

/** As `json::Limits` has them. */
const defaults: Required<Limits> = {
	bytes: 2 ** 30 - 1,
	depth: 512,
	fields: 1_000_000,
	keyLength: 65_536,
	issues: 100,
};

const defaultWords = wordsOf(defaults);

/** Limits in the order in which they cross the boundary. */
function wordsOf({ bytes, depth, fields, keyLength, issues }: Required<Limits>): Uint32Array {
	return Uint32Array.of(bytes, depth, fields, keyLength, issues);
}

/** Limits as given, checked.
 *
 * @throws RangeError for a limit that is no whole number from 0 to 2^32 − 1.
 */
export function limitWords(limits: Limits | undefined): Uint32Array {
	if (limits === undefined) return defaultWords;
	const all = { ...defaults };
	for (const [name, limit] of Object.entries(limits) as [keyof Limits, number | undefined][]) {
		if (limit === undefined) continue;
		if (!Object.hasOwn(defaults, name)) {
			throw new RangeError(`limits.${name} is not known; there are ${Object.keys(defaults).join(', ')}`);
		}
		if (!Number.isInteger(limit) || limit < 0 || limit >= 2 ** 32) {
			throw new RangeError(`limits.${name} must be a whole number from 0 to 4294967295, not ${String(limit)}`);
		}
		all[name] = limit;
	}
	return wordsOf(all);
}

/**
 * Checks a body against the whole contract and gives it typed, told apart by `kind`; never throws for a bad body.
 *
 * @param body the raw request body: bytes (not copied: do not change them afterwards) or text
 * @throws RangeError only for limits that are no whole numbers
 *
 * @example
 * const result = safeParsePayload('{"inference": {"id": 1}');
 * // { ok: false, issues: [{ code: 'json.unexpected_end', pointer: '/inference' … line: 1, column: 24 … }] }
 */
export function safeParsePayload(body: Body, options: ParseOptions = {}): SafeParseResult {
	const limits = limitWords(options?.limits ?? undefined);
	const bytes = bytesOf(body);
	if (!bytes) {
		// Whether it is an array is not asked: a revoked proxy would throw.
		const what = body === null ? 'null' : `of type ${typeof body}`;
		return { ok: false, issues: [wholeInputError('input.not_bytes', `The body is ${what}, neither bytes nor text`)] };
	}
	// Before the bytes are copied into the core.
	if (bytes.length > (limits[0] as number)) {
		const message = `the body has ${bytes.length} bytes, the limit is ${limits[0]}`;
		return { ok: false, issues: [wholeInputError('limit.bytes', message)] };
	}
	try {
		const outline = core().readPayload(bytes, limits);
		if (outline.length > 0) {
			giveMemoryBack(bytes.length);
			const warnings = isNoted(outline) ? () => warningsOf(bytes, limits) : none;
			return { ok: true, payload: viewOf({ bytes, outline }, warnings) };
		}
		const diagnosis = core().diagnosePayload(bytes, limits) as { outline: Uint32Array; issues: Issue[] };
		giveMemoryBack(bytes.length);
		if (diagnosis.outline.length === 0) return { ok: false, issues: diagnosis.issues };
		return { ok: true, payload: viewOf({ bytes, outline: diagnosis.outline }, () => diagnosis.issues) };
	} catch (error) {
		if (!(error instanceof CoreTrap || error instanceof CoreUnavailable)) throw error;
		return { ok: false, issues: [coreIssue(error)] };
	}
}

/** Whether the thorough reading has warnings or notices to give for the body of this outline. */
function isNoted(outline: Uint32Array): boolean {
	return ((outline[header.flags] as number) & flag.noted) !== 0;
}

/** Shared by all payloads of which there is nothing to say: a function of its own would be 6 % of a body of 2 KB. */
const none = (): Issue[] => [];

/** What there is to say about a body without an error; found out only when it is asked for, because it takes a second reading. */
function warningsOf(bytes: Uint8Array, limits: Uint32Array): Issue[] {
	try {
		const { issues } = core().diagnosePayload(bytes, limits) as { issues: Issue[] };
		giveMemoryBack(bytes.length);
		return issues;
	} catch (error) {
		if (!(error instanceof CoreTrap || error instanceof CoreUnavailable)) throw error;
		return [coreIssue(error)];
	}
}

/** After a large body the core has asked for a fresh instance: any call makes it, and lets the large memory go at once. */
function giveMemoryBack(size: number): void {
	if (size > 4 << 20) core().reinitIfGrown();
}

/**
 * Checks a body against the whole contract and gives it typed, told apart by `kind`.
 *
 * @param body the raw request body: bytes (not copied: do not change them afterwards) or text
 * @throws PayloadError with all `issues` when the body does not keep to the contract
 * @throws RangeError for limits that are no whole numbers
 *
 * @example
 * const payload = parsePayload(body);
 * if (payload.kind === 'extraction') {
 * 	const total = payload.fields.get('total_amount');
 * 	if (total?.kind === 'simple') console.log(total.value, total.text, total.confidence); // 1.1 '1.10' 'High'
 * }
 */
export function parsePayload(body: Body, options?: ParseOptions): Payload {
	const result = safeParsePayload(body, options);
	if (result.ok) return result.payload;
	throw new PayloadError(result.issues);
}

/** A payload over a body that was read already; `warnings` is called at most once, when they are asked for. */
export function viewOf(source: Source, warnings: () => Issue[]): Payload {
	// The class has the members of every kind; the union tells which of them are there.
	return new PayloadView(source, warnings) as unknown as Payload;
}

class PayloadView {
	readonly kind: PayloadKind;
	readonly #source: Source;
	readonly #findWarnings: () => Issue[];
	#warnings: Issue[] | undefined;
	#data: unknown;
	#fields: Fields | undefined;
	#pages: readonly OcrPage[] | undefined;

	constructor(source: Source, findWarnings: () => Issue[]) {
		this.kind = kinds[source.outline[header.kind] as number] as PayloadKind;
		this.#source = source;
		this.#findWarnings = findWarnings;
	}

	get warnings(): Issue[] {
		this.#warnings ??= this.#findWarnings();
		return this.#warnings;
	}

	/** The string of a slot in the outline's header. */
	#text(slot: number): string | null {
		const { bytes, outline } = this.#source;
		const start = outline[slot] as number;
		return start === 0 ? null : (parsed(bytes, start - 1, (outline[slot + 1] as number) + 1) as string);
	}

	get inferenceId(): string | null {
		return this.#text(header.inferenceId);
	}

	get modelId(): string | null {
		return this.#text(header.modelId);
	}

	get jobId(): string | null {
		return this.#text(header.jobId);
	}

	get fileName(): string | null {
		return this.#text(header.fileName);
	}

	get alias(): string | null {
		return this.#text(header.alias);
	}

	get raw(): Uint8Array {
		return this.#source.bytes;
	}

	get #start(): number {
		return ((this.#source.outline[header.flags] as number) & flag.byteOrderMark) === 0 ? 0 : 3;
	}

	get data(): unknown {
		const { bytes } = this.#source;
		this.#data ??= parsed(bytes, this.#start, bytes.length);
		return this.#data;
	}

	get fields(): Fields | undefined {
		if (this.kind !== 'extraction') return undefined;
		if (!this.#fields) {
			const nodes = this.#source.outline[header.count] as number;
			this.#fields = new FieldsView(this.#source, 0, topLevelFields(this.#source.outline, nodes));
		}
		return this.#fields;
	}

	get pages(): readonly OcrPage[] | undefined {
		if (this.kind !== 'ocr') return undefined;
		this.#pages ??= pagesOf(this.#source);
		return this.#pages;
	}

	get(pointer: string): unknown {
		const { bytes, outline } = this.#source;
		const steps = pointerSteps(pointer);
		let at = nextToken(bytes, this.#start);
		// The content is where nearly all of the bytes are: go there at once, and to a page of OCR at once too.
		const content = contentSteps[this.kind];
		if (content?.every((step, index) => steps[index] === step)) {
			at = outline[header.content] as number;
			steps.splice(0, content.length);
			const index = this.kind === 'ocr' && /^(0|[1-9]\d{0,9})$/.test(steps[0] ?? '') ? Number(steps[0]) : -1;
			if (index >= 0 && index < (outline[header.count] as number)) {
				at = outline[pageAt(outline, index) + page.start] as number;
				steps.shift();
			}
		}
		for (const step of steps) {
			at = follow(bytes, at, step);
			if (at < 0) return undefined;
		}
		return parsed(bytes, at, endOfValue(bytes, at));
	}

	toJSON(): unknown {
		return this.data;
	}

	[Symbol.for('nodejs.util.inspect.custom')](): object {
		const { kind, inferenceId, modelId, jobId, fileName, alias, warnings } = this;
		const own = this.fields ? { fields: this.fields } : this.pages ? { pages: this.pages.length } : { data: this.data };
		return { kind, inferenceId, modelId, jobId, fileName, alias, warnings, ...own };
	}
}

const contentSteps: Partial<Record<PayloadKind, readonly string[]>> = {
	extraction: ['inference', 'result', 'fields'],
	classification: ['inference', 'result', 'classification'],
	crop: ['inference', 'result', 'crops'],
	ocr: ['inference', 'result', 'pages'],
	split: ['inference', 'result', 'splits'],
};

/** How many of the outline's fields are at the top level. */
function topLevelFields(outline: Uint32Array, nodes: number): number {
	let count = 0;
	for (let node = 0; node < nodes; count++) {
		const at = HEADER + node * FIELD;
		const isSimple = tag.shape(outline[at + field.tag] as number) === 0;
		node += 1 + (isSimple ? 0 : (outline[at + field.descendants] as number));
	}
	return count;
}
