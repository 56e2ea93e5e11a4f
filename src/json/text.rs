use super::Text;
use std::borrow::Cow;

/// The characters that a string stands for, as generalised UTF-8: half a surrogate pair becomes its three bytes, so that two keys are
/// the same bytes exactly when `JSON.parse` makes the same key of them.
pub(crate) fn unescape(bytes: &[u8], text: Text) -> Cow<'_, [u8]> {
    let written = &bytes[text.start..text.end];
    if !text.escaped {
        return Cow::Borrowed(written);
    }
    let mut out = Vec::with_capacity(written.len());
    let mut at = 0;
    while at < written.len() {
        if written[at] != b'\\' {
            out.push(written[at]);
            at += 1;
            continue;
        }
        let escape = written.get(at + 1).copied().unwrap_or(b'\\');
        at += 2;
        out.push(match escape {
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let mut unit = hex4(written, at);
                at += 4;
                if (0xD800..0xDC00).contains(&unit) && written[at..].starts_with(b"\\u") {
                    let low = hex4(written, at + 2);
                    if (0xDC00..0xE000).contains(&low) {
                        unit = 0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                        at += 6;
                    }
                }
                push_generalised(&mut out, unit);
                continue;
            }
            other => other,
        });
    }
    Cow::Owned(out)
}

/// The same as a string for people; half a surrogate pair becomes U+FFFD.
pub(crate) fn unescape_lossy(bytes: &[u8], text: Text) -> String {
    let mut characters = unescape(bytes, text).into_owned();
    if text.escaped {
        // Both have three bytes; left to the conversion, each byte would become a character.
        let mut at = 0;
        while at + 2 < characters.len() {
            if characters[at] == 0xED && characters[at + 1] >= 0xA0 {
                characters[at..at + 3].copy_from_slice("\u{FFFD}".as_bytes());
            }
            at += 1;
        }
    }
    String::from_utf8_lossy(&characters).into_owned()
}

/// Where the escapes are that are half of a surrogate pair: `\uXXXX`, 6 bytes each.
pub(crate) fn lone_surrogates(bytes: &[u8], text: Text) -> Vec<usize> {
    let mut lone = Vec::new();
    let mut at = text.start;
    while at < text.end {
        if bytes[at] != b'\\' {
            at += 1;
        } else if bytes[at + 1] != b'u' {
            at += 2;
        } else {
            let unit = hex4(&bytes[..text.end], at + 2);
            let pair = (0xD800..0xDC00).contains(&unit)
                && bytes[at + 6..text.end].starts_with(b"\\u")
                && (0xDC00..0xE000).contains(&hex4(&bytes[..text.end], at + 8));
            if !pair && (0xD800..0xE000).contains(&unit) {
                lone.push(at);
            }
            at += if pair { 12 } else { 6 };
        }
    }
    lone
}

fn hex4(written: &[u8], at: usize) -> u32 {
    let digits = written.get(at..at + 4).unwrap_or_default();
    digits.iter().fold(0, |unit, digit| unit << 4 | char::from(*digit).to_digit(16).unwrap_or(0))
}

fn push_generalised(out: &mut Vec<u8>, unit: u32) {
    match char::from_u32(unit) {
        Some(char) => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.extend_from_slice(&[0xE0 | (unit >> 12) as u8, 0x80 | (unit >> 6 & 63) as u8, 0x80 | (unit & 63) as u8]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unescaped(written: &str) -> Vec<u8> {
        unescape(written.as_bytes(), Text { start: 0, end: written.len(), escaped: true, lone_surrogate: false }).into_owned()
    }

    #[test]
    fn escapes_stand_for_what_serde_json_says() {
        for written in [r#"\"\\\/\b\f\n\r\t"#, r"\u0041\u00e9\u2028", r"\ud83d\ude00x", r"\uD83D\uDE00", "plain é", r"\u0000"] {
            let expected: String = serde_json::from_str(&format!("\"{written}\"")).unwrap();
            assert_eq!(unescaped(written), expected.as_bytes(), "{written}");
        }
    }

    #[test]
    fn half_a_pair_keeps_its_three_bytes() {
        assert_eq!(unescaped(r"\ud800"), [0xED, 0xA0, 0x80]);
        assert_eq!(unescaped(r"\ud800\u0041"), [0xED, 0xA0, 0x80, b'A']);
        assert_eq!(unescaped(r"\ude00\ud83d"), [0xED, 0xB8, 0x80, 0xED, 0xA0, 0xBD]);
    }

    #[test]
    fn half_a_pair_is_shown_as_one_character() {
        let written = r"\ud7ff\ud800\ud800a\ude00\ud83d\ude00\uffff";
        let text = Text { start: 0, end: written.len(), escaped: true, lone_surrogate: true };
        assert_eq!(unescape_lossy(written.as_bytes(), text), "\u{d7ff}\u{fffd}\u{fffd}a\u{fffd}\u{1f600}\u{ffff}");
    }
}
