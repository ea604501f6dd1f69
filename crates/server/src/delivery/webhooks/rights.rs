//! Whether an endpoint may have an event at this moment: with the rights of whoever made it, looked at before each event.

use linekeeper_model::event::Event;
use linekeeper_storage::{StorageError, Tx};

use crate::credentials::standing::Standing;

/// Whether the event may be sent with those rights. The account that it is about must be there still.
pub(super) async fn may_have(tx: &mut Tx, maker: &Standing, event: &Event) -> Result<bool, StorageError> {
    if event.payload.outlives_its_account() {
        // The account is gone, and with it whatever its reach was.
        let sees = maker.role.sees_all_accounts() && !maker.lists_accounts();
        return Ok(sees && maker.may(event.payload.event_type().needs()));
    }
    maker.may_read(tx, event).await
}
