//! Any text, list or form of IDs: what comes out is canonical, and `ok` means that nothing was refused.

use mindhook::issue::has_error;
use mindhook::webhook_ids::{Entry, NotAList, Report, check_form, check_list, check_text, form_value, is_canonical, refuse};
use std::collections::BTreeSet;
use uuid::{Uuid, Variant};

pub fn check(bytes: &[u8]) {
    let text = &*String::from_utf8_lossy(bytes);
    let from_text = check_text(text);
    report(&from_text, Some(text.len()));

    // The same bytes as a list: one entry a line, a `!` before what is no string.
    let entries = || {
        text.split('\n').map(|line| match line.strip_prefix('!') {
            Some(other) => Entry::other(other),
            None => Entry::from(line),
        })
    };
    let from_list = check_list(entries());
    report(&from_list, None);
    let value = form_value(entries());
    assert_eq!(value.is_ok(), from_list.ok);
    if let Ok(value) = value {
        assert_eq!(value, from_list.ids.join(","));
        // What goes over the wire comes back as it was.
        let again = check_text(&value);
        assert!(again.ok && again.ids == from_list.ids, "{again:?}");
    }
    let joined = text.replace('\n', ",");
    if is_canonical(&joined) {
        let report = check_list(joined.split(','));
        assert!(report.ok && report.issues.is_empty() && report.ids.join(",") == joined, "{report:?}");
    } else if !joined.is_empty() {
        let report = check_list(joined.split(','));
        assert!(!report.issues.is_empty() || report.ids.join(",") != joined, "{report:?}");
    }

    // And as a form: `name=value` lines.
    let from_form = check_form(text.split('\n').map(|line| {
        let (name, value) = line.split_once('=').unwrap_or(("webhook_ids", line));
        (name, value.strip_prefix('!').map_or_else(|| Entry::from(value), Entry::other))
    }));
    report(&from_form, None);

    for what in
        [NotAList::Text(text), NotAList::Other(text), NotAList::Unreadable(text), NotAList::NoText(text), NotAList::NoForm(text)]
    {
        let refused = refuse(what);
        assert!(!refused.ok && refused.ids.is_empty());
        report(&refused, None);
    }
}

/// `size`: of the text that offsets are within, where there is one.
fn report(report: &Report, size: Option<usize>) {
    assert_eq!(report.ok, !has_error(&report.issues), "{report:?}");
    let mut seen = BTreeSet::new();
    for id in &report.ids {
        let parsed = Uuid::try_parse(id).expect("a UUID");
        assert_eq!(parsed.hyphenated().to_string(), *id);
        assert_eq!((parsed.get_version_num(), parsed.get_variant()), (4, Variant::RFC4122), "{id}");
        assert!(seen.insert(id), "{id} comes twice");
    }
    assert!(report.issues.len() <= 101);
    for issue in &report.issues {
        assert!(!issue.message.is_empty() && issue.line > 0 && issue.column > 0 && issue.column_utf16 > 0, "{issue:?}");
        assert_eq!(issue.severity, issue.code.severity());
        if let Some(size) = size {
            assert!(issue.offset + issue.length <= size, "{issue:?} in {size} bytes");
        }
    }
}
