use super::Limits;
use crate::issue::Code;
use std::cmp::Ordering;

/// A reading was stopped; why stands in the cursor's `fault` (or, in a first reading, nowhere: the second one tells).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Halt;

/// What ended a reading: bytes that are no JSON, or a limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub code: Code,
    pub offset: usize,
    pub length: usize,
    /// What would have been right here, in words.
    pub expected: &'static str,
}

/// A string in the input, without its quotes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text {
    pub start: usize,
    pub end: usize,
    /// Whether there is a backslash in it.
    pub escaped: bool,
    /// Whether an escape is half of a surrogate pair.
    pub lone_surrogate: bool,
}

/// A number in the input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number {
    pub start: usize,
    pub end: usize,
    /// Neither a fraction nor an exponent is written.
    pub integer: bool,
    pub exponent: bool,
}

impl Number {
    /// What a reader of the value as a double should know: digits lost beyond 2^53, or infinity.
    pub fn warning(&self, bytes: &[u8]) -> Option<Code> {
        // 15 digits always fit; a fraction loses digits so commonly that nobody wants to hear of it.
        // Without an exponent it takes 309 digits before the point to reach infinity.
        if !self.exponent && self.end - self.start <= if self.integer { 15 } else { 309 } {
            return None;
        }
        let decimal = Decimal::of(&bytes[self.start..self.end]);
        if decimal.compare(INFINITY_DIGITS, 309) != Ordering::Less {
            Some(Code::JsonNumberOverflow)
        } else if self.integer && decimal.compare(b"9007199254740991", 16) == Ordering::Greater {
            Some(Code::JsonUnsafeInteger)
        } else {
            None
        }
    }

    /// The value, exact up to 15 digits and 22 powers of ten (all that ranges are asked about), beyond that within some units in the
    /// last place. The standard library's exact parser would add 19 KB to the wasm.
    pub fn value(&self, bytes: &[u8]) -> f64 {
        let written = &bytes[self.start..self.end];
        if self.integer && written.len() <= 15 && written[0] != b'-' {
            return written.iter().fold(0_u64, |value, digit| value * 10 + u64::from(digit - b'0')) as f64;
        }
        let decimal = Decimal::of(&bytes[self.start..self.end]);
        let mut mantissa = 0_u64;
        let mut taken = 0;
        for digit in decimal.digits().take(18) {
            mantissa = mantissa * 10 + u64::from(digit - b'0');
            taken += 1;
        }
        let exponent = decimal.point.saturating_sub(taken);
        // Beyond 400 powers of ten there is only zero and infinity.
        let power = (0..exponent.unsigned_abs().min(400)).fold(1.0_f64, |power, _| power * 10.0);
        let value = if exponent < 0 { mantissa as f64 / power } else { mantissa as f64 * power };
        if decimal.negative { -value } else { value }
    }
}

/// Half a unit above the largest double, where rounding begins to give infinity (IEEE 754, section 4.3.1): its digits, 309 before the point.
const INFINITY_DIGITS: &[u8] =
    b"17976931348623158079372897140530341507993413271003782693617377898044496829276475094664901797758720709633028641\
    66928879109465555478519404026306574886715058206819089020007083836762738548458177115317644757302700698555713669\
    59622842914819860834936475292719074168444365510704342711559699508093042880177904174497792";

/// A number as written: ±0.DIGITS × 10^point, without leading zeros.
struct Decimal<'a> {
    negative: bool,
    /// Digits and perhaps a point.
    written: &'a [u8],
    point: i64,
}

impl<'a> Decimal<'a> {
    /// `text` is a number of JSON.
    fn of(text: &'a [u8]) -> Self {
        let negative = text.first() == Some(&b'-');
        let text = &text[usize::from(negative)..];
        let mantissa = text.iter().position(|byte| matches!(byte, b'e' | b'E')).unwrap_or(text.len());
        let mut exponent = 0_i64;
        let mut minus = false;
        for byte in text.iter().skip(mantissa + 1) {
            match byte {
                b'-' => minus = true,
                b'+' => {}
                // More than any number of digits could make up for.
                digit => exponent = (exponent * 10 + i64::from(digit - b'0')).min(1 << 40),
            }
        }
        let text = &text[..mantissa];
        let mut point = text.iter().position(|byte| *byte == b'.').unwrap_or(text.len()) as i64;
        let zeros = text.iter().take_while(|byte| matches!(byte, b'0' | b'.')).count();
        let written = &text[zeros..];
        // Leading zeros do not count; the point among them is no digit.
        point -= zeros as i64;
        if point < 0 {
            point += 1;
        }
        if written.is_empty() {
            point = 0;
        } else {
            point += if minus { -exponent } else { exponent };
        }
        Decimal { negative, written, point }
    }

    fn digits(&self) -> impl Iterator<Item = u8> {
        self.written.iter().copied().filter(|byte| *byte != b'.')
    }

    /// This number, without its sign, beside 0.`digits` × 10^`point`.
    fn compare(&self, digits: &[u8], point: i64) -> Ordering {
        if self.written.is_empty() {
            return Ordering::Less;
        }
        self.point.cmp(&point).then_with(|| {
            let mut own = self.digits();
            for other in digits {
                let order = own.next().unwrap_or(b'0').cmp(other);
                if order != Ordering::Equal {
                    return order;
                }
            }
            if own.any(|digit| digit != b'0') { Ordering::Greater } else { Ordering::Equal }
        })
    }
}

/// Reads JSON tokens one after the other. Every method stands before its token (white space skipped) and leaves behind it.
pub(crate) struct Cursor<'a> {
    pub bytes: &'a [u8],
    pub at: usize,
    pub depth: usize,
    pub limits: Limits,
    pub fault: Option<Fault>,
    /// Kinds of the containers that [`Cursor::skip_value`] is in; kept to save an allocation a call.
    open: Vec<u8>,
}

impl<'a> Cursor<'a> {
    pub fn new(bytes: &'a [u8], at: usize, limits: Limits) -> Self {
        Cursor { bytes, at, depth: 0, limits, fault: None, open: Vec::new() }
    }

    #[inline]
    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Skips white space (RFC 8259, section 2) and returns the byte behind it.
    #[inline]
    pub fn next_token(&mut self) -> Option<u8> {
        match self.peek() {
            Some(byte) if byte > b' ' => Some(byte),
            _ => self.skip_white_space(),
        }
    }

    fn skip_white_space(&mut self) -> Option<u8> {
        while let Some(byte) = self.peek() {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    #[cold]
    pub fn fail(&mut self, code: Code, offset: usize, length: usize, expected: &'static str) -> Halt {
        self.fault = Some(Fault { code, offset, length, expected });
        Halt
    }

    /// The byte at the cursor fits nothing that may stand here.
    #[cold]
    pub fn unexpected(&mut self, expected: &'static str) -> Halt {
        match self.bytes.get(self.at) {
            None => self.fail(Code::JsonUnexpectedEnd, self.at, 0, expected),
            Some(byte) if *byte < 0x80 => self.fail(Code::JsonUnexpectedCharacter, self.at, 1, expected),
            Some(_) => match utf8_sequence(self.bytes, self.at) {
                Sequence::Valid(length) => self.fail(Code::JsonUnexpectedCharacter, self.at, length, expected),
                Sequence::Invalid => self.fail(Code::JsonInvalidUtf8, self.at, 1, expected),
                Sequence::CutOff => self.fail(Code::JsonUnexpectedEnd, self.bytes.len(), 0, expected),
            },
        }
    }

    /// Takes one byte of structure.
    #[inline]
    pub fn take(&mut self, byte: u8, expected: &'static str) -> Result<(), Halt> {
        if self.next_token() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            Err(self.unexpected(expected))
        }
    }

    /// Goes into the array or object whose opening bracket is at the cursor.
    #[inline]
    pub fn enter(&mut self) -> Result<(), Halt> {
        if self.depth >= self.limits.depth {
            return Err(self.fail(Code::LimitDepth, self.at, 1, "less nesting"));
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    /// Leaves the container whose closing bracket is at the cursor.
    #[inline]
    pub fn leave(&mut self) {
        self.depth -= 1;
        self.at += 1;
    }

    /// After a member or element: `true` when another one follows (the cursor then stands before it).
    #[inline]
    pub fn more(&mut self, close: u8) -> Result<bool, Halt> {
        match self.next_token() {
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            Some(byte) if byte == close => {
                self.leave();
                Ok(false)
            }
            _ => Err(self.unexpected(if close == b'}' { "a comma or `}`" } else { "a comma or `]`" })),
        }
    }

    /// A key and its colon.
    #[inline(never)]
    pub fn key(&mut self) -> Result<Text, Halt> {
        if self.next_token() != Some(b'"') {
            return Err(self.unexpected("a key in double quotes"));
        }
        let key = self.string()?;
        if key.end - key.start > self.limits.key_length {
            return Err(self.fail(Code::LimitKeyLength, key.start - 1, key.end - key.start + 2, "a shorter key"));
        }
        self.take(b':', "a colon")?;
        Ok(key)
    }

    /// One of a few keys that are likely here, written plainly and followed by its colon: `(index, key)`. The cursor stays where it is
    /// when there is another key, an escape in it, or white space before the colon.
    #[inline(always)]
    pub fn likely_key<const N: usize>(&mut self, names: &[&str; N]) -> Option<(usize, Text)> {
        let rest = self.bytes.get(self.at..)?;
        let (quote, rest) = rest.split_first()?;
        if *quote != b'"' {
            return None;
        }
        for (index, name) in names.iter().enumerate() {
            if let Some(after) = rest.strip_prefix(name.as_bytes())
                && after.starts_with(b"\":")
                && name.len() <= self.limits.key_length
            {
                let start = self.at + 1;
                let end = start + name.len();
                self.at = end + 2;
                return Some((index, Text { start, end, escaped: false, lone_surrogate: false }));
            }
        }
        None
    }

    /// The string whose opening quote is at the cursor.
    #[inline(never)]
    pub fn string(&mut self) -> Result<Text, Halt> {
        let start = self.at + 1;
        let at = plain_run(self.bytes, start);
        if self.bytes.get(at) == Some(&b'"') {
            self.at = at + 1;
            return Ok(Text { start, end: at, escaped: false, lone_surrogate: false });
        }
        self.string_with_more(start, at)
    }

    /// Goes on where a string has its first escape, control character or byte beyond ASCII.
    fn string_with_more(&mut self, start: usize, mut at: usize) -> Result<Text, Halt> {
        let mut text = Text { start, end: 0, escaped: false, lone_surrogate: false };
        loop {
            match self.bytes.get(at).copied() {
                Some(b'"') => {
                    text.end = at;
                    self.at = at + 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    text.escaped = true;
                    at = self.escape(at, &mut text)?;
                }
                Some(byte) if byte < 0x20 => {
                    return Err(self.fail(Code::JsonControlCharacter, at, 1, "an escape such as \\n or \\u000a"));
                }
                Some(byte) if byte >= 0x80 => match utf8_sequence(self.bytes, at) {
                    Sequence::Valid(length) => at += length,
                    Sequence::Invalid => return Err(self.fail(Code::JsonInvalidUtf8, at, 1, "UTF-8")),
                    Sequence::CutOff => {
                        return Err(self.fail(Code::JsonUnexpectedEnd, self.bytes.len(), 0, "the end of the string"));
                    }
                },
                Some(_) => at = plain_run(self.bytes, at),
                None => return Err(self.fail(Code::JsonUnexpectedEnd, at, 0, "the end of the string")),
            }
        }
    }

    /// The escape whose backslash is at `at`; returns the place behind it (behind both halves of a surrogate pair).
    fn escape(&mut self, at: usize, text: &mut Text) -> Result<usize, Halt> {
        match self.bytes.get(at + 1).copied() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
            Some(b'u') => {
                let unit = self.four_digits(at)?;
                let low_follows = |bytes: &[u8]| {
                    bytes.get(at + 6..at + 10).is_some_and(|next| {
                        next[..2] == *b"\\u"
                            && next[2].eq_ignore_ascii_case(&b'd')
                            && matches!(next[3], b'c'..=b'f' | b'C'..=b'F')
                    })
                };
                match unit {
                    0xD800..=0xDBFF if low_follows(self.bytes) => {
                        self.four_digits(at + 6)?;
                        Ok(at + 12)
                    }
                    0xD800..=0xDFFF => {
                        text.lone_surrogate = true;
                        Ok(at + 6)
                    }
                    _ => Ok(at + 6),
                }
            }
            None => Err(self.fail(Code::JsonUnexpectedEnd, at + 1, 0, "the rest of an escape")),
            Some(_) => Err(self.invalid_escape(at, at + 1)),
        }
    }

    /// The `\uXXXX` whose backslash is at `at`.
    fn four_digits(&mut self, at: usize) -> Result<u32, Halt> {
        let mut unit = 0;
        for place in at + 2..at + 6 {
            match self.bytes.get(place).and_then(|byte| char::from(*byte).to_digit(16)) {
                Some(digit) => unit = unit << 4 | digit,
                None if place >= self.bytes.len() => {
                    return Err(self.fail(Code::JsonUnexpectedEnd, place, 0, "four hexadecimal digits"));
                }
                None => return Err(self.invalid_escape(at, place)),
            }
        }
        Ok(unit)
    }

    /// The escape that begins at `from` has a wrong character at `place`.
    #[cold]
    fn invalid_escape(&mut self, from: usize, place: usize) -> Halt {
        match utf8_sequence(self.bytes, place) {
            Sequence::Valid(length) => self.fail(
                Code::JsonInvalidEscape,
                from,
                place + length - from,
                "one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX",
            ),
            Sequence::Invalid => self.fail(Code::JsonInvalidUtf8, place, 1, "UTF-8"),
            Sequence::CutOff => self.fail(Code::JsonUnexpectedEnd, self.bytes.len(), 0, "the rest of an escape"),
        }
    }

    /// The number whose first character (a digit or a minus sign) is at the cursor.
    #[inline(never)]
    pub fn number(&mut self) -> Result<Number, Halt> {
        let start = self.at;
        let mut at = start + usize::from(self.bytes[start] == b'-');
        let mut number = Number { start, end: 0, integer: true, exponent: false };
        match self.bytes.get(at) {
            Some(b'0') => {
                at += 1;
                if self.bytes.get(at).is_some_and(u8::is_ascii_digit) {
                    return Err(self.invalid_number(start, at, true));
                }
            }
            Some(b'1'..=b'9') => at = digits(self.bytes, at + 1),
            _ => return Err(self.invalid_number(start, at, false)),
        }
        if self.bytes.get(at) == Some(&b'.') {
            number.integer = false;
            let first = at + 1;
            at = digits(self.bytes, first);
            if at == first {
                return Err(self.invalid_number(start, at, false));
            }
        }
        if let Some(b'e' | b'E') = self.bytes.get(at) {
            number.integer = false;
            number.exponent = true;
            at += 1;
            if let Some(b'+' | b'-') = self.bytes.get(at) {
                at += 1;
            }
            let first = at;
            at = digits(self.bytes, first);
            if at == first {
                return Err(self.invalid_number(start, at, false));
            }
        }
        number.end = at;
        self.at = at;
        Ok(number)
    }

    /// A number went wrong at `at`: behind what was written so far, or (`inclusive`) with the character there.
    #[cold]
    fn invalid_number(&mut self, start: usize, at: usize, inclusive: bool) -> Halt {
        if at >= self.bytes.len() {
            self.fail(Code::JsonUnexpectedEnd, at, 0, "a digit")
        } else {
            let expected = if inclusive { "no digit after a leading zero" } else { "a digit" };
            self.fail(Code::JsonInvalidNumber, start, at - start + usize::from(inclusive), expected)
        }
    }

    /// `true`, `false` or `null`; the cursor stands at its first letter.
    #[inline]
    pub fn literal(&mut self, word: &'static str) -> Result<(), Halt> {
        if self.bytes[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(());
        }
        let rest = &self.bytes[self.at..];
        self.at += word.bytes().zip(rest).take_while(|(wanted, found)| wanted == *found).count();
        Err(self.unexpected(word))
    }

    /// Reads over one value of any kind and depth, without recursion.
    pub fn skip_value(&mut self) -> Result<(), Halt> {
        let bottom = self.open.len();
        loop {
            match self.next_token() {
                Some(b'"') => drop(self.string()?),
                Some(b'-' | b'0'..=b'9') => drop(self.number()?),
                Some(b't') => self.literal("true")?,
                Some(b'f') => self.literal("false")?,
                Some(b'n') => self.literal("null")?,
                Some(b'{') => {
                    self.enter()?;
                    if self.next_token() == Some(b'}') {
                        self.leave();
                    } else {
                        self.open.push(b'}');
                        self.key()?;
                        continue;
                    }
                }
                Some(b'[') => {
                    self.enter()?;
                    if self.next_token() == Some(b']') {
                        self.leave();
                    } else {
                        self.open.push(b']');
                        continue;
                    }
                }
                _ => return Err(self.unexpected("a value")),
            }
            loop {
                if self.open.len() == bottom {
                    return Ok(());
                }
                let close = self.open[self.open.len() - 1];
                if self.more(close)? {
                    if close == b'}' {
                        self.key()?;
                    }
                    break;
                }
                self.open.pop();
            }
        }
    }

    /// Nothing but white space may follow the JSON text.
    pub fn end(&mut self) -> Result<(), Halt> {
        match self.next_token() {
            None => Ok(()),
            Some(_) => {
                let Halt = self.unexpected("the end of the body");
                if let Some(fault) = &mut self.fault
                    && fault.code == Code::JsonUnexpectedCharacter
                {
                    fault.code = Code::JsonTrailingData;
                }
                Err(Halt)
            }
        }
    }
}

/// The end of the run of digits from `at` on.
#[inline]
fn digits(bytes: &[u8], mut at: usize) -> usize {
    // Eight at once, for coordinates have 16 and more. A byte's high bit is set in `stop` when it is no digit: what is above 9 reaches
    // 0x80 when 0x76 is added. A carry may set bits above the first one, never below.
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*chunk) ^ 0x3030_3030_3030_3030;
        let stop = (word.wrapping_add(0x7676_7676_7676_7676) | word) & 0x8080_8080_8080_8080;
        if stop != 0 {
            return at + (stop.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    at
}

/// The end of a point at `at` that is written as nearly all are, `[0.…,0.…]` without white space; anything else is for the careful way.
#[inline]
pub(crate) fn plain_point(bytes: &[u8], at: usize) -> Option<usize> {
    let comma = plain_fraction(bytes, at, b"[0.")?;
    let bracket = plain_fraction(bytes, comma, b",0.")?;
    (bytes.get(bracket) == Some(&b']')).then_some(bracket + 1)
}

#[inline]
fn plain_fraction(bytes: &[u8], at: usize, before: &[u8; 3]) -> Option<usize> {
    if !bytes.get(at..)?.starts_with(before) {
        return None;
    }
    let end = digits(bytes, at + 3);
    (end > at + 3).then_some(end)
}

/// The end of the run, from `at` on, of bytes that need no attention in a string: ASCII, no control character, quote or backslash.
#[inline]
fn plain_run(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // Eight bytes at once: a byte's high bit is set in `stop` when it is below 0x20, a quote, a backslash or not ASCII. A borrow
    // may set a bit too many above the first real one, never below it, and the first one is all that is asked for.
    while let Some(chunk) = bytes[at..].first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        let below_space = word.wrapping_sub(ONES * 0x20);
        let quote = (word ^ (ONES * b'"' as u64)).wrapping_sub(ONES);
        let backslash = (word ^ (ONES * b'\\' as u64)).wrapping_sub(ONES);
        let stop = (below_space | quote | backslash | word) & HIGH;
        // Bytes beyond ASCII make `below_space` and the others meaningless for themselves only: `word` has their bit set anyway.
        if stop != 0 {
            return at + (stop.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(byte) = bytes.get(at) {
        if *byte < 0x20 || *byte >= 0x80 || matches!(byte, b'"' | b'\\') {
            break;
        }
        at += 1;
    }
    at
}

pub(super) enum Sequence {
    Valid(usize),
    Invalid,
    /// Right as far as it goes, but the input ends in it.
    CutOff,
}

/// The UTF-8 sequence (RFC 3629, section 4) at `at`.
pub(super) fn utf8_sequence(bytes: &[u8], at: usize) -> Sequence {
    let (length, second) = match bytes[at] {
        0x00..=0x7F => return Sequence::Valid(1),
        0xC2..=0xDF => (2, 0x80..=0xBF),
        0xE0 => (3, 0xA0..=0xBF),
        0xED => (3, 0x80..=0x9F),
        0xE1..=0xEF => (3, 0x80..=0xBF),
        0xF0 => (4, 0x90..=0xBF),
        0xF1..=0xF3 => (4, 0x80..=0xBF),
        0xF4 => (4, 0x80..=0x8F),
        _ => return Sequence::Invalid,
    };
    for place in 1..length {
        match bytes.get(at + place) {
            None => return Sequence::CutOff,
            Some(byte) if place == 1 && !second.contains(byte) => return Sequence::Invalid,
            Some(byte) if !matches!(byte, 0x80..=0xBF) => return Sequence::Invalid,
            Some(_) => {}
        }
    }
    Sequence::Valid(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_runs_end_at_the_same_byte_as_byte_by_byte() {
        for special in 0..=255u8 {
            for place in 0..20 {
                for second in [b'a', b'"', 0x1f, 0x80, b'!', b']', b'['] {
                    let mut bytes = vec![b'a'; 24];
                    bytes[place] = special;
                    bytes[place + 1] = second;
                    let plain = |byte: u8| (0x20..0x80).contains(&byte) && byte != b'"' && byte != b'\\';
                    let slow = bytes.iter().position(|byte| !plain(*byte)).unwrap_or(bytes.len());
                    assert_eq!(plain_run(&bytes, 0), slow, "{special:#x} {second:#x} at {place}");
                }
            }
        }
    }

    #[test]
    fn runs_of_digits_end_at_the_same_byte_as_byte_by_byte() {
        for special in 0..=255u8 {
            for place in 0..20 {
                for second in [b'0', b'9', b'/', b':', 0x00, 0x80, 0xff] {
                    let mut bytes = vec![b'5'; 24];
                    bytes[place] = special;
                    bytes[place + 1] = second;
                    let slow = bytes.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len());
                    assert_eq!(digits(&bytes, 0), slow, "{special:#x} {second:#x} at {place}");
                }
            }
        }
    }

    #[test]
    fn plain_points_are_pairs_of_fractions_without_white_space() {
        for (text, end) in [
            ("[0.1,0.2]", Some(9)),
            ("[0.09742441209406495,0.07007125890736342],", Some(41)),
            ("[0.1,0.2,0.3]", None),
            ("[0.1, 0.2]", None),
            ("[0.1]", None),
            ("[0.,0.2]", None),
            ("[0.1,0.2", None),
            ("[0.1e5,0.2]", None),
            ("[1.1,0.2]", None),
            ("[-0.1,0.2]", None),
            ("[", None),
            ("", None),
        ] {
            assert_eq!(plain_point(text.as_bytes(), 0), end, "{text}");
        }
    }

    #[test]
    fn utf8_is_judged_as_by_the_standard_library() {
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        for _ in 0..200_000 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let mut bytes = state.to_le_bytes()[..5].to_vec();
            // A lead byte first, so that most cases get past it.
            bytes[0] |= 0xC0;
            let valid = matches!(utf8_sequence(&bytes, 0), Sequence::Valid(length) if str::from_utf8(&bytes[..length]).is_ok());
            let expected = match str::from_utf8(&bytes) {
                Ok(_) => true,
                Err(error) => error.valid_up_to() > 0,
            };
            assert_eq!(valid, expected, "{bytes:x?}");
        }
    }

    #[test]
    fn numbers_beyond_doubles_are_warned_of() {
        let warning = |text: &str| {
            let mut cursor = Cursor::new(text.as_bytes(), 0, Limits::default());
            cursor.number().ok().and_then(|number| number.warning(text.as_bytes()))
        };
        assert_eq!(warning("9007199254740991"), None);
        assert_eq!(warning("9007199254740992"), Some(Code::JsonUnsafeInteger));
        assert_eq!(warning("-9007199254740993"), Some(Code::JsonUnsafeInteger));
        assert_eq!(warning("1e400"), Some(Code::JsonNumberOverflow));
        assert_eq!(warning("-1E+400"), Some(Code::JsonNumberOverflow));
        assert_eq!(warning(&"9".repeat(400)), Some(Code::JsonNumberOverflow));
        assert_eq!(warning("1e-400"), None);
        assert_eq!(warning("0.12345678901234567890"), None);
    }

    #[test]
    fn infinity_begins_where_the_standard_library_says() {
        let infinity = String::from_utf8_lossy(INFINITY_DIGITS).into_owned();
        let below = format!("{}79.99999", &infinity[..307]); // one unit below in the last place
        for text in [
            infinity.as_str(),
            &below,
            "1.7976931348623157e308",
            "1.7976931348623158e308",
            "1.7976931348623159e308",
            "17976931348623159E292",
            "0.00017976931348623159e312",
            "1e309",
            "1e308",
            "0e999999999999999999999",
            "1e-99999999999999999999",
            "0.0000001e315",
            "0.0000001e316",
            &format!("1{}.5", "0".repeat(400)),
            &format!("0.{}", "9".repeat(400)),
        ] {
            let mut cursor = Cursor::new(text.as_bytes(), 0, Limits::default());
            let overflows = cursor.number().unwrap().warning(text.as_bytes()) == Some(Code::JsonNumberOverflow);
            assert_eq!(overflows, text.parse::<f64>().unwrap().is_infinite(), "{text}");
        }
    }

    #[test]
    fn values_are_those_of_the_standard_library() {
        let value = |text: &str| {
            let mut cursor = Cursor::new(text.as_bytes(), 0, Limits::default());
            cursor.number().unwrap().value(text.as_bytes())
        };
        for text in [
            "0",
            "-0",
            "12",
            "12.0",
            "1.05",
            "-0.05",
            "1.0500000001",
            "0.001",
            "15e-1",
            "1.5e1",
            "100000",
            "9007199254740991",
            "1e22",
            "0.00e5",
        ] {
            assert_eq!(value(text).to_bits(), text.parse::<f64>().unwrap().to_bits(), "{text}");
        }
        for text in ["0.09742441209406495", "123456789012345678901234567890", "1e-300", "1.7976931348623157e300"] {
            let exact: f64 = text.parse().unwrap();
            assert!((value(text) - exact).abs() <= exact * 1e-12, "{text}");
        }
        assert_eq!(value("1e-99999999999"), 0.0);
    }
}
