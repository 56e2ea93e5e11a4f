//! Mindee's contract: what a body says and whether it keeps to the rules. Knows nothing of JavaScript.
//!
//! One file a payload kind; `shape` says how they are written down, `reader` reads along them, `outline` is what remains of a reading.

mod classification;
mod crop;
pub mod data;
mod diagnosis;
mod error;
mod extraction;
mod failure;
mod inference;
mod job;
mod ocr;
mod outline;
mod reader;
mod shape;
mod split;
mod suggestion;
mod view;

pub use outline::Kind;
pub use view::{Confidence, Content, Field, Fields, Page, Value};

use crate::issue::{Issue, has_error};
use crate::json::{BOM, Limits, Text, unescape_lossy};
use outline::{Outline, Slot};
use reader::Reader;

/// A body that keeps to the contract.
#[derive(Debug)]
pub struct Payload<'a> {
    bytes: &'a [u8],
    outline: Vec<u32>,
    /// Warnings and notices, by offset.
    pub warnings: Vec<Issue>,
}

impl<'a> Payload<'a> {
    /// The body as owned data of one of the types in [`data`], or of your own.
    ///
    /// # Errors
    /// When the body is not of this type, and for the few things that JSON allows and `serde_json` does not: half a surrogate pair in a
    /// string, a number too large for a double, nesting beyond 128, a key of the type twice.
    ///
    /// ```
    /// use mindhook::{json::Limits, payload::{self, data::Failure}};
    /// let body = br#"{"inference_id":"0e2c1b7a-6f0a-4d55-9d3e-0b8f6f1f2a10","model_id":"6d3f7f3e-5a4e-4c53-8a2a-6a1d2f8f4b11",
    ///     "file_name":"scan.pdf","created_at":"2026-11-02T09:30:00.000000Z","error":null}"#;
    /// let failure: Failure = payload::parse(body, Limits::default()).unwrap().deserialize().unwrap();
    /// assert_eq!((&*failure.file_name, failure.error), ("scan.pdf", None));
    /// ```
    pub fn deserialize<T: serde::Deserialize<'a>>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(self.bytes.strip_prefix(BOM).unwrap_or(self.bytes))
    }

    /// Which of the eight kinds it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::ALL[self.outline[0] as usize]
    }

    /// `inference.id`, or `inference_id` of a failure.
    #[must_use]
    pub fn inference_id(&self) -> Option<String> {
        self.text(Slot::InferenceId)
    }

    /// `inference.model.id`, or `model_id`.
    #[must_use]
    pub fn model_id(&self) -> Option<String> {
        self.text(Slot::ModelId)
    }

    /// `inference.job.id`, or `job.id`; a failure has none.
    #[must_use]
    pub fn job_id(&self) -> Option<String> {
        self.text(Slot::JobId)
    }

    /// The name of the file that was read.
    #[must_use]
    pub fn file_name(&self) -> Option<String> {
        self.text(Slot::FileName)
    }

    /// The alias that the file was sent with.
    #[must_use]
    pub fn alias(&self) -> Option<String> {
        self.text(Slot::Alias)
    }

    fn text(&self, slot: Slot) -> Option<String> {
        let at = 2 + 2 * slot as usize;
        let (start, end) = (self.outline[at] as usize, self.outline[at + 1] as usize);
        // A string's content never begins at 0: a quote is before it.
        (start > 0).then(|| unescape_lossy(self.bytes, Text { start, end, escaped: true, lone_surrogate: false }))
    }
}

/// Checks a body against the whole contract.
///
/// `bytes` is the raw request body: UTF-8 JSON, a byte order mark is tolerated. Nothing is copied.
///
/// # Errors
/// Everything that is wrong, by offset: at least one [`Issue`] of severity `error`. Syntax errors and limits end the reading, so there is one
/// of those at most; broken rules of the contract are all listed, up to [`Limits::issues`].
///
/// ```
/// use mindhook::{json::Limits, payload::{self, Kind}};
/// let body = br#"{"inference_id":"0e2c1b7a-6f0a-4d55-9d3e-0b8f6f1f2a10","model_id":"6d3f7f3e-5a4e-4c53-8a2a-6a1d2f8f4b11",
///     "file_name":"scan.pdf","created_at":"2026-11-02T09:30:00.000000Z","error":null}"#;
/// let payload = payload::parse(body, Limits::default()).unwrap();
/// assert_eq!(payload.kind(), Kind::Failure);
/// assert_eq!(payload.file_name().as_deref(), Some("scan.pdf"));
///
/// let issues = payload::parse(&body[..30], Limits::default()).unwrap_err();
/// assert_eq!((issues[0].code.as_str(), &*issues[0].pointer, issues[0].column), ("json.unexpected_end", "/inference_id", 31));
/// ```
pub fn parse(bytes: &[u8], limits: Limits) -> Result<Payload<'_>, Vec<Issue>> {
    let outline = read(bytes, limits);
    if !outline.is_empty() && !is_noted(&outline) {
        return Ok(Payload { bytes, outline, warnings: Vec::new() });
    }
    let Diagnosis { outline, issues } = diagnose(bytes, limits);
    if has_error(&issues) { Err(issues) } else { Ok(Payload { bytes, outline, warnings: issues }) }
}

/// What a second reading found.
#[derive(Debug)]
pub struct Diagnosis {
    /// As [`read`] gives it; empty when there is an error.
    pub outline: Vec<u32>,
    /// Everything there is to say, by offset.
    pub issues: Vec<Issue>,
}

/// Whether [`diagnose`] has warnings or notices to give for the body of this outline.
///
/// ```
/// use mindhook::{json::Limits, payload::{is_noted, read}};
/// let body = br#"{"status":401,"title":"Invalid","detail":"key","code":"401-001","errors":[],"hint":null}"#;
/// assert!(is_noted(&read(body, Limits::default())));
/// ```
#[must_use]
pub fn is_noted(outline: &[u32]) -> bool {
    outline.get(1).is_some_and(|flags| flags & 2 != 0)
}

/// The fast reading: the outline of a body without an error, or nothing. It also gives nothing for some bodies that are right but
/// unusual, such as those with a key twice: [`diagnose`] decides.
///
/// ```
/// use mindhook::{json::Limits, payload::read};
/// assert_eq!(read(br#"{"status":401,"title":"Invalid","detail":"key","code":"401-001","errors":[]}"#, Limits::default())[0], 7);
/// assert!(read(b"{}", Limits::default()).is_empty());
/// ```
#[must_use]
pub fn read(bytes: &[u8], limits: Limits) -> Vec<u32> {
    let limits = limits.bounded();
    // A byte order mark is worth a warning, so it is left to the diagnosis: it begins with no token of JSON.
    if bytes.len() > limits.bytes {
        return Vec::new();
    }
    let mut reader = Reader::new(bytes, 0, limits, None);
    match reader.payload() {
        Ok(()) => Outline { noted: reader.noted, ..reader.outline }.into_words(),
        Err(_) => Vec::new(),
    }
}

/// The thorough reading, for a body that [`read`] gave nothing for, or noted something in ([`is_noted`]).
///
/// ```
/// use mindhook::{json::Limits, payload::diagnose};
/// let issues = diagnose(b"{\"inference\": {\"id\": 1}", Limits::default()).issues;
/// assert_eq!((issues[0].code.as_str(), issues[0].line, issues[0].column), ("json.unexpected_end", 1, 24));
/// ```
#[must_use]
pub fn diagnose(bytes: &[u8], limits: Limits) -> Diagnosis {
    diagnosis::diagnose(bytes, limits.bounded())
}

fn outline_words(outline: Outline, bytes: &[u8], noted: bool) -> Vec<u32> {
    Outline { bom: bytes.starts_with(BOM), noted, ..outline }.into_words()
}
