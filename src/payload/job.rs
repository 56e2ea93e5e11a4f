//! Job: the state of a file that was enqueued (contract, section 2).

use super::error::REPORTED_ERROR;
use super::outline::Slot;
use super::shape::{Member, Rule, Shape};
use crate::issue::Code;

pub(super) static JOB: Shape = Shape { members: &[Member::required("job", Rule::Object(&JOB_STATE)).kept_in(Slot::Content)] };

static JOB_STATE: Shape = Shape {
    members: &[
        Member::required("id", Rule::Id).kept_in(Slot::JobId),
        Member::required("model_id", Rule::Id).kept_in(Slot::ModelId),
        Member::required("filename", Rule::Text).kept_in(Slot::FileName),
        Member::optional("alias", Rule::TextOrNull).kept_in(Slot::Alias),
        Member::required("created_at", Rule::Time),
        Member::optional("completed_at", Rule::TimeOrNull),
        Member::required("status", Rule::OneOf(&["Processing", "Processed", "Failed", "Pending"], Code::PayloadUnknownStatus)),
        Member::required("polling_url", Rule::Text),
        Member::optional("result_url", Rule::TextOrNull),
        Member::required("webhooks", Rule::List(&Rule::Object(&WEBHOOK))),
        Member::optional("error", Rule::ObjectOrNull(&REPORTED_ERROR)),
    ],
};

static WEBHOOK: Shape = Shape {
    members: &[
        Member::required("id", Rule::Id),
        Member::required("created_at", Rule::Time),
        Member::required("status", Rule::Text),
        Member::optional("error", Rule::ObjectOrNull(&REPORTED_ERROR)),
        Member::optional("attempts_count", Rule::Integer(0)),
    ],
};
