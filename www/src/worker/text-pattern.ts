/** How a text is looked for: letter by letter, with or without regard to case. */

/** A pattern that finds a text; one character matches one, so that what is found is as long as what is looked for. */
export function textPattern(text: string, matchCase: boolean): RegExp {
	return new RegExp(text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), matchCase ? 'gu' : 'giu');
}

/** Where a text begins in another, in any case, `most` places at most; one ends before the next begins. */
export function placesOf(content: string, text: string, most: number): number[] {
	const places: number[] = [];
	if (text === '') return places;
	for (const { index } of content.matchAll(textPattern(text, false))) {
		places.push(index);
		if (places.length === most) break;
	}
	return places;
}
