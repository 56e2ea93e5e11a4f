//! The wasm boundary: the only file that knows wasm-bindgen. Free functions only, so that the instance may be replaced at any moment.

// wasm-bindgen's macros write `unsafe` glue; nothing in this file is unsafe by hand.
#![allow(unsafe_code)]

use crate::json::Limits;
use crate::{payload, signature};
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

/// Limits as they cross the boundary: five numbers in the order of the fields of [`Limits`].
fn limits(words: &[u32]) -> Limits {
    let [bytes, depth, fields, key_length, issues] = *words else { return Limits::default() };
    Limits {
        bytes: bytes as usize,
        depth: depth as usize,
        fields: fields as usize,
        key_length: key_length as usize,
        issues: issues as usize,
    }
}

/// The fast reading ([`payload::read`]): an outline, or nothing when there is something to say.
#[wasm_bindgen(js_name = readPayload)]
pub fn read_payload(body: &[u8], limit_words: &[u32]) -> Vec<u32> {
    let outline = payload::read(body, limits(limit_words));
    reinit_if_grown();
    outline
}

/// The thorough reading ([`payload::diagnose`]): `{ outline: Uint32Array, issues: Issue[] }`.
#[wasm_bindgen(js_name = diagnosePayload)]
pub fn diagnose_payload(body: &[u8], limit_words: &[u32]) -> Result<JsValue, JsValue> {
    diagnosis(payload::diagnose(body, limits(limit_words)))
}

fn diagnosis(found: payload::Diagnosis) -> Result<JsValue, JsValue> {
    let answer = js_sys::Object::new();
    js_sys::Reflect::set(&answer, &"outline".into(), &js_sys::Uint32Array::from(found.outline.as_slice()))?;
    js_sys::Reflect::set(&answer, &"issues".into(), &serde_wasm_bindgen::to_value(&found.issues)?)?;
    reinit_if_grown();
    Ok(answer.into())
}

/// [`signature::sign`]; `secret` in UTF-8.
#[wasm_bindgen]
pub fn sign(body: &[u8], secret: &[u8]) -> String {
    let signature = signature::sign(body, secret);
    reinit_if_grown();
    signature
}

/// [`signature::verify`]; `secret` in UTF-8.
#[wasm_bindgen]
pub fn verify(body: &[u8], signature: &str, secret: &[u8]) -> bool {
    let valid = signature::verify(body, signature, secret);
    reinit_if_grown();
    valid
}

/// The bytes of a dropped file, read in slices: the browser never holds the whole of it beside this copy.
#[cfg(feature = "web")]
fn file_bytes(file: &web_sys::File) -> Result<Vec<u8>, JsValue> {
    const SLICE: usize = 4 << 20;
    // File sizes are whole numbers far below 2^53.
    let size = file.size() as usize;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size).map_err(|_| js_sys::RangeError::new("the file does not fit into memory"))?;
    let reader = web_sys::FileReaderSync::new()?;
    for start in (0..size).step_by(SLICE) {
        let end = size.min(start + SLICE);
        let slice = file.slice_with_f64_and_f64(start as f64, end as f64)?;
        let buffer = reader.read_as_array_buffer(&slice)?;
        bytes.resize(end, 0);
        js_sys::Uint8Array::new(&buffer).copy_to(&mut bytes[start..end]);
    }
    Ok(bytes)
}

/// [`read_payload`] for a `File`, within a worker.
#[cfg(feature = "web")]
#[wasm_bindgen(js_name = readFile)]
pub fn read_file(file: &web_sys::File, limit_words: &[u32]) -> Result<Vec<u32>, JsValue> {
    let outline = payload::read(&file_bytes(file)?, limits(limit_words));
    reinit_if_grown();
    Ok(outline)
}

/// [`diagnose_payload`] for a `File`, within a worker.
#[cfg(feature = "web")]
#[wasm_bindgen(js_name = diagnoseFile)]
pub fn diagnose_file(file: &web_sys::File, limit_words: &[u32]) -> Result<JsValue, JsValue> {
    diagnosis(payload::diagnose(&file_bytes(file)?, limits(limit_words)))
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
