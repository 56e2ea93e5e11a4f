//! Any body: what is said about it must be true, in order and in place.

use mindhook::issue::{Code, Issue, has_error};
use mindhook::json::Limits;
use mindhook::payload::{diagnose, parse, read};
use serde_json::Value;

pub fn check(body: &[u8]) {
    let limits = Limits::default();
    let first = read(body, limits);
    let second = diagnose(body, limits);
    if !first.is_empty() {
        assert!(second.issues.is_empty(), "the first reading overlooked {:?}", second.issues);
        assert_eq!(first, second.outline);
    }
    assert_eq!(second.outline.is_empty(), has_error(&second.issues), "{:?}", second.issues);
    match parse(body, limits) {
        Ok(payload) => {
            assert_eq!(payload.warnings, second.issues);
            outline(body, &second.outline);
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
        assert!(second.issues.is_empty(), "the first reading overlooked {:?} with {small:?}", second.issues);
        assert_eq!(first, second.outline);
    }
    assert_eq!(second.outline.is_empty(), has_error(&second.issues), "{:?}", second.issues);
    report(body, &second.issues, small.issues.max(1));
}

/// Every span of an outline lies within the body and begins where such a value begins.
fn outline(body: &[u8], words: &[u32]) {
    let byte = |at: u32| body[at as usize];
    for slot in 0..5 {
        let (start, end) = (words[2 + 2 * slot], words[3 + 2 * slot]);
        if start > 0 {
            assert!(start <= end && byte(start - 1) == b'"' && byte(end) == b'"');
        }
    }
    let (content, content_end) = (words[12], words[13]);
    assert!(content <= content_end && content_end as usize <= body.len());
    let (count, word_count) = (words[14] as usize, words[15] as usize);
    match words[0] {
        0 => {
            assert_eq!(words.len(), 16 + 5 * count);
            let mut open: Vec<(usize, u32)> = Vec::new();
            for node in 0..count {
                while open.last().is_some_and(|(end, _)| *end <= node) {
                    open.pop();
                }
                let [begin, tag, a, b, locations] = words[16 + 5 * node..][..5] else { unreachable!() };
                let start = if tag & 512 != 0 {
                    assert_eq!((byte(begin), tag >> 10), (b'{', 0));
                    begin
                } else {
                    let name_end = begin + (tag >> 10);
                    assert!(byte(begin - 1) == b'"' && byte(name_end) == b'"');
                    name_end
                };
                let end = content_end;
                if tag & 3 == 0 {
                    assert!(start < a && a < b && b < end);
                    let first = byte(a);
                    let expected: &[u8] = match tag >> 6 & 7 {
                        0 => b"n",
                        1 | 2 => b"\"",
                        3 => b"-0123456789",
                        4 => b"t",
                        5 => b"f",
                        other => panic!("no such value: {other}"),
                    };
                    assert!(expected.contains(&first));
                } else {
                    assert!(a <= b && node + b as usize <= count);
                    open.push((node + 1 + b as usize, 0));
                }
                if locations > 0 {
                    assert!(start < locations && locations < end && byte(locations) == b'[');
                }
            }
        }
        3 => {
            assert_eq!(words.len(), 16 + word_count + 6 * count);
            for start in &words[16..16 + word_count] {
                assert_eq!(byte(*start), b'{');
            }
            for page in words[16 + word_count..].chunks(6) {
                assert!(byte(page[0]) == b'{' && byte(page[1] - 1) == b'}');
                assert!(byte(page[2] - 1) == b'"' && byte(page[3]) == b'"');
                assert!((page[4] + page[5]) as usize <= word_count);
            }
        }
        _ => assert_eq!((words.len(), count, word_count), (16, 0, 0)),
    }
}

/// Issues in their order, within the body, at the right line, at pointers that lead somewhere.
fn report(body: &[u8], issues: &[Issue], limit: usize) {
    let value: Option<Value> = serde_json::from_slice(body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)).ok();
    // A pointer leads to the last of equal keys, an issue may stand in an earlier one.
    let unique = !issues.iter().any(|issue| matches!(issue.code, Code::JsonDuplicateKey | Code::LimitIssues));
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
