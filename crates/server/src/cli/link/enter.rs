//! Presses of the Enter key, while something else is waited for as well.

use std::io;

use tokio::sync::mpsc;

use crate::cli::Console;

/// Listens to the keyboard where somebody sits before it.
pub(super) struct Enter(Option<mpsc::UnboundedReceiver<()>>);

impl Enter {
    /// Whoever reads the standard input after this competes with it.
    pub fn at(console: &Console) -> Self {
        if !console.is_attended {
            return Self(None);
        }
        let (pressed, presses) = mpsc::unbounded_channel();
        // A read of the keyboard cannot be called off. The thread ends with the process.
        std::thread::spawn(move || {
            while matches!(io::stdin().read_line(&mut String::new()), Ok(1..)) && pressed.send(()).is_ok() {}
        });
        Self(Some(presses))
    }

    /// Whether anybody can press it.
    pub const fn is_heard(&self) -> bool {
        self.0.is_some()
    }

    /// The next press; waits for ever where none can come.
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
