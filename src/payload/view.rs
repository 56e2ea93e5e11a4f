//! Typed access to a checked body through its outline: nothing is copied but strings with escapes, and OCR words, which are owned.

use super::Payload;
use super::data::{Location, Word};
use super::outline::{FIELD, HEADER, Kind, PAGE};
use crate::json::{Cursor, Halt, Limits, Text, unescape, unescape_lossy};
use serde::Deserialize;
use std::borrow::Cow;

/// How sure the platform is of a value (contract, section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, Deserialize)]
pub enum Confidence {
    /// `"Low"`
    Low,
    /// `"Medium"`
    Medium,
    /// `"High"`
    High,
    /// `"Certain"`
    Certain,
}

/// The value of a simple field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'p> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as written in the body: `1.10`, `9007199254740993`.
    Number(&'p str),
    /// A string. Half of a surrogate pair, which Rust's strings cannot hold, becomes U+FFFD.
    Text(Cow<'p, str>),
}

impl Value<'_> {
    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }

    /// A number as a double, as JavaScript would read it: digits beyond 2^53 are rounded, what is too large is infinite.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        if let Value::Number(written) = self { written.parse().ok() } else { None }
    }
}

/// What a field holds, told by its key (contract, section 4).
#[derive(Clone, Debug)]
pub enum Content<'p> {
    /// `value`
    Simple(Value<'p>),
    /// `fields`
    Object(Fields<'p>),
    /// `items`
    List(Vec<Field<'p>>),
}

#[derive(Clone, Copy)]
struct Source<'p> {
    bytes: &'p [u8],
    outline: &'p [u32],
}

impl<'p> Source<'p> {
    fn word(self, node: usize, part: usize) -> u32 {
        self.outline[HEADER + node * FIELD + part]
    }

    /// The node behind a field and all that is in it.
    fn after(self, node: usize) -> usize {
        let descendants = if self.word(node, 1) & 3 == 0 { 0 } else { self.word(node, 3) as usize };
        node + 1 + descendants
    }

    fn siblings(self, first: usize, count: usize) -> impl Iterator<Item = Field<'p>> {
        let mut next = first;
        (0..count).map(move |_| {
            let node = next;
            next = self.after(node);
            Field { source: self, node }
        })
    }

    fn cursor(self, at: usize) -> Cursor<'p> {
        Cursor::new(self.bytes, at, Limits { depth: usize::MAX, key_length: usize::MAX, ..Limits::default() })
    }

    fn text(self, start: usize, end: usize, escaped: bool) -> Cow<'p, str> {
        if escaped {
            Cow::Owned(unescape_lossy(self.bytes, Text { start, end, escaped, lone_surrogate: false }))
        } else {
            String::from_utf8_lossy(&self.bytes[start..end])
        }
    }
}

// `serde_json` would not do for these: a key that comes twice, half a surrogate pair and a number without end are all let through with a
// warning, and what they stand in must not be missing here.

/// Every member of the object at the cursor, in order: a later one of the same name replaces what an earlier one set.
fn members(cursor: &mut Cursor, mut each: impl FnMut(&mut Cursor, &[u8]) -> Result<(), Halt>) -> Result<(), Halt> {
    cursor.next_token();
    cursor.enter()?;
    let mut more = cursor.next_token() != Some(b'}');
    if !more {
        cursor.leave();
    }
    while more {
        let key = cursor.key()?;
        each(cursor, &unescape(cursor.bytes, key))?;
        more = cursor.more(b'}')?;
    }
    Ok(())
}

fn elements(cursor: &mut Cursor, mut each: impl FnMut(&mut Cursor) -> Result<(), Halt>) -> Result<(), Halt> {
    cursor.next_token();
    cursor.enter()?;
    let mut more = cursor.next_token() != Some(b']');
    if !more {
        cursor.leave();
    }
    while more {
        each(cursor)?;
        more = cursor.more(b']')?;
    }
    Ok(())
}

fn number(cursor: &mut Cursor) -> Result<f64, Halt> {
    cursor.next_token();
    let number = cursor.number()?;
    Ok(str::from_utf8(&cursor.bytes[number.start..number.end]).ok().and_then(|text| text.parse().ok()).unwrap_or_default())
}

fn polygon(cursor: &mut Cursor) -> Result<Vec<[f64; 2]>, Halt> {
    let mut points = Vec::new();
    elements(cursor, |cursor| {
        let mut point = [0.0; 2];
        let mut index = 0;
        elements(cursor, |cursor| {
            let coordinate = number(cursor)?;
            if let Some(place) = point.get_mut(index) {
                *place = coordinate;
            }
            index += 1;
            Ok(())
        })?;
        points.push(point);
        Ok(())
    })?;
    Ok(points)
}

/// The fields of one level, in the order of the body.
#[derive(Clone, Copy)]
pub struct Fields<'p> {
    source: Source<'p>,
    first: usize,
    count: usize,
}

impl<'p> Fields<'p> {
    /// How many fields there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The field of this name. Names are looked through one after the other.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Field<'p>> {
        self.iter().find(|(each, _)| each == name).map(|(_, field)| field)
    }

    /// All fields with their names.
    pub fn iter(&self) -> impl Iterator<Item = (Cow<'p, str>, Field<'p>)> + use<'p> {
        self.source.siblings(self.first, self.count).map(|field| (field.name(), field))
    }
}

impl std::fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// One field of an extraction.
#[derive(Clone, Copy)]
pub struct Field<'p> {
    source: Source<'p>,
    node: usize,
}

impl<'p> Field<'p> {
    fn word(&self, part: usize) -> u32 {
        self.source.word(self.node, part)
    }

    fn name(&self) -> Cow<'p, str> {
        let (start, tag) = (self.word(0) as usize, self.word(1));
        self.source.text(start, start + (tag >> 10) as usize, tag & 32 != 0)
    }

    /// The confidence; `None` where it is `null` or absent.
    #[must_use]
    pub fn confidence(&self) -> Option<Confidence> {
        match self.word(1) >> 2 & 7 {
            1 => Some(Confidence::Certain),
            2 => Some(Confidence::High),
            3 => Some(Confidence::Medium),
            4 => Some(Confidence::Low),
            _ => None,
        }
    }

    /// Where the value was read; empty where that is `null` or absent.
    #[must_use]
    pub fn locations(&self) -> Vec<Location> {
        let start = self.word(4) as usize;
        if start == 0 {
            return Vec::new();
        }
        let mut locations = Vec::new();
        // What was checked is read again without a fault.
        let _ = elements(&mut self.source.cursor(start), |cursor| {
            let mut location = Location { page: 0, polygon: Vec::new() };
            members(cursor, |cursor, name| {
                match name {
                    b"page" => location.page = number(cursor)? as u32,
                    b"polygon" => location.polygon = polygon(cursor)?,
                    _ => cursor.skip_value()?,
                }
                Ok(())
            })?;
            locations.push(location);
            Ok(())
        });
        locations
    }

    /// The value, the fields or the items.
    #[must_use]
    pub fn content(&self) -> Content<'p> {
        let (tag, a, b) = (self.word(1), self.word(2) as usize, self.word(3) as usize);
        match (tag & 3, tag >> 6 & 7) {
            (1, _) => Content::Object(Fields { source: self.source, first: self.node + 1, count: a }),
            (2, _) => Content::List(self.source.siblings(self.node + 1, a).collect()),
            (_, 1 | 2) => Content::Simple(Value::Text(self.source.text(a + 1, b - 1, tag >> 6 & 7 == 2))),
            (_, 3) => Content::Simple(Value::Number(str::from_utf8(&self.source.bytes[a..b]).unwrap_or_default())),
            (_, 4) => Content::Simple(Value::Bool(true)),
            (_, 5) => Content::Simple(Value::Bool(false)),
            _ => Content::Simple(Value::Null),
        }
    }

    /// The value of a simple field.
    #[must_use]
    pub fn value(&self) -> Option<Value<'p>> {
        if let Content::Simple(value) = self.content() { Some(value) } else { None }
    }
}

impl std::fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Field").field("content", &self.content()).field("confidence", &self.confidence()).finish()
    }
}

/// A page that OCR read.
#[derive(Clone, Copy)]
pub struct Page<'p> {
    source: Source<'p>,
    at: usize,
}

impl<'p> Page<'p> {
    /// The whole text of the page.
    #[must_use]
    pub fn content(&self) -> Cow<'p, str> {
        let (start, end) = (self.source.outline[self.at + 2] as usize, self.source.outline[self.at + 3] as usize);
        self.source.text(start, end, self.source.bytes[start..end].contains(&b'\\'))
    }

    /// How many words it has.
    #[must_use]
    pub fn word_count(&self) -> usize {
        self.source.outline[self.at + 5] as usize
    }

    /// The words, read one by one.
    pub fn words(&self) -> impl Iterator<Item = Word> + use<'p> {
        let source = self.source;
        let first = HEADER + source.outline[self.at + 4] as usize;
        source.outline[first..first + self.word_count()].iter().map(move |start| {
            let mut word = Word { content: String::new(), polygon: Vec::new() };
            // What was checked is read again without a fault.
            let _ = members(&mut source.cursor(*start as usize), |cursor, name| {
                match name {
                    b"content" => {
                        cursor.next_token();
                        word.content = unescape_lossy(cursor.bytes, cursor.string()?);
                    }
                    b"polygon" => word.polygon = polygon(cursor)?,
                    _ => cursor.skip_value()?,
                }
                Ok(())
            });
            word
        })
    }
}

impl Payload<'_> {
    fn source(&self) -> Source<'_> {
        Source { bytes: self.bytes, outline: &self.outline }
    }

    /// The fields of an extraction; `None` for another kind.
    ///
    /// ```
    /// use mindhook::{json::Limits, payload::{self, Confidence, Value}};
    /// let body = br#"{"inference":{"id":"0e2c1b7a-6f0a-4d55-9d3e-0b8f6f1f2a10","job":{"id":"0e2c1b7a-6f0a-4d55-9d3e-0b8f6f1f2a11"},
    ///     "model":{"id":"0e2c1b7a-6f0a-4d55-9d3e-0b8f6f1f2a12"},
    ///     "file":{"name":"a.pdf","alias":null,"page_count":1,"mime_type":"application/pdf"},
    ///     "result":{"fields":{"total":{"value":1.10,"confidence":"High","locations":[]}}},
    ///     "active_options":{"raw_text":false,"polygon":false,"confidence":true,"rag":false,"text_context":false,
    ///     "data_schema":{"replace":false}}}}"#;
    /// let payload = payload::parse(body, Limits::default()).unwrap();
    /// let total = payload.fields().unwrap().get("total").unwrap();
    /// assert_eq!(total.value(), Some(Value::Number("1.10")));
    /// assert_eq!(total.value().unwrap().as_f64(), Some(1.1));
    /// assert_eq!(total.confidence(), Some(Confidence::High));
    /// ```
    #[must_use]
    pub fn fields(&self) -> Option<Fields<'_>> {
        if self.kind() != Kind::Extraction {
            return None;
        }
        let source = self.source();
        let nodes = self.outline[14] as usize;
        let mut count = 0;
        let mut node = 0;
        while node < nodes {
            node = source.after(node);
            count += 1;
        }
        Some(Fields { source, first: 0, count })
    }

    /// The pages of an OCR; `None` for another kind.
    #[must_use]
    pub fn pages(&self) -> Option<Vec<Page<'_>>> {
        if self.kind() != Kind::Ocr {
            return None;
        }
        let first = HEADER + self.outline[15] as usize;
        Some((0..self.outline[14] as usize).map(|index| Page { source: self.source(), at: first + index * PAGE }).collect())
    }
}
