//! Splits text into the entries of a list, each with its place.

use super::{Entry, MAX_ENTRIES};
use crate::json::{Cursor, Halt, Limits, unescape_lossy};

/// An entry and where it stands in the text.
pub(super) struct Item<'a> {
    pub(super) entry: Entry<'a>,
    pub(super) start: usize,
    pub(super) length: usize,
    /// Whether offsets within the entry are offsets in the text: not so once JSON escapes were undone.
    pub(super) exact: bool,
}

impl<'a> Item<'a> {
    fn at(span: Span<'a>) -> Self {
        Item { entry: span.entry(), start: span.start, length: span.end - span.start, exact: true }
    }
}

/// Why text is no list.
pub(super) enum Unsplit {
    Syntax { offset: usize, length: usize, message: String },
    NotAList { offset: usize, length: usize },
    TooMany,
}

/// White space that separates, and is not part of an entry.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Reads every form of the contract: JSON array, `[A, B]`, quotes or none, commas or line ends, the guide's `webhook_ids=` before it.
pub(super) fn split(text: &str) -> Result<Vec<Item<'_>>, Unsplit> {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut list = Span { text, start, end: text.len() }.trimmed().without_name().without_quotes();
    let body = list.bytes();
    match body.first() {
        Some(b'[') => match json_array(list) {
            Some(result) => return result,
            // Not JSON: the brackets go, the rest is read as a bare list.
            None => list = list.without_brackets()?,
        },
        // `{` also begins a UUID in braces; a quote or the end right after it begins an object.
        Some(b'{') if matches!(body[1..].iter().find(|byte| !is_blank(**byte)), Some(b'"' | b'}')) => {
            return Err(Unsplit::NotAList { offset: list.start, length: body.len() });
        }
        _ if body.last() == Some(&b']') => {
            let message = "the closing bracket has no opening one".to_owned();
            return Err(Unsplit::Syntax { offset: list.end - 1, length: 1, message });
        }
        _ => {}
    }
    bare_list(list)
}

/// A part of the text that still knows its place. Everything that separates is ASCII: bytes will do.
#[derive(Clone, Copy)]
struct Span<'a> {
    text: &'a str,
    start: usize,
    end: usize,
}

impl<'a> Span<'a> {
    fn bytes(self) -> &'a [u8] {
        &self.text.as_bytes()[self.start..self.end]
    }

    /// `start` and `end` stand beside ASCII or at an end of the text.
    fn entry(self) -> Entry<'a> {
        Entry::from(self.text.get(self.start..self.end).unwrap_or_default())
    }

    fn trimmed(mut self) -> Self {
        let bytes = self.text.as_bytes();
        while self.start < self.end && is_blank(bytes[self.start]) {
            self.start += 1;
        }
        while self.start < self.end && is_blank(bytes[self.end - 1]) {
            self.end -= 1;
        }
        self
    }

    /// Without `webhook_ids=`: the guide writes the list with the field's name before it, and so it is pasted.
    fn without_name(self) -> Self {
        let Some(rest) = self.bytes().strip_prefix(b"webhook_ids") else { return self };
        let rest = rest.strip_prefix(b"[]").unwrap_or(rest);
        match rest.iter().position(|byte| !is_blank(*byte)) {
            Some(sign) if matches!(rest[sign], b'=' | b':') => Span { start: self.end - rest.len() + sign + 1, ..self }.trimmed(),
            _ => self,
        }
    }

    /// Without quotes around the whole of it, as a shell or an environment file leaves them.
    fn without_quotes(self) -> Self {
        let [quote @ (b'"' | b'\''), inner @ .., last] = self.bytes() else { return self };
        // White space inside the quotes of a single ID is the entry's own.
        let is_list =
            inner.iter().all(|byte| is_blank(*byte)) || inner.iter().any(|byte| matches!(byte, b',' | b'[' | b'\n' | b'\r'));
        if last != quote || inner.contains(quote) || !is_list {
            return self;
        }
        Span { start: self.start + 1, end: self.end - 1, ..self }.trimmed()
    }

    fn without_brackets(self) -> Result<Self, Unsplit> {
        let bytes = self.bytes();
        let syntax = |offset: usize, message: &str| {
            Err(Unsplit::Syntax { offset, length: self.end - offset, message: message.to_owned() })
        };
        match bytes.iter().rposition(|byte| *byte == b']') {
            None => syntax(self.end, "the closing bracket of the list is missing"),
            Some(at) if at + 1 == bytes.len() => Ok(Span { start: self.start + 1, end: self.end - 1, ..self }),
            Some(at) => syntax(self.start + at + 1, "something follows the closing bracket of the list"),
        }
    }
}

/// The entries of a JSON array, or `None` if the text is no JSON array.
fn json_array(list: Span<'_>) -> Option<Result<Vec<Item<'_>>, Unsplit>> {
    // Reading an array makes no use of recursion: any depth will do.
    let limits = Limits { depth: usize::MAX, key_length: usize::MAX, ..Limits::default() };
    let mut cursor = Cursor::new(&list.text.as_bytes()[..list.end], list.start, limits);
    let mut items = Vec::new();
    let mut too_many = false;
    cursor.enter().ok()?;
    let mut more = cursor.next_token() != Some(b']');
    if !more {
        cursor.leave();
    }
    while more {
        cursor.next_token();
        let item = json_element(list.text, &mut cursor).ok()?;
        too_many |= items.len() == MAX_ENTRIES;
        if !too_many {
            items.push(item);
        }
        more = cursor.more(b']').ok()?;
    }
    cursor.end().ok()?;
    Some(if too_many { Err(Unsplit::TooMany) } else { Ok(items) })
}

/// The element that begins at the cursor.
fn json_element<'a>(text: &'a str, cursor: &mut Cursor<'a>) -> Result<Item<'a>, Halt> {
    let start = cursor.at;
    let first = cursor.peek();
    if first == Some(b'"') {
        let string = cursor.string()?;
        // Half of a surrogate pair stays as it is written: the entry is refused at its backslash.
        if !string.escaped || string.lone_surrogate {
            return Ok(Item::at(Span { text, start: string.start, end: string.end }));
        }
        let entry = Entry::from(unescape_lossy(text.as_bytes(), string));
        return Ok(Item { entry, start, length: cursor.at - start, exact: false });
    }
    cursor.skip_value()?;
    // A number may have any number of digits.
    let written = || text.get(start..cursor.at.min(start + 40)).unwrap_or_default();
    let entry = match first {
        Some(b'{') => Entry::other("an object"),
        Some(b'[') => Entry::other("an array"),
        Some(b'n') => Entry::other("null"),
        Some(b't' | b'f') => Entry::Other(format!("boolean {}", written()).into()),
        _ => Entry::Other(format!("number {}", written()).into()),
    };
    Ok(Item { entry, start, length: cursor.at - start, exact: true })
}

/// Entries separated by commas or line ends, in quotes of either kind or in none.
fn bare_list(list: Span<'_>) -> Result<Vec<Item<'_>>, Unsplit> {
    let bytes = &list.text.as_bytes()[..list.end];
    // The next byte from `at` on that is none of these.
    let skip = |mut at: usize, skipped: fn(u8) -> bool| {
        while at < bytes.len() && skipped(bytes[at]) {
            at += 1;
        }
        at
    };
    let mut items = Vec::new();
    let mut at = skip(list.start, is_blank);
    if at == bytes.len() {
        return Ok(items);
    }
    loop {
        if items.len() == MAX_ENTRIES {
            return Err(Unsplit::TooMany);
        }
        let span = match bytes.get(at) {
            Some(quote @ (b'"' | b'\'')) => {
                let start = at + 1;
                let Some(length) = bytes[start..].iter().position(|byte| byte == quote) else {
                    let message = format!("the quote that opens entry {} is not closed", items.len());
                    return Err(Unsplit::Syntax { offset: at, length: 1, message });
                };
                at = start + length + 1;
                Span { start, end: start + length, ..list }
            }
            _ => {
                let start = at;
                at = skip(at, |byte| !matches!(byte, b',' | b'\n' | b'\r'));
                Span { start, end: at, ..list }.trimmed()
            }
        };
        items.push(Item::at(span));

        let after = skip(at, |byte| matches!(byte, b' ' | b'\t'));
        let next = skip(after, is_blank);
        if bytes.get(next) == Some(&b',') {
            // Line ends beside a comma are not separators of their own.
            at = skip(next + 1, is_blank);
        } else if next == bytes.len() {
            return Ok(items);
        } else if next > after {
            at = next;
        } else {
            let message = format!("a comma is missing after the closing quote of entry {}", items.len() - 1);
            return Err(Unsplit::Syntax { offset: after, length: 0, message });
        }
    }
}
