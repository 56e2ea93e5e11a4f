//! Every fixture of `tests/fixtures/payloads` against its expectation, natively. The same files run through the npm package in
//! `tests/payloads.test.ts`.

// A fixture that cannot be read fails the test, with its place.
#![allow(clippy::expect_used)]

use mindhook::issue::{Code, Issue};
use mindhook::json::Limits;
use mindhook::payload::data::{
    ClassificationResult, CropResult, ExtractionResult, Failure, JobResponse, Location, OcrResult, PlatformError, Response,
    SplitResult,
};
use mindhook::payload::{self, Content, Field, Fields, Kind, Value as View, diagnose};
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
fn the_second_reading_outlines_a_payload_just_as_the_first_does() {
    let mut noted = 0;
    for path in payloads("valid") {
        let body = fs::read(&path).expect("a readable fixture");
        let first = payload::read(&body, Limits::default());
        let second = diagnose(&body, Limits::default());
        if first.is_empty() {
            let twice = second.issues.iter().any(|issue| matches!(issue.code, Code::JsonDuplicateKey | Code::JsonBom));
            assert!(twice || body.contains(&b'\\'), "{}: nothing in it needs a second look", path.display());
        } else {
            assert_eq!(first, second.outline, "{}", path.display());
            assert_eq!(payload::is_noted(&first), !second.issues.is_empty(), "{}: {:?}", path.display(), second.issues);
            noted += usize::from(payload::is_noted(&first));
        }
    }
    assert!(noted > 10, "{noted} payloads with warnings passed the first reading");
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

/// A field as `serde_json` has it, through the typed view.
fn plain(field: Field) -> Value {
    let confidence = serde_json::to_value(field.confidence()).expect("a word");
    let locations = serde_json::to_value(field.locations()).expect("locations");
    let (key, content) = match field.content() {
        Content::Simple(View::Null) => ("value", Value::Null),
        Content::Simple(View::Bool(value)) => ("value", value.into()),
        Content::Simple(View::Number(written)) => ("value", serde_json::from_str(written).expect("a number")),
        Content::Simple(View::Text(text)) => ("value", text.into()),
        Content::Object(fields) => ("fields", plain_fields(fields)),
        Content::List(items) => ("items", items.into_iter().map(plain).collect()),
    };
    json!({key: content, "confidence": confidence, "locations": locations})
}

fn plain_fields(fields: Fields) -> Value {
    fields.iter().map(|(name, field)| (name.into_owned(), plain(field))).collect::<serde_json::Map<_, _>>().into()
}

/// The same of `serde_json`'s own value: what may be absent is made `null` or empty, and nothing else is kept.
fn plain_value(field: &Value) -> Value {
    let mut plain = serde_json::Map::new();
    if let Some(value) = field.get("value") {
        plain.insert("value".into(), value.clone());
    } else if let Some(fields) = field.get("fields") {
        plain.insert("fields".into(), plain_values(fields));
    } else {
        plain.insert("items".into(), field["items"].as_array().expect("a list").iter().map(plain_value).collect());
    }
    let locations: Vec<Location> = serde_json::from_value(field["locations"].clone()).unwrap_or_default();
    plain.insert("confidence".into(), field["confidence"].clone());
    plain.insert("locations".into(), serde_json::to_value(locations).expect("locations"));
    plain.into()
}

fn plain_values(fields: &Value) -> Value {
    let fields = fields.as_object().expect("an object");
    fields.iter().map(|(name, field)| (name.clone(), plain_value(field))).collect::<serde_json::Map<_, _>>().into()
}

#[test]
fn fields_pages_and_owned_data_are_what_serde_json_reads() {
    let (mut extractions, mut ocrs, mut others) = (0, 0, 0);
    for path in payloads("valid") {
        let body = fs::read(&path).expect("a readable fixture");
        let payload = payload::parse(&body, Limits::default()).expect("a valid payload");
        // What serde_json cannot hold (half a surrogate pair, 1e400) it refuses.
        let Ok(value) = payload.deserialize::<Value>() else { continue };
        let result = &value["inference"]["result"];
        match payload.kind() {
            Kind::Extraction => {
                extractions += 1;
                let fields = payload.fields().expect("fields");
                assert_eq!(plain_fields(fields), plain_values(&result["fields"]), "{}", path.display());
                assert_eq!(fields.len(), fields.iter().count());
                for (name, _) in fields.iter() {
                    assert!(fields.get(&name).is_some(), "{} {name}", path.display());
                }
                // A derived type refuses a key that comes twice; the view takes the last one.
                let twice = payload.warnings.iter().any(|warning| warning.code == Code::JsonDuplicateKey);
                let owned = payload.deserialize::<Response<ExtractionResult>>();
                assert!(owned.is_ok() || twice, "{}: {owned:?}", path.display());
            }
            Kind::Ocr => {
                ocrs += 1;
                for (page, expected) in payload.pages().expect("pages").iter().zip(result["pages"].as_array().expect("pages")) {
                    assert_eq!(page.content(), expected["content"].as_str().expect("a text"));
                    let words: Vec<_> = page.words().map(|word| word.content).collect();
                    let expected: Vec<_> =
                        expected["words"].as_array().expect("words").iter().map(|word| word["content"].clone()).collect();
                    assert_eq!(json!(words), json!(expected), "{}", path.display());
                }
                payload.deserialize::<Response<OcrResult>>().map(drop).expect("an OCR");
            }
            other => {
                others += 1;
                match other {
                    Kind::Classification => payload.deserialize::<Response<ClassificationResult>>().map(drop),
                    Kind::Crop => payload.deserialize::<Response<CropResult>>().map(drop),
                    Kind::Split => payload.deserialize::<Response<SplitResult>>().map(drop),
                    Kind::Failure => payload.deserialize::<Failure>().map(drop),
                    Kind::Job => payload.deserialize::<JobResponse>().map(drop),
                    _ => payload.deserialize::<PlatformError>().map(drop),
                }
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            }
        }
    }
    assert!(extractions > 40 && ocrs > 3 && others > 40, "{extractions} {ocrs} {others}");
}

#[test]
fn an_issue_that_is_not_listed_leaves_the_help_of_the_listed_ones_alone() {
    let location = |members: &str| format!("{{\"object_type\":\"a\",\"location\":{{{members}}}}}");
    let crops = |crops: [String; 3]| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/payloads/valid/crop/no-object.json");
        let body = fs::read_to_string(path).expect("a fixture");
        let body = body.replace("\"crops\": []", "\"crops\":[]");
        assert!(body.contains("\"crops\":[]"));
        body.replace("\"crops\":[]", &format!("\"crops\":[{}]", crops.join(",")))
    };
    let body = crops([location("\"page\":0,\"other\":1"), location("\"page\":0"), location("\"page\":0,\"poligon\":[]")]);
    let one = diagnose(body.as_bytes(), Limits { issues: 1, ..Limits::default() }).issues;
    assert_eq!((one[0].code.as_str(), &*one[0].pointer), ("payload.missing_key", "/inference/result/crops/0/location"));
    assert_eq!(one[0].help.as_deref(), Some(mindhook::issue::Code::PayloadMissingKey.help()));
    let all = diagnose(body.as_bytes(), Limits::default()).issues;
    assert!(all.iter().any(|issue| issue.help.as_ref().is_some_and(|help| help.contains("poligon"))));
}

#[test]
fn what_is_accepted_with_a_warning_is_there_in_the_typed_view() {
    let body = |result: &str| {
        format!(
            "{{\"inference\":{{\"id\":\"0e2c1b7a-6f0a-4d55-9d3e-0b8f6f1f2a10\",\"job\":{{\"id\":\"0e2c1b7a-6f0a-4d55-9d3e-0b8f6f1f2a11\"}},\
             \"model\":{{\"id\":\"0e2c1b7a-6f0a-4d55-9d3e-0b8f6f1f2a12\"}},\
             \"file\":{{\"name\":\"a.pdf\",\"alias\":null,\"page_count\":1,\"mime_type\":\"application/pdf\"}},\
             \"result\":{result},\"active_options\":{{\"raw_text\":false,\"polygon\":false,\"confidence\":true,\
             \"rag\":false,\"text_context\":false,\"data_schema\":{{\"replace\":false}}}}}}}}"
        )
    };
    let fields = body(
        r#"{"fields":{"a":{"value":1,"locations":[{"page":9,"polygon":[[9,9]],"page":2.0,"polygon":[[0.5,1e400],[-0,1]]},
            {"p\u0061ge" : 3, "polygon": [], "more":["\ud800"]}]}}}"#,
    );
    let payload = payload::parse(fields.as_bytes(), Limits::default()).expect("a payload with warnings");
    assert!(payload.warnings.iter().any(|issue| issue.code.as_str() == "json.duplicate_key"));
    let locations = payload.fields().and_then(|fields| fields.get("a")).expect("a field").locations();
    let read: Vec<_> = locations.iter().map(|location| (location.page, location.polygon.clone())).collect();
    assert_eq!(read, [(2, vec![[0.5, f64::INFINITY], [-0.0, 1.0]]), (3, vec![])]);

    let pages = body(
        r#"{"pages":[{"content":"","words":[{"content":"x","content":"a\ud800b","polygon":[[0.1,0.2]]},{"polygon":[],"content":"c"}]}]}"#,
    );
    let payload = payload::parse(pages.as_bytes(), Limits::default()).expect("a payload with warnings");
    let words: Vec<_> = payload.pages().expect("pages")[0].words().map(|word| (word.content, word.polygon.len())).collect();
    assert_eq!(words, [("a\u{fffd}b".to_owned(), 1), ("c".to_owned(), 0)]);
}

/// An extraction with these fields.
fn extraction(fields: &str) -> String {
    format!(
        "{{\"inference\":{{\"id\":\"0e2c1b7a-6f0a-4d55-9d3e-0b8f6f1f2a10\",\"job\":{{\"id\":\"0e2c1b7a-6f0a-4d55-9d3e-0b8f6f1f2a11\"}},\
         \"model\":{{\"id\":\"0e2c1b7a-6f0a-4d55-9d3e-0b8f6f1f2a12\"}},\
         \"file\":{{\"name\":\"a.pdf\",\"alias\":null,\"page_count\":1,\"mime_type\":\"application/pdf\"}},\
         \"result\":{{\"fields\":{fields}}},\"active_options\":{{\"raw_text\":false,\"polygon\":false,\"confidence\":true,\
         \"rag\":false,\"text_context\":false,\"data_schema\":{{\"replace\":false}}}}}}}}"
    )
}

fn codes(body: &str, limits: Limits) -> Vec<String> {
    diagnose(body.as_bytes(), limits).issues.iter().map(|issue| format!("{} {}", issue.code, issue.message)).collect()
}

#[test]
fn the_count_of_unlisted_issues_is_that_of_the_issues_there_are() {
    let misspelt = "{\"value\":1,\"locations\":[{\"page\":0,\"polygn\":[]}]}";
    for (faults, limit) in [(3, 2), (5, 3), (300, 100), (2, 1)] {
        let fields: Vec<String> = (0..faults).map(|index| format!("\"f{index}\":{misspelt}")).collect();
        let found = codes(&extraction(&format!("{{{}}}", fields.join(","))), Limits { issues: limit, ..Default::default() });
        let unlisted = faults - limit;
        let notice = if unlisted == 1 {
            "1 more issue is not listed".to_owned()
        } else {
            format!("{unlisted} more issues are not listed")
        };
        assert_eq!(found.len(), limit + 1, "{faults} {limit}");
        assert_eq!(found[limit], format!("limit.issues {notice}"), "{faults} faults, {limit} listed");
    }
}

#[test]
fn a_number_that_is_wrong_as_a_value_is_one_issue() {
    let fields = "{\"a\":{\"value\":1,\"locations\":[{\"page\":1e400,\"polygon\":[[1e400,0.5]]}]}}";
    let found: Vec<_> =
        diagnose(extraction(fields).as_bytes(), Limits::default()).issues.iter().map(|issue| issue.code).collect();
    assert_eq!(found, [Code::PayloadNotAnInteger, Code::PayloadCoordinate]);
    let long = format!("{{\"a\":{{\"value\":1{}.5}}}}", "0".repeat(400));
    let found: Vec<_> = diagnose(extraction(&long).as_bytes(), Limits::default()).issues.iter().map(|issue| issue.code).collect();
    assert_eq!(found, [Code::JsonNumberOverflow]);
}

#[test]
fn nothing_is_said_of_a_member_that_is_replaced_but_that_it_is() {
    let fields =
        "{\"a\":{\"value\":9007199254740993,\"value\":{\"x\":1e400}},\"a\":{\"value\":1e400},\"a\":{\"value\":\"fine\"}}";
    let issues = diagnose(extraction(fields).as_bytes(), Limits::default()).issues;
    let found: Vec<_> = issues.iter().map(|issue| (issue.code, &*issue.pointer)).collect();
    assert_eq!(found, [(Code::JsonDuplicateKey, "/inference/result/fields/a"); 2]);
}
