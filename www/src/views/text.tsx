/** Foreign text on the page: what cannot be seen is made visible, and nothing of it is ever markup. */
import type { ComponentChildren } from 'preact';

/** Control and format characters, lone surrogates, separators of lines and paragraphs. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** They join the letters of scripts and emoji, and are no trick by themselves. */
const JOINERS = '\u200c\u200d';
const ARROWS: Record<string, string> = { '\n': '↵', '\r': '␍', '\t': '⇥' };

interface ForeignProps {
	text: string;
	/** Line ends and tabs are laid out instead of shown as signs. */
	lines?: boolean;
	class?: string;
}

/** A text of a payload or a file name, in a direction of its own. */
export function Foreign({ text, lines = false, class: name = '' }: ForeignProps) {
	return (
		<bdi class={name} dir="auto">
			{visible(text, lines)}
		</bdi>
	);
}

/** The text with its unseen characters marked. They stay what they are, so that a copy is exact, and work on nothing but themselves. */
export function visible(text: string, lines = false): ComponentChildren {
	const parts: ComponentChildren[] = [];
	let done = 0;
	for (const { 0: sign, index } of text.matchAll(UNSEEN)) {
		if (JOINERS.includes(sign) || (lines && sign in ARROWS)) continue;
		parts.push(text.slice(done, index), <Sign key={index} sign={sign} />);
		done = index + sign.length;
	}
	if (done === 0) return text;
	parts.push(text.slice(done));
	return parts;
}

function Sign({ sign }: { sign: string }) {
	return (
		<bdi class="control" data-code={ARROWS[sign] ?? codePoint(sign)}>
			{sign}
		</bdi>
	);
}

/** Such as `U+202E`. */
export function codePoint(sign: string): string {
	return `U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** The text with its unseen characters by number, for where nothing but text can stand. */
export function visibleText(text: string): string {
	return text.replace(UNSEEN, (sign) => (JOINERS.includes(sign) ? sign : `<${codePoint(sign)}>`));
}
