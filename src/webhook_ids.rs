//! Every wire form of a `webhook_ids` list → the canonical list, or what is wrong with it.
//!
//! | from | function | what is understood |
//! |---|---|---|
//! | a program | [`check_list`] | entries that are strings, and only those |
//! | text: a header, a file, one form field | [`check_text`] | `["A", "B"]`, `[A, B]`, `A,B`, one ID a line; quotes single, double or none |
//! | a form | [`check_form`] | `webhook_ids` and `webhook_ids[]`, repeated, comma-joined, or both beside each other |
//!
//! Every ID must be a UUID of version 4 and of the RFC 9562 variant. Upper case is accepted silently; braces, URN and hyphenless
//! spellings, surrounding white space and duplicates are accepted with a warning. [`form_value`] writes the wire form.
//!
//! In pointers and messages entries count from 0, characters from 1.
//!
//! ```
//! use mindhook::webhook_ids::check_text;
//!
//! let report = check_text("[9F3C1A2B-4C5D-4E6F-8A9B-0C1D2E3F4A5B, 9f3cga2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b]");
//! assert!(!report.ok);
//! assert_eq!(report.ids, ["9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b"]);
//! assert_eq!(report.issues[0].message, "entry 1: 'g' at character 5 is no hexadecimal digit");
//! assert_eq!((report.issues[0].pointer.as_str(), report.issues[0].column), ("/1", 44));
//! ```

mod entry;
mod text;

use crate::issue::{Code, Issue, Severity};
use crate::json::places;
use entry::Finding;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use text::{Item, Unsplit};
use uuid::Uuid;

/// More entries than this are refused unread.
pub const MAX_ENTRIES: usize = 1_000_000;

/// This many issues are listed; a last one, `limit.issues`, tells how many more there are.
pub const MAX_ISSUES: usize = 100;

/// A bare string longer than this is not searched for IDs to show in the help.
const MAX_BARE_STRING: usize = 512;

/// The verdict on a list.
///
/// ```
/// use mindhook::webhook_ids::check_text;
/// let report = check_text("");
/// assert!(report.ok && report.ids.is_empty());
/// assert_eq!(report.issues[0].code.as_str(), "webhook_ids.empty_list");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether no issue is an error.
    pub ok: bool,
    /// The valid entries, lower-case and hyphenated, in the order given, each once.
    pub ids: Vec<String>,
    /// What was found, in the order of the entries.
    pub issues: Vec<Issue>,
}

/// An entry of a list, or the value of a form field, before it is judged.
///
/// ```
/// use mindhook::webhook_ids::Entry;
/// assert_eq!(Entry::from("9f3c…"), Entry::Text("9f3c…".into()));
/// assert_eq!(Entry::other("number 5"), Entry::Other("number 5".into()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entry<'a> {
    /// A string.
    Text(Cow<'a, str>),
    /// Anything else, described: `number 5`, `null`, `a File`.
    Other(Cow<'a, str>),
}

impl<'a> Entry<'a> {
    /// Something that is no string.
    ///
    /// ```
    /// use mindhook::webhook_ids::{Entry, check_list};
    /// let report = check_list([Entry::other("number 5")]);
    /// assert_eq!(report.issues[0].message, "entry 0: number 5 is no string");
    /// ```
    #[must_use]
    pub fn other(description: &'a str) -> Self {
        Entry::Other(Cow::Borrowed(description))
    }

    fn to_owned(&self) -> Entry<'static> {
        match self {
            Entry::Text(text) => Entry::Text(Cow::Owned(text.clone().into_owned())),
            Entry::Other(what) => Entry::Other(Cow::Owned(what.clone().into_owned())),
        }
    }
}

impl<'a> From<&'a str> for Entry<'a> {
    fn from(text: &'a str) -> Self {
        Entry::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Entry<'_> {
    fn from(text: String) -> Self {
        Entry::Text(Cow::Owned(text))
    }
}

/// What a program handed over where a list is required; see [`refuse`].
///
/// ```
/// use mindhook::webhook_ids::{NotAList, refuse};
/// let report = refuse(NotAList::Other("a Set"));
/// assert_eq!(report.issues[0].message, "a Set is no list");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAList<'a> {
    /// A bare string, even of one valid ID.
    Text(&'a str),
    /// Any other value, described: `null`, `an object`, `a Set`.
    Other(&'a str),
    /// Something that failed while it was read; the reason.
    Unreadable(&'a str),
    /// A list that is past [`MAX_ENTRIES`] by its own account; nothing of it was read.
    TooMany,
    /// Something else where text to be read is required, described.
    NoText(&'a str),
    /// Something that is no form, or failed while it was read; the reason.
    NoForm(&'a str),
}

/// The report on a value that is no list at all: one error, and a help that shows what to write instead.
///
/// ```
/// use mindhook::webhook_ids::{NotAList, refuse};
/// let report = refuse(NotAList::Text("9F3C1A2B-4C5D-4E6F-8A9B-0C1D2E3F4A5B"));
/// assert_eq!(report.issues[0].code.as_str(), "webhook_ids.bare_string");
/// assert_eq!(
///     report.issues[0].help.as_deref(),
///     Some("A single endpoint must also be sent as a list. Write [\"9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b\"].")
/// );
/// ```
#[must_use]
pub fn refuse(what: NotAList<'_>) -> Report {
    let issue = match what {
        NotAList::Text(text) => {
            let found = if text.len() <= MAX_BARE_STRING { check_text(text).ids } else { Vec::new() };
            let mut list = String::new();
            for id in &found {
                list.push_str(if list.is_empty() { "\"" } else { "\", \"" });
                list.push_str(id);
            }
            list.push_str(if found.is_empty() { "\"<endpoint ID>\"" } else { "\"" });
            let advice = match found.len() {
                0 | 1 => "A single endpoint must also be sent as a list.",
                _ => "Comma-joined IDs are what goes over the wire; a program passes a list.",
            };
            Issue::new(Code::WebhookIdsBareString, "", 0, text.len(), "a bare string stands where a list is required")
                .with_help(format!("{advice} Write [{list}]."))
        }
        NotAList::Other(what) => Issue::new(Code::WebhookIdsNotAList, "", 0, 0, format!("{what} is no list")),
        NotAList::Unreadable(why) => Issue::new(Code::WebhookIdsUnreadable, "", 0, 0, format!("the list cannot be read: {why}")),
        NotAList::TooMany => return too_many(),
        NotAList::NoText(what) => {
            Issue::new(Code::WebhookIdsNotAString, "", 0, 0, format!("{what} stands where text is required")).with_help(
                "Pass the text of a header, a field or a file; for a list that a program built there is another function.",
            )
        }
        NotAList::NoForm(why) => Issue::new(Code::WebhookIdsUnreadable, "", 0, 0, format!("the form cannot be read: {why}"))
            .with_help("Pass a FormData, a URLSearchParams or [name, value] pairs."),
    };
    Report { ok: false, ids: Vec::new(), issues: vec![issue] }
}

/// Judges the entries of a list that a program built. Offsets are within the entry.
///
/// ```
/// use mindhook::webhook_ids::{Entry, check_list};
///
/// let report = check_list(["9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b", "9F3C1A2B4C5D4E6F8A9B0C1D2E3F4A5B"]);
/// assert!(report.ok);
/// assert_eq!(report.ids, ["9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b"]);
/// let codes: Vec<_> = report.issues.iter().map(|issue| issue.code.as_str()).collect();
/// assert_eq!(codes, ["webhook_ids.spelling", "webhook_ids.duplicate"]);
/// ```
pub fn check_list<'a>(entries: impl IntoIterator<Item = impl Into<Entry<'a>>>) -> Report {
    let mut check = Check::default();
    for entry in entries {
        if check.count == MAX_ENTRIES {
            return too_many();
        }
        check.entry(&entry.into(), Form::Plain, None);
    }
    check.finish("the list is empty: no webhook will be called")
}

/// Judges a list that comes as text: a header, a file, the value of one form field. Offsets, lines and columns are within the text.
///
/// Understood are a JSON array, the guide's unquoted `[A, B]`, a comma-separated list and one ID a line; quotes may be single, double
/// or missing, quotes around the whole list and the name `webhook_ids=` before it are skipped. One ID alone is a list of one, for so it
/// goes over the wire. Blanks between entries mean nothing. Empty text and `[]` are the empty list.
///
/// ```
/// use mindhook::webhook_ids::check_text;
///
/// let one = "9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b";
/// for text in [one, &format!("[{one}]"), &format!("[\"{one}\"]"), &format!("['{one}']"), &format!("webhook_ids=[{one}]\n")] {
///     let report = check_text(text);
///     assert!(report.ok && report.issues.is_empty());
///     assert_eq!(report.ids, [one]);
/// }
/// ```
#[must_use]
pub fn check_text(text: &str) -> Report {
    let mut check = Check::default();
    match text::split(text) {
        Ok(items) => check.items(text, &items, Form::Plain),
        Err(Unsplit::TooMany) => return too_many(),
        Err(unsplit) => check.unsplit(text, unsplit, ""),
    }
    check.finish("the list is empty: no webhook will be called")
}

/// Judges the `webhook_ids` and `webhook_ids[]` fields of a form; all other fields are skipped.
///
/// A field may hold whatever [`check_text`] understands, and fields may repeat. Entries count through all fields; offsets are within
/// the field. The official Ruby client sends every list twice, comma-joined in `webhook_ids` and one ID each in `webhook_ids[]`: what
/// one of the two names has already said is skipped under the other, with no warning. IDs that only one of them has are kept.
/// When all fields are empty, so is the list; an empty field beside others is an error.
///
/// ```
/// use mindhook::webhook_ids::check_form;
///
/// let (a, b) = ("9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b", "0b5a3c9e-1d2f-4a6b-9c8d-7e6f5a4b3c2d");
/// let joined = format!("{a},{b}");
/// let report = check_form([("model_id", "…"), ("webhook_ids", joined.as_str()), ("webhook_ids[]", a), ("webhook_ids[]", b)]);
/// assert!(report.ok && report.issues.is_empty());
/// assert_eq!(report.ids, [a, b]);
/// ```
pub fn check_form<'a, N: AsRef<str>>(fields: impl IntoIterator<Item = (N, impl Into<Entry<'a>>)>) -> Report {
    let mut values = Vec::new();
    let mut mistaken = None;
    for (name, value) in fields {
        let form = match name.as_ref() {
            "webhook_ids" => Form::Plain,
            "webhook_ids[]" => Form::Brackets,
            other => {
                if mistaken.is_none() && is_mistaken_name(other) {
                    mistaken = Some(other.chars().take(40).collect::<String>());
                }
                continue;
            }
        };
        if values.len() == MAX_ENTRIES {
            return too_many();
        }
        values.push((form, value.into()));
    }

    let mut check = Check { both_forms: true, ..Check::default() };
    let is_blank = |entry: &Entry<'_>| matches!(entry, Entry::Text(text) if text.chars().all(entry::is_space));
    let all_blank = values.iter().all(|(_, value)| is_blank(value));
    for (form, value) in &values {
        match value {
            _ if all_blank => {}
            Entry::Text(text) if !is_blank(value) => match text::split(text) {
                Ok(items) => check.items(text, &items, *form),
                Err(Unsplit::TooMany) => return too_many(),
                Err(unsplit) => check.unsplit(text, unsplit, form.prefix()),
            },
            _ => check.entry(value, *form, None),
        }
        if check.count > MAX_ENTRIES {
            return too_many();
        }
    }
    check.finish(&match (values.is_empty(), mistaken) {
        (false, _) => "the list is empty: no webhook will be called".to_owned(),
        (true, None) => "the form has no field `webhook_ids`: no webhook will be called".to_owned(),
        (true, Some(name)) => {
            format!("the form has no field `webhook_ids`, only `{name}`, which means nothing: no webhook will be called")
        }
    })
}

/// The wire form that the platform takes: one field, canonical IDs joined by commas. An empty list is empty text.
///
/// # Errors
/// The [`Report`], when any entry is refused. Warnings are no obstacle: the IDs are canonical by then.
///
/// ```
/// use mindhook::webhook_ids::form_value;
///
/// let value = form_value(["9F3C1A2B-4C5D-4E6F-8A9B-0C1D2E3F4A5B", "0b5a3c9e-1d2f-4a6b-9c8d-7e6f5a4b3c2d"]);
/// assert_eq!(value.as_deref(), Ok("9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b,0b5a3c9e-1d2f-4a6b-9c8d-7e6f5a4b3c2d"));
/// assert_eq!(form_value([] as [&str; 0]).as_deref(), Ok(""));
/// assert!(form_value(["production"]).is_err());
/// ```
pub fn form_value<'a>(ids: impl IntoIterator<Item = impl Into<Entry<'a>>>) -> Result<String, Report> {
    let report = check_list(ids);
    if report.ok { Ok(report.ids.join(",")) } else { Err(report) }
}

/// Whether comma-joined IDs are version 4, lower-case, hyphenated and each there once: then there is nothing to say or to rewrite.
///
/// The cheap first look at a list; a `false` means only that [`check_list`] has to be asked.
///
/// ```
/// use mindhook::webhook_ids::is_canonical;
/// assert!(is_canonical("9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b,0b5a3c9e-1d2f-4a6b-9c8d-7e6f5a4b3c2d"));
/// assert!(!is_canonical("9F3C1A2B-4C5D-4E6F-8A9B-0C1D2E3F4A5B"));
/// assert!(!is_canonical(""));
/// ```
#[must_use]
pub fn is_canonical(joined: &str) -> bool {
    if joined.len() / 37 >= MAX_ENTRIES {
        return false;
    }
    let mut seen = Ids::default();
    joined
        .split(',')
        .all(|id| !id.bytes().any(|byte| byte.is_ascii_uppercase()) && entry::read(id).is_some_and(|id| seen.first_time(id)))
}

/// Names under which a list goes unseen: `webhook_id`, `webhookIds`, `webhook-ids`, `webhook_ids[0]`.
fn is_mistaken_name(name: &str) -> bool {
    let letters: String = name.chars().filter(char::is_ascii_alphabetic).take(11).map(|c| c.to_ascii_lowercase()).collect();
    letters == "webhookids" || letters == "webhookid"
}

fn too_many() -> Report {
    let message = "the list has more than 1,000,000 entries";
    Report { ok: false, ids: Vec::new(), issues: vec![Issue::new(Code::WebhookIdsTooMany, "", 0, 0, message)] }
}

/// IDs seen so far. Lists are short as a rule: the first few are compared one by one, which is faster than any tree.
#[derive(Default)]
struct Ids {
    few: [u128; 8],
    count: usize,
    many: BTreeMap<Key, Seen>,
}

impl Ids {
    fn first_time(&mut self, id: Uuid) -> bool {
        let id = id.as_u128();
        let few = self.count.min(self.few.len());
        if self.few[..few].contains(&id) {
            return false;
        }
        match self.few.get_mut(self.count) {
            Some(place) => *place = id,
            None => {
                if self.many.insert(Key::Id(id), Seen::nowhere(0)).is_some() {
                    return false;
                }
            }
        }
        self.count += 1;
        true
    }
}

/// By what entries are compared: the ID, or for refused ones what was given.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Id(u128),
    Refused(Entry<'static>),
}

/// Under which of the two field names an entry came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Brackets,
}

impl Form {
    fn prefix(self) -> &'static str {
        match self {
            Form::Plain => "field `webhook_ids`: ",
            Form::Brackets => "field `webhook_ids[]`: ",
        }
    }
}

/// Where something was seen first, and under which names it was seen at all.
struct Seen {
    index: usize,
    plain: bool,
    brackets: bool,
}

impl Seen {
    fn nowhere(index: usize) -> Self {
        Seen { index, plain: false, brackets: false }
    }

    fn under_both(&self) -> bool {
        self.plain && self.brackets
    }

    /// Marks a name; `true` if it was marked before.
    fn again(&mut self, form: Form) -> bool {
        std::mem::replace(if form == Form::Plain { &mut self.plain } else { &mut self.brackets }, true)
    }
}

/// A list in the course of being judged.
#[derive(Default)]
struct Check {
    count: usize,
    ids: Vec<String>,
    seen: BTreeMap<Key, Seen>,
    issues: Issues,
    /// Whether entries come under two names; only then are refused ones remembered.
    both_forms: bool,
}

impl Check {
    fn items(&mut self, text: &str, items: &[Item<'_>], form: Form) {
        let mut place = Place::at_start_of(text);
        for item in items {
            self.entry(&item.entry, form, Some((item, &mut place)));
        }
    }

    fn entry(&mut self, entry: &Entry<'_>, form: Form, mut source: Option<(&Item<'_>, &mut Place<'_>)>) {
        let index = self.count;
        self.count += 1;
        let mut findings = Vec::new();
        let (text, id) = match entry {
            Entry::Text(text) => (&**text, entry::read(text).or_else(|| entry::diagnose(text, &mut findings))),
            Entry::Other(what) => {
                findings.push(Finding::not_a_string(what));
                ("", None)
            }
        };
        match id {
            Some(id) => {
                let seen = self.seen.entry(Key::Id(id.as_u128())).or_insert_with(|| Seen::nowhere(index));
                if seen.again(form) {
                    findings.push(Finding::duplicate(text, seen.index));
                } else if seen.under_both() {
                    return;
                } else {
                    self.ids.push(canonical(id));
                }
            }
            None if self.both_forms => {
                let seen = self.seen.entry(Key::Refused(entry.to_owned())).or_insert_with(|| Seen::nowhere(index));
                if !seen.again(form) && seen.under_both() {
                    return;
                }
            }
            None => {}
        }
        for finding in findings {
            self.issues.push(finding.code.severity(), || finding.into_issue(index, text, source.as_mut()));
        }
    }

    fn unsplit(&mut self, text: &str, unsplit: Unsplit, prefix: &str) {
        let issue = match unsplit {
            Unsplit::Syntax { offset, length, message } => {
                let issue = Issue::new(Code::WebhookIdsSyntax, "", offset, length, format!("{prefix}{message}"));
                Place::at_start_of(text).put(issue)
            }
            Unsplit::NotAList { offset, length } => {
                let message = format!("{prefix}a JSON object stands where a list is required");
                let issue = Issue::new(Code::WebhookIdsNotAList, "", offset, length, message);
                Place::at_start_of(text).put(issue).with_help("Give the value of `webhook_ids` alone: [\"<endpoint ID>\"].")
            }
            Unsplit::TooMany => return,
        };
        self.issues.push(issue.severity, || issue);
    }

    fn finish(mut self, if_empty: &str) -> Report {
        if self.count == 0 && self.issues.listed.is_empty() {
            let issue = Issue::new(Code::WebhookIdsEmptyList, "", 0, 0, if_empty);
            self.issues.push(issue.severity, || issue);
        }
        Report { ok: !self.issues.any_error, ids: self.ids, issues: self.issues.finish() }
    }
}

fn canonical(id: Uuid) -> String {
    id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()).to_owned()
}

impl Finding {
    fn not_a_string(what: &str) -> Self {
        Finding { code: Code::WebhookIdsNotAString, offset: 0, length: 0, message: format!(": {what} is no string"), help: None }
    }

    fn duplicate(text: &str, first: usize) -> Self {
        let message = format!(" repeats entry {first}; it was kept once");
        Finding { code: Code::WebhookIdsDuplicate, offset: 0, length: text.len(), message, help: None }
    }

    fn into_issue(self, index: usize, text: &str, source: Option<&mut (&Item<'_>, &mut Place<'_>)>) -> Issue {
        let message = format!("entry {index}{}", self.message);
        let mut issue = Issue::new(self.code, format!("/{index}"), self.offset, self.length, message);
        if let Some(help) = self.help {
            issue.help = Some(help.to_owned());
        }
        match source {
            None => Place::at_start_of(text).put(issue),
            Some((item, place)) => {
                if item.exact {
                    issue.offset += item.start;
                    if self.code == Code::WebhookIdsNotAString {
                        issue.length = item.length;
                    }
                } else {
                    (issue.offset, issue.length) = (item.start, item.length);
                }
                place.put(issue)
            }
        }
    }
}

/// Issues, listed up to a limit. The first error is always among them, so that a list refused is a list explained.
#[derive(Default)]
struct Issues {
    listed: Vec<Issue>,
    more: usize,
    any_error: bool,
}

impl Issues {
    fn push(&mut self, severity: Severity, issue: impl FnOnce() -> Issue) {
        let first_error = severity == Severity::Error && !self.any_error;
        self.any_error |= first_error;
        if self.listed.len() < MAX_ISSUES {
            self.listed.push(issue());
            return;
        }
        self.more += 1;
        if first_error && let Some(last) = self.listed.last_mut() {
            *last = issue();
        }
    }

    fn finish(mut self) -> Vec<Issue> {
        if self.more > 0 {
            let message = match self.more {
                1 => "1 more issue is not listed".to_owned(),
                more => format!("{more} more issues are not listed"),
            };
            self.listed.push(Issue::new(Code::LimitIssues, "", 0, 0, message).with_help("Mend the listed ones first."));
        }
        self.listed
    }
}

/// A place in a text that moves forward with the issues, so that a hundred of them cost one reading.
struct Place<'a> {
    text: &'a str,
    offset: usize,
    line: usize,
    column: usize,
    column_utf16: usize,
}

impl<'a> Place<'a> {
    fn at_start_of(text: &'a str) -> Self {
        Place { text, offset: 0, line: 1, column: 1, column_utf16: 1 }
    }

    /// The issue with line and columns for its offset.
    fn put(&mut self, mut issue: Issue) -> Issue {
        if issue.offset < self.offset {
            *self = Place::at_start_of(self.text);
        }
        let moved = places(&self.text.as_bytes()[self.offset..], [issue.offset - self.offset]);
        if let Some(moved) = moved.first() {
            if moved.line > 1 {
                (self.column, self.column_utf16) = (1, 1);
            }
            self.line += moved.line - 1;
            self.column += moved.column - 1;
            self.column_utf16 += moved.column_utf16 - 1;
        }
        self.offset = issue.offset;
        (issue.line, issue.column, issue.column_utf16) = (self.line, self.column, self.column_utf16);
        issue
    }
}
