//! WhatsApp's limits on new chats: what the server tells the client about them, and what happens to the client's
//! messages.

use serde_json::{Value, json};
use whatsapp_rust::MexRequest;
use whatsapp_rust::wacore::iq::mex_operations::fetch_new_chat_message_capping_info as capping_query;
use whatsapp_rust::wacore::types::events::Event;

use super::companion::Companion;
use crate::deadline::within;
use crate::sim::Sim;

const REACHOUT_REFUSED: &str = "463";
/// The end of a limit, far in the future, and the same time in seconds since 1970.
const END: &str = "2099-01-01T00:00:00Z";
const END_SECONDS: &str = "4070908800";

struct Connected {
    sim: Sim,
    number: String,
    companion: Companion,
}

impl Connected {
    async fn new() -> anyhow::Result<Self> {
        let sim = Sim::start().await?;
        let number = sim.phone("Ann")?;
        let companion = Companion::linked(&sim, &number).await?;
        Ok(Self { sim, number, companion })
    }

    /// Waits for the next notification with this operation name and returns its data.
    async fn told(&self, operation: &str) -> anyhow::Result<Value> {
        self.companion
            .event(operation, |event| match event {
                Event::MexNotification(told) if told.op_name == operation => {
                    Some(told.payload["data"].clone())
                }
                _ => None,
            })
            .await
    }

    /// Asks the server for the quota of new chats and returns the answer as raw JSON. The library's own type would
    /// turn the numbers into strings.
    async fn capping(&self) -> anyhow::Result<Value> {
        let input = capping_query::Input { r#type: Some("INDIVIDUAL_NEW_CHAT_MSG".to_owned()) };
        let variables = capping_query::Variables { input: Some(input) };
        let request = MexRequest::new(capping_query::NAME, capping_query::DOC_ID, variables);
        let response = within("quota", self.companion.client().mex().query(request)).await??;
        Ok(response.data.unwrap_or_default()["xwa2_message_capping_info"].clone())
    }

    /// Writes to a number and returns the error in the server's ack.
    async fn write_to(&self, number: &str) -> anyhow::Result<Option<String>> {
        let id = self.companion.send_text(number, "hello").await?;
        self.companion.acknowledged(&id).await
    }
}

#[tokio::test]
async fn an_account_without_limits_is_reported_without_limits() -> anyhow::Result<()> {
    let connected = Connected::new().await?;
    let lock = within("time-lock", connected.companion.client().mex().fetch_reachout_timelock()).await??;
    assert_eq!((lock.is_active, lock.time_enforcement_ends.as_deref()), (Some(false), Some("0")));
    let capping = connected.capping().await?;
    assert_eq!((&capping["capping_status"], &capping["total_quota"]), (&json!("NONE"), &json!(-1)));
    connected.sim.finish().await
}

#[tokio::test]
async fn a_time_lock_is_announced_and_can_be_queried_and_lifted() -> anyhow::Result<()> {
    let connected = Connected::new().await?;
    let fault = connected.sim.named_fault_until(&connected.number, "reachout_timelock", json!({}), END)?;
    let told = connected.told("NotificationUserReachoutTimelockUpdate").await?;
    let told = &told["xwa2_notify_account_reachout_timelock"];
    assert_eq!((&told["is_active"], &told["time_enforcement_ends"]), (&json!(true), &json!(END_SECONDS)));
    let mex = connected.companion.client().mex();
    let lock = within("time-lock", mex.fetch_reachout_timelock()).await??;
    assert_eq!((lock.is_active, lock.time_enforcement_ends.as_deref()), (Some(true), Some(END_SECONDS)));
    assert_eq!(lock.enforcement_type.as_deref(), Some("WEB_COMPANION_ONLY"));

    connected.sim.clear(fault)?;
    let told = connected.told("NotificationUserReachoutTimelockUpdate").await?;
    assert_eq!(told["xwa2_notify_account_reachout_timelock"]["is_active"], false);
    connected.sim.finish().await
}

#[tokio::test]
async fn a_time_lock_refuses_new_chats_and_allows_existing_ones() -> anyhow::Result<()> {
    let connected = Connected::new().await?;
    let (sim, number) = (&connected.sim, &connected.number);
    let (stranger, customer) = (sim.phone("Bob")?, sim.phone("Cid")?);
    sim.send(&customer, number, "are you open?").await?;
    connected.companion.next_text().await?;

    let fault = sim.named_fault_until(number, "reachout_timelock", json!({}), END)?;
    assert_eq!(connected.write_to(&stranger).await?.as_deref(), Some(REACHOUT_REFUSED));
    assert_eq!(connected.write_to(&customer).await?, None);
    sim.heard(&customer, "hello").await?;
    assert!(sim.inbox(&stranger)?.is_empty());

    sim.clear(fault)?;
    assert_eq!(connected.write_to(&stranger).await?, None);
    connected.sim.finish().await
}

#[tokio::test]
async fn capping_warns_twice_and_then_refuses_new_chats() -> anyhow::Result<()> {
    let connected = Connected::new().await?;
    for (level, status, used, refused) in [
        ("first_warning", "FIRST_WARNING", 80, None),
        ("second_warning", "SECOND_WARNING", 90, None),
        ("capped", "CAPPED", 100, Some(REACHOUT_REFUSED)),
    ] {
        let fault =
            connected.sim.named_fault(&connected.number, "capping", json!({ "level": level }), None)?;
        let told = connected.told("MessageCappingInfoNotification").await?;
        let told = &told["xwa2_notify_new_chat_messages_capping_info_update"];
        assert_eq!((&told["capping_status"], &told["used_quota"]), (&json!(status), &json!(used)));
        let answered = connected.capping().await?;
        for field in ["capping_status", "used_quota", "total_quota", "cycle_end_timestamp"] {
            assert_eq!(answered[field], told[field], "{level}: {field}");
        }
        let stranger = connected.sim.phone("Stranger")?;
        assert_eq!(connected.write_to(&stranger).await?.as_deref(), refused, "{level}");

        connected.sim.clear(fault)?;
        let told = connected.told("MessageCappingInfoNotification").await?;
        assert_eq!(told["xwa2_notify_new_chat_messages_capping_info_update"]["capping_status"], "NONE");
    }
    connected.sim.finish().await
}

#[tokio::test]
async fn a_limit_set_while_a_device_is_away_is_reported_on_its_return() -> anyhow::Result<()> {
    let mut connected = Connected::new().await?;
    connected.companion.hang_up().await?;
    connected.sim.named_fault(&connected.number, "capping", json!({ "level": "capped" }), None)?;
    connected.companion.restart().await?;
    connected.companion.connect().await?;
    let told = connected.told("MessageCappingInfoNotification").await?;
    assert_eq!(told["xwa2_notify_new_chat_messages_capping_info_update"]["capping_status"], "CAPPED");
    connected.sim.finish().await
}
