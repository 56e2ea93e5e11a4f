/** Copying from the bytes: what is marked is put together as it stands in the file, not as it is laid out. */

const ENDINGS: Record<string, string> = { LF: '\n', CRLF: '\r\n', CR: '\r' };

/** Answers a copy with the exact text: a long line in one piece, the ends of lines as they are, without line numbers. */
export function copySelection(event: ClipboardEvent & { currentTarget: HTMLElement }): void {
	const selection = getSelection();
	if (!selection || selection.isCollapsed || !event.clipboardData) return;
	const marked = selection.getRangeAt(0);
	let text = '';
	for (const row of event.currentTarget.querySelectorAll<HTMLElement>('.raw-row')) {
		const bytes = row.querySelector('.bytes');
		if (!bytes || !marked.intersectsNode(row)) continue;
		const part = document.createRange();
		part.selectNodeContents(bytes);
		const lastRow = row.contains(marked.endContainer);
		if (bytes.contains(marked.startContainer)) part.setStart(marked.startContainer, marked.startOffset);
		if (bytes.contains(marked.endContainer)) part.setEnd(marked.endContainer, marked.endOffset);
		text += part.toString();
		if (!lastRow) text += ENDINGS[row.dataset.ending ?? ''] ?? '';
	}
	event.clipboardData.setData('text/plain', text);
	event.preventDefault();
}
