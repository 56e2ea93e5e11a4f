//! Every fixture of `tests/fixtures/payloads` against its expectation, natively. The same files run through the npm package in
//! `tests/payloads.test.ts`.

// A fixture that cannot be read fails the test, with its place.
#![allow(clippy::expect_used)]

use mindhook::issue::Issue;
use mindhook::json::Limits;
use mindhook::payload::{self, diagnose};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// Payload files below a folder, without their expectations.
fn payloads(folder: &str) -> Vec<PathBuf> {
    fn visit(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                visit(&entry, found);
            } else if !entry.to_string_lossy().ends_with(".expected.json") {
                found.push(entry);
            }
        }
    }
    let mut found = Vec::new();
    visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/payloads").join(folder), &mut found);
    found.sort();
    found
}

fn expectation(path: &Path) -> Value {
    let text = fs::read_to_string(path.with_extension("expected.json")).expect("an expectation beside the payload");
    serde_json::from_str(&text).expect("an expectation in JSON")
}

/// The keys of an expected issue, of the issue that was found.
fn alike(expected: &Value, found: &Issue) -> Value {
    let all = serde_json::to_value(found).expect("a serialisable issue");
    let keys = expected.as_object().expect("an object").keys();
    keys.map(|key| (key.clone(), all.get(key).cloned().unwrap_or(Value::Null))).collect::<serde_json::Map<_, _>>().into()
}

/// What differs between the expected issues and those found, in whatever order issues at one place come.
fn differences(expected: &Value, found: &[Issue]) -> Option<String> {
    let expected = expected.as_array().expect("a list of issues");
    let mut left: Vec<&Value> = expected.iter().collect();
    let mut more = Vec::new();
    for issue in found {
        match left.iter().position(|wanted| **wanted == alike(wanted, issue)) {
            Some(index) => drop(left.remove(index)),
            None => more
                .push(json!({"code": issue.code, "pointer": issue.pointer, "offset": issue.offset, "length": issue.length,
                "line": issue.line, "column": issue.column, "message": issue.message})),
        }
    }
    let ascending = found.windows(2).all(|pair| pair[0].offset <= pair[1].offset);
    (!left.is_empty() || !more.is_empty() || !ascending).then(|| format!("missing {left:?}\n  unexpected {more:?}"))
}

#[test]
fn every_broken_payload_is_refused_with_exactly_the_expected_issues() {
    let files = payloads("broken");
    assert!(files.len() > 400, "only {} fixtures", files.len());
    let mut wrong = Vec::new();
    for path in &files {
        let body = fs::read(path).expect("a readable fixture");
        match payload::parse(&body, Limits::default()) {
            Ok(payload) => wrong.push(format!("{}: accepted as {:?}", path.display(), payload.kind())),
            Err(issues) => {
                if let Some(difference) = differences(&expectation(path)["issues"], &issues) {
                    wrong.push(format!("{}: {difference}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), files.len(), wrong.join("\n"));
}

#[test]
fn every_valid_payload_is_read_with_exactly_the_expected_warnings() {
    let files = payloads("valid");
    assert!(files.len() > 100, "only {} fixtures", files.len());
    let mut wrong = Vec::new();
    for path in &files {
        let body = fs::read(path).expect("a readable fixture");
        let expected = expectation(path);
        match payload::parse(&body, Limits::default()) {
            Err(issues) => wrong.push(format!("{}: refused: {issues:?}", path.display())),
            Ok(payload) => {
                let found = json!({"kind": payload.kind(), "inferenceId": payload.inference_id(), "modelId": payload.model_id(),
                    "jobId": payload.job_id(), "fileName": payload.file_name(), "alias": payload.alias()});
                for key in found.as_object().expect("an object").keys() {
                    if found[key] != expected[key] {
                        wrong.push(format!("{}: {key} is {}, not {}", path.display(), found[key], expected[key]));
                    }
                }
                if let Some(difference) = differences(&expected["warnings"], &payload.warnings) {
                    wrong.push(format!("{}: {difference}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), files.len(), wrong.join("\n"));
}

#[test]
fn the_second_reading_outlines_a_clean_payload_just_as_the_first_does() {
    for path in payloads("valid") {
        let body = fs::read(&path).expect("a readable fixture");
        let first = payload::read(&body, Limits::default());
        let second = diagnose(&body, Limits::default());
        if !second.issues.is_empty() {
            assert!(first.is_empty(), "{}: a payload with warnings must not pass the first reading", path.display());
        } else if !first.is_empty() {
            assert_eq!(first, second.outline, "{}", path.display());
        } else {
            assert!(body.contains(&b'\\'), "{}: only escapes in the contract's own words need a second look", path.display());
        }
    }
}

/// Code, pointer and help of every issue.
fn helps(body: &str) -> Vec<(String, String, String)> {
    let issues = diagnose(body.as_bytes(), Limits::default()).issues;
    issues.into_iter().map(|issue| (issue.code.to_string(), issue.pointer, issue.help.unwrap_or_default())).collect()
}

#[test]
fn a_misspelt_word_is_one_issue_that_says_what_was_meant() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/payloads/valid/crop/one-object-minified.json");
    let crop = fs::read_to_string(path).expect("a fixture");
    for (from, to, code, pointer, help) in [
        (
            "\"page_count\"",
            "\"pageCount\"",
            "payload.missing_key",
            "/inference/file",
            "Did you mean \"page_count\" where \"pageCount\" stands?",
        ),
        (
            "\"polygon\"",
            "\"poligon\"",
            "payload.missing_key",
            "/inference/result/crops/0/location",
            "Did you mean \"polygon\" where \"poligon\" stands?",
        ),
        ("\"crops\"", "\"crop\"", "payload.unknown_kind", "/inference/result", "Did you mean \"crops\" where \"crop\" stands?"),
        ("\"alias\"", "\"allias\"", "payload.unknown_key", "/inference/file/allias", "Did you mean \"alias\"?"),
        ("\"inference\"", "\"Inference\"", "payload.unknown_kind", "", "Did you mean \"inference\"?"),
    ] {
        assert!(crop.contains(from), "{from}");
        let found = helps(&crop.replace(from, to));
        assert_eq!(found, [(code.to_owned(), pointer.to_owned(), help.to_owned())], "{from} → {to}");
    }
    let field = |field: &str| {
        helps(&format!(
            "{{\"inference\":{{\"id\":\"0e2c1b7a-6f0a-4d55-9d3e-0b8f6f1f2a10\",\"job\":{{\"id\":\"0e2c1b7a-6f0a-4d55-9d3e-0b8f6f1f2a11\"}},\
             \"model\":{{\"id\":\"0e2c1b7a-6f0a-4d55-9d3e-0b8f6f1f2a12\"}},\
             \"file\":{{\"name\":\"a.pdf\",\"alias\":null,\"page_count\":1,\"mime_type\":\"application/pdf\"}},\
             \"result\":{{\"fields\":{{\"total\":{field}}}}},\"active_options\":{{\"raw_text\":false,\"polygon\":false,\"confidence\":true,\
             \"rag\":false,\"text_context\":false,\"data_schema\":{{\"replace\":false}}}}}}}}"
        ))
    };
    let total = "/inference/result/fields/total";
    for (written, code, pointer, help) in [
        ("{\"valeu\":1}", "payload.field_shape", total.to_owned(), "Did you mean \"value\" where \"valeu\" stands?"),
        (
            "{\"value\":1,\"confidance\":\"High\"}",
            "payload.unknown_key",
            format!("{total}/confidance"),
            "Did you mean \"confidence\"?",
        ),
        (
            "{\"value\":1,\"confidence\":\"high\"}",
            "payload.unknown_confidence",
            format!("{total}/confidence"),
            "Did you mean \"High\"?",
        ),
        (
            "{\"value\":1,\"confidence\":\"Hihg\"}",
            "payload.unknown_confidence",
            format!("{total}/confidence"),
            "Did you mean \"High\"?",
        ),
    ] {
        assert_eq!(field(written), [(code.to_owned(), pointer, help.to_owned())], "{written}");
    }
    assert_eq!(field("{\"value\":1,\"confidence\":\"Sure\"}")[0].2, "The words begin with a capital letter.");
}
