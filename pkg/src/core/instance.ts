/**
 * The wasm core behind one function, {@link core}. Importing this file does nothing; the first call compiles.
 *
 * `#wasm/…` stands for the files of one variant in `target/wasm/`; whoever bundles this file maps it (pkg/build/build.js).
 */
import { instantiate } from '#wasm/glue';
import { wasmModule } from './instance-inlined.js';

/** The exports of `src/wasm.rs`. */
export type CoreExports = Omit<ReturnType<typeof instantiate>, 'start'>;

/** The core stopped in the middle of a call: a fault in the core, a stack or a memory used up. The next call has a fresh one. */
export class CoreTrap extends Error {
	override readonly name = 'CoreTrap';
}

/** The core cannot be compiled here; the message says why and what to do. */
export class CoreUnavailable extends Error {
	override readonly name = 'CoreUnavailable';
}

let current: CoreExports | undefined;

/**
 * The core, made on first use.
 *
 * @throws CoreUnavailable where WebAssembly is missing or forbidden; a later call tries again. Every function of the core throws
 * {@link CoreTrap} when the core stops.
 */
export function core(): CoreExports {
	current ??= guarded(instance());
	return current;
}

function instance(): ReturnType<typeof instantiate> {
	if (typeof WebAssembly === 'undefined') {
		throw new CoreUnavailable('mindhook needs WebAssembly, which this JavaScript engine lacks or has switched off.');
	}
	try {
		return instantiate(wasmModule());
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message : String(cause);
		const help = /content security policy|unsafe-eval|code generation/i.test(reason)
			? " Allow it in the page's Content-Security-Policy: script-src 'self' 'wasm-unsafe-eval'."
			: '';
		throw new CoreUnavailable(`mindhook could not start its WebAssembly core: ${reason}.${help}`, { cause });
	}
}

/** The same exports, each of which turns a stop of the core into a {@link CoreTrap}; the glue heals itself (pkg/build/wasm.js). */
function guarded(raw: ReturnType<typeof instantiate>): CoreExports {
	const guard =
		<Args extends unknown[], Result>(call: (...args: Args) => Result) =>
		(...args: Args): Result => {
			try {
				return call(...args);
			} catch (cause) {
				// Engines report a used-up stack as a RangeError.
				if (!(cause instanceof WebAssembly.RuntimeError || cause instanceof RangeError)) throw cause;
				throw new CoreTrap(`The core stopped: ${cause.message}`, { cause });
			}
		};
	return Object.fromEntries(
		Object.entries(raw).map(([name, call]) => [name, guard(call as () => unknown)]),
	) as unknown as CoreExports;
}
