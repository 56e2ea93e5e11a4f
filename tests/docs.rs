//! `docs/issues.md` is written from the table of codes and the rendered examples; `npm run docs` writes it anew.

use std::{env, fs, path::Path};

#[test]
fn the_issues_page_says_what_the_table_says() {
    let writing = env::var_os("MINDHOOK_WRITE_DOCS").is_some();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = root.join("docs/issues.md");
    let expected = mindhook::issue::issues_page(|code| {
        let example = root.join("tests/fixtures/rendered").join(format!("{code}.txt"));
        // A new code is in the page before it can have an example.
        fs::read_to_string(&example)
            .unwrap_or_else(|error| if writing { String::new() } else { panic!("{code} has no example: {error}") })
    });
    if writing {
        fs::create_dir_all(page.parent().expect("a folder")).expect("docs/ can be made");
        fs::write(&page, &expected).expect("the page can be written");
    }
    let found = fs::read_to_string(&page).unwrap_or_default();
    assert!(found == expected, "docs/issues.md is not what the table of codes gives: `npm run docs` writes it anew");
}
