/** Every English word of the page. */
import type { Confidence, Issue, PayloadKind } from '../../pkg/src/core/types.js';
import type { Card, Fact } from './worker/calls/payload.js';
import type { Shape } from './worker/calls/tree.js';

const format = new Intl.NumberFormat('en');

function count(amount: number, one: string, many = `${one}s`): string {
	return `${format.format(amount)} ${amount === 1 ? one : many}`;
}

const severities: Record<Issue['severity'], string> = { error: 'Error', warning: 'Warning', notice: 'Notice' };

const kinds: Record<PayloadKind, string> = {
	extraction: 'Extraction',
	classification: 'Classification',
	crop: 'Crop',
	ocr: 'OCR',
	split: 'Split',
	failure: 'Failure',
	job: 'Job',
	error: 'Error',
};

const facts: Record<Fact['key'], string> = {
	inferenceId: 'Inference ID',
	jobId: 'Job ID',
	modelId: 'Model ID',
	alias: 'Alias',
	pageCount: 'Pages',
	mimeType: 'Media type',
	documentType: 'Document type',
	status: 'Status',
	title: 'Title',
	detail: 'Detail',
	code: 'Code',
	pointer: 'Pointer',
	createdAt: 'Created',
	completedAt: 'Completed',
	pollingUrl: 'Polling URL',
	resultUrl: 'Result URL',
	endpointId: 'Endpoint ID',
	attempts: 'Attempts',
};

const confidences: Record<Confidence, string> = { Certain: 'Certain', High: 'High', Medium: 'Medium', Low: 'Low' };

function cardTitle({ title, number }: Card): string {
	switch (title) {
		case 'classification':
			return 'Classification';
		case 'job':
			return 'Job';
		case 'error':
			return 'What went wrong';
		case 'errorDetail':
			return `Cause ${number + 1}`;
		case 'webhook':
			return `Webhook ${number + 1}`;
		case 'more':
			return `${format.format(number)} more are not shown`;
	}
}

function branchSummary(shape: Shape, size: number): string {
	return shape === 'list' ? count(size, 'item') : count(size, 'field');
}

function pages(indexes: readonly number[]): string {
	if (indexes.length === 0) return '';
	return `${indexes.length === 1 ? 'page' : 'pages'} ${indexes.map((page) => page + 1).join(', ')}`;
}

function pageRange(first: number, last: number): string {
	return first === last ? `Page ${first + 1}` : `Pages ${first + 1} to ${last + 1}`;
}

function size(bytes: number): string {
	if (bytes < 1000) return count(bytes, 'byte');
	return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function issueCounts(counts: Record<Issue['severity'], number>): string {
	const parts = [
		counts.error && count(counts.error, 'error'),
		counts.warning && count(counts.warning, 'warning'),
		counts.notice && count(counts.notice, 'notice'),
	];
	return parts.filter(Boolean).join(', ');
}

export const strings = {
	name: 'mindhook',
	subtitle: 'Payload inspector',
	privacy: 'Everything stays on this computer',

	dropTitle: 'Drop a payload here',
	dropHint: 'The JSON body of a webhook, or the result of a poll. Pasting it works too.',
	dropNext: 'Drop or paste the next one anywhere',
	dropNow: 'Let go to read it',
	choose: 'Choose a file…',
	chooseLabel: 'Payload file',
	chooseAnother: 'Open…',
	paste: 'Paste',
	pasteHint: 'Press Ctrl+V or ⌘V to paste.',
	pasted: 'Pasted text',
	opening: (name: string) => `Reading ${name}…`,
	ignoredFiles: (ignored: number) => `Only the first file was opened; ${count(ignored, 'file')} ignored.`,
	noFile: 'Nothing to read was dropped.',
	fileFault: (reason: string) => `The file cannot be read: ${reason}`,
	fault: (message: string) => `This page ran into a fault of its own: ${message}`,

	kinds,
	severities,
	facts,
	confidences,
	noConfidence: 'not given',
	unreadable: 'Not a readable payload',
	payload: 'Payload',
	openedAs: (name: string, bytes: number, took: number) =>
		`${name && `${name} · `}${size(bytes)} · read in ${took < 10 ? took.toFixed(1) : format.format(Math.round(took))} ms`,
	announceReadable: (name: string, kind: string, fields: number | null, counts: Record<Issue['severity'], number>) =>
		`${name}: ${kind}${fields === null ? '' : `, ${count(fields, 'entry', 'entries')}`}, ${issueCounts(counts) || 'no issues'}.`,
	announceUnreadable: (name: string, issues: number) => `${name} cannot be read: ${count(issues, 'issue')}.`,

	issues: 'Issues',
	issueCounts: (counts: Record<Issue['severity'], number>) => issueCounts(counts) || 'none',
	place: (line: number, column: number) => `line ${format.format(line)}, column ${format.format(column)}`,
	wholeInput: 'the whole body',

	tree: {
		extraction: 'Fields',
		classification: 'Fields of the document',
		crop: 'Crops',
		ocr: 'Pages',
		split: 'Splits',
	},
	entries: {
		extraction: (amount: number) => count(amount, 'field'),
		classification: (amount: number) => count(amount, 'field'),
		crop: (amount: number) => count(amount, 'crop'),
		ocr: (amount: number) => count(amount, 'page'),
		split: (amount: number) => count(amount, 'split'),
	},
	treeEmpty: 'There are none.',
	columns: { name: 'Name', value: 'Value', confidence: 'Confidence' },
	keys: 'Arrow keys move and open, Home and End jump.',
	index: (index: number) => `[${index}]`,
	crop: (index: number) => `Crop ${index + 1}`,
	branchSummary,
	pages,
	pageRange,
	emptyText: 'empty text',
	rowOpened: 'opened',
	rowClosed: 'closed',
	detail: 'Selected row',
	cutValue: (shown: number, length: number) =>
		`${format.format(shown)} of ${format.format(length)} characters are shown.`,

	text: 'Text',
	page: (page: number, total: number) => `Page ${format.format(page + 1)} of ${format.format(total)}`,
	words: (words: number) => count(words, 'word'),
	previousPage: 'Previous page',
	nextPage: 'Next page',
	showMore: 'Show more',
	noText: 'No text on this page.',

	cardTitle,

	ids: 'Check webhook IDs',
	idsLabel: 'webhook_ids',
	idsHint: 'A list in any form: a JSON array, [A, B], or A,B.',
	idsExample: '["3f2b9c1e-8a4d-4c57-9e21-0b6f5d7a8c90"]',
	idsValid: (amount: number) => `${count(amount, 'endpoint')} will be called`,
	idsNone: 'Valid, and no endpoint will be called',
	idsInvalid: 'This list would be refused',
	idsVerdicts: 'Verdict on each ID',
	idValid: 'Valid',
	idInvalid: 'Refused',
	idRepeated: 'Repeated',
	idsMore: (amount: number) => `${count(amount, 'more entry', 'more entries')} not shown`,

	document: {
		pane: 'Document',
		tools: 'Page tools',
		opening: (name: string) => `Reading ${name}…`,
		announceOpened: (name: string, pages: number) => `${name}: ${count(pages, 'page')}.`,
		announceRotated: (degrees: number) => `Turned to ${degrees} degrees.`,
		add: 'Add the document…',
		addAnother: 'Open another document…',
		fileLabel: 'Document file',
		blank:
			'A blank page stands for the document. Add or drop the PDF or picture that this payload was read from, to see the places on it.',
		none: 'No document is open, and the payload has no locations.',
		faults: {
			unsupported: (name: string) => `${name} is no PDF, PNG, JPEG, WebP or TIFF.`,
			empty: (name: string) => `${name} is empty.`,
			damaged: (name: string) => `${name} is damaged: it cannot be read.`,
			password: (name: string) => `${name} is protected by a password. Save a copy without one, and open that.`,
			tooLarge: (name: string) => `${name} is too large to be shown: at most 500 MB and 80 megapixels a picture.`,
			unreadable: (name: string) => `${name} cannot be read. Was it moved, or is it a folder?`,
		},
		damagedPage: (page: number) => `Page ${format.format(page + 1)} is damaged: it cannot be painted.`,
		noSuchPage: (page: number, total: number) =>
			`The document has no page ${format.format(page + 1)}: it ends with page ${format.format(total)}.`,
		otherType: (claimed: string, is: string) => `The payload says ${claimed}, but this file is ${is}.`,
		otherPages: (claimed: number, is: number) =>
			`The payload says ${count(claimed, 'page')}, but this file has ${format.format(is)}.`,
		noLocations: 'The payload has no locations. They are part of it when it is asked for with the option polygon.',
		marksBeyond: (amount: number, last: number) =>
			`${count(amount, 'location lies', 'locations lie')} on pages that this file does not have, up to page ${format.format(last)}.`,
		lacks: (names: readonly string[]) =>
			`Some text is not painted: its encoding is not part of this page (${names.join(', ')}).`,

		pages: 'Pages',
		pageButton: (page: number, marked: number) =>
			`Page ${format.format(page + 1)}${marked > 0 ? `, ${count(marked, 'location')}` : ''}`,
		pageNumber: 'Page number',
		ofPages: (total: number) => `of ${format.format(total)}`,
		sheet: (page: number, total: number, name: string) =>
			`Page ${format.format(page + 1)} of ${format.format(total)}${name && `, ${name}`}`,
		scroller: 'The page, scrolled with the arrow keys',
		zoomOut: 'Smaller',
		zoomIn: 'Larger',
		zoom: (zoom: number) => `${format.format(Math.round(100 * zoom))} %`,
		fitWidth: 'Fit width',
		fitPage: 'Fit page',
		fullSize: 'Full size',
		rotate: 'Turn clockwise',
		allMarks: 'Show every location',

		marks: (amount: number) => count(amount, 'location'),
		marksOfPage: (page: number) =>
			`Locations on page ${format.format(page + 1)}. Arrow keys go through them, Enter chooses.`,
		mark: (at: number, total: number) => `Location ${format.format(at + 1)} of ${format.format(total)}`,
		markSaid: (name: string, text: string, confidence: string) => [name, text, confidence].filter(Boolean).join(', '),
		tones: ['Confidence not given', 'Low', 'Medium', 'High', 'Certain', 'Word', 'Crop'],
		location: (at: number, total: number) => `Location ${format.format(at + 1)} of ${format.format(total)}`,
		previousLocation: 'Previous location of the field',
		nextLocation: 'Next location of the field',
	},
} as const;
