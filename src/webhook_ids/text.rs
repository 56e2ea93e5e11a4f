//! Splits text into the entries of a list, each with its place.

use super::{Entry, MAX_ENTRIES};
use serde::de::{Deserializer as _, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// An entry and where it stands in the text.
pub(super) struct Item<'a> {
    pub(super) entry: Entry<'a>,
    pub(super) start: usize,
    pub(super) length: usize,
    /// Whether offsets within the entry are offsets in the text: not so once JSON escapes were undone.
    pub(super) exact: bool,
}

/// Why text is no list.
pub(super) enum Unsplit {
    Syntax { offset: usize, length: usize, message: String },
    NotAList { offset: usize, length: usize },
    TooMany,
}

/// White space that separates, and is not part of an entry.
const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

/// Reads every form of contract: JSON array, `[A, B]`, quotes or none, commas or line ends, the guide's `webhook_ids=` before it.
pub(super) fn split(text: &str) -> Result<Vec<Item<'_>>, Unsplit> {
    let mut list = Span { text, start: 0, end: text.len() };
    if text.starts_with('\u{feff}') {
        list.start = '\u{feff}'.len_utf8();
    }
    list = list.trimmed().without_name().without_quotes();
    let body = list.as_str();
    if body.starts_with('[') {
        match json_array(body, list.start) {
            Some(result) => return result,
            // Not JSON: the brackets go, the rest is read as a bare list.
            None => list = list.without_brackets()?,
        }
    } else if let Some(inner) = body.strip_prefix('{') {
        // `{` also begins a UUID in braces; a quote or the end right after it begins an object.
        if inner.trim_start_matches(BLANK).starts_with(['"', '}']) {
            return Err(Unsplit::NotAList { offset: list.start, length: body.len() });
        }
    } else if body.ends_with(']') {
        let message = "the closing bracket has no opening one".to_owned();
        return Err(Unsplit::Syntax { offset: list.end - 1, length: 1, message });
    }
    bare_list(list)
}

/// A part of the text that still knows its place.
#[derive(Clone, Copy)]
struct Span<'a> {
    text: &'a str,
    start: usize,
    end: usize,
}

impl<'a> Span<'a> {
    fn as_str(self) -> &'a str {
        &self.text[self.start..self.end]
    }

    fn trimmed(self) -> Self {
        let part = self.as_str();
        let start = self.start + (part.len() - part.trim_start_matches(BLANK).len());
        Span { start, end: start + part.trim_matches(BLANK).len(), ..self }
    }

    /// Without `webhook_ids=`: the guide writes the list with the field's name before it, and so it is pasted.
    fn without_name(self) -> Self {
        let part = self.as_str();
        let Some(rest) = part.strip_prefix("webhook_ids") else { return self };
        let rest = rest.strip_prefix("[]").unwrap_or(rest).trim_start_matches(BLANK);
        match rest.strip_prefix(['=', ':']) {
            Some(rest) => Span { start: self.end - rest.len(), ..self }.trimmed(),
            None => self,
        }
    }

    /// Without quotes around the whole of it, as a shell or an environment file leaves them.
    fn without_quotes(self) -> Self {
        let part = self.as_str();
        for quote in ['"', '\''] {
            if let Some(inner) = part.strip_prefix(quote).and_then(|part| part.strip_suffix(quote))
                && !inner.contains(quote)
            {
                // White space inside the quotes of a single ID is the entry's own.
                let inside = Span { start: self.start + 1, end: self.end - 1, ..self };
                return if inner.contains([',', '[', '\n']) || inner.trim_matches(BLANK).is_empty() {
                    inside.trimmed()
                } else {
                    self
                };
            }
        }
        self
    }

    fn without_brackets(self) -> Result<Self, Unsplit> {
        let part = self.as_str();
        if part.len() > 1 && part.ends_with(']') {
            return Ok(Span { start: self.start + 1, end: self.end - 1, ..self });
        }
        Err(match part.rfind(']') {
            Some(at) => Unsplit::Syntax {
                offset: self.start + at + 1,
                length: part.len() - at - 1,
                message: "something follows the closing bracket of the list".to_owned(),
            },
            None => {
                Unsplit::Syntax { offset: self.end, length: 0, message: "the closing bracket of the list is missing".to_owned() }
            }
        })
    }
}

/// The entries of a JSON array, or `None` if the text is no JSON array. `base` is where the text begins.
fn json_array(text: &str, base: usize) -> Option<Result<Vec<Item<'_>>, Unsplit>> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let elements = reader.deserialize_seq(Elements).ok()?;
    if elements.len() > MAX_ENTRIES {
        return Some(Err(Unsplit::TooMany));
    }
    reader.end().ok()?;
    let place = |raw: &str| base + (raw.as_ptr() as usize - text.as_ptr() as usize);
    Some(Ok(elements.into_iter().map(|raw| json_element(raw.get(), place(raw.get()))).collect()))
}

fn json_element(raw: &str, start: usize) -> Item<'_> {
    let whole = |entry| Item { entry, start, length: raw.len(), exact: false };
    match raw.as_bytes().first() {
        Some(b'"') => {
            if raw.contains('\\')
                && let Ok(text) = serde_json::from_str::<String>(raw)
            {
                return whole(Entry::Text(Cow::Owned(text)));
            }
            // No escapes; or one that is half a surrogate pair, at whose backslash the entry is then refused.
            let text = &raw[1..raw.len() - 1];
            Item { entry: Entry::Text(Cow::Borrowed(text)), start: start + 1, length: text.len(), exact: true }
        }
        Some(b'{') => whole(Entry::other("an object")),
        Some(b'[') => whole(Entry::other("an array")),
        Some(b'n') => whole(Entry::other("null")),
        Some(b't' | b'f') => whole(Entry::Other(Cow::Owned(format!("boolean {raw}")))),
        // A number may have any number of digits.
        _ => whole(Entry::Other(Cow::Owned(format!("number {}", &raw[..raw.len().min(40)])))),
    }
}

/// Borrows the elements of an array; stops after one more than is allowed.
struct Elements;

impl<'de> Visitor<'de> for Elements {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(raw) = seq.next_element()? {
            elements.push(raw);
            if elements.len() > MAX_ENTRIES {
                // The rest is drained unseen, or the reader would call the text malformed.
                while seq.next_element::<serde::de::IgnoredAny>()?.is_some() {}
            }
        }
        Ok(elements)
    }
}

/// Entries separated by commas or line ends, in quotes of either kind or in none.
fn bare_list(list: Span<'_>) -> Result<Vec<Item<'_>>, Unsplit> {
    let text = &list.text[..list.end];
    let skip = |at: usize, blanks: &[char]| text.len() - text[at..].trim_start_matches(blanks).len();
    let mut items = Vec::new();
    let mut at = skip(list.start, &BLANK);
    if at == text.len() {
        return Ok(items);
    }
    loop {
        if items.len() == MAX_ENTRIES {
            return Err(Unsplit::TooMany);
        }
        let (start, end) = match text[at..].chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let start = at + 1;
                let Some(length) = text[start..].find(quote) else {
                    let message = format!("the quote that opens entry {} is not closed", items.len());
                    return Err(Unsplit::Syntax { offset: at, length: 1, message });
                };
                at = start + length + 1;
                (start, start + length)
            }
            _ => {
                let start = at;
                at += text[start..].find([',', '\n', '\r']).unwrap_or(text.len() - start);
                (start, start + text[start..at].trim_end_matches(BLANK).len())
            }
        };
        let entry = Entry::Text(Cow::Borrowed(&text[start..end]));
        items.push(Item { entry, start, length: end - start, exact: true });

        let after = skip(at, &[' ', '\t']);
        let next = skip(after, &BLANK);
        if text[next..].starts_with(',') {
            // Line ends beside a comma are not separators of their own.
            at = skip(next + 1, &BLANK);
        } else if next == text.len() {
            return Ok(items);
        } else if next > after {
            at = next;
        } else {
            let message = format!("a comma is missing after the closing quote of entry {}", items.len() - 1);
            return Err(Unsplit::Syntax { offset: after, length: 0, message });
        }
    }
}
