/** What the demonstration writes with: colours where they are wanted, tables that fit, text that cannot play with the terminal. */

const wantsColour = process.stdout.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';

const paint = (code) => (text) => (wantsColour ? `\x1b[${code}m${text}\x1b[0m` : text);

export const bold = paint(1);
export const dim = paint(2);
export const red = paint(31);
export const green = paint(32);
export const yellow = paint(33);

/** Columns of the terminal; a log gets 100. */
export const width = () => Math.min(Math.max(process.stdout.columns ?? 100, 48), 140);

export const print = (line = '') => process.stdout.write(`${line}\n`);

/** A value on one line. Control characters come out escaped: a payload is a stranger's text. */
export function oneLine(value) {
	const text = typeof value === 'string' ? value : JSON.stringify(value);
	return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) =>
		character === '\n' ? '↵' : `\\u{${character.codePointAt(0).toString(16)}}`,
	);
}

/** Columns that a text takes: East Asian and emoji characters take two, combining marks none. */
function columnsOf(text) {
	let columns = 0;
	for (const character of text) {
		if (/\p{M}/u.test(character)) continue;
		columns +=
			/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
				character,
			)
				? 2
				: 1;
	}
	return columns;
}

/** The text, cut to so many columns. */
export function cut(text, columns) {
	if (columnsOf(text) <= columns) return text;
	let kept = '';
	for (const character of text) {
		if (columnsOf(kept + character) >= columns) break;
		kept += character;
	}
	return `${kept}…`;
}

const pad = (text, columns) => text + ' '.repeat(Math.max(0, columns - columnsOf(text)));

/** Rows under a heading, as wide as the terminal at most: the column `wide` gives way. A row's `paint` colours its last cell. */
export function table(heading, rows, { indent = 3, wide = 1 } = {}) {
	const gap = 2;
	const sizes = heading.map((title, column) =>
		Math.max(columnsOf(title), ...rows.map(({ cells }) => columnsOf(cells[column]))),
	);
	const limit = (column, share) => {
		sizes[column] = Math.min(sizes[column], Math.floor(width() * share));
	};
	for (const column of sizes.keys()) if (column !== wide) limit(column, 0.45);
	const others = sizes.reduce((sum, size, column) => sum + (column === wide ? 0 : size + gap), indent);
	sizes[wide] = Math.max(8, Math.min(sizes[wide], width() - others));
	const line = (cells) => cells.map((cell, column) => pad(cut(cell, sizes[column]), sizes[column]));
	print(' '.repeat(indent) + dim(line(heading).join('  ').trimEnd()));
	for (const { cells, paint: colour } of rows) {
		const padded = line(cells);
		if (colour) padded.push(colour(padded.pop().trimEnd()));
		print((' '.repeat(indent) + padded.join('  ')).trimEnd());
	}
}

/** Text in lines that fit, all of them indented. */
export function paragraph(text, indent) {
	const room = width() - indent;
	let line = '';
	for (const word of text.split(' ')) {
		if (line !== '' && columnsOf(line) + 1 + columnsOf(word) > room) {
			print(' '.repeat(indent) + line);
			line = '';
		}
		line += (line === '' ? '' : ' ') + word;
	}
	print(' '.repeat(indent) + line);
}
