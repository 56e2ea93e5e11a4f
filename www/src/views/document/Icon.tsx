/** Signs of the page tools, drawn on a grid of 16. */
const paths = {
	strip: 'M2 2.5h12v11H2zM6 2.5v11M3.5 5h1M3.5 8h1M3.5 11h1',
	previous: 'M10 3.5 5.5 8l4.5 4.5',
	next: 'm6 3.5 4.5 4.5L6 12.5',
	smaller: 'M3.5 8h9',
	larger: 'M3.5 8h9M8 3.5v9',
	width: 'M1.75 3v10M14.25 3v10M4 8h8M6 6 4 8l2 2m4-4 2 2-2 2',
	page: 'M4 1.75h8v12.5H4zM6.25 5 8 3.25 9.75 5M6.25 11 8 12.75 9.75 11M8 3.5v9',
	full: 'M2.5 5.5 4 4.5v7M12 4.5v7m-1.5-6L12 4.5M8 6v.1M8 10v.1',
	rotate: 'M13.25 3v3.5h-3.5M13 6.25A5.5 5.5 0 1 0 13.5 9',
	open: 'M1.75 12.5v-9h4l1.5 2h7v7zM1.75 8h12.5',
	marks: 'M2.5 3.5h6v4h-6zM6.5 9.5h7v3.5h-7z',
} as const;

export type IconName = keyof typeof paths;

/** A sign beside a name that says the same. */
export function Icon({ name }: { name: IconName }) {
	return (
		<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
			<path d={paths[name]} />
		</svg>
	);
}
