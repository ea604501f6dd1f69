//! What stands on the terminal: the newest code with a countdown, drawn over the one before. Where the output
//! is not a terminal, each code is printed once, below the last.

use linekeeper_model::Timestamp;
use linekeeper_model::clock::{Clock as _, SystemClock};

use super::client::QrCode;
use super::qr_text;
use crate::cli::Console;

const HOW: &str = "On the phone: WhatsApp, Settings, Linked devices, Link a device.";

/// What was drawn last.
#[derive(Default)]
pub(super) struct Screen {
    code: Option<QrCode>,
    note: Option<String>,
    /// Lines to go back over before drawing again.
    height: usize,
}

impl Screen {
    /// Shows a code; on a terminal also how long it can still be scanned.
    pub fn show(&mut self, console: &mut Console, code: &QrCode) -> anyhow::Result<()> {
        let is_new = self.code.as_ref().is_none_or(|shown| shown.qr_code != code.qr_code);
        if !is_new && !console.is_terminal {
            return Ok(());
        }
        let colours = console.is_terminal && std::env::var_os("NO_COLOR").is_none();
        let mut lines = qr_text::lines(&code.qr_code.0, colours)?;
        lines.push(HOW.to_owned());
        if console.is_terminal {
            lines.push(format!("Scan within {}.", countdown(code.qr_code_expiry, SystemClock.now())));
        }
        self.clear(console)?;
        self.height = lines.len();
        console.say(lines.join("\n"))?;
        self.code = Some(code.clone());
        Ok(())
    }

    /// Replaces the code by a sentence.
    pub fn note(&mut self, console: &mut Console, text: &str) -> anyhow::Result<()> {
        if self.note.as_deref() != Some(text) {
            self.clear(console)?;
            console.say(text)?;
            self.note = Some(text.to_owned());
        }
        Ok(())
    }

    /// Takes the drawing away, so that no code stays on the screen.
    pub fn clear(&mut self, console: &mut Console) -> std::io::Result<()> {
        if console.is_terminal && self.height > 0 {
            write!(console.out, "\x1b[{}A\x1b[J", self.height)?;
            console.out.flush()?;
        }
        self.height = 0;
        Ok(())
    }
}

/// Minutes and seconds from `now` to `end`.
fn countdown(end: Timestamp, now: Timestamp) -> String {
    let left = end.duration_since(now).as_secs().max(0);
    format!("{}:{:02}", left / 60, left % 60)
}

#[cfg(test)]
mod tests {
    use super::countdown;
    use linekeeper_model::Timestamp;

    #[test]
    fn counts_down_to_zero_and_no_further() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(countdown(at(120), at(0)), "2:00");
        assert_eq!(countdown(at(120), at(51)), "1:09");
        assert_eq!(countdown(at(120), at(500)), "0:00");
    }
}
