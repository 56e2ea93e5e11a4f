/** Issues that arise before the core is asked, or because it cannot be. Everything else about issues is the Rust core's. */
import type { Issue } from './types.js';

/** Code → help, as the table in `src/issue.rs` has it; a test compares the two. */
const helps = {
	'input.not_bytes': "Pass the raw request body: a framework's body parser has probably read it already.",
	'core.unavailable': "Allow WebAssembly; in a page: script-src 'self' 'wasm-unsafe-eval'.",
	'core.stopped': 'The next call has a fresh core. Please report it if the input was not huge.',
	'limit.bytes': 'Raise `limits.bytes` if documents of this size are expected.',
} as const;

/** An error about the input as a whole. */
export function wholeInputError(code: keyof typeof helps, message: string): Issue {
	return {
		code,
		severity: 'error',
		pointer: '',
		offset: 0,
		length: 0,
		line: 1,
		column: 1,
		columnUtf16: 1,
		message,
		help: helps[code],
	};
}

/** What a failed call of the core says to the user. */
export function coreIssue(error: Error): Issue {
	return wholeInputError(error.name === 'CoreUnavailable' ? 'core.unavailable' : 'core.stopped', error.message);
}

/** Thrown for a body that does not keep to the contract. */
export class PayloadError extends Error {
	// The package is minified, and `console.log` shows the class's name.
	static override readonly name = 'PayloadError';
	override readonly name = 'PayloadError';
	/** Everything that is wrong, by offset; at least one of severity `error`. */
	readonly issues: Issue[];

	constructor(issues: Issue[]) {
		const first = issues.find((issue) => issue.severity === 'error');
		const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
		super(first ? `${first.code} at line ${first.line}, column ${first.column}: ${first.message}${more}` : 'refused');
		this.issues = issues;
	}
}
