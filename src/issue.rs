//! What is wrong, where, and what to do about it.
//!
//! One shape serves every room: the ID lists, the JSON syntax, the payload rules. [`Code`] is the closed table of everything that
//! can be said; `docs/issues.md` is generated from it ([`issues_page`]) and a test fails when the two differ.

use serde::{Serialize, Serializer};

/// How bad an [`Issue`] is.
///
/// ```
/// use mindhook::issue::Severity;
/// assert_eq!(Severity::Warning.as_str(), "warning");
/// assert!(Severity::Error > Severity::Warning && Severity::Warning > Severity::Notice);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing to mend.
    Notice,
    /// Accepted, yet a person should look.
    Warning,
    /// Refused.
    Error,
}

impl Severity {
    /// The lower-case English word, as it stands in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Notice => "notice",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

macro_rules! codes {
    ($( $variant:ident $name:literal $severity:ident $summary:literal $help:literal )*) => {
        /// Every code that an [`Issue`] can carry. The text form is stable: programs may match on it.
        ///
        /// ```
        /// use mindhook::issue::{Code, Severity};
        /// assert_eq!(Code::WebhookIdsWrongVersion.as_str(), "webhook_ids.wrong_version");
        /// assert_eq!(Code::WebhookIdsWrongVersion.severity(), Severity::Error);
        /// assert_eq!("json.bom".parse(), Ok(Code::JsonBom));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $( #[doc = $summary] $variant, )* }

        impl Code {
            /// All codes, in the order of the documentation page.
            pub const ALL: &'static [Code] = &[ $( Code::$variant, )* ];

            /// The stable text form, `room.what`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $( Code::$variant => $name, )* }
            }

            /// The severity that issues with this code have, always.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $( Code::$variant => Severity::$severity, )* }
            }

            /// One sentence: what is wrong.
            #[must_use]
            pub const fn summary(self) -> &'static str {
                match self { $( Code::$variant => $summary, )* }
            }

            /// One sentence: what to do about it.
            #[must_use]
            pub const fn help(self) -> &'static str {
                match self { $( Code::$variant => $help, )* }
            }
        }
    };
}

codes! {
    InputNotBytes "input.not_bytes" Error
        "The body is neither bytes nor text."
        "Pass the raw request body: a framework's body parser has probably read it already."
    CoreUnavailable "core.unavailable" Error
        "The WebAssembly core cannot be compiled here."
        "Allow WebAssembly; in a page: script-src 'self' 'wasm-unsafe-eval'."
    CoreStopped "core.stopped" Error
        "The core stopped in the middle of a call: out of memory, or a fault of its own."
        "The next call has a fresh core. Please report it if the input was not huge."

    WebhookIdsNotAList "webhook_ids.not_a_list" Error
        "`webhook_ids` is not a list."
        "Pass an array of strings: [\"<endpoint ID>\"], or [] for no webhook."
    WebhookIdsBareString "webhook_ids.bare_string" Error
        "`webhook_ids` is a bare string where a list is required."
        "A single endpoint must also be sent as a list: wrap the string in an array."
    WebhookIdsUnreadable "webhook_ids.unreadable" Error
        "The list or the form cannot be read: a proxy, a getter or an iterator failed, or it is no form."
        "Pass a plain array of strings, or for a form a FormData, a URLSearchParams or [name, value] pairs."
    WebhookIdsTooMany "webhook_ids.too_many" Error
        "The list has more entries than the limit."
        "A model has a handful of endpoints; look for a loop that appends to the list."
    WebhookIdsEmptyList "webhook_ids.empty_list" Notice
        "The list is empty: no webhook will be called."
        "This is valid. To be called, list at least one endpoint ID."
    WebhookIdsSyntax "webhook_ids.syntax" Error
        "The text is neither a JSON array, nor [A, B], nor a comma-separated list."
        "Write A,B or [A, B] or [\"A\", \"B\"]."
    WebhookIdsNotAString "webhook_ids.not_a_string" Error
        "An entry of the list is not a string."
        "Every entry is the text of one endpoint ID, as the platform's \"Copy ID\" button gives it."
    WebhookIdsEmptyId "webhook_ids.empty_id" Error
        "An entry of the list is an empty string."
        "Remove the entry; an unset environment variable is the usual cause."
    WebhookIdsNotAUuid "webhook_ids.not_a_uuid" Error
        "An entry has a character that no UUID has at that place."
        "Copy the ID again from the platform: 32 hexadecimal digits in groups of 8-4-4-4-12 (RFC 9562, section 4)."
    WebhookIdsWrongLength "webhook_ids.wrong_length" Error
        "An entry looks like a UUID but is too short or too long."
        "A UUID has 36 characters with its hyphens, 32 without; copy the ID again."
    WebhookIdsNil "webhook_ids.nil" Error
        "An entry is the nil UUID, which names nothing (RFC 9562, section 5.9)."
        "A placeholder was not filled in; copy the ID from the platform."
    WebhookIdsMax "webhook_ids.max" Error
        "An entry is the max UUID, which names nothing (RFC 9562, section 5.10)."
        "A placeholder was not filled in; copy the ID from the platform."
    WebhookIdsWrongVariant "webhook_ids.wrong_variant" Error
        "An entry is a UUID of another variant than RFC 9562's."
        "Endpoint IDs have 8, 9, a or b as their 17th hexadecimal digit; copy the ID again."
    WebhookIdsWrongVersion "webhook_ids.wrong_version" Error
        "An entry is a UUID of another version than 4."
        "Endpoint IDs are version 4; this may be the ID of something else."
    WebhookIdsSpelling "webhook_ids.spelling" Warning
        "An entry is spelt with braces, as a URN or without hyphens; it was rewritten in the canonical form."
        "Write 8-4-4-4-12 lower-case hexadecimal digits."
    WebhookIdsWhiteSpace "webhook_ids.white_space" Warning
        "An entry is surrounded by white space, which was removed."
        "Trim the ID; a line break from a file is the usual cause."
    WebhookIdsDuplicate "webhook_ids.duplicate" Warning
        "An endpoint is listed twice; it was kept once."
        "Remove the second entry."

    JsonEmpty "json.empty" Error
        "The body is empty."
        "If the request had a body, something read it before: hand over the raw bytes."
    JsonUnexpectedEnd "json.unexpected_end" Error
        "The body ends in the middle of a value: it was cut off."
        "Compare the length with the Content-Length header; a body-size limit on the way is the usual cause."
    JsonUnexpectedCharacter "json.unexpected_character" Error
        "A character stands where JSON (RFC 8259) allows none like it."
        "Hand over the bytes exactly as they arrived."
    JsonTrailingData "json.trailing_data" Error
        "Something follows the end of the JSON text."
        "One body holds one JSON text; two bodies may have been joined."
    JsonInvalidNumber "json.invalid_number" Error
        "A number is not written as RFC 8259, section 6 demands."
        "No leading zeros, no plus sign, digits on both sides of the point."
    JsonInvalidEscape "json.invalid_escape" Error
        "A string has an escape that JSON does not know (RFC 8259, section 7)."
        "Known are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four hexadecimal digits."
    JsonControlCharacter "json.control_character" Error
        "A string holds an unescaped control character (RFC 8259, section 7)."
        "Control characters below U+0020 must be escaped."
    JsonInvalidUtf8 "json.invalid_utf8" Error
        "The bytes are not UTF-8 (RFC 8259, section 8.1)."
        "Hand over the bytes exactly as they arrived, never a string that was decoded in another encoding."
    JsonBom "json.bom" Warning
        "The body begins with a byte order mark, which was ignored."
        "The platform sends none: something on the way added it, and the signature will not match."
    JsonDuplicateKey "json.duplicate_key" Warning
        "An object has the same key twice; the last one counts, as with JSON.parse."
        "A reader that takes the first one would see another value."
    JsonUnsafeInteger "json.unsafe_integer" Warning
        "An integer beyond 2^53 loses digits as a JavaScript number."
        "Read the field's `text` to keep every digit."
    JsonNumberOverflow "json.number_overflow" Warning
        "A number is too large for a double and becomes Infinity."
        "Read the field's `text`."
    JsonLoneSurrogate "json.lone_surrogate" Warning
        "A string has half of a surrogate pair: it cannot be written as UTF-8 again."
        "Replace the character before storing the text."

    LimitBytes "limit.bytes" Error
        "The body is larger than the limit."
        "Raise `limits.bytes` if documents of this size are expected."
    LimitDepth "limit.depth" Error
        "Arrays and objects are nested deeper than the limit."
        "Real payloads nest about 20 deep; raise `limits.depth` if yours go deeper."
    LimitFields "limit.fields" Error
        "The payload has more fields than the limit."
        "Raise `limits.fields` if such payloads are expected."
    LimitKeyLength "limit.key_length" Error
        "A key is longer than the limit."
        "Raise `limits.keyLength` if such keys are expected."
    LimitIssues "limit.issues" Notice
        "There are more issues than are listed."
        "Mend the listed ones first, or raise `limits.issues`."

    PayloadNotAnObject "payload.not_an_object" Error
        "The body is JSON but not an object."
        "A webhook body is one JSON object; the body may have been serialised twice."
    PayloadV1 "payload.v1" Error
        "This is a payload of the older V1 product (top level `api_request` and `document`)."
        "Point a V2 endpoint at this receiver, or read V1 payloads with the vendor's V1 client."
    PayloadUnknownKind "payload.unknown_kind" Error
        "No known payload kind has these keys."
        "Looked for: inference.result.fields | classification | crops | pages | splits, inference_id + error, job, status + title + detail + code."
    PayloadAmbiguousKind "payload.ambiguous_kind" Error
        "The payload has the marks of more than one kind."
        "A result has exactly one of fields, classification, crops, pages, splits."
    PayloadMissingKey "payload.missing_key" Error
        "A required key is missing."
        "Compare the payload with the vendor's reference for its kind."
    PayloadWrongType "payload.wrong_type" Error
        "A value has another JSON type than the contract names."
        "Compare the payload with the vendor's reference for its kind."
    PayloadUnknownKey "payload.unknown_key" Notice
        "A key that the contract does not name; it is kept in `data`."
        "Nothing to do: the platform adds keys now and then."
    PayloadUnknownConfidence "payload.unknown_confidence" Error
        "A confidence is none of Certain, High, Medium, Low, null."
        "The words begin with a capital letter."
    PayloadUnknownStatus "payload.unknown_status" Error
        "A job status is none of Processing, Processed, Failed, Pending."
        "The words begin with a capital letter."
    PayloadFieldShape "payload.field_shape" Error
        "A field has none of the keys `value`, `fields`, `items`, by which its shape is told."
        "A simple field has `value`, an object `fields`, a list `items`."
    PayloadAmbiguousField "payload.ambiguous_field" Error
        "A field has more than one of the keys `value`, `fields`, `items`."
        "A simple field has `value`, an object `fields`, a list `items`."
    PayloadFieldName "payload.field_name" Warning
        "A field name has other characters than a-z, 0-9 and inner underscores."
        "It is kept as it is; look it up with exactly this name."
    PayloadNotAnInteger "payload.not_an_integer" Error
        "A number that counts something is not whole."
        "Compare the payload with the vendor's reference for its kind."
    PayloadOutOfRange "payload.out_of_range" Error
        "A number is outside the range that the contract names."
        "Pages count from 0, page_count from 1, and a page range runs forwards."
    PayloadPoint "payload.point" Error
        "A polygon point is not a pair of numbers."
        "A point is [x, y], both in 0…1 from the page's top-left corner."
    PayloadCoordinate "payload.coordinate" Warning
        "A coordinate lies more than 0.05 outside 0…1."
        "Coordinates are fractions of the page; pixels were perhaps meant."
    PayloadTimestamp "payload.timestamp" Error
        "A timestamp is not ISO 8601 (YYYY-MM-DDThh:mm:ss, then optionally a fraction, Z or an offset)."
        "Without a zone it is read as UTC."
    PayloadIdNotAUuid "payload.id_not_a_uuid" Warning
        "An ID is not a UUID."
        "IDs are UUIDs in production; test data of the vendor has others."
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The error of parsing a [`Code`] from text: the text is no known code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownCode;

impl std::fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not a known issue code")
    }
}

impl std::error::Error for UnknownCode {}

impl std::str::FromStr for Code {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        Code::ALL.iter().copied().find(|code| code.as_str() == text).ok_or(UnknownCode)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One thing that is wrong, or worth knowing, about an input.
///
/// Serialises to `{code, severity, pointer, offset, length, line, column, columnUtf16, message, help?}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Issue {
    /// What is wrong, for programs.
    pub code: Code,
    /// Error, warning or notice; follows from the code.
    pub severity: Severity,
    /// RFC 6901 pointer to the value (for a missing key: to the object that lacks it). `""` is the whole input.
    pub pointer: String,
    /// Where the offending bytes begin: bytes from the start of the input (of the entry, for an ID in a list of strings).
    pub offset: usize,
    /// How many bytes are meant; 0 marks a place between bytes.
    pub length: usize,
    /// Line of `offset`, from 1. Lines end with LF.
    pub line: usize,
    /// Column of `offset`, from 1, in bytes.
    pub column: usize,
    /// Column of `offset`, from 1, in UTF-16 code units, as editors and JavaScript count.
    pub column_utf16: usize,
    /// What is wrong, for people: names the offending text.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Issue {
    /// An issue at a place of a one-line input; the help is the code's own.
    ///
    /// ```
    /// use mindhook::issue::{Code, Issue};
    /// let issue = Issue::new(Code::WebhookIdsEmptyId, "/1", 0, 0, "entry 1 is empty");
    /// assert_eq!((issue.line, issue.column), (1, 1));
    /// assert!(issue.help.unwrap().starts_with("Remove the entry"));
    /// ```
    pub fn new(code: Code, pointer: impl Into<String>, offset: usize, length: usize, message: impl Into<String>) -> Self {
        Issue {
            code,
            severity: code.severity(),
            pointer: pointer.into(),
            offset,
            length,
            line: 1,
            column: offset + 1,
            column_utf16: offset + 1,
            message: message.into(),
            help: Some(code.help().to_owned()),
        }
    }

    /// The same issue with another help.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Whether any issue of the list is an error.
///
/// ```
/// use mindhook::issue::{Code, Issue, has_error};
/// assert!(!has_error(&[Issue::new(Code::JsonBom, "", 0, 3, "byte order mark")]));
/// assert!(has_error(&[Issue::new(Code::JsonEmpty, "", 0, 0, "empty body")]));
/// ```
#[must_use]
pub fn has_error(issues: &[Issue]) -> bool {
    issues.iter().any(|issue| issue.severity == Severity::Error)
}

/// The text of `docs/issues.md`: every code with its severity, meaning and help, and the example that `example` gives for it (plain text).
#[must_use]
pub fn issues_page(example: impl Fn(Code) -> String) -> String {
    use std::fmt::Write as _;
    let mut page = String::from(
        "# Issues\n\n\
         Everything mindhook can say about an input. This page is generated from the table in `src/issue.rs` and the examples in\n\
         `tests/fixtures/rendered` (`npm run docs`); tests fail when they differ. Codes are stable: programs may match on them.\n\n\
         An issue is `{ code, severity, pointer, offset, length, line, column, columnUtf16, message, help? }`: `pointer` is an\n\
         RFC 6901 pointer, `offset`, `length` and `column` count bytes, `columnUtf16` counts UTF-16 code units; lines and columns\n\
         begin at 1. An *error* refuses the input, a *warning* accepts it but wants a look, a *notice* is worth knowing.\n",
    );
    let room = |code: &Code| code.as_str().split('.').next().unwrap_or_default();
    for codes in Code::ALL.chunk_by(|a, b| room(a) == room(b)) {
        let _ = write!(page, "\n## {}\n\n| code | severity | meaning | what to do |\n|---|---|---|---|\n", room(&codes[0]));
        let cell = |text: &str| text.replace('|', "\\|").replace('<', "&lt;");
        for code in codes {
            let (severity, summary, help) = (code.severity().as_str(), cell(code.summary()), cell(code.help()));
            let _ = writeln!(page, "| [`{code}`](#{}) | {severity} | {summary} | {help} |", code.as_str().replace('.', ""));
        }
        for code in codes {
            let _ = write!(page, "\n### {code}\n\n```text\n{}\n```\n", example(*code).trim_end());
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_round_trip() {
        for (index, code) in Code::ALL.iter().enumerate() {
            assert_eq!(code.as_str().parse(), Ok(*code));
            assert!(Code::ALL[..index].iter().all(|other| other.as_str() != code.as_str()), "{code} stands twice");
        }
        assert_eq!("no.such".parse::<Code>(), Err(UnknownCode));
    }

    #[test]
    fn an_issue_serialises_to_the_documented_shape() {
        let issue = Issue::new(Code::JsonBom, "", 0, 3, "byte order mark");
        let json = serde_json::to_value(&issue).ok();
        let keys: Vec<_> = json.iter().filter_map(|v| v.as_object()).flat_map(|o| o.keys().cloned()).collect();
        assert_eq!(keys, ["code", "column", "columnUtf16", "help", "length", "line", "message", "offset", "pointer", "severity"]);
    }
}
