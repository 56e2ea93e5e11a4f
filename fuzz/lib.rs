//! What must hold for any input, checked against independent judges: the standard library, `serde_json` and `uuid`.
//!
//! The three targets of `fuzz_targets/` call these with what libFuzzer makes up; `npm run fuzz -- TARGET MINUTES` runs one.

pub mod json;
pub mod payload;
pub mod webhook_ids;
