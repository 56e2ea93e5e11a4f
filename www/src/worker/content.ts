/** What the page shows of each kind of payload. A new kind is one more case here. */
import { page, pageAt } from '../../../pkg/src/core/outline.js';
import type { Issue, JobData, Payload, ReportedErrorData } from '../../../pkg/src/core/types.js';
import type { Card, Content, Fact, FactKey } from './calls/payload.js';
import type { TextPart } from './calls/text.js';
import { chainedTexts, contentOf } from './chained-texts.js';
import { withDuplicates } from './duplicates.js';
import { payloadTable } from './payload-table.js';
import { Tree } from './tree.js';

/** A payload that is shown: what the page is told at once, and what it asks for as it scrolls. */
export interface Shown {
	content: Content;
	tree: Tree | null;
	/** The text of a page and how many words it has, `null` where words are not told apart. */
	text(page: number): { content: string; words: number | null; part: TextPart | null };
}

const RESULT = '/inference/result';
/** Cards of one payload that are shown at most. */
const CARDS = 100;
const NO_TEXT = { content: '', words: null, part: null };

/** Arranges a checked payload for the page. */
export function show(payload: Payload, outline: Uint32Array, issues: readonly Issue[]): Shown {
	const facts = identity(payload);
	let textPages = 0;
	let cards: Card[] = [];
	let text: Shown['text'] = () => NO_TEXT;

	switch (payload.kind) {
		case 'extraction': {
			const pages = rawTextPages(payload.get(`${RESULT}/raw_text`));
			textPages = pages.length;
			text = (page) => ({ ...NO_TEXT, content: pages[page]?.content ?? '' });
			break;
		}
		case 'ocr':
			textPages = payload.pages.length;
			text = (index) => {
				const read = payload.pages[index];
				return read ? { ...NO_TEXT, content: read.content, words: wordsOn(outline, index) } : NO_TEXT;
			};
			break;
		case 'classification':
			cards = [
				card('classification', 0, [fact('documentType', payload.get(`${RESULT}/classification/document_type`))]),
			];
			break;
		case 'failure':
			facts.push(...present([fact('createdAt', payload.data.created_at, 'time')]));
			cards = payload.data.error ? errorCards(payload.data.error) : [];
			break;
		case 'job':
			cards = jobCards(payload.data.job);
			break;
		case 'error':
			cards = errorCards(payload.data);
			break;
	}

	const tree = treeOf(payload, outline, issues);
	const chained = tree && textPages === 0 ? chainedTexts(tree.table) : [];
	if (chained.length > 0) {
		textPages = chained.length;
		text = (index) => {
			const read = chained[index];
			return read ? { ...NO_TEXT, content: contentOf(payload.raw, read), part: read.part } : NO_TEXT;
		};
	}
	return {
		content: {
			kind: payload.kind,
			fileName: payload.fileName,
			facts,
			tree: tree && { top: tree.top, total: tree.total },
			textPages,
			textsOn: chained.length > 0 ? Uint32Array.from(chained, ({ page }) => page) : null,
			cards,
		},
		tree,
		text,
	};
}

function treeOf(payload: Payload, outline: Uint32Array, issues: readonly Issue[]): Tree | null {
	const table = payloadTable(payload.raw, outline, payload.kind);
	if (!table) return null;
	const hasDuplicates = issues.some(({ code }) => code === 'json.duplicate_key');
	return new Tree(hasDuplicates ? withDuplicates(table) : table, issues);
}

/** How many words a page has; `page.words` would make an object of each. */
function wordsOn(outline: Uint32Array, index: number): number {
	return outline[pageAt(outline, index) + page.words] as number;
}

function identity(payload: Payload): Fact[] {
	const facts = [
		fact('inferenceId', payload.inferenceId, 'code'),
		fact('jobId', payload.jobId, 'code'),
		fact('modelId', payload.modelId, 'code'),
		fact('alias', payload.alias),
	];
	const file = payload.get('/inference/file') as { page_count?: number; mime_type?: string } | undefined;
	return present([...facts, fact('pageCount', file?.page_count), fact('mimeType', file?.mime_type, 'code')]);
}

function jobCards(job: JobData['job']): Card[] {
	const cards = [
		card('job', 0, [
			fact('status', job.status, 'status'),
			fact('createdAt', job.created_at, 'time'),
			fact('completedAt', job.completed_at, 'time'),
			fact('pollingUrl', job.polling_url, 'code'),
			fact('resultUrl', job.result_url, 'code'),
		]),
		...(job.error ? errorCards(job.error) : []),
	];
	const webhooks = job.webhooks
		.slice(0, CARDS)
		.map((webhook, index) =>
			card('webhook', index, [
				fact('status', webhook.status, 'status'),
				fact('endpointId', webhook.id, 'code'),
				fact('createdAt', webhook.created_at, 'time'),
				fact('attempts', webhook.attempts_count),
				fact('code', webhook.error?.code, 'code'),
				fact('title', webhook.error?.title),
				fact('detail', webhook.error?.detail),
			]),
		);
	return [...cards, ...webhooks, ...more(job.webhooks.length)];
}

function errorCards(error: ReportedErrorData): Card[] {
	const errors = error.errors ?? [];
	const details = errors
		.slice(0, CARDS)
		.map((entry, index) =>
			card('errorDetail', index, [fact('pointer', entry.pointer, 'code'), fact('detail', entry.detail)]),
		);
	return [
		card('error', 0, [
			fact('status', error.status, 'status'),
			fact('code', error.code, 'code'),
			fact('title', error.title),
			fact('detail', error.detail),
		]),
		...details,
		...more(errors.length),
	];
}

function rawTextPages(rawText: unknown): { content: string }[] {
	return (rawText as { pages: { content: string }[] } | null | undefined)?.pages ?? [];
}

function more(count: number): Card[] {
	return count > CARDS ? [card('more', count - CARDS, [])] : [];
}

function card(title: Card['title'], number: number, facts: (Fact | null)[]): Card {
	return { title, number, facts: present(facts) };
}

function fact(key: FactKey, value: unknown, form: Fact['form'] = 'text'): Fact | null {
	return value === null || value === undefined ? null : { key, value: String(value), form };
}

function present(facts: (Fact | null)[]): Fact[] {
	return facts.filter((entry) => entry !== null);
}
