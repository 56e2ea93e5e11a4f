/** Colours, where they are wanted. */
import { styleText } from 'node:util';

export type Style = 'red' | 'yellow' | 'blue' | 'green' | 'bold' | 'dim';

/** Text in a style; without colour, the text. */
export type Paint = (style: Style, text: string) => string;

export const plain: Paint = (_, text) => text;

// The decision is made once, here: `styleText` would make its own, for another stream.
export const coloured: Paint = (style, text) => (text === '' ? '' : styleText(style, text, { validateStream: false }));

/** Whether to colour a stream: FORCE_COLOR decides, then NO_COLOR (no-color.org), then whether it is a terminal. */
export function wantsColour(stream: { isTTY?: boolean }, env: Readonly<Record<string, string | undefined>>): boolean {
	if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
	if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
	return stream.isTTY === true && env.TERM !== 'dumb';
}
