//! Any body: what is said about it must be true, in order and in place.

use crate::json::has_unique_keys;
use mindhook::issue::{Code, Issue, has_error};
use mindhook::json::Limits;
use mindhook::payload::{Content, Field, Fields, Kind, Page, Payload, Value, diagnose, is_noted, parse, read};
use serde_json::Value as Json;

pub fn check(body: &[u8]) {
    let limits = Limits::default();
    let first = read(body, limits);
    let second = diagnose(body, limits);
    if !first.is_empty() {
        assert_eq!(is_noted(&first), !second.issues.is_empty(), "the first reading overlooked {:?}", second.issues);
        assert_eq!(first, second.outline);
    }
    assert_eq!(second.outline.is_empty(), has_error(&second.issues), "{:?}", second.issues);
    match parse(body, limits) {
        Ok(payload) => {
            assert_eq!(payload.warnings, second.issues);
            view(body, &payload);
            let _ = (
                payload.kind(),
                payload.inference_id(),
                payload.model_id(),
                payload.job_id(),
                payload.file_name(),
                payload.alias(),
            );
        }
        Err(issues) => assert_eq!(issues, second.issues),
    }
    report(body, &second.issues, limits.issues);

    // The same with limits that bite, chosen by the body itself.
    let seed = body.iter().fold(body.len(), |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    let small = Limits {
        bytes: body.len() - usize::from(seed % 16 == 0 && !body.is_empty()),
        depth: seed / 16 % 16,
        fields: seed / 256 % 8,
        key_length: seed / 2048 % 32,
        issues: seed / 65_536 % 4,
    };
    let first = read(body, small);
    let second = diagnose(body, small);
    if !first.is_empty() {
        assert_eq!(is_noted(&first), !second.issues.is_empty(), "overlooked {:?} with {small:?}", second.issues);
        assert_eq!(first, second.outline);
    }
    assert_eq!(second.outline.is_empty(), has_error(&second.issues), "{:?}", second.issues);
    report(body, &second.issues, small.issues.max(1));
}

/// What the typed view reads is what `serde_json` reads.
fn view(body: &[u8], payload: &Payload) {
    // Pure walks over the outline must end whatever the values are.
    let fields = payload.fields();
    let pages = payload.pages();
    assert_eq!((fields.is_some(), pages.is_some()), (payload.kind() == Kind::Extraction, payload.kind() == Kind::Ocr));
    let shown = format!("{fields:?}");
    let words: Option<usize> = pages.as_ref().map(|pages| pages.iter().map(Page::word_count).sum());
    let Some(value) = json(body) else { return };
    let result = &value["inference"]["result"];
    if let Some(fields) = fields {
        same_fields(fields, &result["fields"], &shown);
    }
    if let Some(pages) = pages {
        let expected = result["pages"].as_array().expect("pages");
        assert_eq!(pages.len(), expected.len());
        let mut count = 0;
        for (page, expected) in pages.iter().zip(expected) {
            assert_eq!(Some(&*page.content()), expected["content"].as_str());
            let expected = expected["words"].as_array().expect("words");
            assert_eq!(page.word_count(), expected.len());
            count += expected.len();
        }
        assert_eq!(words, Some(count));
    }
}

fn same_fields(fields: Fields, expected: &Json, shown: &str) {
    let expected = expected.as_object().expect("an object");
    assert_eq!(fields.len(), expected.len(), "{shown}");
    for (name, field) in fields.iter() {
        same_field(field, expected.get(&*name).expect("a field of this name"), shown);
    }
}

fn same_field(field: Field, expected: &Json, shown: &str) {
    let confidence = serde_json::to_value(field.confidence()).expect("a value");
    assert_eq!(&confidence, expected.get("confidence").unwrap_or(&Json::Null), "{shown}");
    match field.content() {
        Content::Object(fields) => same_fields(fields, &expected["fields"], shown),
        Content::List(items) => {
            let expected = expected["items"].as_array().expect("items");
            assert_eq!(items.len(), expected.len(), "{shown}");
            for (item, expected) in items.into_iter().zip(expected) {
                same_field(item, expected, shown);
            }
        }
        Content::Simple(Value::Null) => assert_eq!(expected["value"], Json::Null, "{shown}"),
        Content::Simple(Value::Bool(value)) => assert_eq!(expected["value"], value, "{shown}"),
        Content::Simple(Value::Text(text)) => assert_eq!(Some(&*text), expected["value"].as_str(), "{shown}"),
        Content::Simple(Value::Number(written)) => {
            let number = written.parse::<f64>().expect("a number");
            let expected = expected["value"].as_f64().expect("a number");
            // `serde_json` rounds the last digit its own way.
            assert!((number - expected).abs() <= expected.abs() * 1e-15, "{number} {expected}");
        }
    }
}

/// The body as `serde_json` holds it, if it can: no half a surrogate pair, no infinite number.
fn json(body: &[u8]) -> Option<Json> {
    serde_json::from_slice(body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)).ok()
}

/// Issues in their order, within the body, at the right line, at pointers that lead somewhere.
fn report(body: &[u8], issues: &[Issue], limit: usize) {
    let value = json(body);
    // A pointer leads to the last of equal keys, an issue may stand in an earlier one.
    let unique = has_unique_keys(body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body));
    let listed = issues.iter().filter(|issue| issue.code != Code::LimitIssues).count();
    assert!(listed <= limit && issues.len() <= listed + 1, "{} issues, the limit is {limit}", issues.len());
    let mut offset = 0;
    for (index, issue) in issues.iter().enumerate() {
        if issue.code == Code::LimitIssues {
            assert_eq!(index, issues.len() - 1);
            continue;
        }
        assert!(issue.offset >= offset, "out of order: {issues:?}");
        offset = issue.offset;
        assert!(issue.offset + issue.length <= body.len(), "{issue:?}");
        assert!(!issue.message.is_empty() && issue.help.as_ref().is_some_and(|help| !help.is_empty()), "{issue:?}");
        assert_eq!(issue.severity, issue.code.severity());

        let before = &body[..issue.offset];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let row = before.rsplit(|byte| *byte == b'\n').next().unwrap_or(before);
        assert_eq!((issue.line, issue.column), (line, row.len() + 1), "{issue:?}");
        if let Ok(row) = str::from_utf8(row) {
            assert_eq!(issue.column_utf16, row.encode_utf16().count() + 1, "{issue:?}");
        }
        if let Some(value) = &value
            && unique
        {
            assert!(value.pointer(&issue.pointer).is_some(), "{} leads nowhere: {issue:?}", issue.pointer);
        }
    }
}
