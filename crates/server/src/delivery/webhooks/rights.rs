//! Decides whether an endpoint may get an event now, with the current rights of the member who created the
//! endpoint. This is checked for each event before it is sent.

use linekeeper_model::event::Event;
use linekeeper_storage::{StorageError, Tx};

use crate::credentials::standing::Standing;

/// Whether the event may be sent with these rights. If the event is about an account, the account must still
/// exist, except for events that outlive their account.
pub(super) async fn may_have(tx: &mut Tx, maker: &Standing, event: &Event) -> Result<bool, StorageError> {
    if event.payload.outlives_its_account() {
        // The account was deleted, so the server cannot check whether the member had access to it. Only a member who
        // sees all accounts gets the event.
        let sees = maker.role.sees_all_accounts() && !maker.lists_accounts();
        return Ok(sees && maker.may(event.payload.event_type().needs()));
    }
    maker.may_read(tx, event).await
}
