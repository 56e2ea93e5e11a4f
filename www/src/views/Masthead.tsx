import { say } from '../state/announce.js';
import { opened } from '../state/current.js';
import { hasDesk } from '../state/document.js';
import { nextTheme, openComparison, panel, shelfShown, theme } from '../state/layout.js';
import { closeAll, files } from '../state/shelf.js';
import { strings } from '../strings.js';
import type { Opened } from '../worker/calls/payload.js';
import { lazy } from './lazy.js';
import { Popover } from './Popover.js';
import { FilePicker } from './start/FilePicker.js';
import { Foreign } from './text.js';

const Facts = lazy(() => import('./desk/Facts.js').then(({ Facts }) => Facts));

/** The head of the page: what is open, and what can be done with it. */
export function Masthead() {
	const shown = opened.value;
	return (
		<header class="masthead">
			<img class="mark" src="./icon.svg" alt="" width="28" height="28" />
			{shown ? <Identity opened={shown} /> : <Brand />}
			<div class="tools">
				{shown && <FilePicker class="button quiet">{strings.open}</FilePicker>}
				{shown?.readable && (
					<button class="button quiet" type="button" onClick={openComparison}>
						{strings.compare}
					</button>
				)}
				{shown && (
					<button class="button quiet" type="button" aria-haspopup="dialog" onClick={() => open('signature')}>
						{strings.signature}
					</button>
				)}
				{hasDesk.value && (
					<button class="button quiet" type="button" aria-haspopup="dialog" onClick={() => open('ids')}>
						{strings.webhookIds}
					</button>
				)}
				{shown?.readable && (
					<button class="button quiet" type="button" aria-haspopup="dialog" onClick={() => open('export')}>
						{strings.export}
					</button>
				)}
				{(shown || shelfShown.value || files.value.length > 0) && (
					<button
						class="button quiet"
						type="button"
						aria-pressed={shelfShown}
						onClick={() => {
							shelfShown.value = !shelfShown.peek();
						}}
					>
						{strings.shelf}
					</button>
				)}
				<button
					class="button quiet sign"
					type="button"
					aria-label={strings.themes[theme.value]}
					title={strings.themes[theme.value]}
					onClick={() => say(strings.themes[nextTheme()])}
				>
					<ThemeSign />
				</button>
				<button
					class="button quiet sign"
					type="button"
					aria-haspopup="dialog"
					aria-label={strings.help}
					title={strings.help}
					onClick={() => open('keys')}
				>
					?
				</button>
			</div>
		</header>
	);
}

function open(name: NonNullable<typeof panel.value>): void {
	panel.value = name;
}

function Brand() {
	return (
		<div class="title">
			<h1>
				{strings.name} <span class="subtitle">{strings.subtitle}</span>
			</h1>
			<p class="privacy">{strings.privacy}</p>
		</div>
	);
}

/** What was opened: its name, its kind, and behind a button its IDs. */
function Identity({ opened }: { opened: Opened }) {
	const { name, size, took } = opened;
	const inside = opened.readable ? opened.fileName : null;
	return (
		<div class="title identity">
			<h1 class="file">
				<Foreign text={inside || name} />
			</h1>
			<p class={`kind ${opened.readable ? opened.kind : 'unreadable'}`}>
				{opened.readable ? strings.kinds[opened.kind] : strings.unreadable}
			</p>
			<Popover id="facts" label={strings.factsButton} class="button quiet small">
				<h2>{strings.factsTitle}</h2>
				<p class="origin">
					<Foreign text={strings.openedAs(inside ? name : '', size, took)} />
				</p>
				{opened.readable && opened.facts.length > 0 && <Facts facts={opened.facts} />}
			</Popover>
			<button
				class="button quiet sign small"
				type="button"
				aria-label={strings.closeShown}
				title={strings.closeShown}
				onClick={closeAll}
			>
				×
			</button>
		</div>
	);
}

/** A circle of which one half is filled: light, dark, or each as the system has it. */
function ThemeSign() {
	return (
		<svg class={`theme ${theme.value}`} viewBox="0 0 16 16" aria-hidden="true">
			<circle cx="8" cy="8" r="6.25" />
			<path d="M8 1.75a6.25 6.25 0 0 0 0 12.5z" />
		</svg>
	);
}
