//! Up to 15 ASCII digits. They need no allocation, so a number can be `Copy`.

/// The digits of a phone number.
#[derive(Clone, Copy)]
pub(super) struct Digits {
    bytes: [u8; Self::MOST],
    len: usize,
}

impl Digits {
    /// The maximum number of digits in E.164.
    const MOST: usize = 15;

    /// The digits of `text`. `None` if it has other characters than ASCII digits, or more than 15 digits.
    pub(super) fn new(text: &str) -> Option<Self> {
        let mut bytes = [0; Self::MOST];
        let len = text.len();
        bytes.get_mut(..len)?.copy_from_slice(text.as_bytes());
        text.bytes().all(|byte| byte.is_ascii_digit()).then_some(Self { bytes, len })
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).expect("digits are ASCII")
    }

    /// Removes `count` digits, beginning at position `from`.
    pub(super) fn without(mut self, from: usize, count: usize) -> Self {
        self.bytes.copy_within(from + count..self.len, from);
        self.len -= count;
        self
    }
}
