//! "Did you mean": which of the contract's words a misspelt one was meant to be.

/// Longer words are not compared: the contract has none, and the comparison is quadratic.
const LONGEST: usize = 40;

/// The candidate that `written` most likely was meant to be: the same but for case and separators (`pageCount`), else the nearest one with
/// at most two slips (a letter wrong, missing, added, or two swapped), one for words below six letters.
pub(super) fn suggestion<'c>(written: &[u8], candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    if written.is_empty() || written.len() > LONGEST {
        return None;
    }
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let distance = if plain(written).eq(plain(candidate.as_bytes())) { 0 } else { slips(written, candidate.as_bytes()) };
        let allowed = if candidate.len() < 6 { 1 } else { 2 };
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Letters and digits only, in lower case.
fn plain(word: &[u8]) -> impl Iterator<Item = u8> {
    word.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase)
}

/// Optimal string alignment: how many letters are wrong, missing, added or swapped with their neighbour.
fn slips(a: &[u8], b: &[u8]) -> usize {
    if a.len().abs_diff(b.len()) > 2 || b.len() > LONGEST {
        return usize::MAX;
    }
    // Three rows of the table: the one before the last for swaps, the last, and the one being made.
    let mut rows = [[0_usize; LONGEST + 1]; 3];
    for (column, cell) in rows[1].iter_mut().enumerate() {
        *cell = column;
    }
    for (row, from_a) in a.iter().enumerate() {
        let [before, last, next] = &mut rows;
        next[0] = row + 1;
        for (column, from_b) in b.iter().enumerate() {
            let mut least = last[column] + usize::from(from_a != from_b);
            least = least.min(last[column + 1] + 1).min(next[column] + 1);
            if row > 0 && column > 0 && *from_a == b[column - 1] && a[row - 1] == *from_b {
                least = least.min(before[column - 1] + 1);
            }
            next[column + 1] = least;
        }
        rows.rotate_left(1);
    }
    rows[1][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_counted() {
        for (a, b, count) in [
            ("value", "value", 0),
            ("valeu", "value", 1),
            ("vlue", "value", 1),
            ("vallue", "value", 1),
            ("velue", "value", 1),
            ("confidance", "confidence", 1),
            ("cnofidance", "confidence", 2),
            ("polygon", "locations", 6),
        ] {
            assert_eq!(slips(a.as_bytes(), b.as_bytes()), count, "{a} {b}");
        }
        assert_eq!(slips(b"a", b"abcd"), usize::MAX);
    }

    #[test]
    fn the_nearest_word_is_suggested_or_none() {
        let words = ["value", "confidence", "locations", "page_count", "High"];
        let suggested = |written: &str| suggestion(written.as_bytes(), words.iter().copied());
        assert_eq!(suggested("confidance"), Some("confidence"));
        assert_eq!(suggested("pageCount"), Some("page_count"));
        assert_eq!(suggested("page-count"), Some("page_count"));
        assert_eq!(suggested("high"), Some("High"));
        assert_eq!(suggested("HIGH"), Some("High"));
        assert_eq!(suggested("location"), Some("locations"));
        assert_eq!(suggested("val"), None);
        assert_eq!(suggested("options"), None);
        assert_eq!(suggested(""), None);
        assert_eq!(suggested(&"x".repeat(1000)), None);
    }
}
