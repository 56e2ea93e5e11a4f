//! Failure: a flat body with `inference_id` and `error`, without a job ID (contract, section 3).

use super::error::REPORTED_ERROR;
use super::outline::Slot;
use super::shape::{Member, Rule, Shape};

pub(super) static FAILURE: Shape = Shape {
    members: &[
        Member::required("inference_id", Rule::Id).kept_in(Slot::InferenceId),
        Member::required("model_id", Rule::Id).kept_in(Slot::ModelId),
        Member::required("file_name", Rule::Text).kept_in(Slot::FileName),
        Member::optional("file_alias", Rule::TextOrNull).kept_in(Slot::Alias),
        Member::required("created_at", Rule::TimeOrNull),
        Member::required("error", Rule::ObjectOrNull(&REPORTED_ERROR)).kept_in(Slot::Content),
    ],
};
