//! Classification: `inference.result.classification` (contract, section 3).

use super::shape::{Member, Rule, Shape};

pub(super) static CLASSIFICATION: Rule = Rule::Object(&Shape {
    members: &[Member::required("document_type", Rule::Text), Member::optional("extraction_response", Rule::Chained)],
});
