import { isSingle, keys, type Scope } from '../../state/keyboard.js';
import { singleKeys } from '../../state/layout.js';
import { strings } from '../../strings.js';
import './keys.css';

/** Every key of the page, from the same table that handles them. */
export function Keys() {
	return (
		<div class="keys-list">
			<p class="hint">{strings.keysHint}</p>
			<label class="check">
				<input
					type="checkbox"
					checked={singleKeys}
					onChange={(event) => {
						singleKeys.value = event.currentTarget.checked;
					}}
				/>
				{strings.singleKeys}
			</label>
			<div class="scopes">
				{(Object.keys(keys) as Scope[]).map((scope) => (
					<section key={scope} aria-labelledby={`keys-${scope}`}>
						<h3 id={`keys-${scope}`}>{strings.scopes[scope]}</h3>
						<dl>
							{Object.entries(keys[scope]).map(([action, names]: [string, readonly string[]]) => (
								<div key={action} class={scope === 'page' && !singleKeys.value && names.every(isSingle) ? 'off' : ''}>
									<dt>{(strings.actions[scope] as Record<string, string>)[action]}</dt>
									<dd>
										{names.map((name, index) => (
											<span key={name}>
												{index > 0 && <span class="or"> {strings.or} </span>}
												<Key name={name} />
											</span>
										))}
									</dd>
								</div>
							))}
						</dl>
					</section>
				))}
			</div>
		</div>
	);
}

const mac = /mac|iphone|ipad/i.test(navigator.userAgent);

/** A key with its modifiers. */
function Key({ name }: { name: string }) {
	const parts = name === '+' ? [name] : name.split('+');
	return parts.map((part, index) => (
		<kbd key={index}>
			{part === 'mod'
				? strings.modKey[mac ? 'mac' : 'other']
				: part === 'shift'
					? strings.shiftKey
					: (strings.keyNames[part] ?? (part.length === 1 ? part.toUpperCase() : part))}
		</kbd>
	));
}
