//! Error: what the platform answers when it refuses a call, in the manner of RFC 9457 (contract, section 2).

use super::shape::{Member, Rule, Shape};

const STATUS: Member = Member::required("status", Rule::Integer(100));
const TITLE: Member = Member::required("title", Rule::Text);
const DETAIL: Member = Member::required("detail", Rule::Text);
const CODE: Member = Member::required("code", Rule::Text);
const ERRORS: Rule = Rule::List(&Rule::Object(&ERROR_ITEM));

/// A body of its own.
pub(super) static ERROR: Shape = Shape { members: &[STATUS, TITLE, DETAIL, CODE, Member::required("errors", ERRORS)] };

/// Within a failure or a job, where the list of details may be absent.
pub(super) static REPORTED_ERROR: Shape = Shape { members: &[STATUS, TITLE, DETAIL, CODE, Member::optional("errors", ERRORS)] };

static ERROR_ITEM: Shape =
    Shape { members: &[Member::required("pointer", Rule::TextOrNull), Member::required("detail", Rule::Text)] };
