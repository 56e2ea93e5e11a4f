//! How the contract is written down: one [`Shape`] an object, one [`Member`] a key, one [`Rule`] a value.

use super::outline::Slot;
use crate::issue::Code;

/// An object of the contract. Keys that it does not name are kept and noted.
pub(super) struct Shape {
    /// At most 32, for a bit set tells which were seen.
    pub members: &'static [Member],
}

impl Shape {
    /// The required members, bit by bit.
    pub fn required(&self) -> u32 {
        self.members.iter().enumerate().fold(0, |set, (index, member)| set | u32::from(member.required) << index)
    }
}

pub(super) struct Member {
    pub key: &'static str,
    pub required: bool,
    pub rule: Rule,
    /// Where the outline keeps the place of this value.
    pub slot: Option<Slot>,
}

impl Member {
    pub const fn required(key: &'static str, rule: Rule) -> Self {
        Member { key, required: true, rule, slot: None }
    }

    pub const fn optional(key: &'static str, rule: Rule) -> Self {
        Member { key, required: false, rule, slot: None }
    }

    pub const fn kept_in(self, slot: Slot) -> Self {
        Member { slot: Some(slot), ..self }
    }
}

pub(super) enum Rule {
    Text,
    TextOrNull,
    /// A string; a warning when it is no UUID.
    Id,
    IdOrNull,
    /// ISO 8601.
    Time,
    TimeOrNull,
    Bool,
    /// A whole number, not below this.
    Integer(u8),
    /// One of these strings; another string gets the code.
    OneOf(&'static [&'static str], Code),
    Object(&'static Shape),
    ObjectOrNull(&'static Shape),
    List(&'static Rule),
    /// Two whole numbers, the first not above the second, from 0.
    PageRange,
    /// `{NAME: field}`.
    Fields,
    /// `{page, polygon}`.
    Location,
    /// A page of OCR.
    OcrPage,
    /// `inference.result`.
    Result,
    /// `inference` itself.
    Inference,
    /// A whole extraction response within another result, or null.
    Chained,
}
