/** The wasm as a module of its own: the edge runtimes (`workerd`, `edge-light`) forbid compiling while running. */
// Written this way both Wrangler and Next take it for a compiled module.
import module from './core.wasm?module';

/** The compiled core. */
export function wasmModule(): WebAssembly.Module {
	return module;
}
