//! The table `tests/fixtures/webhook_ids.json` against the library, and what must hold for lists that no table has.
//! `pkg/src/core/webhook_ids.test.ts` runs the same table through the npm package.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use mindhook::issue::{Code, Issue, Severity, has_error};
use mindhook::webhook_ids::{
    Entry, MAX_ENTRIES, MAX_ISSUES, NotAList, Report, check_form, check_list, check_text, form_value, is_canonical, refuse,
};
use proptest::prelude::*;
use serde_json::Value;

const A: &str = "9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b";
const B: &str = "0b5a3c9e-1d2f-4a6b-9c8d-7e6f5a4b3c2d";

/// A JavaScript value as the boundary describes it.
fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => format!("boolean {value}"),
        Value::Number(number) => format!("number {number}"),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::String(_) => unreachable!("strings are not described"),
    }
}

fn entry(value: &Value) -> Entry<'_> {
    value.as_str().map_or_else(|| Entry::Other(describe(value).into()), Entry::from)
}

fn judge(form: &str, input: &Value) -> Report {
    match (form, input) {
        ("list", Value::Array(entries)) => check_list(entries.iter().map(entry)),
        ("list", Value::String(text)) => refuse(NotAList::Text(text)),
        ("list", other) => refuse(NotAList::Other(&describe(other))),
        ("text", Value::String(text)) => check_text(text),
        ("form", Value::Array(fields)) => check_form(fields.iter().map(|field| (field[0].as_str().unwrap(), entry(&field[1])))),
        _ => panic!("no such form: {form}"),
    }
}

#[test]
fn every_input_of_the_table_gets_its_ids_and_issues() {
    let table: Vec<Value> = serde_json::from_str(include_str!("fixtures/webhook_ids.json")).unwrap();
    assert!(table.len() >= 140, "the table has shrunk to {}", table.len());
    let mut wrong = Vec::new();
    for case in &table {
        let report = judge(case["form"].as_str().unwrap(), &case["input"]);
        let complaint = complain(case, &serde_json::to_value(&report).unwrap());
        if !complaint.is_empty() {
            wrong.push(format!("{} / {}: {complaint}\n    {report:?}", case["form"], case["name"]));
        }
    }
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), table.len(), wrong.join("\n"));
}

/// Where a report differs from what the table expects.
fn complain(case: &Value, report: &Value) -> String {
    let issues = report["issues"].as_array().unwrap();
    let codes: Vec<_> = issues.iter().map(|issue| issue["code"].clone()).collect();
    if report["ids"] != case["ids"] {
        return format!("ids should be {}", case["ids"]);
    }
    if Value::from(codes) != case["codes"] {
        return format!("codes should be {}", case["codes"]);
    }
    if report["ok"].as_bool() == Some(issues.iter().any(|issue| issue["severity"] == "error")) {
        return "ok belies the issues".to_owned();
    }
    let Some(expected) = case["issues"].as_array() else { return String::new() };
    if expected.len() != issues.len() {
        return "the table describes another number of issues".to_owned();
    }
    for (issue, expected) in issues.iter().zip(expected) {
        for (key, value) in expected.as_object().unwrap() {
            let right = match key.as_str() {
                "message" | "help" => issue[key].as_str().unwrap_or("").contains(value.as_str().unwrap()),
                _ => issue[key] == *value,
            };
            if !right {
                return format!("{key} should be {value}, is {}", issue[key]);
            }
        }
    }
    String::new()
}

#[test]
fn the_first_hundred_issues_are_listed_and_the_rest_counted() {
    let hundred = check_list(vec![""; MAX_ISSUES]);
    assert_eq!(hundred.issues.len(), MAX_ISSUES);
    let more = check_list(vec![""; 250]);
    assert_eq!(more.issues.len(), MAX_ISSUES + 1);
    let last = more.issues.last().unwrap();
    assert_eq!((last.code, last.severity, last.pointer.as_str()), (Code::LimitIssues, Severity::Notice, ""));
    assert_eq!(last.message, "150 more issues are not listed");
    assert_eq!(check_list(vec![""; 101]).issues.last().unwrap().message, "1 more issue is not listed");
}

#[test]
fn an_error_beyond_the_limit_is_listed_in_place_of_a_warning() {
    let mut entries = vec![A; 200];
    entries.push("production");
    entries.push("staging");
    let report = check_list(entries);
    assert!(!report.ok);
    assert_eq!(report.ids, [A]);
    assert_eq!(report.issues.len(), MAX_ISSUES + 1);
    let errors: Vec<_> =
        report.issues.iter().filter(|issue| issue.severity == Severity::Error).map(|issue| &issue.pointer).collect();
    assert_eq!(errors, ["/200"]);
}

#[test]
fn a_million_entries_are_read_and_one_more_is_refused() {
    let many: Vec<String> = (0..=MAX_ENTRIES).map(|n| format!("{n:08x}-0000-4000-8000-000000000000")).collect();
    let report = check_list(many[1..].iter().map(String::as_str));
    assert!(report.ok && report.issues.is_empty());
    assert_eq!(report.ids, many[1..]);
    assert!(!is_canonical(&many.join(",")));

    let refused = |report: Report| {
        let codes: Vec<_> = report.issues.iter().map(|issue| issue.code).collect();
        assert_eq!((report.ok, report.ids.len(), codes), (false, 0, vec![Code::WebhookIdsTooMany]));
    };
    refused(check_list(std::iter::repeat("")));
    refused(check_text(&",".repeat(MAX_ENTRIES)));
    refused(check_text(&format!("[{}0]", "0,".repeat(MAX_ENTRIES))));
    refused(check_form(std::iter::repeat(("webhook_ids", A))));
    let half = ["", ","].repeat(MAX_ENTRIES / 2).concat();
    refused(check_form([("webhook_ids", half.as_str()), ("webhook_ids", &half)]));
    refused(refuse(NotAList::TooMany));
}

#[test]
fn the_wire_form_is_canonical_or_the_reasons_why_not() {
    assert_eq!(form_value([A.to_uppercase(), format!(" {{{B}}} "), A.to_owned()]).unwrap(), format!("{A},{B}"));
    let report = form_value([A, "2ed6657d-e927-568b-95e1-2665a8aea6a2"]).unwrap_err();
    assert_eq!((report.ids[0].as_str(), report.issues[0].code), (A, Code::WebhookIdsWrongVersion));
}

#[test]
fn an_unreadable_value_says_why() {
    let report = refuse(NotAList::Unreadable("reading entry 3 threw Error: no"));
    assert_eq!(report.issues[0].code, Code::WebhookIdsUnreadable);
    assert_eq!(report.issues[0].message, "the list cannot be read: reading entry 3 threw Error: no");

    let report = refuse(NotAList::NoText("number 5"));
    assert_eq!(report.issues[0].code, Code::WebhookIdsNotAString);
    assert_eq!(report.issues[0].message, "number 5 stands where text is required");

    let report = refuse(NotAList::NoForm("field 2 is null"));
    assert_eq!(report.issues[0].code, Code::WebhookIdsUnreadable);
    assert_eq!(report.issues[0].message, "the form cannot be read: field 2 is null");
    assert!(!report.ok);
}

/// Version 4, RFC 9562 variant, canonical: told without the library's means.
fn is_canonical_v4(id: &str) -> bool {
    let bytes = id.as_bytes();
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            14 => *byte == b'4',
            19 => b"89ab".contains(byte),
            _ => b"0123456789abcdef".contains(byte),
        })
}

/// What holds for every report. `source`: the text that offsets are in, if it is one text.
fn assert_sound(report: &Report, source: Option<&str>) -> Result<(), TestCaseError> {
    prop_assert_eq!(report.ok, !has_error(&report.issues));
    prop_assert!(report.ids.iter().all(|id| is_canonical_v4(id)), "{:?}", report.ids);
    let mut ids = report.ids.clone();
    ids.sort();
    ids.dedup();
    prop_assert_eq!(ids.len(), report.ids.len());
    prop_assert!(report.issues.len() <= MAX_ISSUES + 1);
    if let Some(text) = source {
        for issue in &report.issues {
            assert_placed(issue, text)?;
        }
    }
    Ok(())
}

fn assert_placed(issue: &Issue, text: &str) -> Result<(), TestCaseError> {
    let Some(before) = text.get(..issue.offset) else {
        return Err(TestCaseError::fail(format!("no character begins at {issue:?}")));
    };
    prop_assert!(text.get(issue.offset..issue.offset + issue.length).is_some(), "{:?}", issue);
    let line = before.rsplit('\n').next().unwrap();
    prop_assert_eq!(issue.line, before.matches('\n').count() + 1);
    prop_assert_eq!(issue.column, line.len() + 1);
    prop_assert_eq!(issue.column_utf16, line.encode_utf16().count() + 1);
    Ok(())
}

fn id() -> impl Strategy<Value = String> {
    any::<u128>().prop_map(|bits| {
        let hex = format!("{bits:032x}");
        let variant = b"89ab"[(bits % 4) as usize] as char;
        format!("{}-{}-4{}-{variant}{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
    })
}

/// An ID in any mix of case and any spelling; `plain` keeps to the spellings that pass without a warning.
fn spelt(id: &str, case: u64, spelling: u8, plain: bool) -> String {
    let mixed: String =
        id.chars().enumerate().map(|(at, c)| if case >> at & 1 == 1 { c.to_ascii_uppercase() } else { c }).collect();
    match spelling % if plain { 1 } else { 4 } {
        0 => mixed,
        1 => mixed.replace('-', ""),
        2 => format!("{{{mixed}}}"),
        _ => format!("urn:UUID:{mixed}"),
    }
}

const BLANKS: [&str; 5] = ["", " ", "\t", "  ", " \t "];

/// The list in one wire form; every form but the last four is text.
fn wire(form: usize, ids: &[String], blank: &str) -> Report {
    let join = |quote: &str, comma: &str| {
        let quoted: Vec<_> = ids.iter().map(|id| format!("{blank}{quote}{id}{quote}{blank}")).collect();
        quoted.join(comma)
    };
    let each = |name: &'static str| ids.iter().map(move |id| (name, Entry::from(id.as_str())));
    match form {
        0 => check_text(&join("", ",")),
        1 => check_text(&format!("[{}]", join("", ","))),
        2 => check_text(&format!("{blank}[{}]\n", join("\"", ","))),
        3 => check_text(&format!("[{}]", join("'", ","))),
        4 => check_text(&join("", "\n")),
        5 => check_text(&join("\"", ",\r\n")),
        6 => check_text(&format!("webhook_ids=[{}]", join("", ", "))),
        7 => check_text(&format!("\u{feff}{}\n\n", join("", "\n\n"))),
        8 => check_list(ids.iter().map(String::as_str)),
        9 => check_form(each("webhook_ids")),
        10 => check_form(each("webhook_ids[]")),
        11 => check_form([("webhook_ids", join("", ","))]),
        _ => check_form([("webhook_ids", Entry::from(join("", ",")))].into_iter().chain(each("webhook_ids[]"))),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_list_in_any_wire_form_comes_back_canonical_and_in_order(
        list in prop::collection::vec((id(), any::<u64>(), any::<u8>()), 0..12),
        form in 0..13_usize,
        blank in prop::sample::select(&BLANKS[..]),
        plain in any::<bool>(),
    ) {
        let ids: Vec<_> = list.iter().map(|(id, ..)| id.clone()).collect();
        let written: Vec<_> = list.iter().map(|(id, case, spelling)| spelt(id, *case, *spelling, plain)).collect();
        let report = wire(form, &written, blank);
        prop_assert!(report.ok, "{:?}", report);
        prop_assert_eq!(&report.ids, &ids);
        if plain && !ids.is_empty() {
            prop_assert!(report.issues.is_empty(), "{:?}", report.issues);
        }
    }

    #[test]
    fn arbitrary_text_is_survived(text in "\\PC{0,60}|[ -~\\n]{0,80}|.{0,40}") {
        assert_sound(&check_text(&text), Some(&text))?;
        assert_sound(&check_list([text.as_str()]), Some(&text))?;
        assert_sound(&check_form([("webhook_ids", text.as_str())]), Some(&text))?;
        assert_sound(&check_form([("webhook_ids", text.as_str()), ("webhook_ids[]", &text), ("webhook_ids[]", &text)]), None)?;
        assert_sound(&refuse(NotAList::Text(&text)), Some(&text))?;
    }

    /// Damage done to lists that were right comes nearer to the edges than noise does.
    #[test]
    fn damaged_lists_are_survived(
        ids in prop::collection::vec((id(), any::<u64>(), any::<u8>()), 1..4),
        quote in prop::sample::select(vec!["", "\"", "'"]),
        brackets in any::<bool>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), 0..3_u8, prop::sample::select(
            "0gG-{}[]\"'\\, \n\r\t\u{a0}\u{feff}\u{2013}\u{1f600}:=u".chars().collect::<Vec<_>>())), 1..4),
    ) {
        let written: Vec<_> = ids.iter().map(|(id, case, spelling)| format!("{quote}{}{quote}", spelt(id, *case, *spelling, false))).collect();
        let mut text: Vec<char> = written.join(", ").chars().collect();
        if brackets {
            text.insert(0, '[');
            text.push(']');
        }
        for (place, how, character) in damage {
            let at = place.index(text.len().max(1)).min(text.len().saturating_sub(1));
            match how {
                0 => text.insert(at, character),
                1 if !text.is_empty() => text[at] = character,
                _ if !text.is_empty() => { text.remove(at); }
                _ => {}
            }
        }
        let text: String = text.into_iter().collect();
        assert_sound(&check_text(&text), Some(&text))?;
        assert_sound(&check_list([text.as_str()]), Some(&text))?;
        assert_sound(&check_list(text.split(',')), None)?;
    }

    /// One fault, one issue: a refused entry has one error, whatever else is said about it.
    #[test]
    fn an_entry_has_at_most_one_error(text in "[0-9a-gA-F{}-]{0,40}| ?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\n?") {
        let report = check_list([text.as_str()]);
        let errors = report.issues.iter().filter(|issue| issue.severity == Severity::Error).count();
        prop_assert_eq!(errors, usize::from(report.ids.is_empty()), "{:?}", report);
    }

    #[test]
    fn the_fast_look_agrees_with_the_full_one(
        mut ids in prop::collection::vec(id(), 0..20),
        repeated in prop::option::of((any::<prop::sample::Index>(), any::<prop::sample::Index>())),
        damage in prop::option::of((any::<prop::sample::Index>(), prop::sample::select(b"0gA-, 4".to_vec()))),
    ) {
        if let Some((from, to)) = repeated && !ids.is_empty() {
            let id = from.get(&ids).clone();
            ids.insert(to.index(ids.len()), id);
        }
        let mut joined = ids.join(",").into_bytes();
        if let Some((place, byte)) = damage && !joined.is_empty() {
            let at = place.index(joined.len());
            joined[at] = byte;
        }
        let joined = String::from_utf8(joined).unwrap();
        let report = check_list(joined.split(','));
        prop_assert_eq!(is_canonical(&joined), report.issues.is_empty() && report.ids.join(",") == joined);
    }
}
