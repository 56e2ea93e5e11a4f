//! Any bytes: are they JSON exactly when `serde_json` says so?

use mindhook::issue::{Code, Severity};
use mindhook::json::Limits;
use mindhook::payload::{Kind, diagnose, parse};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeSet;

/// Every issue is wanted, and no key is too long; depth and fields keep their defaults.
const LIMITS: Limits = Limits { bytes: 1 << 30, depth: 512, fields: 1_000_000, key_length: 1 << 30, issues: 1 << 20 };

/// A failure report with one member more than the contract names, and a field, each with a hole for JSON.
const UNKNOWN: [&[u8]; 2] = [
    br#"{"inference_id":"0e2c1b7a-6f0a-4d55-9d3e-0b8f6f1f2a10","model_id":"6d3f7f3e-5a4e-4c53-8a2a-6a1d2f8f4b11","file_name":"a.pdf","created_at":null,"error":null,"more":"#,
    b"}",
];
const FIELD: [&[u8]; 2] = [
    br#"{"inference":{"id":"0e2c1b7a-6f0a-4d55-9d3e-0b8f6f1f2a10","job":{"id":"0e2c1b7a-6f0a-4d55-9d3e-0b8f6f1f2a11"},"model":{"id":"0e2c1b7a-6f0a-4d55-9d3e-0b8f6f1f2a12"},"file":{"name":"a.pdf","alias":null,"page_count":1,"mime_type":"application/pdf"},"result":{"fields":{"total":{"value":"#,
    br#"}}},"active_options":{"raw_text":false,"polygon":false,"confidence":true,"rag":false,"text_context":false,"data_schema":{"replace":false}}}}"#,
];

pub fn check(bytes: &[u8]) {
    judge(bytes);
    for [before, after] in [UNKNOWN, FIELD] {
        judge(&[before, bytes, after].concat());
    }
    names(bytes);
}

/// The verdict on one body.
fn judge(body: &[u8]) {
    let text = str::from_utf8(body);
    let issues = diagnose(body, LIMITS).issues;
    let fault = issues.iter().find(|issue| {
        issue.severity == Severity::Error
            && (issue.code.as_str().starts_with("json.") || issue.code.as_str().starts_with("limit."))
    });
    if let Some(fault) = fault
        && matches!(fault.code, Code::LimitDepth)
    {
        assert!(depth_up_to(&body[..fault.offset + 1]) > LIMITS.depth, "{issues:?}");
        return;
    }
    let Ok(text) = text else {
        let fault = fault.expect("an issue for what is not UTF-8");
        let valid = str::from_utf8(body).expect_err("not UTF-8").valid_up_to();
        // Either the syntax went wrong before the first bad byte, or that byte is the fault.
        let cut_off = fault.code == Code::JsonUnexpectedEnd && fault.offset == body.len();
        assert!(fault.offset <= valid || cut_off, "{fault:?}, UTF-8 up to {valid}");
        return;
    };
    // Skipping, `serde_json` takes what `JSON.parse` takes: any depth, numbers of any size, half a surrogate pair.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let expected = serde_json::from_str::<IgnoredAny>(text);
    assert_eq!(fault.is_none(), expected.is_ok(), "{expected:?} beside {issues:?}");
    if fault.is_some() {
        return;
    }
    let said = |code| issues.iter().filter(|issue| issue.code == code).count();
    // Values that `serde_json` cannot hold end this part.
    if let Ok(seen) = serde_json::from_str::<Seen>(text) {
        assert_eq!(said(Code::JsonDuplicateKey), seen.duplicates, "{issues:?}");
        assert_eq!(said(Code::JsonLoneSurrogate), 0, "{issues:?}");
    }
    // `serde_json` rounds the last digit its own way; the standard library rounds as JavaScript does.
    let numbers = numbers(text);
    let overflows = numbers.iter().filter(|written| written.parse::<f64>().expect("a number").is_infinite()).count();
    assert_eq!(said(Code::JsonNumberOverflow), overflows, "{issues:?}");
    let unsafe_integers = numbers.iter().filter(|written| {
        let integer = !written.contains(['.', 'e', 'E']);
        let value = written.parse::<f64>().expect("a number");
        integer && value.is_finite() && value.abs() > 9_007_199_254_740_991.0
    });
    assert_eq!(said(Code::JsonUnsafeInteger), unsafe_integers.count(), "{issues:?}");
}

/// As an ID, a string must come out as `serde_json` reads it.
fn names(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let body = String::from_utf8_lossy(UNKNOWN[0]).replace("\"a.pdf\"", &format!("\"{text}\"")) + "null}";
    let Ok(expected) = serde_json::from_str::<serde_json::Value>(&body) else { return };
    if let Ok(payload) = parse(body.as_bytes(), LIMITS)
        && payload.kind() == Kind::Failure
    {
        assert_eq!(payload.file_name().as_deref(), expected["file_name"].as_str(), "{body}");
    }
}

/// How deep the brackets of a beginning of JSON are nested.
fn depth_up_to(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest, mut string, mut escaped) = (0_usize, 0, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if string => escaped = true,
            b'"' => string = !string,
            b'[' | b'{' if !string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !string => depth -= 1,
            _ => {}
        }
    }
    deepest
}

/// The numbers of a JSON text, as written.
fn numbers(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut string, mut escaped, mut start) = (false, false, None);
    for (at, character) in text.char_indices() {
        if !string && start.is_none() && (character == '-' || character.is_ascii_digit()) {
            start = Some(at);
        } else if let Some(from) = start
            && !matches!(character, '0'..='9' | '+' | '-' | '.' | 'e' | 'E')
        {
            found.push(&text[from..at]);
            start = None;
        }
        match character {
            _ if escaped => escaped = false,
            '\\' if string => escaped = true,
            '"' => string = !string,
            _ => {}
        }
    }
    found.extend(start.map(|from| &text[from..]));
    found
}

/// Whether no object has a name twice; `false` too for what `serde_json` cannot hold.
pub fn has_unique_keys(body: &[u8]) -> bool {
    serde_json::from_slice::<Seen>(body).is_ok_and(|seen| seen.duplicates == 0)
}

/// How many members have a name that an earlier one of the same object has.
struct Seen {
    duplicates: usize,
}

impl<'de> Deserialize<'de> for Seen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Counting)
    }
}

struct Counting;

impl<'de> Visitor<'de> for Counting {
    type Value = Seen;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Seen, E> {
        Ok(Seen { duplicates: 0 })
    }

    fn visit_i64<E>(self, _: i64) -> Result<Seen, E> {
        Ok(Seen { duplicates: 0 })
    }

    fn visit_u64<E>(self, _: u64) -> Result<Seen, E> {
        Ok(Seen { duplicates: 0 })
    }

    fn visit_f64<E>(self, _: f64) -> Result<Seen, E> {
        Ok(Seen { duplicates: 0 })
    }

    fn visit_str<E>(self, _: &str) -> Result<Seen, E> {
        Ok(Seen { duplicates: 0 })
    }

    fn visit_unit<E>(self) -> Result<Seen, E> {
        Ok(Seen { duplicates: 0 })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Seen, A::Error> {
        let mut duplicates = 0;
        while let Some(element) = elements.next_element::<Seen>()? {
            duplicates += element.duplicates;
        }
        Ok(Seen { duplicates })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Seen, A::Error> {
        let mut duplicates = 0;
        let mut names = BTreeSet::new();
        while let Some((name, value)) = members.next_entry::<String, Seen>()? {
            duplicates += usize::from(!names.insert(name)) + value.duplicates;
        }
        Ok(Seen { duplicates })
    }
}
