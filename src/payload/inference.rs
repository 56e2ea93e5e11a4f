//! `{"inference": …}`: what all results have in common (contract, section 4).

use super::outline::Slot;
use super::shape::{Member, Rule, Shape};

pub(super) static ENVELOPE: Shape = Shape { members: &[Member::required("inference", Rule::Inference)] };

pub(super) static INFERENCE: Shape = Shape {
    members: &[
        Member::required("id", Rule::Id).kept_in(Slot::InferenceId),
        Member::required("job", Rule::Object(&JOB_REFERENCE)),
        Member::required("model", Rule::Object(&MODEL_REFERENCE)),
        Member::required("file", Rule::Object(&FILE)),
        Member::required("result", Rule::Result),
        Member::optional("active_options", Rule::Object(&ACTIVE_OPTIONS)),
    ],
};

static JOB_REFERENCE: Shape = Shape { members: &[Member::required("id", Rule::Id).kept_in(Slot::JobId)] };

static MODEL_REFERENCE: Shape = Shape { members: &[Member::required("id", Rule::Id).kept_in(Slot::ModelId)] };

static FILE: Shape = Shape {
    members: &[
        Member::required("name", Rule::Text).kept_in(Slot::FileName),
        Member::optional("alias", Rule::TextOrNull).kept_in(Slot::Alias),
        Member::required("page_count", Rule::Integer(1)),
        Member::required("mime_type", Rule::Text),
    ],
};

static ACTIVE_OPTIONS: Shape = Shape {
    members: &[
        Member::required("raw_text", Rule::Bool),
        Member::required("polygon", Rule::Bool),
        Member::required("confidence", Rule::Bool),
        Member::required("rag", Rule::Bool),
        Member::required("text_context", Rule::Bool),
        Member::optional("multipage_context", Rule::Bool),
        Member::required("data_schema", Rule::Object(&DATA_SCHEMA)),
    ],
};

static DATA_SCHEMA: Shape = Shape { members: &[Member::required("replace", Rule::Bool)] };
