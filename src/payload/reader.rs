//! Reads a body along the contract, in one pass and without a tree.
//!
//! The same code runs twice at most. The *first reading* stops at the first error, and only remembers that there was something else worth
//! a word: nothing is paid for diagnostics that nobody asks for. The *second reading* reports everything, and knows which members later
//! ones of the same key have replaced.

use super::outline::{FIELD, HEADER, Kind, Outline, Slot, Span};
use super::shape::{Member, Rule, Shape};
use super::suggestion::suggestion;
use super::{classification, crop, error, extraction, failure, inference, job, ocr, split};
use crate::issue::{Code, Severity};
use crate::json::{Cursor, Halt, Limits, Text, plain_point, unescape, unescape_lossy};
use std::borrow::Cow;

type Read<T = ()> = Result<T, Halt>;

/// Unknown keys of open objects that are compared with missing ones; an object with more was not misspelt by a person.
const UNKNOWN_KEPT: usize = 1000;

/// A part of a message.
enum Part<'p> {
    Words(&'p str),
    /// The value that is reported, in words.
    Value,
    Key(Text),
}

use Part::{Key, Value, Words};

/// A rule that was broken, before its pointer and line are known.
#[derive(Debug)]
pub(super) struct Finding {
    pub code: Code,
    /// Where the value (or key) begins whose pointer is meant.
    pub anchor: usize,
    pub start: usize,
    pub end: usize,
    pub message: String,
    /// Instead of the code's own help.
    pub help: Option<String>,
}

/// How many issues are listed. Errors have places of their own, for the verdict hangs on them: no flood of warnings may hide one.
#[derive(Clone, Copy)]
pub(super) struct Quota {
    errors_left: usize,
    others_left: usize,
    /// Issues for which there was no place.
    pub unlisted: usize,
}

impl Quota {
    pub fn new(limit: usize) -> Self {
        let limit = limit.max(1);
        Quota { errors_left: limit, others_left: limit, unlisted: 0 }
    }

    /// An issue of this code, listed or not, is one no longer.
    fn take_back(&mut self, code: Code, listed: bool) {
        if !listed {
            self.unlisted = self.unlisted.saturating_sub(1);
        } else if code.severity() == Severity::Error {
            self.errors_left += 1;
        } else {
            self.others_left += 1;
        }
    }

    /// Whether one more issue of this code has a place; counts it either way.
    pub fn admits(&mut self, code: Code) -> bool {
        let left = if code.severity() == Severity::Error { &mut self.errors_left } else { &mut self.others_left };
        let admitted = *left > 0;
        *left = left.saturating_sub(1);
        self.unlisted += usize::from(!admitted);
        admitted
    }
}

pub(super) struct Reader<'a> {
    cursor: Cursor<'a>,
    /// `None` in a first reading; in a second one the keys (their opening quotes) of members that count for nothing, ascending.
    replaced: Option<&'a [u64]>,
    pub findings: Vec<Finding>,
    pub quota: Quota,
    /// Whether there was a place for the last finding.
    listed: bool,
    pub outline: Outline,
    field_count: usize,
    /// Hashes of the field names of the objects that are open, to notice a name that comes twice.
    names: Vec<u64>,
    /// Keys of the objects that are open which the contract does not name there, with the place of their findings.
    unknown: Vec<(Text, Option<usize>)>,
    /// Within an `extraction_response`, which is not outlined.
    chained: bool,
    /// Whether a first reading came upon something that a second one has a warning or a notice for.
    pub noted: bool,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8], at: usize, limits: Limits, replaced: Option<&'a [u64]>) -> Self {
        Reader {
            cursor: Cursor::new(bytes, at, limits),
            replaced,
            findings: Vec::new(),
            quota: Quota::new(limits.issues),
            listed: false,
            outline: Outline::new(bytes.len()),
            field_count: 0,
            names: Vec::new(),
            unknown: Vec::new(),
            chained: false,
            noted: false,
        }
    }

    /// Reads the whole body. An `Err` of a first reading says only that a second one is needed.
    pub fn payload(&mut self) -> Read {
        match self.kind_of_top_level()? {
            TopLevel::Inference => self.object(&inference::ENVELOPE)?,
            TopLevel::Job => self.flat(Kind::Job, &job::JOB)?,
            TopLevel::Failure => self.flat(Kind::Failure, &failure::FAILURE)?,
            TopLevel::Error => self.flat(Kind::Error, &error::ERROR)?,
            TopLevel::Refused => self.cursor.skip_value()?,
        }
        self.cursor.end()
    }

    fn flat(&mut self, kind: Kind, shape: &'static Shape) -> Read {
        self.outline.kind = Some(kind);
        let start = self.cursor.at;
        self.object(shape)?;
        if kind == Kind::Error {
            self.keep(Some(Slot::Content), Span::new(start, self.cursor.at));
        }
        Ok(())
    }

    // What there is to say

    /// Says that a rule is broken; a first reading ends here if that is an error. The message is put together from `parts`: generic over closures that make
    /// it, this function took 8 KB of wasm.
    #[cold]
    fn report(&mut self, code: Code, anchor: usize, start: usize, end: usize, parts: &[Part]) -> Read {
        if self.replaced.is_none() {
            return self.note(code);
        }
        self.listed = self.quota.admits(code);
        if self.listed {
            let mut message = String::new();
            for part in parts {
                match part {
                    Part::Words(words) => message.push_str(words),
                    Part::Value => self.describe(start, end, &mut message),
                    Part::Key(key) => message.push_str(&shortened(&unescape_lossy(self.cursor.bytes, *key))),
                }
            }
            self.findings.push(Finding { code, anchor, start, end, message, help: None });
        }
        Ok(())
    }

    /// Remembers in a first reading that there is something to say, which an error cannot wait for.
    fn note(&mut self, code: Code) -> Read {
        self.noted = true;
        if code.severity() == Severity::Error { Err(Halt) } else { Ok(()) }
    }

    /// Reads over the value at the cursor and reports it.
    #[cold]
    fn wrong_value(&mut self, code: Code, expected: &str) -> Read {
        if self.replaced.is_none() {
            self.note(code)?;
            return self.cursor.skip_value();
        }
        self.cursor.next_token();
        let start = self.cursor.at;
        self.cursor.skip_value()?;
        let end = self.cursor.at;
        self.report(code, start, start, end, &[Words("expected "), Words(expected), Words(", found "), Value])
    }

    fn wrong_type(&mut self, expected: &str) -> Read {
        self.wrong_value(Code::PayloadWrongType, expected)
    }

    /// A value in words, short enough for a message.
    fn describe(&self, start: usize, end: usize, message: &mut String) {
        let what = match self.cursor.bytes[start] {
            b'"' => "the string ",
            b'{' => "an object",
            b'[' => "an array",
            b'n' => "null",
            b't' | b'f' => "",
            _ => "the number ",
        };
        message.push_str(what);
        if what.is_empty() || what.ends_with(' ') {
            // 200 bytes hold the 40 characters that are shown.
            let written = String::from_utf8_lossy(&self.cursor.bytes[start..end.min(start + 200)]);
            let begin = message.len();
            message.extend(written.chars().take(40));
            if message.len() - begin < end - start {
                message.push('…');
            }
        }
    }

    fn mark(&self) -> Mark {
        Mark { at: self.cursor.at, depth: self.cursor.depth, findings: self.findings.len(), quota: self.quota }
    }

    /// Forgets what was read and found since: a value that is wrong as a whole is one fault, whatever its parts gave rise to.
    fn back_to(&mut self, mark: Mark) {
        self.cursor.at = mark.at;
        self.cursor.depth = mark.depth;
        self.findings.truncate(mark.findings);
        self.quota = mark.quota;
    }

    // Objects

    /// Whether a later member of the same object has this key too.
    fn is_replaced(&self, key: Text) -> bool {
        self.replaced.is_some_and(|keys| keys.binary_search(&(key.start as u64 - 1)).is_ok())
    }

    /// The characters of a key, an ID or another word of the contract. In a first reading one with escapes ends the reading: nobody
    /// writes them so.
    fn name(&self, key: Text) -> Read<Cow<'a, [u8]>> {
        if key.escaped && self.replaced.is_none() {
            return Err(Halt);
        }
        Ok(unescape(self.cursor.bytes, key))
    }

    /// Reads an object (the cursor stands at its brace); `each` gets every member that counts and must read its value.
    #[inline]
    fn members(&mut self, mut each: impl FnMut(&mut Self, Text, &[u8]) -> Read) -> Read {
        self.cursor.enter()?;
        if self.cursor.next_token() == Some(b'}') {
            self.cursor.leave();
            return Ok(());
        }
        loop {
            let key = self.cursor.key()?;
            if self.is_replaced(key) {
                self.cursor.skip_value()?;
            } else if key.escaped {
                let name = self.name(key)?;
                each(self, key, &name)?;
            } else {
                each(self, key, &self.cursor.bytes[key.start..key.end])?;
            }
            if !self.cursor.more(b'}')? {
                return Ok(());
            }
        }
    }

    /// Reads an object with few keys, `names`: `each` gets the index of a member's key among them, or their number for another key.
    #[inline(always)]
    fn named_members<const N: usize>(&mut self, names: &[&str; N], mut each: impl FnMut(&mut Self, usize, Text) -> Read) -> Read {
        self.cursor.enter()?;
        if self.cursor.next_token() == Some(b'}') {
            self.cursor.leave();
            return Ok(());
        }
        loop {
            self.cursor.next_token();
            let (index, key) = match self.cursor.likely_key(names) {
                Some(found) => found,
                None => self.other_key(names)?,
            };
            if self.is_replaced(key) {
                self.cursor.skip_value()?;
            } else {
                each(self, index, key)?;
            }
            if !self.cursor.more(b'}')? {
                return Ok(());
            }
        }
    }

    /// A key that is not written plainly, or is none of the names.
    fn other_key(&mut self, names: &[&str]) -> Read<(usize, Text)> {
        let key = self.cursor.key()?;
        let name = self.name(key)?;
        Ok((names.iter().position(|each| each.as_bytes() == &*name).unwrap_or(names.len()), key))
    }

    /// Reads a list; `each` reads an element, before which the cursor stands.
    #[inline]
    fn elements(&mut self, mut each: impl FnMut(&mut Self) -> Read) -> Read<usize> {
        self.cursor.enter()?;
        if self.cursor.next_token() == Some(b']') {
            self.cursor.leave();
            return Ok(0);
        }
        let mut count = 0;
        loop {
            each(self)?;
            count += 1;
            if !self.cursor.more(b']')? {
                return Ok(count);
            }
        }
    }

    /// Notes that a known key was read. Twice in a first reading: the second reading will know which one counts.
    #[inline]
    fn seen(&self, mask: &mut u32, bit: u32) -> Read {
        if *mask & bit != 0 && self.replaced.is_none() {
            return Err(Halt);
        }
        *mask |= bit;
        Ok(())
    }

    /// A key that the contract does not name; the object's end will know whether it was meant to be another.
    #[cold]
    fn unknown_key(&mut self, key: Text) -> Read {
        let listed = self.findings.len();
        self.report(
            Code::PayloadUnknownKey,
            key.start - 1,
            key.start - 1,
            key.end + 1,
            &[Words("the contract names no key \""), Key(key), Words("\" here")],
        )?;
        if self.unknown.len() < UNKNOWN_KEPT {
            self.unknown.push((key, (self.findings.len() > listed).then_some(listed)));
        }
        self.cursor.skip_value()
    }

    /// The end of an object that began at `object`: says which required keys are missing, and which ones unknown keys were meant to be.
    ///
    /// `keys` are those of the contract; `seen` and `required` are sets of them, bit by bit. `unknown` is where the object's own unknown
    /// keys begin in `self.unknown`.
    #[inline]
    fn finish_object(&mut self, object: usize, unknown: usize, seen: u32, required: u32, keys: &[&'static str]) -> Read {
        if seen & required == required && self.unknown.len() == unknown {
            Ok(())
        } else {
            self.faulty_keys(object, unknown, seen, required, keys)
        }
    }

    #[cold]
    fn faulty_keys(&mut self, object: usize, unknown: usize, seen: u32, required: u32, keys: &[&'static str]) -> Read {
        let absent: Vec<(bool, &'static str)> = keys
            .iter()
            .enumerate()
            .filter(|(index, _)| seen & 1 << index == 0)
            .map(|(index, key)| (required & 1 << index != 0, *key))
            .collect();
        for (_, key) in absent.iter().filter(|(required, _)| *required) {
            self.report(
                Code::PayloadMissingKey,
                object,
                object,
                object + 1,
                &[Words("the key \""), Words(key), Words("\" is missing in this object")],
            )?;
            self.explain_missing(key, unknown);
        }
        for (text, notice) in self.unknown.split_off(unknown) {
            if let Some(notice) = notice
                && let Some(key) = suggestion(&unescape(self.cursor.bytes, text), absent.iter().map(|(_, key)| *key))
            {
                self.findings[notice].help = Some(format!("Did you mean \"{key}\"?"));
            }
        }
        Ok(())
    }

    /// A missing key that is there misspelt is one fault: the misspelt key's own notice goes, the error says what was probably meant.
    #[cold]
    fn explain_missing(&mut self, key: &'static str, unknown: usize) {
        let bytes = self.cursor.bytes;
        let misspelt = |(text, _): &(Text, Option<usize>)| suggestion(&unescape(bytes, *text), std::iter::once(key)).is_some();
        let Some(index) = self.unknown[unknown..].iter().position(misspelt) else { return };
        let (text, notice) = self.unknown.remove(unknown + index);
        if self.listed
            && let Some(error) = self.findings.last_mut()
            && error.code.severity() == Severity::Error
        {
            error.help = Some(format!("Did you mean \"{key}\" where \"{}\" stands?", unescape_lossy(bytes, text)));
        }
        self.quota.take_back(Code::PayloadUnknownKey, notice.is_some());
        if let Some(notice) = notice {
            self.findings.remove(notice);
            for (_, place) in &mut self.unknown {
                *place = place.map(|place| if place > notice { place - 1 } else { place });
            }
        }
    }

    /// The last finding is a word that is none of `words`, if it was listed: says which one was probably meant.
    #[cold]
    fn explain_word(&mut self, code: Code, written: &[u8], words: &[&'static str]) {
        if self.listed
            && let Some(finding) = self.findings.last_mut()
            && finding.code == code
            && let Some(word) = suggestion(written, words.iter().copied())
        {
            finding.help = Some(format!("Did you mean \"{word}\"?"));
        }
    }

    fn object(&mut self, shape: &'static Shape) -> Read {
        self.object_seen(shape).map(drop)
    }

    /// Reads an object of the contract; tells which of its members were there.
    fn object_seen(&mut self, shape: &'static Shape) -> Read<u32> {
        if self.cursor.next_token() != Some(b'{') {
            self.wrong_type("an object")?;
            return Ok(u32::MAX);
        }
        let start = self.cursor.at;
        let mut mask = 0;
        let unknown = self.unknown.len();
        // The platform writes keys in the order in which the contract names them: the next one is the likeliest.
        let mut likely = 0;
        self.members(|reader, key, name| {
            let is = |member: &Member| member.key.as_bytes() == name;
            let found = match shape.members.get(likely) {
                Some(member) if is(member) => Some(likely),
                _ => shape.members.iter().position(is),
            };
            let Some(index) = found else { return reader.member_of_another_kind(key, name) };
            likely = index + 1;
            reader.seen(&mut mask, 1 << index)?;
            let Member { rule, slot, .. } = &shape.members[index];
            reader.value(rule, *slot)
        })?;
        let required = shape.required();
        if mask & required != required || self.unknown.len() > unknown {
            let keys: Vec<&'static str> = shape.members.iter().map(|member| member.key).collect();
            self.faulty_keys(start, unknown, mask, required, &keys)?;
        }
        Ok(mask)
    }

    /// A key that this object's shape does not name: at the top level it may be the mark of a second kind.
    fn member_of_another_kind(&mut self, key: Text, name: &[u8]) -> Read {
        if self.cursor.depth == 1 && matches!(name, b"inference" | b"inference_id" | b"job") {
            self.report(
                Code::PayloadAmbiguousKind,
                0,
                key.start - 1,
                key.end + 1,
                &[Words("\""), Key(key), Words("\" is the mark of another kind than the keys before it")],
            )?;
            return self.cursor.skip_value();
        }
        self.unknown_key(key)
    }

    // Values

    fn keep(&mut self, slot: Option<Slot>, span: Span) {
        if let Some(slot) = slot
            && !self.chained
        {
            self.outline.slots[slot as usize] = span;
        }
    }

    fn value(&mut self, rule: &'static Rule, slot: Option<Slot>) -> Read {
        let next = self.cursor.next_token();
        let start = self.cursor.at;
        if next == Some(b'n') && matches!(rule, Rule::TextOrNull | Rule::IdOrNull | Rule::TimeOrNull | Rule::ObjectOrNull(_)) {
            return self.cursor.literal("null");
        }
        match rule {
            Rule::Text | Rule::TextOrNull => {
                let text = self.text("a string")?;
                self.keep_text(slot, text);
            }
            Rule::Id | Rule::IdOrNull => {
                let text = self.text("a string (a UUID)")?;
                self.keep_text(slot, text);
                if let Some(text) = text
                    && !is_uuid(&self.name(text)?)
                {
                    self.report(Code::PayloadIdNotAUuid, start, start, text.end + 1, &[Value, Words(" is not a UUID")])?;
                }
            }
            Rule::Time | Rule::TimeOrNull => {
                if let Some(text) = self.text("a string (an ISO 8601 timestamp)")?
                    && !is_timestamp(&self.name(text)?)
                {
                    self.report(
                        Code::PayloadTimestamp,
                        start,
                        start,
                        text.end + 1,
                        &[Value, Words(" is not an ISO 8601 timestamp")],
                    )?;
                }
            }
            Rule::OneOf(words, code) => {
                if let Some(text) = self.text("a string")? {
                    let name = self.name(text)?;
                    if !words.iter().any(|word| word.as_bytes() == &*name) {
                        self.report(
                            *code,
                            start,
                            start,
                            text.end + 1,
                            &[Words("expected one of "), Words(&words.join(", ")), Words(", found "), Value],
                        )?;
                        self.explain_word(*code, &name, words);
                    }
                }
            }
            Rule::Bool => match next {
                Some(b't') => self.cursor.literal("true")?,
                Some(b'f') => self.cursor.literal("false")?,
                _ => self.wrong_type("true or false")?,
            },
            Rule::Integer(least) => drop(self.integer(*least)?),
            Rule::Object(shape) | Rule::ObjectOrNull(shape) => {
                self.object(shape)?;
                self.keep(slot, Span::new(start, self.cursor.at));
            }
            Rule::List(rule) => match next {
                Some(b'[') => drop(self.elements(|reader| reader.value(rule, None))?),
                _ => self.wrong_type("an array")?,
            },
            Rule::PageRange => self.page_range()?,
            Rule::Fields => drop(self.fields()?),
            Rule::Location => self.location()?,
            Rule::OcrPage => self.ocr_page()?,
            Rule::Result => self.result()?,
            Rule::Inference => self.inference()?,
            Rule::Chained => self.chained_extraction()?,
        }
        Ok(())
    }

    fn keep_text(&mut self, slot: Option<Slot>, text: Option<Text>) {
        if let Some(text) = text {
            self.keep(slot, Span::new(text.start, text.end));
        }
    }

    /// A string; `None` when something else was reported.
    #[inline(never)]
    fn text(&mut self, expected: &str) -> Read<Option<Text>> {
        if self.cursor.next_token() != Some(b'"') {
            return self.wrong_type(expected).map(|()| None);
        }
        let text = self.cursor.string()?;
        self.note_surrogate(text);
        Ok(Some(text))
    }

    /// Warnings about JSON itself are the walk's to give; a first reading only has to notice that there is one.
    #[inline]
    fn note_surrogate(&mut self, text: Text) {
        self.noted |= text.lone_surrogate;
    }

    /// A number's value; `None` when something else was reported.
    fn integer(&mut self, least: u8) -> Read<Option<f64>> {
        let Some(b'-' | b'0'..=b'9') = self.cursor.next_token() else {
            return self.wrong_type("a whole number").map(|()| None);
        };
        let number = self.cursor.number()?;
        let (start, end) = (number.start, number.end);
        self.noted |= number.warning(self.cursor.bytes).is_some();
        let value = number.value(self.cursor.bytes);
        if value % 1.0 != 0.0 {
            self.report(Code::PayloadNotAnInteger, start, start, end, &[Words("expected a whole number, found "), Value])?;
            return Ok(None);
        }
        if value < f64::from(least) {
            self.report(
                Code::PayloadOutOfRange,
                start,
                start,
                end,
                &[Words("expected "), Words(&least.to_string()), Words(" or more, found "), Value],
            )?;
            return Ok(None);
        }
        Ok(Some(value))
    }

    // Kinds

    /// Looks at the top-level keys without reading their values' contents, as far as is needed to tell the kind.
    fn kind_of_top_level(&mut self) -> Read<TopLevel> {
        let next = self.cursor.next_token();
        let start = self.cursor.at;
        if next != Some(b'{') {
            self.cursor.skip_value()?;
            let end = self.cursor.at;
            self.report(Code::PayloadNotAnObject, start, start, end, &[Words("expected an object, found "), Value])?;
            self.cursor.at = start;
            return Ok(TopLevel::Refused);
        }
        let mut marks = 0_u32;
        let mut meant = None;
        let outcome = self.members(|reader, _, name| {
            marks |= match name {
                // The kinds whose bodies may be large are known by one key: look no further.
                b"inference" => 1,
                b"job" => 2,
                b"inference_id" => 4,
                b"error" => 8,
                b"status" => 16,
                b"title" => 32,
                b"detail" => 64,
                b"code" => 128,
                b"api_request" => 256,
                _ => {
                    if reader.replaced.is_some() && meant.is_none() {
                        meant = suggestion(name, ["inference", "inference_id", "job"].into_iter());
                    }
                    0
                }
            };
            if marks & 1 != 0 { Err(Halt) } else { reader.cursor.skip_value() }
        });
        let found = match marks {
            marks if marks & 1 != 0 => Some(TopLevel::Inference),
            _ if outcome.is_err() => return Err(Halt),
            // Before the job: V1 answers to asynchronous calls hold a `job` of their own.
            marks if marks & 256 != 0 => {
                self.report(Code::PayloadV1, start, start, start + 1, &[Words(Code::PayloadV1.summary())])?;
                None
            }
            marks if marks & 2 != 0 => Some(TopLevel::Job),
            marks if marks & 12 == 12 => Some(TopLevel::Failure),
            marks if marks & 240 == 240 => Some(TopLevel::Error),
            _ => {
                self.report(
                    Code::PayloadUnknownKind,
                    start,
                    start,
                    start + 1,
                    &[Words("the keys of this object are those of no known kind")],
                )?;
                if let (Some(finding), Some(key)) = (self.findings.last_mut(), meant) {
                    finding.help = Some(format!("Did you mean \"{key}\"?"));
                }
                None
            }
        };
        self.cursor.at = start;
        self.cursor.depth = 0;
        Ok(found.unwrap_or(TopLevel::Refused))
    }

    fn inference(&mut self) -> Read {
        self.cursor.next_token();
        let start = self.cursor.at;
        let mask = self.object_seen(&inference::INFERENCE)?;
        let has_options = inference::INFERENCE
            .members
            .iter()
            .position(|member| member.key == "active_options")
            .is_some_and(|index| mask & 1 << index != 0);
        // Only extractions always have them (contract, section 3).
        if !has_options && (self.chained || self.outline.kind == Some(Kind::Extraction)) {
            self.report(
                Code::PayloadMissingKey,
                start,
                start,
                start + 1,
                &[Words("the key \"active_options\" is missing in this object")],
            )?;
        }
        Ok(())
    }

    /// `inference.result`, whose one distinguishing key tells the kind.
    fn result(&mut self) -> Read {
        if self.cursor.next_token() != Some(b'{') {
            return self.wrong_type("an object");
        }
        let start = self.cursor.at;
        let mut kind: Option<Kind> = None;
        let mut ambiguous = false;
        let mut mask = 0;
        let mut extraction_only: [Option<Text>; 2] = [None; 2];
        let unknown = self.unknown.len();
        self.members(|reader, key, name| {
            let (this, rule) = match name {
                b"fields" => (Kind::Extraction, &extraction::FIELDS),
                b"classification" => (Kind::Classification, &classification::CLASSIFICATION),
                b"crops" => (Kind::Crop, &crop::CROPS),
                b"pages" => (Kind::Ocr, &ocr::PAGES),
                b"splits" => (Kind::Split, &split::SPLITS),
                b"raw_text" => {
                    reader.seen(&mut mask, 1)?;
                    extraction_only[0] = Some(key);
                    return reader.value(&extraction::RAW_TEXT, None);
                }
                b"rag" => {
                    reader.seen(&mut mask, 2)?;
                    extraction_only[1] = Some(key);
                    return reader.value(&extraction::RAG, None);
                }
                _ => return reader.unknown_key(key),
            };
            if kind.is_some() {
                if std::mem::replace(&mut ambiguous, true) {
                    return reader.cursor.skip_value();
                }
                reader.report(
                    Code::PayloadAmbiguousKind,
                    start,
                    key.start - 1,
                    key.end + 1,
                    &[Words("\""), Key(key), Words("\" is the mark of another kind than the keys before it")],
                )?;
                return reader.cursor.skip_value();
            }
            kind = Some(this);
            if reader.chained && this != Kind::Extraction {
                reader.report(
                    Code::PayloadUnknownKind,
                    start,
                    start,
                    start + 1,
                    &[Words("an extraction_response holds an extraction, whose result has \"fields\"")],
                )?;
                return reader.cursor.skip_value();
            }
            reader.cursor.next_token();
            let from = reader.cursor.at;
            if !reader.chained {
                // An object of fields is outlined only if it is the payload's own.
                reader.outline.kind = Some(this);
            }
            reader.value(rule, None)?;
            reader.keep(Some(Slot::Content), Span::new(from, reader.cursor.at));
            Ok(())
        })?;
        match kind {
            None => {
                self.report(
                    Code::PayloadUnknownKind,
                    start,
                    start,
                    start + 1,
                    &[Words("the result has none of the keys fields, classification, crops, pages, splits")],
                )?;
                for key in ["fields", "classification", "crops", "pages", "splits"] {
                    self.explain_missing(key, unknown);
                }
            }
            Some(Kind::Extraction) => {}
            Some(_) => {
                for key in extraction_only.into_iter().flatten() {
                    self.report(
                        Code::PayloadUnknownKey,
                        key.start - 1,
                        key.start - 1,
                        key.end + 1,
                        &[Words("this key belongs to extractions only")],
                    )?;
                }
            }
        }
        self.finish_object(start, unknown, mask, 0, &["raw_text", "rag"])
    }

    /// A whole extraction response within another result.
    fn chained_extraction(&mut self) -> Read {
        if self.cursor.next_token() == Some(b'n') {
            return self.cursor.literal("null");
        }
        self.chained = true;
        let outcome = self.object(&inference::ENVELOPE);
        self.chained = false;
        outcome
    }

    // Fields

    /// `{NAME: field}`; returns the number of fields.
    fn fields(&mut self) -> Read<u32> {
        if self.cursor.next_token() != Some(b'{') {
            self.wrong_type("an object of fields")?;
            return Ok(0);
        }
        let first_name = self.names.len();
        let mut count = 0;
        self.members(|reader, key, name| {
            count += 1;
            let (hash, plain) = hash_of_name(name);
            if !plain {
                reader.report(
                    Code::PayloadFieldName,
                    key.start - 1,
                    key.start - 1,
                    key.end + 1,
                    &[Words("\""), Key(key), Words("\" is an unusual field name")],
                )?;
            }
            reader.note_surrogate(key);
            if reader.replaced.is_none() {
                reader.names.push(hash);
            }
            reader.field(key)
        })?;
        if self.replaced.is_none() {
            // Equal hashes are nearly always equal names; the second reading finds out.
            let names = &mut self.names[first_name..];
            names.sort_unstable();
            if names.windows(2).any(|pair| pair[0] == pair[1]) {
                return Err(Halt);
            }
            self.names.truncate(first_name);
        }
        Ok(count)
    }

    /// One field, told by its key: `value`, `fields` or `items`.
    fn field(&mut self, name: Text) -> Read {
        if self.cursor.next_token() != Some(b'{') {
            return self.wrong_type("a field (an object)");
        }
        let start = self.cursor.at;
        self.field_count += 1;
        if self.field_count > self.cursor.limits.fields {
            return Err(self.cursor.fail(Code::LimitFields, start, 1, "fewer fields"));
        }
        let outlined = !self.chained;
        let node = self.outline.words.len();
        if outlined {
            self.outline.words.resize(node + FIELD, 0);
        }
        const KEYS: [&str; 5] = ["value", "fields", "items", "confidence", "locations"];
        const SHAPES: u32 = 1 | 2 | 4;
        let mut mask = 0_u32;
        let mut ambiguous = false;
        let mut tag = 0;
        let mut place = [0_usize; 3];
        let mut children = 0;
        let unknown = self.unknown.len();
        self.named_members(&KEYS, |reader, index, key| {
            if index == 5 {
                return reader.unknown_key(key);
            }
            let bit = 1 << index;
            if bit & SHAPES != 0 && mask & SHAPES & !bit != 0 {
                if std::mem::replace(&mut ambiguous, true) {
                    return reader.cursor.skip_value();
                }
                reader.report(
                    Code::PayloadAmbiguousField,
                    start,
                    key.start - 1,
                    key.end + 1,
                    &[Words("a field has only one of the keys value, fields, items")],
                )?;
                return reader.cursor.skip_value();
            }
            reader.seen(&mut mask, bit)?;
            let next = reader.cursor.next_token();
            let from = reader.cursor.at;
            match bit {
                1 => {
                    tag |= reader.simple_value()? << 6;
                    place[0] = from;
                    place[1] = reader.cursor.at;
                }
                2 => {
                    tag |= 1;
                    children = reader.fields()?;
                }
                4 => {
                    tag |= 2;
                    match next {
                        Some(b'[') => children = reader.elements(|reader| reader.field(Text::default()))? as u32,
                        _ => reader.wrong_type("an array of fields")?,
                    }
                }
                8 => tag |= reader.confidence()? << 2,
                _ => {
                    if next != Some(b'n') {
                        place[2] = from;
                    }
                    reader.locations()?;
                }
            }
            Ok(())
        })?;
        if mask & SHAPES == 0 {
            self.report(
                Code::PayloadFieldShape,
                start,
                start,
                start + 1,
                &[Words("a field has one of the keys value, fields, items; this one has none")],
            )?;
            for key in &KEYS[..3] {
                self.explain_missing(key, unknown);
            }
        }
        // What tells the shape was seen to above: here it counts as there.
        self.finish_object(start, unknown, mask | SHAPES, 0, &KEYS)?;
        if outlined {
            let descendants = (self.outline.words.len() - node) / FIELD - 1;
            let shared = if mask & 1 != 0 { [place[0] as u32, place[1] as u32] } else { [children, descendants as u32] };
            let is_item = name.end == 0;
            self.outline.words[node..node + FIELD].copy_from_slice(&[
                if is_item { start as u32 } else { name.start as u32 },
                tag | u32::from(name.escaped) << 5 | u32::from(is_item) << 9 | ((name.end - name.start) as u32) << 10,
                shared[0],
                shared[1],
                place[2] as u32,
            ]);
        }
        Ok(())
    }

    /// The value of a simple field; returns its type as the outline numbers it.
    fn simple_value(&mut self) -> Read<u32> {
        match self.cursor.next_token() {
            Some(b'"') => {
                let text = self.cursor.string()?;
                self.note_surrogate(text);
                Ok(if text.escaped { 2 } else { 1 })
            }
            Some(b'-' | b'0'..=b'9') => {
                let number = self.cursor.number()?;
                self.noted |= number.warning(self.cursor.bytes).is_some();
                Ok(3)
            }
            Some(b't') => self.cursor.literal("true").map(|()| 4),
            Some(b'f') => self.cursor.literal("false").map(|()| 5),
            Some(b'n') => self.cursor.literal("null").map(|()| 0),
            _ => self.wrong_type("a string, a number, true, false or null").map(|()| 0),
        }
    }

    /// A confidence; returns its number in the outline.
    fn confidence(&mut self) -> Read<u32> {
        const EXPECTED: &str = "Certain, High, Medium, Low or null";
        const WORDS: [(&[u8], u32); 4] = [(b"\"Certain\"", 1), (b"\"High\"", 2), (b"\"Medium\"", 3), (b"\"Low\"", 4)];
        let next = self.cursor.next_token();
        let rest = &self.cursor.bytes[self.cursor.at..];
        if let Some((word, number)) = WORDS.iter().find(|(word, _)| rest.starts_with(word)) {
            self.cursor.at += word.len();
            return Ok(*number);
        }
        match next {
            Some(b'n') => self.cursor.literal("null").map(|()| 0),
            Some(b'"') => {
                let start = self.cursor.at;
                let text = self.cursor.string()?;
                match &*self.name(text)? {
                    b"Certain" => Ok(1),
                    b"High" => Ok(2),
                    b"Medium" => Ok(3),
                    b"Low" => Ok(4),
                    name => {
                        self.cursor.at = start;
                        self.wrong_value(Code::PayloadUnknownConfidence, EXPECTED)?;
                        self.explain_word(Code::PayloadUnknownConfidence, name, &["Certain", "High", "Medium", "Low"]);
                        Ok(0)
                    }
                }
            }
            _ => self.wrong_type(EXPECTED).map(|()| 0),
        }
    }

    // Places on pages

    fn locations(&mut self) -> Read {
        match self.cursor.next_token() {
            Some(b'n') => self.cursor.literal("null"),
            Some(b'[') => self.elements(Self::location).map(drop),
            _ => self.wrong_type("an array of locations or null"),
        }
    }

    fn location(&mut self) -> Read {
        if self.cursor.next_token() != Some(b'{') {
            return self.wrong_type("a location (an object)");
        }
        let start = self.cursor.at;
        let mut mask = 0;
        let unknown = self.unknown.len();
        self.named_members(&["page", "polygon"], |reader, index, key| match index {
            0 => {
                reader.seen(&mut mask, 1)?;
                reader.integer(0).map(drop)
            }
            1 => {
                reader.seen(&mut mask, 2)?;
                reader.polygon()
            }
            _ => reader.unknown_key(key),
        })?;
        self.finish_object(start, unknown, mask, 3, &["page", "polygon"])?;
        Ok(())
    }

    fn polygon(&mut self) -> Read {
        if self.cursor.next_token() != Some(b'[') {
            return self.wrong_type("an array of points");
        }
        self.elements(|reader| {
            reader.cursor.next_token();
            match plain_point(reader.cursor.bytes, reader.cursor.at) {
                Some(end) if reader.cursor.depth < reader.cursor.limits.depth => {
                    reader.cursor.at = end;
                    Ok(())
                }
                _ => reader.point(),
            }
        })
        .map(drop)
    }

    fn point(&mut self) -> Read {
        const EXPECTED: &str = "a pair of numbers";
        if self.cursor.next_token() != Some(b'[') {
            return self.wrong_value(Code::PayloadPoint, EXPECTED);
        }
        let mark = self.mark();
        let mut other_than_numbers = false;
        let count = self.elements(|reader| {
            let Some(b'-' | b'0'..=b'9') = reader.cursor.next_token() else {
                other_than_numbers = true;
                return reader.cursor.skip_value();
            };
            reader.coordinate()
        })?;
        if count != 2 || other_than_numbers {
            if self.replaced.is_none() {
                return Err(Halt);
            }
            self.back_to(mark);
            return self.wrong_value(Code::PayloadPoint, EXPECTED);
        }
        Ok(())
    }

    #[inline]
    fn coordinate(&mut self) -> Read {
        let number = self.cursor.number()?;
        // Nearly all are written 0.…: inside for certain, without making a double of them.
        if !number.exponent && self.cursor.bytes[number.start..].starts_with(b"0.") {
            return Ok(());
        }
        self.noted |= number.warning(self.cursor.bytes).is_some();
        let (start, end) = (number.start, number.end);
        if !(-0.05..=1.05).contains(&number.value(self.cursor.bytes)) {
            self.report(Code::PayloadCoordinate, start, start, end, &[Value, Words(" lies far outside 0…1")])?;
        }
        Ok(())
    }

    fn page_range(&mut self) -> Read {
        const EXPECTED: &str = "two whole numbers, the first and the last page";
        if self.cursor.next_token() != Some(b'[') {
            return self.wrong_type(EXPECTED);
        }
        let mark = self.mark();
        let mut pages = [None; 2];
        let mut index = 0;
        let count = self.elements(|reader| {
            let page = reader.integer(0)?;
            if let Some(place) = pages.get_mut(index) {
                *place = page;
            }
            index += 1;
            Ok(())
        })?;
        if count != 2 {
            self.back_to(mark);
            return self.wrong_type(EXPECTED);
        }
        if let [Some(first), Some(last)] = pages
            && first > last
        {
            self.report(
                Code::PayloadOutOfRange,
                mark.at,
                mark.at,
                self.cursor.at,
                &[Words("the last page comes before the first")],
            )?;
        }
        Ok(())
    }

    // OCR

    fn ocr_page(&mut self) -> Read {
        if self.cursor.next_token() != Some(b'{') {
            return self.wrong_type("a page (an object)");
        }
        let start = self.cursor.at;
        let first_word = self.outline.words.len() - HEADER;
        let mut mask = 0;
        let mut content = Text::default();
        let unknown = self.unknown.len();
        self.named_members(&["content", "words"], |reader, index, key| match index {
            0 => {
                reader.seen(&mut mask, 1)?;
                content = reader.text("a string")?.unwrap_or_default();
                Ok(())
            }
            1 => {
                reader.seen(&mut mask, 2)?;
                reader.words()
            }
            _ => reader.unknown_key(key),
        })?;
        self.finish_object(start, unknown, mask, 3, &["content", "words"])?;
        let words = self.outline.words.len() - HEADER - first_word;
        self.outline.pages.extend_from_slice(&[
            start as u32,
            self.cursor.at as u32,
            content.start as u32,
            content.end as u32,
            first_word as u32,
            words as u32,
        ]);
        Ok(())
    }

    fn words(&mut self) -> Read {
        if self.cursor.next_token() != Some(b'[') {
            return self.wrong_type("an array of words");
        }
        self.elements(Self::word).map(drop)
    }

    fn word(&mut self) -> Read {
        if self.cursor.next_token() != Some(b'{') {
            return self.wrong_type("a word (an object)");
        }
        let start = self.cursor.at;
        self.outline.words.push(start as u32);
        let mut mask = 0;
        let unknown = self.unknown.len();
        self.named_members(&["content", "polygon"], |reader, index, key| match index {
            0 => {
                reader.seen(&mut mask, 1)?;
                reader.text("a string").map(drop)
            }
            1 => {
                reader.seen(&mut mask, 2)?;
                reader.polygon()
            }
            _ => reader.unknown_key(key),
        })?;
        self.finish_object(start, unknown, mask, 3, &["content", "polygon"])?;
        Ok(())
    }

    /// What stopped a second reading, if it was a limit.
    pub fn fault(&self) -> Option<crate::json::Fault> {
        self.cursor.fault
    }
}

struct Mark {
    at: usize,
    depth: usize,
    findings: usize,
    quota: Quota,
}

enum TopLevel {
    Inference,
    Job,
    Failure,
    Error,
    /// Reported already; only its syntax is of interest.
    Refused,
}

fn shortened(text: &str) -> String {
    if text.chars().nth(60).is_none() { text.to_owned() } else { text.chars().take(60).chain(['…']).collect() }
}

/// A hash of a field name, and whether the name is `[a-z0-9]` with inner underscores (contract, section 4).
fn hash_of_name(name: &[u8]) -> (u64, bool) {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // A byte's high bit: whether that byte (below 0x80) is at least `first` and at most `last`.
    const fn between(word: u64, first: u8, last: u8) -> u64 {
        word.wrapping_add(ONES * (0x80 - first as u64)) & !word.wrapping_add(ONES * (0x7F - last as u64))
    }
    let mut hash = name.len() as u64;
    let mut plain = !name.is_empty() && name[0] != b'_' && name[name.len() - 1] != b'_';
    let mut rest = name;
    while !rest.is_empty() {
        // Eight bytes at once; the last ones are filled up with a plain character, and the length is in the hash.
        let word = match rest.split_first_chunk::<8>() {
            Some((chunk, after)) => {
                rest = after;
                u64::from_le_bytes(*chunk)
            }
            None => {
                let mut chunk = [b'a'; 8];
                chunk[..rest.len()].copy_from_slice(rest);
                rest = &[];
                u64::from_le_bytes(chunk)
            }
        };
        let good = between(word, b'a', b'z') | between(word, b'0', b'9') | between(word, b'_', b'_');
        plain &= word & HIGH == 0 && good & HIGH == HIGH;
        // The multiplication spreads upwards, the rotation brings the upper half down again.
        hash = (hash ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(32);
    }
    (hash, plain)
}

/// 8-4-4-4-12 hexadecimal digits, any version and case.
fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// `YYYY-MM-DDThh:mm:ss`, then optionally a fraction, then optionally `Z` or `±hh:mm` (ISO 8601; contract, section 4).
fn is_timestamp(text: &[u8]) -> bool {
    let number = |from: usize, to: usize| {
        text.get(from..to)
            .filter(|digits| digits.iter().all(u8::is_ascii_digit))
            .map(|digits| digits.iter().fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0')))
    };
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if !separators.iter().all(|(at, byte)| text.get(*at) == Some(byte)) {
        return false;
    }
    let (Some(year), Some(month), Some(day), Some(hour), Some(minute), Some(second)) =
        (number(0, 4), number(5, 7), number(8, 10), number(11, 13), number(14, 16), number(17, 19))
    else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => 31,
    };
    // A leap second is written 60.
    if !(1..=12).contains(&month) || !(1..=days).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return false;
    }
    let mut rest = &text[19..];
    if let [b'.', fraction @ ..] = rest {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return false;
        }
        rest = &fraction[digits..];
    }
    match rest {
        [] | [b'Z'] => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => {
            [h1, h2, m1, m2].iter().all(|byte| byte.is_ascii_digit()) && (*h1, *h2) <= (b'2', b'3') && *m1 <= b'5'
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_iso_8601_with_or_without_a_zone() {
        for good in [
            "2026-04-20T18:27:58.974451",
            "2026-04-20T18:27:58.974451Z",
            "2026-04-20T18:27:58",
            "2024-02-29T23:59:60Z",
            "2026-12-31T00:00:00.1+02:00",
            "2026-12-31T00:00:00-11:30",
        ] {
            assert!(is_timestamp(good.as_bytes()), "{good}");
        }
        for bad in [
            "",
            "2026-04-20",
            "2026-04-20 18:27:58",
            "2026-4-20T18:27:58",
            "2026-02-29T00:00:00",
            "2026-13-01T00:00:00",
            "2026-00-01T00:00:00",
            "2026-01-32T00:00:00",
            "2026-01-01T24:00:00",
            "2026-01-01T00:60:00",
            "2026-01-01T00:00:00.",
            "2026-01-01T00:00:00+2",
            "2026-01-01T00:00:00+24:00",
            "2026-01-01T00:00:00z",
            "20260101T000000Z",
            "1767225600",
        ] {
            assert!(!is_timestamp(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn field_names_are_told_from_unusual_ones() {
        for plain in ["a", "total_net", "1", "a__b", "constructor"] {
            assert!(hash_of_name(plain.as_bytes()).1, "{plain}");
        }
        for unusual in ["", "_", "_a", "a_", "A", "a-b", "é", "__proto__", "a b", "long_enough_for_two_wordS", "0123456789\u{7f}"]
        {
            assert!(!hash_of_name(unusual.as_bytes()).1, "{unusual}");
        }
        for byte in 0..=255_u8 {
            for place in 0..18 {
                let mut name = [b'n'; 18];
                name[place] = byte;
                let inner = place > 0 && place < 17;
                let plain = matches!(byte, b'a'..=b'z' | b'0'..=b'9') || byte == b'_' && inner;
                assert_eq!(hash_of_name(&name).1, plain, "{byte:#x} at {place}");
            }
        }
    }
}
