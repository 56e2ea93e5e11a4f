/** Views that are fetched when they are first shown, so that the start screen stays small. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { strings } from '../strings.js';

type Loader<Props> = () => Promise<ComponentType<Props>>;

/** A view that is fetched when it is first shown; a fetch that fails is told in its place. */
export function lazy<Props extends object>(load: Loader<Props>): ComponentType<Props> {
	let view: ComponentType<Props> | null = null;
	return function Lazy(props: Props) {
		const [, setFetched] = useState(false);
		const [failed, setFailed] = useState(false);
		useEffect(() => {
			if (view) return;
			load().then(
				(fetched) => {
					view = fetched;
					setFetched(true);
				},
				() => setFailed(true),
			);
		}, []);
		const View = view;
		if (View) return <View {...props} />;
		return failed ? (
			<p class="notice" role="alert">
				{strings.partMissing}
			</p>
		) : null;
	};
}
