//! `docs/issues.md` is written from the table of codes; `npm run docs` writes it anew.

use std::{env, fs, path::Path};

#[test]
fn the_issues_page_says_what_the_table_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/issues.md");
    let expected = mindhook::issue::issues_page();
    if env::var_os("MINDHOOK_WRITE_DOCS").is_some() {
        fs::create_dir_all(page.parent().expect("a folder")).expect("docs/ can be made");
        fs::write(&page, &expected).expect("the page can be written");
    }
    let found = fs::read_to_string(&page).unwrap_or_default();
    assert!(found == expected, "docs/issues.md is not what the table of codes gives: `npm run docs` writes it anew");
}
