//! Exact positions for a body with a fault: what is wrong with it as JSON, then as a payload, then where all of that is.

use super::reader::{Finding, Quota, Reader};
use super::{Diagnosis, outline_words};
use crate::issue::{Code, Issue, Severity, has_error};
use crate::json::{
    BOM, Cursor, Fault, Limits, Number, Path, Text, Visit, lone_surrogates, places, unescape, unescape_lossy, walk,
};
use std::borrow::Cow;
use std::collections::BTreeMap;

pub(super) fn diagnose(bytes: &[u8], limits: Limits) -> Diagnosis {
    let mut report = Report::new(bytes, limits.issues);
    if bytes.len() > limits.bytes {
        let message = format!("the body has {} bytes, the limit is {}", bytes.len(), limits.bytes);
        return report.only(Code::LimitBytes, String::new(), 0, 0, message);
    }
    let start = if bytes.starts_with(BOM) {
        report.add(Code::JsonBom, || Issue::new(Code::JsonBom, "", 0, BOM.len(), "the body begins with a byte order mark"));
        BOM.len()
    } else {
        0
    };
    if bytes[start..].iter().all(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')) {
        let message = if bytes.is_empty() { "the body is empty" } else { "the body holds nothing but white space" };
        return report.only(Code::JsonEmpty, String::new(), 0, 0, message.to_owned());
    }

    let mut inspection = Inspection { bytes, report: &mut report, open: OpenKeys::default(), replaced: Vec::new() };
    if let Err((fault, pointer)) = walk(bytes, start, limits, &mut inspection) {
        let message = fault_message(bytes, fault);
        return report.only(fault.code, pointer, fault.offset, fault.length, message);
    }
    let mut replaced = inspection.replaced;
    replaced.sort_unstable();
    report.forget_within(&replaced, limits);

    let mut reader = Reader::new(bytes, start, limits, Some(&replaced));
    // The syntax is known to be right: what stops this reading is a limit, or nothing.
    let _ = reader.payload();
    if let Some(fault) = reader.fault() {
        reader.findings.push(Finding {
            code: fault.code,
            anchor: fault.offset,
            start: fault.offset,
            end: fault.offset + fault.length,
            message: fault_message(bytes, fault),
            help: None,
        });
    }
    report.quota.unlisted += reader.quota.unlisted;
    locate(bytes, start, limits, std::mem::take(&mut reader.findings), &mut report);
    let issues = report.finish();
    let outline = if has_error(&issues) { Vec::new() } else { outline_words(reader.outline, bytes, !issues.is_empty()) };
    Diagnosis { outline, issues }
}

/// Issues on their way to being listed: pointer and range are known, lines are not.
struct Report<'a> {
    bytes: &'a [u8],
    limit: usize,
    issues: Vec<Issue>,
    quota: Quota,
}

impl<'a> Report<'a> {
    fn new(bytes: &'a [u8], limit: usize) -> Self {
        Report { bytes, limit: limit.max(1), issues: Vec::new(), quota: Quota::new(limit) }
    }

    /// Adds what `issue` makes, if it has a place: a pointer costs as much as its value is deep, and there may be millions of issues.
    fn add(&mut self, code: Code, issue: impl FnOnce() -> Issue) {
        if self.quota.admits(code) {
            self.issues.push(issue());
        }
    }

    fn add_finding(&mut self, pointer: impl FnOnce() -> String, finding: Finding) {
        let Finding { code, start, end, message, help, .. } = finding;
        self.add(code, || {
            let issue = Issue::new(code, pointer(), start, end - start, message);
            match help {
                Some(help) => issue.with_help(help),
                None => issue,
            }
        });
    }

    /// The fault that ended the reading stands alone: with the rest unread, what came before it is no whole picture.
    fn only(mut self, code: Code, pointer: String, offset: usize, length: usize, message: String) -> Diagnosis {
        self.issues = vec![Issue::new(code, pointer, offset, length, message)];
        self.quota.unlisted = 0;
        Diagnosis { outline: Vec::new(), issues: self.finish() }
    }

    /// Drops what was said of members that later ones of the same key replace: nobody will read them. `replaced` are their keys, ascending.
    fn forget_within(&mut self, replaced: &[u64], limits: Limits) {
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        for key in replaced.iter().map(|key| *key as usize) {
            // A member within one that is replaced is passed over together with it.
            if ranges.last().is_none_or(|(_, end)| key >= *end) {
                let mut cursor = Cursor::new(self.bytes, key, limits);
                if cursor.key().is_ok() && cursor.skip_value().is_ok() {
                    ranges.push((key, cursor.at));
                }
            }
        }
        // The key itself may replace an earlier one, which is still worth a word.
        self.issues.retain(|issue| {
            let after = ranges.partition_point(|(start, _)| *start < issue.offset);
            after == 0 || issue.offset >= ranges[after - 1].1
        });
    }

    fn finish(mut self) -> Vec<Issue> {
        let limit = self.limit;
        if self.issues.len() > limit {
            // Errors are kept before warnings and notices, for the verdict hangs on them.
            self.quota.unlisted += self.issues.len() - limit;
            self.issues = sorted(self.issues, |issue| u32::from(issue.severity != Severity::Error));
            self.issues.truncate(limit);
        }
        self.issues = sorted(self.issues, |issue| issue.offset as u32);
        // One fault, one issue: what is wrong with a number as a value says more than that it does not fit into a double.
        let numbers: Vec<(usize, usize)> =
            self.issues.iter().filter(|issue| is_about_numbers(issue.code)).map(|issue| (issue.offset, issue.length)).collect();
        if !numbers.is_empty() {
            let faults: Vec<(usize, usize)> = self
                .issues
                .iter()
                .filter(|issue| !is_about_numbers(issue.code) && numbers.contains(&(issue.offset, issue.length)))
                .map(|issue| (issue.offset, issue.length))
                .collect();
            self.issues.retain(|issue| !is_about_numbers(issue.code) || !faults.contains(&(issue.offset, issue.length)));
        }
        let found = places(self.bytes, self.issues.iter().map(|issue| issue.offset));
        for (issue, place) in self.issues.iter_mut().zip(found) {
            issue.line = place.line;
            issue.column = place.column;
            issue.column_utf16 = place.column_utf16;
        }
        if self.quota.unlisted > 0 {
            let message = match self.quota.unlisted {
                1 => "1 more issue is not listed".to_owned(),
                unlisted => format!("{unlisted} more issues are not listed"),
            };
            self.issues.push(Issue::new(Code::LimitIssues, "", 0, 0, message));
        }
        self.issues
    }
}

fn is_about_numbers(code: Code) -> bool {
    matches!(code, Code::JsonNumberOverflow | Code::JsonUnsafeInteger)
}

/// The same items in the order of their keys; equal keys keep their order.
///
/// All sorting of the crate is of `u64`s: each further type would add 3 KB to the wasm.
fn sorted<T>(items: Vec<T>, key: impl Fn(&T) -> u32) -> Vec<T> {
    let mut order: Vec<u64> = items.iter().zip(0..).map(|(item, index)| u64::from(key(item)) << 32 | index).collect();
    order.sort_unstable();
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
    order.iter().filter_map(|place| items[(place & 0xFFFF_FFFF) as usize].take()).collect()
}

/// What a key stands for → where it is.
type KeyTree<'a> = BTreeMap<Cow<'a, [u8]>, u32>;

/// The keys of the objects that are open, what they stand for and where they are: one list for all, cut back when an object ends. Nearly
/// all objects have a handful of keys, which are compared one by one; those of a larger one are sorted into a tree.
#[derive(Default)]
struct OpenKeys<'a> {
    keys: Vec<(Cow<'a, [u8]>, u32)>,
    /// For each open object: where its keys begin in the list, and its tree.
    objects: Vec<(usize, Option<KeyTree<'a>>)>,
}

impl<'a> OpenKeys<'a> {
    /// As many keys are compared one by one.
    const FEW: usize = 16;

    fn enter(&mut self) {
        self.objects.push((self.keys.len(), None));
    }

    fn leave(&mut self) {
        if let Some((first, _)) = self.objects.pop() {
            self.keys.truncate(first);
        }
    }

    /// Where the same key was before in the innermost object.
    fn insert(&mut self, name: Cow<'a, [u8]>, start: u32) -> Option<u32> {
        let (first, tree) = self.objects.last_mut()?;
        if let Some(tree) = tree {
            return tree.insert(name, start);
        }
        let siblings = &mut self.keys[*first..];
        if let Some((_, place)) = siblings.iter_mut().find(|(each, _)| *each == name) {
            return Some(std::mem::replace(place, start));
        }
        if siblings.len() < Self::FEW {
            self.keys.push((name, start));
        } else {
            let mut keys = KeyTree::new();
            keys.insert(name, start);
            for (name, start) in self.keys.drain(*first..) {
                keys.insert(name, start);
            }
            *tree = Some(keys);
        }
        None
    }
}

/// Looks at a body as JSON: duplicate keys, numbers and strings that not every reader can hold.
struct Inspection<'a, 'r> {
    bytes: &'a [u8],
    report: &'r mut Report<'a>,
    open: OpenKeys<'a>,
    /// Keys whose members a later one of the same object replaces.
    replaced: Vec<u64>,
}

impl Visit for Inspection<'_, '_> {
    fn object(&mut self) {
        self.open.enter();
    }

    fn object_end(&mut self) {
        self.open.leave();
    }

    fn key(&mut self, path: &Path, key: Text) {
        self.string(path, key);
        let start = key.start - 1;
        if let Some(earlier) = self.open.insert(unescape(self.bytes, key), start as u32) {
            self.replaced.push(u64::from(earlier));
            self.report.add(Code::JsonDuplicateKey, || {
                let name = unescape_lossy(self.bytes, key);
                let short: String = name.chars().take(60).collect();
                let message = format!("\"{short}\" stands in this object before, at byte {earlier}");
                Issue::new(Code::JsonDuplicateKey, path.pointer(), start, key.end + 1 - start, message)
            });
        }
    }

    fn string(&mut self, path: &Path, text: Text) {
        if text.lone_surrogate {
            for at in lone_surrogates(self.bytes, text) {
                self.report.add(Code::JsonLoneSurrogate, || {
                    let escape = String::from_utf8_lossy(&self.bytes[at..at + 6]);
                    let message = format!("{escape} is half of a surrogate pair");
                    Issue::new(Code::JsonLoneSurrogate, path.pointer(), at, 6, message)
                });
            }
        }
    }

    fn number(&mut self, path: &Path, number: Number) {
        if let Some(code) = number.warning(self.bytes) {
            self.report.add(code, || {
                let (start, end) = (number.start, number.end);
                let written = String::from_utf8_lossy(&self.bytes[start..end.min(start + 40)]);
                let what = if code == Code::JsonUnsafeInteger { "loses digits" } else { "becomes Infinity" };
                let message = format!("{written} {what} as a JavaScript number");
                Issue::new(code, path.pointer(), start, end - start, message)
            });
        }
    }
}

/// Gives findings their pointers, all in one walk, and hands them to the report.
fn locate(bytes: &[u8], start: usize, limits: Limits, findings: Vec<Finding>, report: &mut Report) {
    let findings = sorted(findings, |finding| finding.anchor as u32);
    let next = findings.first().map_or(usize::MAX, |finding| finding.anchor);
    let mut locating = Locating { findings: findings.into_iter().peekable(), next, report };
    // The syntax was found to be right before.
    let _ = walk(bytes, start, limits, &mut locating);
    // A top-level mark of a second kind is anchored at the start, before a byte order mark or white space too.
    let Locating { findings, report, .. } = locating;
    for finding in findings {
        report.add_finding(String::new, finding);
    }
}

struct Locating<'a, 'r, I: Iterator<Item = Finding>> {
    findings: std::iter::Peekable<I>,
    /// The anchor of the next finding; beyond every body when there is none.
    next: usize,
    report: &'r mut Report<'a>,
}

impl<I: Iterator<Item = Finding>> Locating<'_, '_, I> {
    fn at(&mut self, path: &Path, place: usize) {
        if place < self.next {
            return;
        }
        while let Some(finding) = self.findings.next_if(|finding| finding.anchor <= place) {
            self.report.add_finding(|| path.pointer(), finding);
        }
        self.next = self.findings.peek().map_or(usize::MAX, |finding| finding.anchor);
    }
}

impl<I: Iterator<Item = Finding>> Visit for Locating<'_, '_, I> {
    fn key(&mut self, path: &Path, key: Text) {
        self.at(path, key.start - 1);
    }

    fn value(&mut self, path: &Path, start: usize) {
        self.at(path, start);
    }

    fn is_done(&mut self) -> bool {
        self.next == usize::MAX
    }
}

fn fault_message(bytes: &[u8], fault: Fault) -> String {
    let Fault { code, offset, length, expected } = fault;
    match code {
        Code::JsonUnexpectedEnd => format!("the body ends after {offset} bytes; expected {expected}"),
        Code::LimitDepth => "arrays and objects are nested deeper than the limit".to_owned(),
        Code::LimitFields => "the payload has more fields than the limit".to_owned(),
        Code::LimitKeyLength => format!("a key of {} bytes is longer than the limit", length - 2),
        Code::JsonInvalidUtf8 => format!("the byte 0x{:02X} is not UTF-8 here", bytes[offset]),
        Code::JsonControlCharacter => {
            format!("the control character U+{:04X} stands unescaped; expected {expected}", bytes[offset])
        }
        _ => {
            let found = String::from_utf8_lossy(&bytes[offset..(offset + length).min(bytes.len())]);
            let found: String = found.chars().take(40).collect();
            match found.chars().next() {
                Some(control) if control.is_control() => format!("expected {expected}, found U+{:04X}", u32::from(control)),
                _ => format!("expected {expected}, found {found}"),
            }
        }
    }
}
