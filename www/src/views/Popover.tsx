import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';

interface PopoverProps {
	/** Of the element; unique on the page. */
	id: string;
	/** What the button says. */
	label: ComponentChildren;
	class: string;
	children: ComponentChildren;
}

/** A button and what it opens below itself; Escape and a click elsewhere close it. */
export function Popover({ id, label, class: name, children }: PopoverProps) {
	const button = useRef<HTMLButtonElement>(null);
	const box = useRef<HTMLDivElement>(null);
	return (
		<>
			<button ref={button} class={name} type="button" popovertarget={id}>
				{label}
			</button>
			<div
				ref={box}
				id={id}
				class="popover"
				popover="auto"
				onBeforeToggle={() => button.current && box.current && placeBelow(button.current, box.current)}
			>
				{children}
			</div>
		</>
	);
}

/** Puts a popover below a button, or above it where there is no room below, within the window. */
export function placeBelow(button: HTMLElement, box: HTMLElement): void {
	const { left, top, bottom } = button.getBoundingClientRect();
	const { clientWidth, clientHeight } = document.documentElement;
	const above = bottom > clientHeight / 2;
	box.style.insetInlineStart = `${Math.max(8, Math.min(left, clientWidth - 8 - Math.min(384, clientWidth - 16)))}px`;
	box.style.top = above ? 'auto' : `${bottom + 4}px`;
	box.style.bottom = above ? `${clientHeight - top + 4}px` : 'auto';
}
