//! Split: `inference.result.splits` (contract, section 3).

use super::shape::{Member, Rule, Shape};

pub(super) static SPLITS: Rule = Rule::List(&Rule::Object(&Shape {
    members: &[
        Member::required("page_range", Rule::PageRange),
        Member::required("document_type", Rule::Text),
        Member::optional("extraction_response", Rule::Chained),
    ],
}));
