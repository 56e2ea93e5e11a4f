//! Crop: `inference.result.crops` (contract, section 3).

use super::shape::{Member, Rule, Shape};

pub(super) static CROPS: Rule = Rule::List(&Rule::Object(&Shape {
    members: &[
        Member::required("object_type", Rule::Text),
        Member::required("location", Rule::Location),
        Member::optional("extraction_response", Rule::Chained),
    ],
}));
