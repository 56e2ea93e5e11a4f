import {
	pageCount,
	placement,
	rotate,
	shownDocument,
	showsAllMarks,
	turnTo,
	type Zoom,
	zoomBy,
	zoomTo,
	zoomWanted,
} from '../../state/document.js';
import { strip } from '../../state/layout.js';
import { hasMarks, page } from '../../state/selection.js';
import { strings } from '../../strings.js';
import { DocumentInput } from './DocumentInput.js';
import { Icon, type IconName } from './Icon.js';

/** Turning pages, zooming, and which marks are drawn. */
export function Tools() {
	const words = strings.document;
	const pages = pageCount.value;
	const zoom = placement.value?.zoom ?? 1;
	return (
		// biome-ignore lint/a11y/useSemanticElements: a fieldset is for what is sent together.
		<div class="document-tools" role="group" aria-label={words.tools}>
			{pages > 1 && <PageTools pages={pages} />}
			<span class="tool-group">
				<Tool icon="smaller" name={words.zoomOut} act={() => zoomBy(-1)} />
				<span class="zoom">{words.zoom(zoom)}</span>
				<Tool icon="larger" name={words.zoomIn} act={() => zoomBy(1)} />
			</span>
			<span class="tool-group">
				<ZoomTool icon="width" name={words.fitWidth} zoom="width" />
				<ZoomTool icon="page" name={words.fitPage} zoom="page" />
				<ZoomTool icon="full" name={words.fullSize} zoom={1} />
			</span>
			<span class="tool-group">
				<Tool icon="rotate" name={words.rotate} act={rotate} />
				{hasMarks.value && (
					<Tool
						icon="marks"
						name={words.allMarks}
						pressed={showsAllMarks.value}
						act={() => {
							showsAllMarks.value = !showsAllMarks.peek();
						}}
					/>
				)}
			</span>
			{shownDocument.value && (
				<DocumentInput label={words.addAnother}>
					<Icon name="open" />
				</DocumentInput>
			)}
		</div>
	);
}

function PageTools({ pages }: { pages: number }) {
	return (
		<span class="tool-group">
			<Tool
				icon="strip"
				name={strings.document.strip}
				pressed={strip.value}
				act={() => {
					strip.value = !strip.peek();
				}}
			/>
			<Tool icon="previous" name={strings.previousPage} off={page.value === 0} act={() => turnTo(page.peek() - 1)} />
			<PageNumber />
			<span class="of-pages">{strings.document.ofPages(pages)}</span>
			<Tool icon="next" name={strings.nextPage} off={page.value >= pages - 1} act={() => turnTo(page.peek() + 1)} />
		</span>
	);
}

interface ToolProps {
	icon: IconName;
	name: string;
	act(): void;
	off?: boolean;
	pressed?: boolean;
}

function Tool({ icon, name, act, off = false, pressed }: ToolProps) {
	return (
		<button
			class="tool-button"
			type="button"
			title={name}
			aria-label={name}
			// Not disabled: a button that goes dead under the finger loses the focus.
			aria-disabled={off}
			{...(pressed === undefined ? {} : { 'aria-pressed': pressed })}
			onClick={() => {
				if (!off) act();
			}}
		>
			<Icon name={icon} />
		</button>
	);
}

function ZoomTool({ icon, name, zoom }: { icon: IconName; name: string; zoom: Zoom }) {
	return <Tool icon={icon} name={name} pressed={zoomWanted.value === zoom} act={() => zoomTo(zoom)} />;
}

function PageNumber() {
	return (
		<input
			class="page-number"
			type="text"
			inputMode="numeric"
			aria-label={strings.document.pageNumber}
			value={page.value + 1}
			onFocus={(event) => event.currentTarget.select()}
			onChange={(event) => {
				const wanted = Number.parseInt(event.currentTarget.value, 10);
				if (Number.isFinite(wanted)) turnTo(wanted - 1);
				event.currentTarget.value = String(page.peek() + 1);
			}}
		/>
	);
}
