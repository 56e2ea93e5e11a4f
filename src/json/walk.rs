use super::{Cursor, Fault, Halt, Limits, Number, Text, unescape_lossy};

/// Bytes of the longest pointer. Depth and the length of keys have limits, but a pointer may have both multiplied: 32 MB an issue.
const LONGEST_POINTER: usize = 16_384;

/// Where a walk is: one step a container.
pub(crate) struct Path<'a> {
    bytes: &'a [u8],
    steps: Vec<Step>,
}

#[derive(Clone, Copy)]
enum Step {
    /// In an object, before its first key or between members.
    Object,
    Member(Text),
    Element(usize),
}

impl Path<'_> {
    /// The RFC 6901 pointer to the value at hand; where that would be too long, to the innermost value around it whose pointer is not.
    pub fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in &self.steps {
            let end = pointer.len();
            match step {
                Step::Object => {}
                // An escape of 6 bytes stands for one at least.
                Step::Member(key) if key.end - key.start > 6 * LONGEST_POINTER => break,
                Step::Member(key) => {
                    pointer.push('/');
                    pointer.push_str(&unescape_lossy(self.bytes, *key).replace('~', "~0").replace('/', "~1"));
                }
                Step::Element(index) => {
                    pointer.push('/');
                    pointer.push_str(&index.to_string());
                }
            }
            if pointer.len() > LONGEST_POINTER {
                pointer.truncate(end);
                break;
            }
        }
        pointer
    }
}

/// What a walk tells of; every event comes with the path of the value (of the member, for a key).
pub(crate) trait Visit {
    fn object(&mut self) {}
    fn object_end(&mut self) {}
    fn key(&mut self, _path: &Path, _key: Text) {}
    fn value(&mut self, _path: &Path, _start: usize) {}
    fn string(&mut self, _path: &Path, _text: Text) {}
    fn number(&mut self, _path: &Path, _number: Number) {}

    /// Whether nothing more needs to be told; asked after each container.
    fn is_done(&mut self) -> bool {
        false
    }
}

/// Reads a whole JSON text from `at` on, without recursion, and tells `visit` of everything in it, until that is done.
///
/// # Errors
/// The first fault, with the pointer to the value that was being read.
pub(crate) fn walk(bytes: &[u8], at: usize, limits: Limits, visit: &mut dyn Visit) -> Result<(), (Fault, String)> {
    let mut cursor = Cursor::new(bytes, at, limits);
    let mut path = Path { bytes, steps: Vec::new() };
    match steps(&mut cursor, &mut path, visit) {
        Ok(()) => Ok(()),
        // A halt without a fault cannot be: every `Err(Halt)` of a cursor sets one.
        Err(Halt) => match cursor.fault {
            Some(fault) => Err((fault, path.pointer())),
            None => Ok(()),
        },
    }
}

fn steps<'a>(cursor: &mut Cursor<'a>, path: &mut Path<'a>, visit: &mut dyn Visit) -> Result<(), Halt> {
    loop {
        let first = cursor.next_token();
        visit.value(path, cursor.at);
        match first {
            Some(b'"') => {
                let text = cursor.string()?;
                visit.string(path, text);
            }
            Some(b'-' | b'0'..=b'9') => {
                let number = cursor.number()?;
                visit.number(path, number);
            }
            Some(b't') => cursor.literal("true")?,
            Some(b'f') => cursor.literal("false")?,
            Some(b'n') => cursor.literal("null")?,
            Some(b'{') => {
                cursor.enter()?;
                visit.object();
                if cursor.next_token() == Some(b'}') {
                    cursor.leave();
                    visit.object_end();
                } else {
                    path.steps.push(Step::Object);
                    member(cursor, path, visit)?;
                    continue;
                }
            }
            Some(b'[') => {
                cursor.enter()?;
                if cursor.next_token() == Some(b']') {
                    cursor.leave();
                } else {
                    path.steps.push(Step::Element(0));
                    continue;
                }
            }
            _ => return Err(cursor.unexpected("a value")),
        }
        // A value is complete: go on to its next sibling, or up until there is one.
        loop {
            match path.steps.pop() {
                None => return cursor.end(),
                Some(Step::Element(index)) => {
                    if cursor.more(b']')? {
                        path.steps.push(Step::Element(index + 1));
                        break;
                    }
                }
                Some(Step::Object | Step::Member(_)) => {
                    path.steps.push(Step::Object);
                    if cursor.more(b'}')? {
                        member(cursor, path, visit)?;
                        break;
                    }
                    path.steps.pop();
                    visit.object_end();
                    if visit.is_done() {
                        return Ok(());
                    }
                }
            }
        }
    }
}

/// A key and its colon; the path's last step becomes the member.
fn member(cursor: &mut Cursor, path: &mut Path, visit: &mut dyn Visit) -> Result<(), Halt> {
    let key = cursor.key()?;
    if let Some(step) = path.steps.last_mut() {
        *step = Step::Member(key);
    }
    visit.key(path, key);
    Ok(())
}
