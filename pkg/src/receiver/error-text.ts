/** An error's text is kept up to this length. */
const textMax = 4_000;

/** The text of whatever was thrown, with its stack: a handler may throw anything, even what has no text. */
export function errorText(error: unknown): string {
	let text: string;
	try {
		text = error instanceof Error ? String(error.stack ?? `${error.name}: ${error.message}`) : String(error);
	} catch {
		text = 'something that cannot be shown as text was thrown';
	}
	return text.slice(0, textMax);
}

/** The class of whatever was thrown, as `TypeError`: what can be logged, because it holds no value. */
export function errorName(error: unknown): string {
	try {
		if (!(error instanceof Error)) return error === null ? 'null' : typeof error;
		const { name } = error;
		return typeof name === 'string' && /^[A-Za-z_$][\w$.]{0,63}$/.test(name) ? name : 'Error';
	} catch {
		return 'Error';
	}
}

/** The code of an `InboxError`. Told by its name: the class itself would bring the inbox's engines to where there is no Node. */
export function inboxErrorCode(error: unknown): string | null {
	const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
	return name === 'InboxError' && typeof code === 'string' ? code : null;
}
