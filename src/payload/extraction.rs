//! Extraction: `inference.result.fields` (contract, section 4).

use super::shape::{Member, Rule, Shape};

pub(super) static FIELDS: Rule = Rule::Fields;

pub(super) static RAW_TEXT: Rule = Rule::ObjectOrNull(&Shape {
    members: &[Member::required(
        "pages",
        Rule::List(&Rule::Object(&Shape { members: &[Member::required("content", Rule::Text)] })),
    )],
});

pub(super) static RAG: Rule =
    Rule::ObjectOrNull(&Shape { members: &[Member::required("retrieved_document_id", Rule::IdOrNull)] });
