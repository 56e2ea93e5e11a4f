//! One entry of a list: is it the ID of an endpoint, and if not, which character is to blame.

use crate::issue::Code;
use uuid::{Uuid, Variant};

/// Digits in each group of the hyphenated spelling (RFC 9562, section 4).
const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
/// Characters of the hyphenated spelling.
const HYPHENATED: usize = 36;
/// Characters of the spelling without hyphens.
const SIMPLE: usize = 32;
/// Where the hyphens stand.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];
const URN: &str = "urn:uuid:";

/// What is to be said about an entry; the place is in bytes within it.
pub(super) struct Finding {
    pub(super) code: Code,
    pub(super) offset: usize,
    pub(super) length: usize,
    /// Goes on after `entry 0`: begins with `: ` or with a space and a verb.
    pub(super) message: String,
    /// Where something better than the code's own help is known.
    pub(super) help: Option<&'static str>,
}

impl Finding {
    fn new(code: Code, offset: usize, length: usize, message: impl Into<String>) -> Self {
        Finding { code, offset, length, message: message.into(), help: None }
    }
}

/// The ID, if the entry is written as a version 4 UUID with hyphens: no finding is possible then.
pub(super) fn read(text: &str) -> Option<Uuid> {
    if text.len() != HYPHENATED {
        return None;
    }
    let id = Uuid::try_parse_ascii(text.as_bytes()).ok()?;
    (id.get_variant() == Variant::RFC4122 && id.get_version_num() == 4).then_some(id)
}

/// Everything there is to say about an entry that [`read`] did not take; the ID, if no finding is an error.
pub(super) fn diagnose(text: &str, findings: &mut Vec<Finding>) -> Option<Uuid> {
    let trimmed = text.trim_matches(is_space);
    if trimmed.is_empty() {
        let message = if text.is_empty() { " is empty" } else { " holds nothing but white space" };
        findings.push(Finding::new(Code::WebhookIdsEmptyId, 0, text.len(), message));
        return None;
    }
    let start = text.len() - text.trim_start_matches(is_space).len();
    if trimmed.len() != text.len() {
        let end = start + trimmed.len();
        let (offset, length) = if start > 0 { (0, start) } else { (end, text.len() - end) };
        findings.push(Finding::new(
            Code::WebhookIdsWhiteSpace,
            offset,
            length,
            " is surrounded by white space, which was removed",
        ));
    }

    let mut unclosed = false;
    let (body, body_start, wrapped) = if let Some(inner) = trimmed.strip_prefix('{') {
        let body = inner.strip_suffix('}').unwrap_or(inner);
        unclosed = body.len() == inner.len();
        (body, start + 1, Some("in braces"))
    } else if let Some((prefix, body)) = trimmed.split_at_checked(URN.len())
        && prefix.eq_ignore_ascii_case(URN)
    {
        (body, start + URN.len(), Some("as a URN"))
    } else {
        (trimmed, start, None)
    };

    // The crate takes wrapped spellings too; unwrapped once is enough.
    let parsed = if matches!(body.len(), SIMPLE | HYPHENATED) { Uuid::try_parse_ascii(body.as_bytes()).ok() } else { None };
    let Some(id) = parsed else {
        let mut finding = malformed(body);
        finding.message = with_character(finding.message, text, body_start + finding.offset);
        finding.offset += body_start;
        if finding.help.is_none() {
            finding.help = missing_value(trimmed);
        }
        findings.push(finding);
        return None;
    };
    let hyphenated = body.len() == HYPHENATED;
    if unclosed {
        let message = " is cut off: the closing brace is missing";
        findings.push(Finding::new(Code::WebhookIdsWrongLength, start + trimmed.len(), 0, message));
        return None;
    }
    let spelling = match (wrapped, hyphenated) {
        (None, true) => None,
        (None, false) => Some("without hyphens".to_owned()),
        (Some(how), true) => Some(how.to_owned()),
        (Some(how), false) => Some(format!("{how}, without hyphens")),
    };
    if let Some(how) = spelling {
        let message = format!(" is spelt {how}; it was rewritten as {}", id.as_hyphenated());
        findings.push(Finding::new(Code::WebhookIdsSpelling, start, trimmed.len(), message));
    }

    let refused = if id.is_nil() {
        Finding::new(Code::WebhookIdsNil, body_start, body.len(), " is the nil UUID (all digits 0), which names nothing")
    } else if id.is_max() {
        Finding::new(Code::WebhookIdsMax, body_start, body.len(), " is the max UUID (all digits f), which names nothing")
    } else if id.get_variant() != Variant::RFC4122 {
        let name = match id.get_variant() {
            Variant::NCS => "the NCS variant",
            Variant::Microsoft => "the Microsoft variant",
            _ => "a variant reserved for the future",
        };
        let at = body_start + if hyphenated { 19 } else { 16 };
        let digit = char::from(text.as_bytes()[at]);
        let message = format!(
            ": this is a UUID of {name} (17th digit '{digit}'); endpoint IDs are of the RFC 9562 variant (8, 9, a or b there)"
        );
        Finding::new(Code::WebhookIdsWrongVariant, at, 1, message)
    } else if id.get_version_num() != 4 {
        let version = id.get_version_num();
        let at = body_start + if hyphenated { 14 } else { 12 };
        let message =
            format!(": this is a version {version} UUID ({}); endpoint IDs are version 4 (random)", version_name(version));
        Finding::new(Code::WebhookIdsWrongVersion, at, 1, message)
    } else {
        return Some(id);
    };
    findings.push(refused);
    None
}

/// White space as Rust and JavaScript know it together: the byte order mark counts, it begins many a file.
pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() || character == '\u{feff}'
}

/// What word processors make of a hyphen: the dashes of Unicode, the minus sign, the soft hyphen.
fn is_dash(character: char) -> bool {
    matches!(character, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ad}')
}

/// RFC 9562, section 4.2.
fn version_name(version: usize) -> &'static str {
    match version {
        1 => "time-based",
        2 => "DCE security",
        3 => "name-based, MD5",
        5 => "name-based, SHA-1",
        6 => "time-based, reordered",
        7 => "time-based, Unix time",
        8 => "custom",
        0 => "a version that RFC 9562 leaves unused",
        _ => "a version that RFC 9562 does not define",
    }
}

/// What a missing value looks like once it was made a string.
fn missing_value(text: &str) -> Option<&'static str> {
    matches!(text, "undefined" | "null" | "None" | "nil" | "NaN" | "[object Object]")
        .then_some("A missing or foreign value was turned into text before it came here; look for where the ID is filled in.")
}

/// The one finding about a body that is no UUID. `{at}` in the message stands for the character and its number.
fn malformed(body: &str) -> Finding {
    let foreign = body.char_indices().find(|(_, c)| !c.is_ascii_hexdigit() && *c != '-');
    // ASCII: bytes are characters.
    let plain = &body.as_bytes()[..foreign.map_or(body.len(), |(at, _)| at)];
    let hyphenated = plain.contains(&b'-');
    let misplaced = if hyphenated {
        plain.iter().take(HYPHENATED).enumerate().position(|(at, byte)| HYPHENS.contains(&at) != (*byte == b'-'))
    } else {
        None
    };
    let not_a_uuid = |at: usize, length: usize, what: &str| Finding::new(Code::WebhookIdsNotAUuid, at, length, what);
    let misplaced_at = |at: usize| {
        not_a_uuid(
            at,
            1,
            if plain[at] == b'-' {
                "{at} stands where a hexadecimal digit belongs"
            } else {
                "{at} stands where a hyphen belongs"
            },
        )
    };

    if let Some((at, character)) = foreign {
        if let Some(place) = misplaced {
            return misplaced_at(place);
        }
        let full = if hyphenated { HYPHENATED } else { SIMPLE };
        let what = if at >= full {
            "{at} follows where the ID is complete"
        } else if HYPHENS.contains(&at)
            && (hyphenated || at == 8)
            && (is_dash(character) || character == ' ' || character.is_ascii_punctuation())
        {
            "{at} stands where a hyphen belongs"
        } else {
            "{at} is no hexadecimal digit"
        };
        let mut finding = not_a_uuid(at, character.len_utf8(), what);
        if at >= full && matches!(character, ',' | ';' | ' ' | '\t' | '\n' | '\r' | '|') {
            finding.help = Some("An entry holds one ID. Write each ID as an entry of its own.");
        } else if is_dash(character) {
            finding.help = Some("A word processor put a dash here; write the plain hyphen (U+002D).");
        }
        return finding;
    }

    let wrong_length = |at: usize, length: usize, what: String| Finding::new(Code::WebhookIdsWrongLength, at, length, what);
    let count = plain.len();
    let counted = if count == 1 { "1 character".to_owned() } else { format!("{count} characters") };
    if hyphenated && let Some(place) = misplaced {
        let digits = plain.iter().filter(|byte| **byte != b'-').count();
        if count == HYPHENATED || digits == SIMPLE {
            return misplaced_at(place);
        }
        let mut at = 0;
        for (number, (group, digits)) in plain.split(|byte| *byte == b'-').zip(GROUPS).enumerate() {
            if group.len() != digits {
                let message = format!(
                    " has {counted}, not {HYPHENATED}: group {} has {} instead of {digits} digits",
                    number + 1,
                    group.len()
                );
                return wrong_length(at, group.len(), message);
            }
            at += group.len() + 1;
        }
    }
    let full = if hyphenated { HYPHENATED } else { SIMPLE };
    let spelling = if hyphenated { "with" } else { "without" };
    if count < full {
        wrong_length(count, 0, format!(" is cut off: it has {counted}, not {HYPHENATED} (or {SIMPLE} without hyphens)"))
    } else {
        wrong_length(full, count - full, format!(" is too long: it has {counted}, a UUID {spelling} hyphens has {full}"))
    }
}

/// Fills `{at}` with the character at a byte offset of the entry and its number, which counts from 1.
fn with_character(message: String, text: &str, offset: usize) -> String {
    let Some(rest) = message.strip_prefix("{at}") else { return message };
    let (before, from) = text.split_at_checked(offset).unwrap_or_default();
    let character = from.chars().next().map(name).unwrap_or_default();
    format!(": {character} at character {}{rest}", before.chars().count() + 1)
}

/// A character as it can be shown in any terminal.
fn name(character: char) -> String {
    match character {
        '\'' => "\"'\"".to_owned(),
        ' ' => "a space".to_owned(),
        '\t' => "a tab".to_owned(),
        '\n' | '\r' => "a line break".to_owned(),
        '-' => "a hyphen".to_owned(),
        _ if character.is_ascii_graphic() => format!("'{character}'"),
        _ => format!("U+{:04X}", u32::from(character)),
    }
}
