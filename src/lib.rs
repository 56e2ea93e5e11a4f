//! Checks `webhook_ids` lists and reads inference payloads of the Mindee platform.
//!
//! Pure functions on bytes: no I/O, no clock, no globals. Start with [`webhook_ids`] for what is sent and [`payload`] for what comes
//! back; [`signature`] tells who sent it; every finding anywhere is an [`issue::Issue`].

pub mod issue;
pub mod json;
pub mod payload;
pub mod signature;
pub mod webhook_ids;

#[cfg(target_arch = "wasm32")]
mod wasm;
