//! Whether an endpoint may get an event now, with the rights of the member who made it. This is checked before each
//! event.

use linekeeper_model::event::Event;
use linekeeper_storage::{StorageError, Tx};

use crate::credentials::standing::Standing;

/// Whether the event may be sent with these rights. The account that it is about must still exist.
pub(super) async fn may_have(tx: &mut Tx, maker: &Standing, event: &Event) -> Result<bool, StorageError> {
    if event.payload.outlives_its_account() {
        // The account is gone, so its reach can no longer be checked.
        let sees = maker.role.sees_all_accounts() && !maker.lists_accounts();
        return Ok(sees && maker.may(event.payload.event_type().needs()));
    }
    maker.may_read(tx, event).await
}
