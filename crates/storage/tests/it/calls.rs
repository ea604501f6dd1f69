//! Generates random calls of the library's store traits.

use linekeeper_storage::testing::Call::{self, *};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// Any call. There are only a few keys, so that the calls of a sequence use the same rows.
pub fn any() -> impl Strategy<Value = Call> {
    prop_oneof![4 => addresses(), 4 => prekeys(), 3 => app_state(), 3 => groups(), 4 => people(), 4 => messages(), 1 => device()]
}

fn who() -> std::ops::Range<u8> {
    0..12
}

fn few() -> std::ops::Range<u8> {
    0..4
}

fn id() -> std::ops::Range<u32> {
    0..12
}

/// Times in seconds. Zero is among them, because some methods of the library treat it as a special value.
fn time() -> std::ops::Range<i64> {
    0..8
}

/// Records of different lengths. Some are empty, and some are larger than a database page.
fn record() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => vec(any_byte(), 0..40),
        1 => any_byte().prop_map(|byte| vec![byte; 9_000]),
    ]
}

fn any_byte() -> impl Strategy<Value = u8> {
    proptest::num::u8::ANY
}

fn yes_or_no() -> impl Strategy<Value = bool> {
    proptest::bool::ANY
}

fn addresses() -> impl Strategy<Value = Call> {
    prop_oneof![
        (who(), any_byte()).prop_map(|(who, key)| PutIdentity(who, key)),
        vec((who(), any_byte()), 0..6).prop_map(PutIdentitiesBatch),
        who().prop_map(LoadIdentity),
        who().prop_map(DeleteIdentity),
        (who(), record()).prop_map(|(who, record)| PutSession(who, record)),
        vec((who(), record()), 0..6).prop_map(PutSessionsBatch),
        who().prop_map(GetSession),
        who().prop_map(HasSession),
        who().prop_map(DeleteSession),
        who().prop_map(HasSignalStateForUser),
        (who(), record()).prop_map(|(who, record)| PutSenderKey(who, record)),
        vec((who(), record()), 0..6).prop_map(PutSenderKeysBatch),
        who().prop_map(GetSenderKey),
        who().prop_map(DeleteSenderKey),
    ]
}

fn prekeys() -> impl Strategy<Value = Call> {
    prop_oneof![
        (id(), record(), yes_or_no()).prop_map(|(id, record, uploaded)| StorePrekey(id, record, uploaded)),
        (vec((id(), record()), 0..20), yes_or_no())
            .prop_map(|(all, uploaded)| StorePrekeysBatch(all, uploaded)),
        id().prop_map(LoadPrekey),
        vec(id(), 0..20).prop_map(LoadPrekeysBatch),
        vec(id(), 0..6).prop_map(MarkPrekeysUploaded),
        id().prop_map(RemovePrekey),
        Just(GetMaxPrekeyId),
        (id(), record()).prop_map(|(id, record)| StoreSignedPrekey(id, record)),
        id().prop_map(LoadSignedPrekey),
        Just(LoadAllSignedPrekeys),
        id().prop_map(RemoveSignedPrekey),
    ]
}

fn app_state() -> impl Strategy<Value = Call> {
    prop_oneof![
        (few(), record()).prop_map(|(id, data)| SetSyncKey(id, data)),
        few().prop_map(GetSyncKey),
        Just(GetLatestSyncKeyId),
        (few(), 0..1_000u64).prop_map(|(name, version)| SetVersion(name, version)),
        few().prop_map(GetVersion),
        (few(), vec((who(), any_byte()), 0..10)).prop_map(|(name, macs)| PutMutationMacs(name, macs)),
        (few(), who()).prop_map(|(name, index)| GetMutationMac(name, index)),
        (few(), vec(who(), 0..10)).prop_map(|(name, indexes)| GetMutationMacs(name, indexes)),
        (few(), vec(who(), 0..10)).prop_map(|(name, indexes)| DeleteMutationMacs(name, indexes)),
        few().prop_map(ClearMutationMacs),
    ]
}

fn groups() -> impl Strategy<Value = Call> {
    prop_oneof![
        3 => (few(), vec((who(), yes_or_no()), 0..6)).prop_map(|(group, all)| SetSenderKeyStatus(group, all)),
        3 => few().prop_map(GetSenderKeyDevices),
        1 => few().prop_map(ClearSenderKeyDevices),
        1 => vec(who(), 0..3).prop_map(DeleteSenderKeyDeviceRows),
        1 => Just(ClearAllSenderKeyDevices),
        1 => (few(), record()).prop_map(|(group, blob)| PutGroupMetadata(group, blob)),
        1 => few().prop_map(GetGroupMetadata),
        1 => few().prop_map(DeleteGroupMetadata),
    ]
}

fn people() -> impl Strategy<Value = Call> {
    prop_oneof![
        vec((few(), few()), 0..5).prop_map(|pairs| PutLidMappings(pairs, 0)),
        few().prop_map(GetLidMapping),
        few().prop_map(GetPnMapping),
        Just(GetAllLidMappings),
        vec((who(), time()), 0..4).prop_map(UpdateDeviceLists),
        who().prop_map(GetDevices),
        who().prop_map(DeleteDevices),
        (few(), record(), time(), option::of(time()))
            .prop_map(|(who, token, at, sent)| PutTcToken(who, token, at, sent)),
        few().prop_map(GetTcToken),
        few().prop_map(DeleteTcToken),
        Just(GetAllTcTokenJids),
        (time(), time()).prop_map(|(token, sender)| DeleteExpiredTcTokens(token, sender)),
        (few(), time()).prop_map(|(who, at)| TouchTcToken(who, at)),
        (few(), record(), time()).prop_map(|(who, token, at)| StoreReceivedTcToken(who, token, at)),
    ]
}

fn messages() -> impl Strategy<Value = Call> {
    prop_oneof![
        (few(), few(), record()).prop_map(|(to, id, payload)| StoreSentMessage(to, id, payload)),
        (few(), few()).prop_map(|(to, id)| TakeSentMessage(to, id)),
        yes_or_no().prop_map(DeleteExpiredSentMessages),
        vec((few(), few(), record()), 0..5).prop_map(StorePendingInbound),
        (few(), few()).prop_map(|(from, id)| GetPendingInbound(from, id)),
        vec((few(), few()), 0..5).prop_map(DeletePendingInbound),
        yes_or_no().prop_map(DeleteExpiredPendingInbound),
        vec((few(), any_byte(), time(), time()), 0..6).prop_map(PutMsgSecrets),
        few().prop_map(GetMsgSecret),
        time().prop_map(DeleteExpiredMsgSecrets),
        (few(), few(), record()).prop_map(|(who, id, key)| SaveBaseKey(who, id, key)),
        (few(), few(), record()).prop_map(|(who, id, key)| HasSameBaseKey(who, id, key)),
        (few(), few()).prop_map(|(who, id)| DeleteBaseKey(who, id)),
    ]
}

fn device() -> impl Strategy<Value = Call> {
    prop_oneof![(0..1_000u32).prop_map(SaveDevice), Just(LoadDevice), Just(DeviceExists)]
}
