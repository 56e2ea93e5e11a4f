import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { toast } from '../state/announce.js';
import { visible } from './text.js';

/** So long it is seen, in milliseconds: some time to notice it, and some to read each letter. */
const SEEN = { least: 3_500, letter: 70 } as const;

/**
 * What is said in passing, for the eye: the ear is told by the live region. It lies over the page and what is open over that, and
 * takes neither focus nor pointer.
 */
export function Toast() {
	const said = toast.value;
	const [gone, setGone] = useState(said);
	useEffect(() => {
		if (!said) return;
		const timer = setTimeout(() => setGone(said), SEEN.least + SEEN.letter * said.text.length);
		return () => clearTimeout(timer);
	}, [said]);
	const line = useRef<HTMLParagraphElement>(null);
	useLayoutEffect(() => {
		// Shown anew each time: a dialog that was opened since lies over it.
		line.current?.hidePopover();
		line.current?.showPopover();
	}, [said]);
	if (!said || said === gone) return null;
	return (
		<p ref={line} class="toast" popover="manual" aria-hidden="true">
			{visible(said.text)}
		</p>
	);
}
