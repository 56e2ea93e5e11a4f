//! Where things stand in a checked body: enough to read any of it again without a full parse.
//!
//! The outline crosses the wasm boundary as 32-bit words. This file is the only owner of its layout; `pkg/src/core/outline.ts` mirrors it,
//! and a test compares the two through every fixture.
//!
//! ```text
//! 0        kind: 0 extraction, 1 classification, 2 crop, 3 ocr, 4 split, 5 failure, 6 job, 7 error
//! 1        1 when the body begins with a byte order mark
//! 2 … 13   six spans (start, end): inference ID, model ID, job ID, file name, alias, content
//!          strings: within their quotes; the content: the value that tells the kind; 0, 0: absent or null
//! 14       how many fields (extraction) or pages (OCR) there are
//! 15       how many words (OCR) there are
//! 16 …     a field (extraction): 5 words, parents before children
//!            0     its name begins here, behind the quote; for an item of a list: its object begins here
//!            1     bits 0–1 shape: 0 simple, 1 object, 2 list; bits 2–4 confidence: 0 none, 1 Certain, 2 High, 3 Medium, 4 Low;
//!                  bit 5 the name has escapes; bits 6–8 value: 0 null, 1 string, 2 string with escapes, 3 number, 4 true, 5 false;
//!                  bit 9 it is an item of a list; bits 10–31 length of the name as written
//!            2, 3  simple: the value (start, end; a string with its quotes); else: number of children, number of descendants
//!            4     `locations` begin here (0: absent or null)
//!          a word (OCR): where its object begins; the words of all pages
//!          behind the words, a page: 6 words: its object (start, end), `content` (start, end; within its quotes), the index of its
//!          first word, number of its words
//! ```

/// How many 32-bit words come before the fields or pages.
pub(super) const HEADER: usize = 16;
/// Words of one field. Few, because a held payload is to take no more than 1.6 times its bytes.
pub(super) const FIELD: usize = 5;

/// A payload's kind (contract, section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `inference.result.fields`
    Extraction,
    /// `inference.result.classification`
    Classification,
    /// `inference.result.crops`
    Crop,
    /// `inference.result.pages`
    Ocr,
    /// `inference.result.splits`
    Split,
    /// `inference_id` and `error`
    Failure,
    /// `job`
    Job,
    /// `status`, `title`, `detail`, `code`
    Error,
}

impl Kind {
    /// All kinds, in the order of their numbers in an outline.
    pub const ALL: [Kind; 8] =
        [Kind::Extraction, Kind::Classification, Kind::Crop, Kind::Ocr, Kind::Split, Kind::Failure, Kind::Job, Kind::Error];

    /// The lower-case name, as `payload.kind` has it in JavaScript.
    ///
    /// ```
    /// assert_eq!(mindhook::payload::Kind::Ocr.as_str(), "ocr");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Extraction => "extraction",
            Kind::Classification => "classification",
            Kind::Crop => "crop",
            Kind::Ocr => "ocr",
            Kind::Split => "split",
            Kind::Failure => "failure",
            Kind::Job => "job",
            Kind::Error => "error",
        }
    }
}

/// A part of the input: from `start` up to, not including, `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Self {
        // Limits::bounded keeps inputs below 2^32 bytes.
        Span { start: start as u32, end: end as u32 }
    }
}

/// The spans of the header, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    InferenceId,
    ModelId,
    JobId,
    FileName,
    Alias,
    Content,
}

/// What a reading found out about where things are.
pub(super) struct Outline {
    pub kind: Option<Kind>,
    pub bom: bool,
    /// Whether a second reading has warnings or notices to give.
    pub noted: bool,
    pub slots: [Span; 6],
    /// The header, which is filled in at the end, then fields or OCR words.
    pub words: Vec<u32>,
    pub pages: Vec<u32>,
}

pub(super) const PAGE: usize = 6;

impl Outline {
    /// The outline of a body of `size` bytes before anything is read.
    pub fn new(size: usize) -> Self {
        // A field of 5 words takes some 60 bytes of a body. Large bodies are OCR, with fewer words: there it grows as needed.
        let mut words = Vec::with_capacity(HEADER + (size / 12).min(1 << 14));
        words.resize(HEADER, 0);
        Outline { kind: None, bom: false, noted: false, slots: [Span::default(); 6], words, pages: Vec::new() }
    }

    /// The words that cross the boundary; nothing when no kind was recognised.
    pub fn into_words(mut self) -> Vec<u32> {
        let Some(kind) = self.kind else { return Vec::new() };
        let behind = self.words.len() - HEADER;
        let (count, words) = if kind == Kind::Ocr { (self.pages.len() / PAGE, behind) } else { (behind / FIELD, 0) };
        self.words[0] = kind as u32;
        self.words[1] = u32::from(self.bom) | u32::from(self.noted) << 1;
        for (index, span) in self.slots.iter().enumerate() {
            self.words[2 + 2 * index] = span.start;
            self.words[3 + 2 * index] = span.end;
        }
        self.words[14] = count as u32;
        self.words[15] = words as u32;
        self.words.extend_from_slice(&self.pages);
        self.words
    }
}
