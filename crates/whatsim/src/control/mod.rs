//! The handles by which people and tests control the simulation: phones, faults and state. The admin HTTP routes
//! only call these handles, so HTTP and in-process control behave the same.

mod error;
mod faults;
mod groups;
pub mod http;
mod passkey;
mod phones;
mod profile;
mod state;

pub use error::ControlError;
pub use faults::{AddedFault, FaultControl, FaultState};
pub use groups::{GroupInfo, GroupMember, NewGroup};
pub use passkey::{PasskeyStage, PasskeyState};
pub use phones::{LinkedDevice, MockPhone, NewPhone, PhoneInfo, Phones, ReceiptKind, SentMessage};
pub use profile::{PictureChange, PictureState, ProfileChange, ProfileState};
pub use state::{DeviceState, PhoneState, State};
