import { strings } from '../../strings.js';
import { Foreign, visibleText } from '../text.js';
import type { Item } from './items.js';
import { StateMark } from './StateMark.js';

interface ItemRowProps {
	item: Item;
	position: number;
	/** Of all items; -1 where that is not known. */
	total: number;
	isOpen: boolean;
	isActive: boolean;
	choose(item: Item): void;
}

/** One file or delivery: what it is called, and how it stands. */
export function ItemRow({ item, position, total, isOpen, isActive, choose }: ItemRowProps) {
	const time = 'file' in item ? item.file.addedAt : new Date(item.delivery.receivedAt);
	return (
		// biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys.
		// biome-ignore lint/a11y/useFocusableInteractive: the list has the focus and names the active option.
		<div
			id={optionId(item)}
			class={`shelf-item${isActive ? ' active' : ''}${isOpen ? ' open' : ''}`}
			role="option"
			aria-selected={isOpen}
			aria-posinset={position + 1}
			aria-setsize={total}
			onClick={() => choose(item)}
		>
			<span class="line">
				<span class="called" title={'file' in item ? visibleText(item.file.path) : undefined}>
					{'file' in item ? <Foreign text={item.file.name} /> : strings.shelfView.delivery(item.delivery.id)}
				</span>
				<time dateTime={time.toISOString()}>{strings.shelfView.time(time)}</time>
			</span>
			<span class="line more">{'file' in item ? <FileFacts {...item} /> : <DeliveryFacts {...item} />}</span>
		</div>
	);
}

export const optionId = ({ key }: Item): string => `shelf-${key.replace(':', '-')}`;

function FileFacts({ file, document }: Extract<Item, { file: unknown }>) {
	const { holds, found, fault, bytes } = file;
	return (
		<>
			{fault !== '' ? <Fault text={fault} /> : <span class={`kind ${found ?? ''}`}>{whatIs(holds, found)}</span>}
			<span>{strings.size(bytes)}</span>
			{document !== '' && (
				<span class="under">
					{strings.shelfView.on} <Foreign text={document} />
				</span>
			)}
		</>
	);
}

const whatIs = (holds: string | null, found: string | null): string => {
	if (found === 'unreadable') return strings.unreadable;
	if (found !== null) return strings.kinds[found as keyof typeof strings.kinds];
	return holds === null || holds === 'payload' ? strings.shelfView.payload : strings.shelfView.documents(holds);
};

function DeliveryFacts({ delivery, fault }: Extract<Item, { delivery: unknown }>) {
	const { state, kind, bytes, attempts, repeats, endpoint } = delivery;
	return (
		<>
			{fault !== '' ? <Fault text={fault} /> : <StateMark state={state} />}
			{kind !== null && <span>{strings.kinds[kind]}</span>}
			<span>{strings.size(bytes)}</span>
			{attempts > 1 && <span>{strings.shelfView.attempts(attempts)}</span>}
			{repeats > 0 && <span>{strings.shelfView.repeats(repeats)}</span>}
			{endpoint !== 'default' && <Foreign text={endpoint} />}
		</>
	);
}

function Fault({ text }: { text: string }) {
	return (
		<span class="state dead">
			<svg viewBox="0 0 16 16" aria-hidden="true">
				<path d="m3.2 3.2 9.6 9.6m0-9.6-9.6 9.6" />
			</svg>
			{text}
		</span>
	);
}
