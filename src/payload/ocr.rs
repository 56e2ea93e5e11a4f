//! OCR: `inference.result.pages` (contract, section 3).

use super::shape::Rule;

pub(super) static PAGES: Rule = Rule::List(&Rule::OcrPage);
