//! Up to 15 ASCII digits without an allocation, so that a number can be copied.

/// The digits of a phone number.
#[derive(Clone, Copy)]
pub(super) struct Digits {
    bytes: [u8; Self::MOST],
    len: usize,
}

impl Digits {
    /// E.164 allows no more.
    const MOST: usize = 15;

    /// `None` for text with other characters than ASCII digits, or with more than 15 digits.
    pub(super) fn new(text: &str) -> Option<Self> {
        let mut bytes = [0; Self::MOST];
        let len = text.len();
        bytes.get_mut(..len)?.copy_from_slice(text.as_bytes());
        text.bytes().all(|byte| byte.is_ascii_digit()).then_some(Self { bytes, len })
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).expect("digits are ASCII")
    }

    /// The digits without the `count` digits that begin at `from`.
    pub(super) fn without(mut self, from: usize, count: usize) -> Self {
        self.bytes.copy_within(from + count..self.len, from);
        self.len -= count;
        self
    }
}
