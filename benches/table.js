/** A table in Markdown: the cells of its head, and those of each row. */
export function table(heading, rows) {
	// The first column is text, the others are figures.
	const line = (cells) => `| ${cells.join(' | ')} |`;
	return [line(heading), line(heading.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
