/** The worker: holds the core and the payload that is shown, and answers the page's calls one after the other. */
import { type Shown, show } from './content.js';
import { checkIds, FileUnreadable, readFile, warmUp } from './core.js';
import { type Ask, type CallName, type Calls, type Opened, type Reply, TEXT_LENGTH } from './protocol.js';
import { stretch } from './text.js';

let shown: Shown | null = null;
let current = -1;

const calls: { [Name in CallName]: (request: Calls[Name]['request']) => Calls[Name]['answer'] } = {
	open({ document, file }): Opened {
		// Dropped before the next one is read: two large payloads are never held at once.
		shown = null;
		current = document;
		const began = performance.now();
		const result = readFile(file);
		const known = { document, name: file.name, size: file.size };
		if (!result.ok) return { ...known, took: performance.now() - began, issues: result.issues, readable: false };
		shown = show(result.payload);
		const took = performance.now() - began;
		return { ...known, took, issues: result.payload.warnings, readable: true, ...shown.content };
	},
	rows({ document, from, count }) {
		const tree = treeOf(document);
		return tree && { total: tree.total, from, rows: tree.rows(from, count) };
	},
	expand({ document, index, expanded }) {
		const tree = treeOf(document);
		tree?.expand(index, expanded);
		return tree && { total: tree.total };
	},
	parent({ document, index }) {
		const tree = treeOf(document);
		return tree && { index: tree.parent(index) };
	},
	detail({ document, index }) {
		return treeOf(document)?.detail(index) ?? null;
	},
	text({ document, page, from }) {
		if (document !== current || !shown) return null;
		const { content, words } = shown.text(page);
		return { page, from, content: stretch(content, from, TEXT_LENGTH), length: content.length, words };
	},
	ids: ({ text }) => checkIds(text),
};

/** The tree that is shown, unless the call means a document that was left meanwhile. */
function treeOf(document: number): Shown['tree'] {
	return document === current ? (shown?.tree ?? null) : null;
}

addEventListener('message', ({ data }: MessageEvent<Ask>) => {
	let reply: Reply;
	try {
		const answer = (calls[data.call] as (request: Ask['request']) => Calls[CallName]['answer'])(data.request);
		reply = { serial: data.serial, answer };
	} catch (fault) {
		const failure = fault instanceof Error ? fault.message : String(fault);
		reply = { serial: data.serial, failure, of: fault instanceof FileUnreadable ? 'file' : 'page' };
	}
	postMessage(reply);
});

warmUp();
