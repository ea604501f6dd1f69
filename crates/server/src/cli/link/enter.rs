//! Detects presses of the Enter key while the command also waits for other things.

use std::io;

use tokio::sync::mpsc;

use crate::cli::Console;

/// Receives presses of the Enter key if a person sits at the terminal.
pub(super) struct Enter(Option<mpsc::UnboundedReceiver<()>>);

impl Enter {
    /// Starts to read the keyboard. From now on nothing else may read standard input, because it would compete
    /// with this reader.
    pub fn at(console: &Console) -> Self {
        if !console.is_attended {
            return Self(None);
        }
        let (pressed, presses) = mpsc::unbounded_channel();
        // Reading the keyboard cannot be cancelled. The thread ends with the process.
        std::thread::spawn(move || {
            while matches!(io::stdin().read_line(&mut String::new()), Ok(1..)) && pressed.send(()).is_ok() {}
        });
        Self(Some(presses))
    }

    /// Whether a person can press the key.
    pub const fn is_heard(&self) -> bool {
        self.0.is_some()
    }

    /// Waits for the next press. If nobody can press the key, this never returns.
    pub async fn pressed(&mut self) {
        let press = match &mut self.0 {
            Some(presses) => presses.recv().await,
            None => None,
        };
        if press.is_none() {
            self.0 = None;
            std::future::pending::<()>().await;
        }
    }
}
