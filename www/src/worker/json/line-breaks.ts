/** Line breaks put back into JSON that was indented and lost them: what is left of its lines is the white space that they begin with. */
import { endOfString, endOfWord, isSpace } from './style.js';

const [QUOTE, COMMA] = [0x22, 0x2c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** The bytes with a break before each stretch of white space that is as long as an indentation there; `null` where there is none. */
export function withLineBreaks(bytes: Uint8Array, lineBreak: Uint8Array): Uint8Array<ArrayBuffer> | null {
	const starts = lineStarts(bytes);
	if (starts.length === 0) return null;
	const whole = new Uint8Array(bytes.length + starts.length * lineBreak.length);
	let [from, to] = [0, 0];
	for (const start of [...starts, bytes.length]) {
		whole.set(bytes.subarray(from, start), to);
		to += start - from;
		if (start < bytes.length) whole.set(lineBreak, to);
		to += lineBreak.length;
		from = start;
	}
	return whole;
}

/** Where lines began. */
function lineStarts(bytes: Uint8Array): number[] {
	const starts: number[] = [];
	/** For each open container: whether what is in it stands on lines of its own. */
	const open: boolean[] = [];
	/** How far one level is indented: as far as the first line. */
	let unit = 0;
	let before = 0;
	for (let at = 0; at < bytes.length; ) {
		const end = endOfSpace(bytes, at);
		const byte = bytes[end] as number;
		const indent = end - at;
		const [isOpened, closes] = [opens(before), byte === CLOSE_ARRAY || byte === CLOSE_OBJECT];
		if (isOpened) {
			if (open.length === 0) unit = indent;
			open.push(unit > 0 && indent === unit * (open.length + 1));
		}
		// The last line of a container is indented as what holds it is; an empty one has no lines.
		const begins = closes ? !isOpened : isOpened || before === COMMA;
		if (begins && open.at(-1) && indent === unit * (open.length - (closes ? 1 : 0))) starts.push(at);
		if (closes) open.pop();
		before = byte;
		at =
			byte === QUOTE
				? endOfString(bytes, end)
				: opens(byte) || closes || byte === COMMA
					? end + 1
					: endOfWord(bytes, end);
	}
	return starts;
}

function opens(byte: number): boolean {
	return byte === OPEN_ARRAY || byte === OPEN_OBJECT;
}

function endOfSpace(bytes: Uint8Array, at: number): number {
	while (at < bytes.length && isSpace(bytes[at] as number)) at++;
	return at;
}
