/** A tick or a cross. */
export function VerdictMark({ good }: { good: boolean }) {
	return (
		<svg class={`verdict ${good ? 'good' : 'bad'}`} viewBox="0 0 16 16" aria-hidden="true">
			<path d={good ? 'm3 8.6 3.4 3.4L13 4.6' : 'm4 4 8 8m0-8-8 8'} />
		</svg>
	);
}
