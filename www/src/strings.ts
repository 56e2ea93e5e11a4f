/** Every English word of the page. */
import type { Confidence, Issue, PayloadKind } from '../../pkg/src/core/types.js';
import type { Action, Scope } from './state/keyboard.js';
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
	if (shape === 'list') return count(size, 'item');
	return shape === 'page' ? count(size, 'word') : count(size, 'field');
}

/** Page numbers from 1, runs of them joined: `1–3, 5`. */
function pageNumbers(indexes: readonly number[]): string {
	const runs: [number, number][] = [];
	for (const index of indexes) {
		const last = runs.at(-1);
		if (last && index === last[1] + 1) last[1] = index;
		else runs.push([index, index]);
	}
	return runs.map(([first, last]) => (first === last ? `${first + 1}` : `${first + 1}–${last + 1}`)).join(', ');
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
	partMissing: 'A part of this page could not be fetched. Reload the page, or open it from where it was saved.',
	skip: 'Skip to what was opened',
	close: 'Close',
	noScript: 'This page reads payloads in your browser and needs JavaScript for it.',

	// The start screen
	dropTitle: 'Drop a payload here',
	dropHint: 'The JSON body of a webhook, or the result of a poll, and the document it came from. Pasting works too.',
	dropNow: 'Let go to read it',
	choose: 'Choose files…',
	chooseLabel: 'Payload file',
	paste: 'Paste',
	pasteHint: 'Press Ctrl+V or ⌘V to paste.',
	pasted: 'Pasted text',
	sample: 'Open a sample',
	sampleHint: 'An invoice made up for this page, and the payload of it.',
	checkSignature: 'Check a signature',
	checkSignatureHint: 'Body, secret and header in; whether they fit, and if not the likely cause.',
	opening: (name: string) => `Reading ${name}…`,
	noFile: 'Nothing to read was dropped.',
	fileFault: (reason: string) => `The file cannot be read: ${reason}`,
	fault: (message: string) => `This page ran into a fault of its own: ${message}`,

	// The header
	open: 'Open…',
	tools: 'Tools',
	compare: 'Compare…',
	signature: 'Signature…',
	export: 'Export…',
	shelf: 'Shelf',
	facts,
	factsButton: 'IDs',
	factsTitle: 'IDs and file',
	themes: { system: 'Colours: as the system', light: 'Colours: light', dark: 'Colours: dark' },
	help: 'Keys',
	panels: { signature: 'Check a signature', export: 'Export', keys: 'Keys' },

	// The desk
	side: 'Payload',
	splitter: 'Width of the document',
	tabs: { fields: 'Fields', text: 'Text', raw: 'Raw', problems: 'Problems', compare: 'Compare' },
	tabList: 'Views of the payload',
	closeComparison: 'Close the comparison',
	noPayload: 'No payload is open.',
	noPayloadHint: 'Drop one beside the document, or choose it.',

	// The selected row, at the foot
	selectedRow: 'Selected row',
	noSelection: 'No row is selected.',
	wholePayload: 'payload',
	copyAs: 'Copy as',
	copyForms: { pointer: 'JSON pointer', jsonPath: 'JSONPath', code: 'Code', value: 'Value' },
	copied: (what: string) => `Copied: ${what}`,
	copyFailed: 'The browser refused to copy. Select the text and press Ctrl+C or ⌘C.',

	// What a payload is
	kinds,
	severities,
	confidences,
	noConfidence: 'not given',
	unreadable: 'Not a readable payload',
	openedAs: (name: string, bytes: number, took: number) =>
		`${name && `${name} · `}${size(bytes)} · read in ${took < 10 ? took.toFixed(1) : format.format(Math.round(took))} ms`,
	announceReadable: (name: string, kind: string, fields: number | null, counts: Record<Issue['severity'], number>) =>
		`${name}: ${kind}${fields === null ? '' : `, ${count(fields, 'entry', 'entries')}`}, ${issueCounts(counts) || 'no issues'}.`,
	announceUnreadable: (name: string, issues: number) => `${name} cannot be read: ${count(issues, 'issue')}.`,
	cardTitle,
	localTime: (time: string) => `${time} here`,

	// Problems
	issueCounts: (counts: Record<Issue['severity'], number>) => issueCounts(counts) || 'none',
	problemsTab: (issues: number, counts: Record<Issue['severity'], number>) =>
		issues === 0 ? 'no problems' : `${count(issues, 'problem')}: ${issueCounts(counts)}`,
	noProblems: 'No problems.',
	noProblemsHint: 'The body is what the platform documents, to the last key.',
	place: (line: number, column: number) => `line ${format.format(line)}, column ${format.format(column)}`,
	wholeInput: 'the whole body',
	showInRaw: 'Show in Raw',
	showInFields: 'Show in Fields',
	unlisted: (amount: number) => `${count(amount, 'more problem')} not listed.`,
	excerpt: 'Excerpt',

	// Fields
	tree: {
		extraction: 'Fields',
		classification: 'Fields of the document',
		crop: 'Crops',
		split: 'Splits',
		ocr: 'Pages and words',
		json: 'What could be read',
	},
	entries: {
		extraction: (amount: number) => count(amount, 'field'),
		classification: (amount: number) => count(amount, 'field'),
		crop: (amount: number) => count(amount, 'crop'),
		split: (amount: number) => count(amount, 'split'),
		ocr: (amount: number) => count(amount, 'page'),
		json: (amount: number) => count(amount, 'entry', 'entries'),
	},
	treeEmpty: 'There are none.',
	treeNothing: 'Nothing of it could be read. The bytes are in Raw.',
	treeOfKind: (kind: string) => `A payload of the kind ${kind} has no fields; everything it says is here.`,
	columns: { name: 'Name', value: 'Value', confidence: 'Confidence', pages: 'Page' },
	index: (index: number) => `[${index}]`,
	crop: (index: number) => `Crop ${index + 1}`,
	ocrPage: (index: number) => `Page ${index + 1}`,
	word: (index: number) => `Word ${index + 1}`,
	classification: 'Classification',
	branchSummary,
	pages,
	pageRange,
	pageNumbers: (indexes: readonly number[]) => pageNumbers(indexes),
	emptyText: 'empty text',
	rowOpened: 'opened',
	rowClosed: 'closed',
	shadowed: 'not used',
	shadowedHint: 'An earlier copy of a duplicate key. JSON readers take the later one.',
	rowIssues: (amount: number) => count(amount, 'problem'),
	rowIssuesBelow: (amount: number) => `${count(amount, 'problem')} within`,
	filter: 'Filter',
	filterText: 'Filter by name or value',
	filterConfidence: 'Confidence',
	filterNoConfidence: 'None',
	filterShape: 'Shape',
	filterAnyShape: 'Any shape',
	shapes: {
		string: 'Text',
		number: 'Number',
		boolean: 'True or false',
		null: 'Null',
		object: 'Object',
		list: 'List',
		classification: 'Classification',
		crop: 'Crop',
		split: 'Split',
		page: 'Page',
		word: 'Word',
		broken: 'Broken',
	},
	filterUnlocated: 'No location',
	filterClear: 'Clear',
	filterMatches: (amount: number) => (amount === 0 ? 'Nothing matches' : count(amount, 'match', 'matches')),
	filterDropped: 'The filter was taken off to show this row.',
	nextLow: 'Next low',
	previousLow: 'Previous low',
	nextMatch: 'Next match',
	previousMatch: 'Previous match',
	noLow: 'No value of low confidence.',
	expandAll: 'Open all',
	collapseAll: 'Close all',
	expandedAll: (total: number) => `All open: ${count(total, 'row')}.`,
	expandedSome: (total: number) => `Opened as many as fit: ${count(total, 'row')}.`,
	collapsedAll: (total: number) => `All closed: ${count(total, 'row')}.`,
	rowReached: (name: string | number, text: string, confidence: Confidence | null) =>
		[typeof name === 'number' ? `[${name}]` : name, text, confidence && confidences[confidence]]
			.filter(Boolean)
			.join(', '),
	detail: 'Selected row in full',
	cutValue: (shown: number, length: number) =>
		`${format.format(shown)} of ${format.format(length)} characters are shown.`,
	locations: 'Locations',
	location: (at: number, total: number, page: number) =>
		total === 1 ? `page ${page + 1}` : `${format.format(at + 1)} of ${format.format(total)} · page ${page + 1}`,
	noLocation: 'no location',
	nextLocation: 'Next location',
	previousLocation: 'Previous location',
	bytePlace: (offset: number, length: number) => `${count(length, 'byte')} from byte ${format.format(offset)} on`,

	// Text
	text: 'Text',
	page: (page: number, total: number) => `Page ${format.format(page + 1)} of ${format.format(total)}`,
	words: (words: number) => count(words, 'word'),
	previousPage: 'Previous page',
	nextPage: 'Next page',
	pageField: 'Page',
	showMore: 'Show more',
	noText: 'No text on this page.',
	noTexts: 'This payload carries no text.',
	noTextsHint: 'An OCR always does; an extraction does when it is asked for with the option',
	copyPage: 'Copy page',
	textOfPage: (page: number) => `the text of page ${page + 1}`,

	// Finding, in Text and in Raw
	find: 'Find',
	findIn: { text: 'Find in the text', raw: 'Find in the bytes' },
	matchCase: 'Match case',
	matchCaseShort: 'Aa',
	nextFound: 'Next',
	previousFound: 'Previous',
	found: (at: number, total: number) => `${format.format(at + 1)} of ${format.format(total)}`,
	foundAt: (line: number, column: number) => `Found at line ${format.format(line)}, column ${format.format(column)}.`,
	foundOnPage: (page: number) => `Found on page ${page + 1}.`,
	wrapped: 'Went on at the other end.',
	notFound: 'Not found',
	searching: 'Searching…',

	// Raw
	raw: 'Bytes of the payload',
	rawHint: 'The exact bytes, as they arrived.',
	goToLine: 'Line',
	rawSize: (lines: number, bytes: number) => `${count(lines, 'line')} · ${size(bytes)}`,
	rawEmpty: 'The file is empty.',
	lineGoesOn: 'continued',

	// webhook_ids
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

	// The document
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
		strip: 'Pages at the side',
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
	},

	// Keys
	keysHint: 'Keys without Ctrl, ⌘ or Alt work anywhere but in a text box.',
	singleKeys: 'Single keys work everywhere',
	scopes: {
		page: 'Everywhere',
		side: 'Beside the document',
		tree: 'In the fields',
		document: 'On the document',
		marks: 'On the locations of a page',
		raw: 'In the bytes',
		tabs: 'On the tabs',
		splitter: 'On the border',
	} satisfies Record<Scope, string>,
	actions: {
		page: {
			open: 'Open files',
			help: 'Show this list',
			fields: 'Fields',
			text: 'Text',
			raw: 'Raw',
			problems: 'Problems',
			find: 'Filter or find',
			nextLow: 'Next value of low confidence',
			previousLow: 'Previous value of low confidence',
			nextLocation: 'Next location of the selected row',
			previousLocation: 'Previous location of the selected row',
			nextPage: 'Next page',
			previousPage: 'Previous page',
			nextRegion: 'Next region',
			previousRegion: 'Previous region',
		},
		side: { findHere: 'Filter or find', nextFound: 'Next match', previousFound: 'Previous match' },
		tree: {
			down: 'Next row',
			up: 'Previous row',
			pageDown: 'A page down',
			pageUp: 'A page up',
			first: 'First row',
			last: 'Last row',
			open: 'Open, or into the row',
			close: 'Close, or out of the row',
			toggle: 'Open or close',
			openAll: 'Open all that is in the row',
			copyValue: 'Copy the value',
		},
		document: {
			larger: 'Larger',
			smaller: 'Smaller',
			whole: 'Whole page',
			turn: 'Turn clockwise',
			nextPage: 'Next page',
			previousPage: 'Previous page',
		},
		marks: {
			next: 'Next location',
			previous: 'Previous location',
			first: 'First location',
			last: 'Last location',
			choose: 'Select its field',
			leave: 'Leave it',
		},
		raw: {
			down: 'Down',
			up: 'Up',
			pageDown: 'A page down',
			pageUp: 'A page up',
			first: 'To the beginning',
			last: 'To the end',
			goToLine: 'Go to a line',
		},
		tabs: { next: 'Next tab', previous: 'Previous tab', first: 'First tab', last: 'Last tab' },
		splitter: {
			wider: 'Document wider',
			narrower: 'Document narrower',
			widest: 'Document as wide as it goes',
			narrowest: 'Document as narrow as it goes',
		},
	} satisfies { [In in Scope]: Record<Action<In>, string> },
	keyNames: {
		ArrowDown: '↓',
		ArrowUp: '↑',
		ArrowLeft: '←',
		ArrowRight: '→',
		PageDown: 'Page down',
		PageUp: 'Page up',
	} as Record<string, string>,
	modKey: { mac: '⌘', other: 'Ctrl' },
	shiftKey: 'Shift',
	or: 'or',
} as const;
