/// Line and columns of a byte offset, each from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub line: usize,
    /// In bytes.
    pub column: usize,
    /// In UTF-16 code units.
    pub column_utf16: usize,
}

/// The places of `offsets`, which must ascend: one pass over the bytes for all of them.
pub(crate) fn places(bytes: &[u8], offsets: impl IntoIterator<Item = usize>) -> Vec<Place> {
    let mut place = Place { line: 1, column: 1, column_utf16: 1 };
    let mut at = 0;
    offsets
        .into_iter()
        .map(|offset| {
            let mut passed = &bytes[at..offset.min(bytes.len()).max(at)];
            // Most bodies are one line of ASCII; whether this part is takes a tenth of the time of counting.
            if passed.contains(&b'\n')
                && let Some(last) = passed.iter().rposition(|byte| *byte == b'\n')
            {
                let lines = passed.iter().filter(|byte| **byte == b'\n').count();
                place = Place { line: place.line + lines, column: 1, column_utf16: 1 };
                passed = &passed[last + 1..];
            }
            place.column += passed.len();
            place.column_utf16 += passed.len();
            if !passed.is_ascii() {
                // A character's first byte tells its UTF-16 length: one unit, two for those of four bytes.
                place.column_utf16 -= passed.iter().filter(|byte| matches!(byte, 0x80..=0xBF)).count();
                place.column_utf16 += passed.iter().filter(|byte| **byte >= 0xF0).count();
            }
            at = at.max(offset);
            place
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_in_bytes_and_in_utf16() {
        let text = "ab\ncé😀d";
        let places = places(text.as_bytes(), [0, 2, 3, 4, 6, 10, 11]);
        let triples: Vec<_> = places.iter().map(|p| (p.line, p.column, p.column_utf16)).collect();
        assert_eq!(triples, [(1, 1, 1), (1, 3, 3), (2, 1, 1), (2, 2, 2), (2, 4, 3), (2, 8, 5), (2, 9, 6)]);
    }
}
