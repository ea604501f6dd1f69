//! Draws the newest code on the terminal, with a countdown. The code is for scanning or for typing. Each drawing
//! replaces the previous one. If the output is not a terminal, each code is printed once, below the previous code.

use linekeeper_model::Timestamp;
use linekeeper_model::clock::{Clock as _, SystemClock};

use super::{big_text, qr_text};
use crate::cli::Console;
use crate::cli::client::{PairingCode, QrCode, Secretive};

const HOW_TO_SCAN: &str = "On the phone: WhatsApp, Settings, Linked devices, Link a device.";
/// Instructions for the person. There are two lines because a terminal might wrap one long line, and the wrapped
/// part would not be replaced by the next drawing.
const HOW_TO_TYPE: [&str; 2] =
    ["On the phone: WhatsApp, Settings, Linked devices, Link a device,", "Link with phone number instead."];

/// Remembers what was drawn last.
#[derive(Default)]
pub(super) struct Screen {
    code: Option<Secretive>,
    note: Option<String>,
    /// The number of lines to go up before drawing again.
    height: usize,
}

impl Screen {
    /// Shows a QR code. On a terminal, also shows how long it can still be scanned.
    pub fn show_qr(&mut self, console: &mut Console, code: &QrCode) -> anyhow::Result<()> {
        if !self.is_worth_drawing(console, &code.qr_code) {
            return Ok(());
        }
        let colours = console.is_terminal && std::env::var_os("NO_COLOR").is_none();
        let mut lines = qr_text::lines(&code.qr_code.0, colours)?;
        lines.push(HOW_TO_SCAN.to_owned());
        if console.is_terminal {
            lines.push(format!("Scan within {}.", countdown(code.qr_code_expiry, SystemClock.now())));
        }
        self.draw(console, lines, &code.qr_code)
    }

    /// Shows a code to type, in large letters on a terminal.
    pub fn show_code(&mut self, console: &mut Console, code: &PairingCode) -> anyhow::Result<()> {
        if !self.is_worth_drawing(console, &code.code) {
            return Ok(());
        }
        let mut lines = Vec::new();
        if console.is_terminal {
            lines.extend([String::new()]);
            lines.extend(big_text::lines(&code.code.0));
            lines.extend([String::new()]);
        }
        lines.push(format!("Code for {}: {}", code.phone_number, code.code.0));
        lines.extend(HOW_TO_TYPE.map(str::to_owned));
        if console.is_terminal {
            lines.push(format!("Type it within {}.", countdown(code.expires_at, SystemClock.now())));
        }
        self.draw(console, lines, &code.code)
    }

    /// Whether the code must be drawn. On a terminal, a code is always drawn again, because the countdown changes. In
    /// any other output, a code that was already printed is not printed again.
    fn is_worth_drawing(&self, console: &Console, code: &Secretive) -> bool {
        console.is_terminal || self.code.as_ref() != Some(code)
    }

    fn draw(&mut self, console: &mut Console, lines: Vec<String>, code: &Secretive) -> anyhow::Result<()> {
        self.clear(console)?;
        self.height = lines.len();
        self.note = None;
        console.say(lines.join("\n"))?;
        self.code = Some(code.clone());
        Ok(())
    }

    /// Notes that a person pressed Enter. The terminal's echo has moved the drawing up by one line.
    pub const fn moved_up(&mut self) {
        if self.height > 0 {
            self.height += 1;
        }
    }

    /// Replaces the drawing with a sentence.
    pub fn note(&mut self, console: &mut Console, text: &str) -> anyhow::Result<()> {
        if self.note.as_deref() != Some(text) {
            self.clear(console)?;
            console.say(text)?;
            self.note = Some(text.to_owned());
        }
        Ok(())
    }

    /// Removes the drawing, so that no code stays on the screen.
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
    fn the_countdown_stops_at_zero() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(countdown(at(120), at(0)), "2:00");
        assert_eq!(countdown(at(120), at(51)), "1:09");
        assert_eq!(countdown(at(120), at(500)), "0:00");
    }
}
