//! Base64 as Go's `base64.StdEncoding` reads and writes it.

use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Padding required, stray bits in the last letter tolerated.
pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// The bytes that some letters stand for; line breaks among them are skipped. `None` if they are no base64.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    // Nearly all of it is as it should be, which is read by many letters at once.
    base64_simd::STANDARD.decode_to_vec(text).ok().or_else(|| BASE64.decode(text.replace(['\n', '\r'], "")).ok())
}
