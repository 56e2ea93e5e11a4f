//! The contract as `serde` structs, the way a Rust program would write it without this crate: text is borrowed where it can be, and a field
//! of any shape is one struct, which is faster than an untagged enum.

// What is read is not looked at.
#![allow(dead_code)]

use serde::Deserialize;
use std::borrow::Cow;
use std::collections::HashMap;

#[derive(Deserialize)]
pub struct Response<'a> {
    #[serde(borrow)]
    inference: Inference<'a>,
}

#[derive(Deserialize)]
struct Inference<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    job: Reference<'a>,
    #[serde(borrow)]
    model: Reference<'a>,
    #[serde(borrow)]
    file: File<'a>,
    #[serde(borrow)]
    result: InferenceResult<'a>,
    active_options: Option<ActiveOptions>,
}

#[derive(Deserialize)]
struct Reference<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
}

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    alias: Option<Cow<'a, str>>,
    page_count: u32,
    #[serde(borrow)]
    mime_type: Cow<'a, str>,
}

#[derive(Deserialize)]
struct ActiveOptions {
    raw_text: bool,
    polygon: bool,
    confidence: bool,
    rag: bool,
    text_context: bool,
    multipage_context: Option<bool>,
    data_schema: DataSchema,
}

#[derive(Deserialize)]
struct DataSchema {
    replace: bool,
}

#[derive(Deserialize)]
struct InferenceResult<'a> {
    #[serde(borrow)]
    fields: Option<HashMap<Cow<'a, str>, Field<'a>>>,
    #[serde(borrow)]
    pages: Option<Vec<Page<'a>>>,
}

#[derive(Deserialize)]
struct Field<'a> {
    #[serde(borrow)]
    value: Option<FieldValue<'a>>,
    #[serde(borrow)]
    fields: Option<HashMap<Cow<'a, str>, Field<'a>>>,
    #[serde(borrow)]
    items: Option<Vec<Field<'a>>>,
    confidence: Option<Confidence>,
    locations: Option<Vec<Location>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum FieldValue<'a> {
    Number(f64),
    Flag(bool),
    #[serde(borrow)]
    Text(Cow<'a, str>),
}

#[derive(Deserialize)]
enum Confidence {
    Certain,
    High,
    Medium,
    Low,
}

#[derive(Deserialize)]
struct Location {
    page: u32,
    polygon: Vec<[f64; 2]>,
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    content: Cow<'a, str>,
    #[serde(borrow)]
    words: Vec<Word<'a>>,
}

#[derive(Deserialize)]
struct Word<'a> {
    #[serde(borrow)]
    content: Cow<'a, str>,
    polygon: Vec<[f64; 2]>,
}
