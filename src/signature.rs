//! Who sent a body: HMAC-SHA256 (RFC 2104, FIPS 180-4) over its raw bytes, as the `X-Signature` header carries it (contract, section 3).
//!
//! The bytes are signed as they came over the wire. Never re-serialise, trim or decode a body before it is checked.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A SHA-256 MAC has 32 bytes, written as 64 hexadecimal digits.
const MAC_BYTES: usize = 32;

fn mac(body: &[u8], secret: &[u8]) -> Hmac<Sha256> {
    // HMAC takes keys of every length (RFC 2104, section 2), so the fallback is never reached.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap_or_else(|_| Hmac::new(&Default::default()));
    mac.update(body);
    mac
}

/// The value that the platform puts into `X-Signature` for a body: 64 lower-case hexadecimal digits.
///
/// `body` is the raw request body, `secret` the UTF-8 bytes of the endpoint's signing secret.
///
/// ```
/// // RFC 4231, test case 2.
/// let signature = mindhook::signature::sign(b"what do ya want for nothing?", b"Jefe");
/// assert_eq!(signature, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
/// ```
#[must_use]
pub fn sign(body: &[u8], secret: &[u8]) -> String {
    hex(mac(body, secret))
}

/// Signs a body that comes in parts, so that a large one need not be held as a whole.
///
/// ```
/// use mindhook::signature::{sign, Signer};
/// let mut signer = Signer::new(b"Jefe");
/// signer.update(b"what do ya want ");
/// signer.update(b"for nothing?");
/// assert_eq!(signer.finish(), sign(b"what do ya want for nothing?", b"Jefe"));
/// ```
pub struct Signer(Hmac<Sha256>);

impl Signer {
    /// Begins with no body yet; `secret` is the UTF-8 bytes of the endpoint's signing secret.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self(mac(&[], secret))
    }

    /// Takes the next part of the body.
    pub fn update(&mut self, part: &[u8]) {
        self.0.update(part);
    }

    /// What [`sign`] gives for all parts together.
    #[must_use]
    pub fn finish(self) -> String {
        hex(self.0)
    }
}

fn hex(mac: Hmac<Sha256>) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut hex = String::with_capacity(2 * MAC_BYTES);
    for byte in mac.finalize().into_bytes() {
        hex.push(DIGITS[usize::from(byte >> 4)] as char);
        hex.push(DIGITS[usize::from(byte & 15)] as char);
    }
    hex
}

/// Whether `signature`, the text of an `X-Signature` header, was made from these bytes with this secret.
///
/// Upper-case digits and surrounding spaces or tabs are accepted; whatever else is not 64 hexadecimal digits is `false`. The comparison
/// takes the same time wherever the two differ. A signature carries no time, so it never expires: recognise duplicates by content.
///
/// ```
/// use mindhook::signature::{sign, verify};
/// let signature = sign(b"{}", b"secret");
/// assert!(verify(b"{}", &signature, b"secret"));
/// assert!(verify(b"{}", &format!(" {}\t", signature.to_uppercase()), b"secret"));
/// assert!(!verify(b"{} ", &signature, b"secret"));
/// assert!(!verify(b"{}", "", b"secret"));
/// ```
#[must_use]
pub fn verify(body: &[u8], signature: &str, secret: &[u8]) -> bool {
    decode(signature).is_some_and(|expected| mac(body, secret).verify_slice(&expected).is_ok())
}

fn decode(signature: &str) -> Option<[u8; MAC_BYTES]> {
    let digits = signature.trim_matches([' ', '\t']).as_bytes();
    if digits.len() != 2 * MAC_BYTES {
        return None;
    }
    let mut bytes = [0; MAC_BYTES];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = (char::from(pair[0]).to_digit(16)? << 4 | char::from(pair[1]).to_digit(16)?) as u8;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_4231_test_case_6_has_a_key_longer_than_a_block() {
        assert_eq!(
            sign(b"Test Using Larger Than Block-Size Key - Hash Key First", &[0xaa; 131]),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn every_changed_digit_is_noticed() {
        let good = sign(b"body", b"secret");
        for index in 0..good.len() {
            let mut changed = good.clone().into_bytes();
            changed[index] = if changed[index] == b'0' { b'1' } else { b'0' };
            assert!(!verify(b"body", &String::from_utf8_lossy(&changed), b"secret"), "digit {index}");
        }
    }

    #[test]
    fn what_is_not_64_hexadecimal_digits_is_false() {
        let good = sign(b"body", b"secret");
        for bad in [
            good[..63].to_owned(),
            format!("{good}0"),
            format!("0x{good}"),
            format!("sha256={good}"),
            format!("{good}, {good}"),
            format!("\n{good}"),
            good.replace(&good[..1], "g"),
            good.replace(&good[..1], "é"),
            "é".repeat(32),
        ] {
            assert!(!verify(b"body", &bad, b"secret"), "{bad}");
        }
    }

    #[test]
    fn an_empty_body_and_an_empty_secret_have_a_signature_too() {
        assert!(verify(b"", &sign(b"", b""), b""));
    }
}
