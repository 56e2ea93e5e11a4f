import type { ShownDelivery } from '../../../../pkg/src/cli/page/live-protocol.js';
import { awaited, follows, held } from '../../state/arrivals.js';
import {
	deliveries,
	hasOlder,
	listStage,
	openDelivery,
	readToSearch,
	stateWanted,
	wantState,
} from '../../state/deliveries.js';
import { connection, isLive, requests, requestsSince, trouble } from '../../state/live.js';
import { active, chooseForActive, documents, files, type ItemKey, isByHand, pairs } from '../../state/shelf.js';
import { strings } from '../../strings.js';
import { Foreign, visibleText } from '../text.js';
import { ItemList } from './ItemList.js';
import { items, wanted } from './items.js';
import './shelf.css';

const states: readonly ShownDelivery['state'][] = ['received', 'handled', 'failed', 'dead', 'quarantined'];

/** The shelf: what can be opened, how it stands, and which document lies under what is open. */
export function Pane() {
	const fault = trouble.value || (listStage.value === 'failed' ? strings.shelfView.unlisted : '');
	return (
		<aside class="shelf" aria-labelledby="shelf-title">
			<header class="heading">
				<h2 id="shelf-title">{strings.shelfView.title}</h2>
				{isLive.value && <Connection />}
			</header>
			{fault !== '' && (
				<p class="notice" role="alert">
					<Foreign text={fault} />
				</p>
			)}
			{isLive.value && <Follow />}
			{(isLive.value || files.value.length > 7) && <Filters />}
			{items.value.length > 0 ? <ItemList /> : <p class="none">{empty()}</p>}
			<p class="count">{strings.shelfView.count(files.value.length, deliveries.value.length, hasOlder.value)}</p>
			<Underlay />
			{isLive.value && <Requests />}
		</aside>
	);
}

function empty(): string {
	if (isLive.value && listStage.value !== 'read') return '';
	if (wanted.value !== '' || stateWanted.value !== null) return strings.shelfView.nothingFits;
	return isLive.value ? strings.shelfView.nothingYet : strings.shelfView.nothing;
}

function Connection() {
	return (
		<p class={`connection ${connection.value}`} role="status">
			<svg viewBox="0 0 16 16" aria-hidden="true">
				<circle cx="8" cy="8" r="4.5" />
			</svg>
			{strings.shelfView.connections[connection.value]}
		</p>
	);
}

/** Whether what comes is opened, and what waits to be. */
function Follow() {
	const waits = awaited.value;
	return (
		<div class="follow">
			<label>
				<input
					type="checkbox"
					checked={follows.value}
					onChange={(event) => {
						follows.value = event.currentTarget.checked;
					}}
				/>
				{strings.shelfView.follow}
			</label>
			{waits !== null && (
				<button class="button quiet small" type="button" onClick={() => void openDelivery(waits)}>
					{strings.shelfView.openAwaited(waits)}
				</button>
			)}
			{held.value && <p>{strings.shelfView.held}</p>}
		</div>
	);
}

function Filters() {
	return (
		<div class="filters">
			<input
				type="search"
				aria-label={strings.shelfView.find}
				placeholder={strings.shelfView.find}
				value={wanted.value}
				onInput={(event) => {
					wanted.value = event.currentTarget.value;
					if (wanted.value !== '') void readToSearch(() => wanted.peek() !== '');
				}}
			/>
			{isLive.value && (
				<select
					aria-label={strings.shelfView.stateLabel}
					value={stateWanted.value ?? ''}
					onChange={(event) => wantState((event.currentTarget.value || null) as ShownDelivery['state'] | null)}
				>
					<option value="">{strings.shelfView.anyState}</option>
					{states.map((state) => (
						<option key={state} value={state}>
							{strings.shelfView.states[state]}
						</option>
					))}
				</select>
			)}
		</div>
	);
}

/** Which document lies under the payload that is open; a wrong one can be exchanged. */
function Underlay() {
	const payload = active.value;
	if (payload === null || documents.value.length === 0) return null;
	const document = pairs.value.get(payload);
	const value = isByHand.value ? (document ?? 'none') : 'names';
	const byName = isByHand.value ? undefined : documents.value.find(({ key }) => key === document)?.name;
	return (
		<label class="underlay">
			{strings.shelfView.document}
			<select
				value={value}
				onChange={({ currentTarget: { value: chosen } }) =>
					void chooseForActive(chosen === 'names' ? undefined : chosen === 'none' ? null : (chosen as ItemKey))
				}
			>
				<option value="names">
					{strings.shelfView.byName(byName === undefined ? undefined : visibleText(byName))}
				</option>
				<option value="none">{strings.shelfView.noDocument}</option>
				{documents.value.map(({ key, name }) => (
					<option key={key} value={key}>
						{visibleText(name)}
					</option>
				))}
			</select>
		</label>
	);
}

/** Requests that brought nothing new, as far as they are known. */
function Requests() {
	const since = requestsSince.value;
	if (since === null) return <p class="hint">{strings.shelfView.requestsUnknown}</p>;
	return (
		<details class="requests">
			<summary>{strings.shelfView.requests(requests.value.length)}</summary>
			<p>{strings.shelfView.requestsSince(since)}</p>
			{/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so that the keyboard must reach it. */}
			<ol tabIndex={0} aria-label={strings.shelfView.requests(requests.value.length)}>
				{requests.value.map(({ time, outcome, status, id, bytes }) => (
					<li key={`${time} ${outcome} ${id}`}>
						<time dateTime={time}>{strings.shelfView.time(new Date(time))}</time>{' '}
						<span class={id === null ? 'refused' : ''}>
							{id === null ? strings.shelfView.refused(status) : strings.shelfView.repeated(id)}
						</span>{' '}
						{id === null && <code>{outcome}</code>} {bytes !== null && strings.size(bytes)}
					</li>
				))}
			</ol>
		</details>
	);
}
