import { useLayoutEffect, useRef } from 'preact/hooks';
import { announcement } from '../../state/announce.js';
import { type Panel, panel } from '../../state/layout.js';
import { strings } from '../../strings.js';
import { lazy } from '../lazy.js';
import './panel.css';

/** What can be opened over the page. A further tool is one more line here and its name in {@link Panel}. */
const views = {
	signature: lazy(() => import('../signature/Signature.js').then(({ Signature }) => Signature)),
	ids: lazy(() => import('../start/Ids.js').then(({ Ids }) => Ids)),
	export: lazy(() => import('../export/Export.js').then(({ Export }) => Export)),
	keys: lazy(() => import('../keys/Keys.js').then(({ Keys }) => Keys)),
};

/** The dialog that is open over the page. The browser keeps the focus in it and gives it back when it closes. */
export function PanelHost() {
	const name = panel.value;
	return name && <Dialog key={name} name={name} />;
}

function Dialog({ name }: { name: Panel }) {
	const dialog = useRef<HTMLDialogElement>(null);
	useLayoutEffect(() => {
		const before = document.activeElement;
		const { current } = dialog;
		current?.showModal();
		return () => {
			current?.close();
			if (before instanceof HTMLElement && before.isConnected) before.focus();
		};
	}, []);
	const View = views[name];
	return (
		<dialog
			ref={dialog}
			class={`panel ${name}`}
			aria-labelledby="panel-title"
			// Told of late, when another may be open by then.
			onClose={() => dialog.current && close()}
			onKeyDown={(event) => {
				if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented) return;
				// The browser would tell of it in a turn of its own, and a key that comes before that would be taken for one in the dialog.
				event.preventDefault();
				close();
			}}
			onClick={(event) => event.target === dialog.current && close()}
		>
			<div class="panel-body">
				<header>
					<h2 id="panel-title">{strings.panels[name]}</h2>
					<button class="button quiet sign" type="button" aria-label={strings.close} onClick={close}>
						×
					</button>
				</header>
				<View />
				<Hearing />
			</div>
		</dialog>
	);
}

/** The live region of a dialog: beside one that is open, the page's own is not heard. */
function Hearing() {
	const before = useRef<string | null>(announcement.peek());
	const { value } = announcement;
	// Once something else was said, the same as before is news too.
	if (value !== before.current) before.current = null;
	return (
		<div class="unseen" role="status">
			{before.current === null && value}
		</div>
	);
}

function close(): void {
	panel.value = null;
}
