/** Every English word of the page. */
import type { Confidence, Issue, PayloadKind } from '../../pkg/src/core/types.js';
import type { Action, Scope } from './state/keyboard.js';
import type { Card, Fact } from './worker/calls/payload.js';
import type { Shape } from './worker/calls/tree.js';

/** Made when it is first used: making one took more than half of the first screen's script (40 of 75 ms). */
function onDemand<Value>(make: () => { format(value: Value): string }): { format(value: Value): string } {
	let made: { format(value: Value): string } | undefined;
	return {
		format(value) {
			made ??= make();
			return made.format(value);
		},
	};
}

const format = onDemand<number>(() => new Intl.NumberFormat('en'));

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

const clock = onDemand<Date>(
	() => new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }),
);
const calendar = onDemand<Date>(
	() =>
		new Intl.DateTimeFormat('en', {
			month: 'short',
			day: 'numeric',
			hour: '2-digit',
			minute: '2-digit',
			hourCycle: 'h23',
		}),
);

const dayAndTime = onDemand<Date>(() => new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' }));

/** The time of today, or the day with its time. */
function timeOf(time: Date): string {
	return (time.toDateString() === new Date().toDateString() ? clock : calendar).format(time);
}

export const strings = {
	size,

	name: 'mindhook',
	subtitle: 'Payload inspector',
	privacy: 'Everything stays on this computer',
	partMissing: 'A part of this page could not be fetched. Reload the page, or open it from where it was saved.',
	skip: 'Skip to what was opened',
	close: 'Close',

	// The start screen
	dropTitle: 'Drop a payload here',
	dropHint: 'The JSON body of a webhook, or the result of a poll, and the document it came from. Pasting works too.',
	dropNow: 'Let go to read it',
	choose: 'Choose files…',
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
	noWorker: 'its reading part did not start',
	fault: (message: string) => `This page ran into a fault of its own: ${message}`,

	// The header
	open: 'Open…',
	compare: 'Compare…',
	signature: 'Signature…',
	webhookIds: 'Webhook IDs…',
	closeShown: 'Close what is open',
	export: 'Export…',
	shelf: 'Shelf',
	facts,
	factsButton: 'IDs',
	factsTitle: 'IDs and file',
	themes: { system: 'Colours: as the system', light: 'Colours: light', dark: 'Colours: dark' },
	help: 'Keys',
	panels: { signature: 'Check a signature', ids: 'Check webhook IDs', export: 'Export', keys: 'Keys' },

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
	copyAs: 'Copy as',
	copyForms: { pointer: 'JSON pointer', jsonPath: 'JSONPath', code: 'JavaScript', value: 'Value' },
	copied: (what: string) => `Copied: ${what}`,
	copyLeft: 'Nothing was copied: another payload came before it was read.',
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
	localTime: (time: Date) => `${dayAndTime.format(time)} here`,

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
	columns: { name: 'Name', value: 'Value', confidence: 'Confidence', pages: 'Page' },
	index: (index: number) => `[${index}]`,
	crop: (index: number) => `Crop ${index + 1}`,
	ocrPage: (index: number) => `Page ${index + 1}`,
	branchSummary,
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
	cutOut: 'What the document shows at this location',
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
	showMore: 'Show more',
	showBefore: 'Show what comes before',
	textParts: {
		classification: () => 'Document',
		crop: (index: number) => `Crop ${index + 1}`,
		split: (index: number) => `Split ${index + 1}`,
	},
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
	goToLine: 'Line',
	rawSize: (lines: number, bytes: number) => `${count(lines, 'line')} · ${size(bytes)}`,
	rawEmpty: 'The file is empty.',
	lineGoesOn: 'continued',

	// webhook_ids
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
			missing: (name: string) =>
				`${name} is not shown: the part of this page that shows it could not be fetched. Reload the page.`,
			ours: (name: string) => `${name} is not shown: this page ran into a fault of its own.`,
			noRoom: (name: string) => `The browser makes no picture of this size of ${name}.`,
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
		noMarks: (reason: string) => `The locations cannot be shown: ${reason}`,
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
	shelfView: {
		title: 'Shelf',
		list: 'Files and deliveries',
		nothing: 'Files that you open lie ready here.',
		unlisted: 'The list cannot be read now. It is tried again.',
		nothingYet: 'Nothing has come yet.',
		nothingFits: 'Nothing fits.',
		count: (files: number, deliveries: number, more: boolean) =>
			[
				files && count(files, 'file'),
				deliveries && `${count(deliveries, 'delivery', 'deliveries')}${more ? ' and more' : ''}`,
			]
				.filter(Boolean)
				.join(', '),
		delivery: (id: number) => `#${id}`,
		deliveryFile: (id: number) => `delivery-${id}.json`,
		documents: (type: string) =>
			`Document, ${{ jpeg: 'JPEG', pdf: 'PDF', png: 'PNG', tiff: 'TIFF', webp: 'WebP' }[type] ?? type}`,
		on: 'on',
		payload: 'Payload',
		attempts: (attempts: number) => `attempt ${attempts}`,
		repeats: (times: number) => `came again${times > 1 ? ` ${times} times` : ''}`,
		time: (time: Date) => timeOf(time),
		states: {
			received: 'Received',
			handled: 'Handled',
			failed: 'Failed',
			dead: 'Dead',
			quarantined: 'Quarantined',
		},
		connections: { none: '', connecting: 'Connecting', live: 'Live', lost: 'Connecting again', ended: 'Ended' },
		follow: 'Follow newest',
		openAwaited: (id: number) => `Open #${id}`,
		held: 'It waits: you are typing, something is open over the page, or the focus is in what it would replace.',
		find: 'Find in the list',
		stateLabel: 'State',
		anyState: 'Any state',
		document: 'Document',
		byName: (name: string | undefined) => (name === undefined ? 'By name: none' : `By name: ${name}`),
		noDocument: 'None',
		requests: (amount: number) => count(amount, 'request without a new delivery', 'requests without a new delivery'),
		requestsSince: (since: Date) => `The latest, since ${timeOf(since)}.`,
		requestsUnknown: 'Only mindhook listen --view knows what was refused or came again.',
		refused: (status: number) => `Refused, ${status}`,
		repeated: (id: number) => `#${id} came again`,
		taken: (amount: number) => `${count(amount, 'file')} on the shelf.`,
		cannotOpen: (name: string, fault: string) => `${name} cannot be opened: ${fault}.`,
		faults: {
			gone: 'it is no longer there',
			denied: 'this user may not read it',
			unreadable: 'it could not be read',
			unreachable: 'the program that served this page does not answer',
		},
		announce: (arrived: number, bad: number, refused: number, repeated: number) =>
			`${[
				arrived && count(arrived, 'new delivery', 'new deliveries'),
				bad && `${bad} dead or quarantined`,
				refused && `${refused} refused`,
				repeated && `${repeated} came again`,
			]
				.filter(Boolean)
				.join(', ')}.`,
	},
} as const;

/** What the check of a signature says. */
export const signatureStrings = {
	hint: 'The signature is over the bytes of the body exactly as they arrived. Nothing of this is kept, and nothing leaves this page.',
	body: 'Body',
	bodyHint: 'Drop the file here, or choose it. It is read as it is.',
	bodyOpen: (name: string) => `The payload that is open: ${name}`,
	bodyFile: (name: string, bytes: number) => `${name}, ${size(bytes)}`,
	chooseBody: 'Choose the file of the body…',
	noBody: 'No body yet.',
	header: 'Value of the header',
	headerHint: 'X-Signature, with or without its name.',
	secrets: 'Signing secrets',
	secretsHint: 'One a line. They are forgotten when this closes.',
	show: 'Show secrets',
	check: 'Check',
	stop: 'Stop',
	checking: (tried: number, planned: number) =>
		`It does not fit as it is. Looking for the reason: ${format.format(tried)} of at most ${format.format(planned)} possibilities.`,
	progress: 'Possibilities tried',
	fits: 'The signature fits.',
	fitsWith: (secret: number, secrets: number) =>
		secrets > 1 ? `The signature fits, with secret ${secret + 1} of ${secrets}.` : 'The signature fits.',
	explained: 'The signature does not fit, and this is why:',
	withSecret: (secret: number, secrets: number) => `Found with secret ${secret + 1} of ${secrets}.`,
	unexplained: 'The signature does not fit.',
	unexplainedHint:
		'None of the usual changes to a body, a secret or a signature makes it fit: the body was changed in another way, or it was signed with another secret.',
	noSignature: 'This is no signature: 64 hexadecimal digits are expected.',
	noSecret: 'Give at least one secret.',
	left: 'The payload was closed meanwhile.',
	todo: 'What to do',
	notes: {
		name: 'The name of the header was left out of the comparison.',
		oldName:
			'X-Mindee-Hmac-Signature is the name of the first version of the platform. Version 2 sends X-Signature: read that one.',
		scheme:
			'Before the digits stands the name of a digest. The platform sends the digits alone: a receiver that expects such a name refuses every delivery.',
		quotes: 'The value was in quotes. They are no part of it.',
		spaces: 'There was white space around the value. mindhook accepts that.',
		spacesWithin: 'There was white space within the value. A receiver refuses that.',
		upperCase: 'The digits are in upper case. The platform sends lower case; mindhook accepts both.',
		hexPrefix: 'The value began with 0x, which is no part of it.',
		several: 'There were several values, as proxies join repeated headers. Each was tried.',
	},
	causes: {
		bomAdded: [
			'The file begins with a byte order mark that was not signed.',
			'Save what arrives byte for byte; editors on Windows add the mark.',
		],
		bomLost: [
			'The body that was signed begins with a byte order mark, which the file lacks.',
			'Do not decode the body before the check: decoders drop the mark.',
		],
		endAdded: [
			'The file ends with a line break or space that was not signed.',
			'Write the body without a line break behind it: echo and editors add one; printf, or writing the bytes, does not.',
		],
		endLost: [
			'The body that was signed ends with a line break, which the file lacks.',
			'Do not trim the body before the check.',
		],
		lineBreaksStripped: [
			'The signature is over the body with its line breaks taken out.',
			'Sign, and check, the body with every CR and LF in it: some clients take them out first, and what they sign is not what was sent.',
		],
		lineBreaksLost: [
			'The file is the body that was signed without its line breaks. They were:',
			'Write the body as the bytes that arrived: what reads it line by line drops the breaks.',
		],
		linesEndCrlf: [
			'The lines of what was signed end with CR LF.',
			'Sign, and check, bytes: a file that is written as text on Windows gets such line ends.',
		],
		toCrlf: [
			'The line ends of the file were changed from LF to CR LF.',
			'Write the file in binary mode; in git, mark it as -text.',
		],
		toLf: [
			'The line ends of the file were changed from CR LF to LF.',
			'Read the file in binary mode; in git, mark it as -text.',
		],
		rewritten: [
			'The body was parsed and written again: the signature is over the same JSON as this writes it:',
			'Check the raw body before anything parses it. With Express: express.raw() in the place of express.json() on this route.',
		],
		rewrittenSorted: [
			'The body was parsed and written again with its keys in order: the signature is over the JSON as this writes it then:',
			'Check the raw body before anything parses it, and keep it as bytes: jsonb columns and caches sort keys.',
		],
		doubleEncoded: [
			'The file was encoded as UTF-8 twice: its letters beyond ASCII were taken for Latin-1.',
			'Do not make text of the body before the check. If it must be, decode it as UTF-8.',
		],
		signedDouble: [
			'The signature is over the body encoded as UTF-8 twice.',
			'Sign the bytes of the body, not a text that was decoded as Latin-1.',
		],
		latin1: [
			'The file is in Latin-1; the body that was signed is in UTF-8.',
			'Write the body as the bytes that arrived, or as UTF-8.',
		],
		utf16: [
			'The file is in UTF-16; the body that was signed is in UTF-8.',
			'PowerShell writes UTF-16 with >: use -OutFile, or Set-Content -AsByteStream.',
		],
		httpHead: [
			'The file holds the head of the HTTP message too; the signature is over the body behind it.',
			'Keep the body alone: curl without -i.',
		],
		jsonString: [
			'The file holds the body as a JSON string; the signature is over the text in it.',
			'Something wrote the body as a string into JSON. Check it before that.',
		],
		base64: [
			'The file holds the body in base64; the signature is over the bytes that it stands for.',
			'Decode it first: AWS Lambda says isBase64Encoded of such a body.',
		],
		gzip: [
			'The file is the body compressed with gzip; the signature is over the body itself.',
			'Unpack it before the check.',
		],
		trailing: [
			'Behind the JSON of the file stands something that was not signed.',
			'Write each body to a file of its own, and cut the file to its length when it is written again.',
		],
		secretSpaces: ['The secret has white space around it that is no part of it.', 'Trim the secret where it is read.'],
		secretQuotes: [
			'The secret is in quotes that are no part of it.',
			'Take the quotes away: not every tool that reads .env files does.',
		],
		secretAssignment: [
			'Before the secret stands the name of a variable.',
			'Give only what stands behind the equals sign.',
		],
		secretLineBreak: [
			'The signature was made with the secret and a line break behind it.',
			'Whoever signed read the secret from a file with a line break at its end. Trim it there.',
		],
		secretHex: [
			'The secret was given in hexadecimal digits; the signature is made with the bytes that they stand for.',
			'The platform signs with the text of its secret. Whoever signed this decoded it first.',
		],
		secretBase64: [
			'The secret was given in base64; the signature is made with the bytes that it stands for.',
			'The platform signs with the text of its secret. Whoever signed this decoded it first.',
		],
		secretPrefix: [
			'The signature is made with the part of the secret behind its prefix.',
			'The platform signs with the whole text of its secret.',
		],
		secretAsHex: [
			'The signature is made with the hexadecimal digits of the secret.',
			'The key is the text of the secret in UTF-8: do not encode it once more.',
		],
		secretAsBase64: [
			'The signature is made with the base64 of the secret.',
			'The key is the text of the secret in UTF-8: do not encode it once more.',
		],
		signatureBase64: [
			'The signature is the right one in base64; the platform writes hexadecimal digits.',
			'Compare the digits: digest("hex").',
		],
		signatureBase64OfHex: ['The signature is the base64 of the right digits.', 'Compare the digits themselves.'],
		signatureCut: ['The signature is a part of the right one. Digits:', 'Give all 64: a column or a log cut it.'],
		signatureLonger: ['The signature holds the right one and more. Digits:', 'Give the 64 digits alone.'],
		sha1: ['The signature is an HMAC with SHA-1.', 'The platform signs with SHA-256.'],
		sha384: ['The signature is an HMAC with SHA-384.', 'The platform signs with SHA-256.'],
		sha512: ['The signature is an HMAC with SHA-512.', 'The platform signs with SHA-256.'],
		plainSha256: ['The signature is a plain SHA-256, no HMAC, over:', 'Use HMAC-SHA256 with the secret as its key.'],
	},
	hints: {
		looksRewritten:
			'The file is exactly what this writes, so it may have been parsed and written again before it was saved:',
		replacement:
			'The file holds the character � that stands for bytes that could not be read: it was decoded in the wrong way, which cannot be undone.',
		cutOff: 'The JSON of the file ends before it is complete: a part of the body is missing.',
		lengthOfSha1: 'The signature has 40 digits, as many as SHA-1 gives; SHA-256 gives 64.',
		lengthOfSha512: 'The signature has 128 digits, as many as SHA-512 gives; SHA-256 gives 64.',
		noSignature: 'This is no signature: 64 hexadecimal digits are expected.',
	},
	untried: {
		stopped: 'The search was stopped before everything was tried.',
		large: 'The body is large: only changes at its beginning and its end were tried.',
		pairs: 'A change of the body together with one of the secret was not tried to the end: it would take too long.',
		otherDigests:
			'Other digests were not tried: the browser has them only for pages that come over HTTPS or from this computer.',
	},
} as const;

/** What is said beside the files to keep. */
export const exportStrings = {
	json: 'JSON as it arrived',
	jsonHint: 'Byte for byte.',
	indented: 'JSON, indented',
	indentedHint: 'For reading: numbers and duplicate keys stay as they are written.',
	fields: 'CSV of all fields',
	fieldsHint: (values: number) =>
		`${count(values, 'line')}: pointer, name, value, confidence, pages (from 0, as in the payload), and which copies of a duplicate key a later one replaces.`,
	list: (pointer: string) => `CSV of ${pointer.replace(/^\/inference\/result\/(fields\/)?/, '')}`,
	listHint: (items: number) => `A table with a line for each of ${count(items, 'item')}.`,
	moreLists: (lists: number) => `${count(lists, 'more list')}: in the CSV of all fields, not as tables of their own.`,
	text: 'Text',
	textHint: (pages: number) => `The text of ${count(pages, 'page')}; a form feed stands between two.`,
	picture: (page: number) => `Page ${page + 1} as a picture`,
	pictureHint: 'PNG, with the locations drawn on it.',
	save: 'Save',
	saveWhat: (what: string) => `Save: ${what}`,
	stop: 'Stop',
	making: (what: string) => `Making: ${what}…`,
	saved: (name: string, bytes: number) => `Saved: ${name}, ${size(bytes)}.`,
	stopped: 'Stopped. Nothing was saved.',
	failed: (reason: string) => `The file could not be made: ${reason}`,
	mark: 'Begin CSV and text with a byte order mark',
	markHint: 'Excel needs it to read letters beyond ASCII; most other programs do without.',
	harmless:
		'A text that a spreadsheet would take for a formula, because it begins with =, +, -, @ or a tab, gets an apostrophe before it, also behind a semicolon or a line break within a cell. Numbers such as -5.00 are left as they are.',
} as const;

const changes = {
	value: 'Value',
	written: 'Written otherwise',
	type: 'Type',
	up: 'More sure',
	down: 'Less sure',
	moved: 'Moved',
	order: 'Other order',
	added: 'Added',
	removed: 'Removed',
} as const;

/** What the comparison says. */
export const compareStrings = {
	title: 'Differences',
	invite: 'Compare with another payload',
	inviteHint: 'Drop it here, or choose it: the answer of another model, or of the same one on another day.',
	choose: 'Choose a payload…',
	chooseOther: 'Another…',
	atHand: 'With one at hand…',
	progress: 'Part that is compared',
	stop: 'Stop',
	shown: 'Shown',
	other: 'Compared',
	between: (shown: string, other: string) => `${shown} (shown) and ${other} (compared)`,
	busy: (name: string) => `Comparing with ${name}…`,
	twoKinds: (a: string, b: string) =>
		`These are two kinds of payload: ${a} and ${b}. Their values have nothing to do with each other, so only the facts are compared.`,
	unreadable: (side: string) =>
		`What is ${side} is no readable payload. Its problems are told when it is opened by itself; here only the facts are compared.`,
	announce: (different: number, facts: number, compared: boolean) =>
		compared
			? `${count(different, 'difference')}, ${count(facts, 'different fact')}.`
			: 'Only the facts can be compared.',
	counts: (different: number, equal: number) =>
		`${different === 0 ? 'No difference' : count(different, 'difference')} · ${format.format(equal)} the same`,
	facts: (amount: number) => count(amount, 'different fact'),
	fact: 'Fact',
	fileName: 'File name',
	option: (name: string) => `Option ${name}`,
	absent: 'absent',
	kinds: 'Kinds of change',
	changes,
	same: 'Same',
	showEqual: 'Show what is the same',
	columns: { change: 'Change', where: 'Where' },
	next: 'Next difference',
	previous: 'Previous difference',
	none: 'Nothing is different.',
	noneOfKind: 'Nothing of this kind.',
	item: (index: number) => `[${index}]`,
	fromItem: (from: number, to: number) => `item ${from} → ${to}`,
	holds: (size: number) => (size === 0 ? 'nothing' : count(size, 'value')),
	onPages: (indexes: readonly number[]) => pages(indexes),
} as const;
