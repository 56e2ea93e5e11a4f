interface PairProps {
	label: string | null;
	back: string;
	on: string;
	disabled: boolean;
	go(backwards: boolean): void;
}

/** Two buttons: back and on. */
export function Pair({ label, back, on, disabled, go }: PairProps) {
	return (
		<span class="pair">
			{label !== null && <span aria-hidden="true">{label}</span>}
			{[true, false].map((backwards) => (
				<button
					key={String(backwards)}
					class="button quiet sign small"
					type="button"
					aria-label={backwards ? back : on}
					title={backwards ? back : on}
					aria-disabled={disabled}
					onClick={() => !disabled && go(backwards)}
				>
					<svg viewBox="0 0 16 16" class="arrow" aria-hidden="true">
						<path d={backwards ? 'm3.5 10 4.5-4.5 4.5 4.5' : 'm3.5 6 4.5 4.5L12.5 6'} />
					</svg>
				</button>
			))}
		</span>
	);
}
