//! JSON (RFC 8259) as bytes: syntax, ranges, positions, limits. Knows nothing of Mindee.
//!
//! What is JSON here is what `JSON.parse` takes after a strict UTF-8 decoding: lone surrogate escapes, numbers of any size, duplicate keys
//! and any nesting (up to [`Limits::depth`]) are accepted. `serde_json` refuses several of these, and a receiver that refuses what its
//! user's `JSON.parse` takes would lose results.

mod cursor;
mod place;
mod text;
mod walk;

pub(crate) use cursor::{Cursor, Fault, Halt, Number, Text, plain_point};
pub(crate) use place::places;
pub(crate) use text::{lone_surrogates, unescape, unescape_lossy};
pub(crate) use walk::{Path, Visit, walk};

/// How much is read before an input is refused; each limit has an issue code of its own.
///
/// ```
/// let limits = mindhook::json::Limits { depth: 64, ..Default::default() };
/// assert_eq!(limits.issues, 100);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Size of the whole input in bytes; `limit.bytes`. At most 2^32 − 1, for offsets are 32 bits wide.
    pub bytes: usize,
    /// Nesting of arrays and objects; `limit.depth`. At most [`Limits::MAX_DEPTH`].
    pub depth: usize,
    /// Fields of an extraction, of all levels together; `limit.fields`.
    pub fields: usize,
    /// Length of one key in bytes, as written; `limit.key_length`. At most [`Limits::MAX_KEY_LENGTH`].
    pub key_length: usize,
    /// Issues listed; a `limit.issues` notice says how many more there are.
    pub issues: usize,
}

impl Limits {
    /// Fields are read by recursion: this depth still fits into the 1 MiB stack of a wasm instance, with room to spare.
    pub const MAX_DEPTH: usize = 2048;

    /// An outline has 22 bits for the length of a name.
    pub const MAX_KEY_LENGTH: usize = (1 << 22) - 1;

    pub(crate) fn bounded(self) -> Self {
        Limits {
            bytes: self.bytes.min(u32::MAX as usize),
            depth: self.depth.min(Self::MAX_DEPTH),
            key_length: self.key_length.min(Self::MAX_KEY_LENGTH),
            ..self
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits { bytes: (1 << 30) - 1, depth: 512, fields: 1_000_000, key_length: 65_536, issues: 100 }
    }
}

/// The byte order mark (U+FEFF) in UTF-8.
pub(crate) const BOM: &[u8] = b"\xEF\xBB\xBF";
