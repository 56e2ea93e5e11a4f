//! The wasm boundary: the only file that knows wasm-bindgen. Free functions only, so that the instance may be replaced at any moment.

// wasm-bindgen's macros write `unsafe` glue; nothing in this file is unsafe by hand.
#![allow(unsafe_code)]

use wasm_bindgen::prelude::*;

/// Wasm memory never shrinks: past this many bytes a call asks for a fresh instance, which begins small again.
const MEMORY_LIMIT: usize = 16 << 20;

/// With `panic = "abort"` every panic leaks its stack; without a new instance some 13,000 of them would end the core for good.
#[wasm_bindgen(start)]
fn start() {
    std::panic::set_hook(Box::new(|_| wasm_bindgen::handler::schedule_reinit()));
}

/// Asks for a fresh instance on the next call when memory has grown past [`MEMORY_LIMIT`]; `true` if it has.
///
/// For the end of every call that may have read a large body.
#[wasm_bindgen(js_name = reinitIfGrown)]
pub fn reinit_if_grown() -> bool {
    let grown = core::arch::wasm32::memory_size(0) * 65_536 > MEMORY_LIMIT;
    if grown {
        wasm_bindgen::handler::schedule_reinit();
    }
    grown
}

/// Panics: the self-healing tests call it.
#[cfg(feature = "force-panic")]
#[wasm_bindgen(js_name = forcePanic)]
pub fn force_panic() {
    #[allow(clippy::panic)]
    {
        panic!("forced")
    }
}
