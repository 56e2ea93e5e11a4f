//! The wasm boundary: the only file that knows wasm-bindgen. Free functions only, so that the instance may be replaced at any moment.

// wasm-bindgen's macros write `unsafe` glue; nothing in this file is unsafe by hand.
#![allow(unsafe_code)]

use crate::json::Limits;
use crate::webhook_ids::{self, Entry, NotAList};
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

/// The fast reading ([`payload::read`]): an outline, or nothing when the thorough reading has to decide.
#[wasm_bindgen(js_name = readPayload)]
pub fn read_payload(body: &[u8], limit_words: &[u32]) -> Vec<u32> {
    let outline = payload::read(body, limits(limit_words));
    reinit_if_grown();
    outline
}

/// The thorough reading ([`payload::diagnose`]): `{ outline: Uint32Array, issues: Issue[] }`.
#[wasm_bindgen(js_name = diagnosePayload)]
pub fn diagnose_payload(body: &[u8], limit_words: &[u32]) -> Result<JsValue, JsValue> {
    // For the keys of an object with millions of them: 30 bytes each, of which 10 are in the body.
    make_room(body.len() * 4);
    diagnosis(payload::diagnose(body, limits(limit_words)))
}

fn diagnosis(found: payload::Diagnosis) -> Result<JsValue, JsValue> {
    let answer = js_sys::Object::new();
    js_sys::Reflect::set(&answer, &"outline".into(), &js_sys::Uint32Array::from(found.outline.as_slice()))?;
    js_sys::Reflect::set(&answer, &"issues".into(), &serde_wasm_bindgen::to_value(&found.issues)?)?;
    reinit_if_grown();
    Ok(answer.into())
}

/// [`webhook_ids::is_canonical`]: `true` spares every other question.
#[wasm_bindgen(js_name = webhookIdsCanonical)]
pub fn webhook_ids_canonical(joined: &str) -> bool {
    make_room(joined.len() * 3);
    let canonical = webhook_ids::is_canonical(joined);
    reinit_if_grown();
    canonical
}

/// [`webhook_ids::check_list`]; an entry is a string, or `{ other: "number 5" }` for what is none.
#[wasm_bindgen(js_name = webhookIdsFromList)]
pub fn webhook_ids_from_list(entries: &js_sys::Array) -> Result<JsValue, JsValue> {
    make_room(entries.length() as usize * 160);
    report(webhook_ids::check_list(entries.iter().map(|value| entry(&value))))
}

/// [`webhook_ids::check_text`].
#[wasm_bindgen(js_name = webhookIdsFromText)]
pub fn webhook_ids_from_text(text: &str) -> Result<JsValue, JsValue> {
    make_room(text.len() * 4);
    report(webhook_ids::check_text(text))
}

/// [`webhook_ids::check_form`]; names and values take turns, a value is an entry as for a list.
#[wasm_bindgen(js_name = webhookIdsFromForm)]
pub fn webhook_ids_from_form(fields: &js_sys::Array) -> Result<JsValue, JsValue> {
    make_room(fields.length() as usize * 160);
    let name = |at| fields.get(at).as_string().unwrap_or_default();
    report(webhook_ids::check_form((0..fields.length()).step_by(2).map(|at| (name(at), entry(&fields.get(at + 1))))))
}

/// [`webhook_ids::refuse`].
#[wasm_bindgen(js_name = webhookIdsRefuse)]
pub fn webhook_ids_refuse(what: &str, detail: &str) -> Result<JsValue, JsValue> {
    report(webhook_ids::refuse(match what {
        "text" => NotAList::Text(detail),
        "other" => NotAList::Other(detail),
        "tooMany" => NotAList::TooMany,
        "noText" => NotAList::NoText(detail),
        "noForm" => NotAList::NoForm(detail),
        _ => NotAList::Unreadable(detail),
    }))
}

/// Lets memory grow once instead of page by page, for many small allocations to come: V8 collects garbage at each step of a large
/// memory, and a million IDs took minutes. For small inputs nothing happens.
fn make_room(bytes: usize) {
    if bytes > 1 << 20 {
        let mut room = Vec::<u8>::new();
        // Where there is no room, the call itself will run out of it.
        let _ = room.try_reserve_exact(bytes.min(256 << 20));
        std::hint::black_box(&room);
    }
}

fn entry(value: &JsValue) -> Entry<'static> {
    let other = || js_sys::Reflect::get(value, &"other".into()).ok().and_then(|what| what.as_string()).unwrap_or_default();
    value.as_string().map_or_else(|| Entry::Other(other().into()), Entry::from)
}

fn report(report: webhook_ids::Report) -> Result<JsValue, JsValue> {
    let answer = serde_wasm_bindgen::to_value(&report)?;
    reinit_if_grown();
    Ok(answer)
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

/// Hands over the bytes of a blob, slice by slice: the browser never holds the whole of it beside what is made of them. Each slice is
/// let go of at once; left to the collector, on every second run all slices of 100 MB were still there seconds later.
#[cfg(feature = "web")]
fn each_slice(blob: &web_sys::Blob, mut take: impl FnMut(&js_sys::Uint8Array)) -> Result<(), JsValue> {
    const SLICE: usize = 4 << 20;
    let size = size_of_blob(blob);
    let reader = web_sys::FileReaderSync::new()?;
    for start in (0..size).step_by(SLICE) {
        let slice = blob.slice_with_f64_and_f64(start as f64, size.min(start + SLICE) as f64)?;
        let buffer = reader.read_as_array_buffer(&slice)?;
        take(&js_sys::Uint8Array::new(&buffer));
        // A browser from before 2024 has no such method: there the collector has to do.
        let _ = buffer.transfer_with_length(0);
    }
    Ok(())
}

#[cfg(feature = "web")]
fn size_of_blob(blob: &web_sys::Blob) -> usize {
    // Sizes are whole numbers far below 2^53.
    blob.size() as usize
}

#[cfg(feature = "web")]
fn file_bytes(file: &web_sys::File) -> Result<Vec<u8>, JsValue> {
    let size = size_of_blob(file);
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size).map_err(|_| js_sys::RangeError::new("the file does not fit into memory"))?;
    each_slice(file, |slice| {
        let start = bytes.len();
        bytes.resize(start + slice.length() as usize, 0);
        slice.copy_to(&mut bytes[start..]);
    })?;
    Ok(bytes)
}

/// [`sign`] for a `Blob`, within a worker; it is never held as a whole.
#[cfg(feature = "web")]
#[wasm_bindgen(js_name = signBlob)]
pub fn sign_blob(body: &web_sys::Blob, secret: &[u8]) -> Result<String, JsValue> {
    let mut signer = signature::Signer::new(secret);
    let mut part = Vec::new();
    each_slice(body, |slice| {
        part.resize(slice.length() as usize, 0);
        slice.copy_to(&mut part);
        signer.update(&part);
    })?;
    reinit_if_grown();
    Ok(signer.finish())
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
