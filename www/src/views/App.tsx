import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { announcement } from '../state/announce.js';
import { reading } from '../state/current.js';
import { hasDesk } from '../state/document.js';
import { panel } from '../state/layout.js';
import { strings } from '../strings.js';
import { listenToKeys } from './keys/listen.js';
import { lazy } from './lazy.js';
import { Masthead } from './Masthead.js';
import { Shelf } from './shelf/Shelf.js';
import { Start } from './start/Start.js';
import { listenForDropsAndPastes } from './start/ways.js';
import { Toast } from './Toast.js';
import { visible } from './text.js';

const loadDesk = async () => {
	const { Desk } = await import('./desk/Desk.js');
	return Desk;
};
const Desk = lazy(loadDesk);

/** Fetches the desk at the first sign of somebody: it is there when a payload is, and a page that is only looked at stays small. */
function loadDeskSoon(): () => void {
	const end = new AbortController();
	const load = (): void => {
		end.abort();
		void loadDesk().catch(() => {});
	};
	for (const sign of ['pointermove', 'pointerdown', 'dragenter', 'keydown', 'focusin']) {
		addEventListener(sign, load, { signal: end.signal });
	}
	return () => end.abort();
}

const PanelHost = lazy(() => import('./desk/PanelHost.js').then(({ PanelHost }) => PanelHost));

/** The whole page: what is always there, and between it the start screen or what was opened. */
export function App() {
	// Whoever sees the page may use it: an effect would come a frame later.
	useLayoutEffect(listenForDropsAndPastes, []);
	useLayoutEffect(listenToKeys, []);
	useEffect(loadDeskSoon, []);
	const shows = hasDesk.value;
	const awaited = reading.value;
	const first = useRef(true);
	useLayoutEffect(() => {
		// What had the focus may be gone with the screen before.
		if (document.activeElement === document.body && !first.current) document.getElementById('main')?.focus();
		first.current = false;
	}, [shows, awaited]);
	return (
		<>
			<a class="skip" href="#main">
				{strings.skip}
			</a>
			<Masthead />
			<div class="middle">
				<Shelf />
				<main id="main" class={shows ? 'desk-room' : 'start-room'} tabIndex={-1} aria-busy={awaited !== ''}>
					{awaited !== '' && (
						<div class="awaited">
							<p>{visible(strings.opening(awaited))}</p>
						</div>
					)}
					{shows ? <Desk /> : <Start />}
				</main>
			</div>
			{panel.value && <PanelHost />}
			<Toast />
			<p class="unseen" role="status">
				{announcement}
			</p>
		</>
	);
}
