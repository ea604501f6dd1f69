//! How people join, sign in and leave: invitations, new passwords and second factors, on both databases.

use std::sync::Arc;

use linekeeper_model::Timestamp;
use linekeeper_model::access::{Permission, Role};
use linekeeper_model::api_key::ApiKey;
use linekeeper_model::clock::Clock;
use linekeeper_model::id::{ApiKeyId, InvitationId, PairingLinkId, UserId};
use linekeeper_model::secret::Secret;
use linekeeper_model::user::{Member, User};
use linekeeper_storage::testing::Databases;
use linekeeper_storage::{
    ForeignStanding, Invitation, KeyHash, LinkHash, PairingLink, Reach, RecoveryCodeHash, SecondFactor,
    Storage,
};

use crate::repositories::{add_member, an_account_of, an_owner, at, with_owner};

struct AtFifty;

impl Clock for AtFifty {
    fn now(&self) -> Timestamp {
        at(50)
    }
}

/// An invitation whose id and token are determined by `number`.
fn an_invitation(by: &Member, number: u8, email: &str, expires: i64) -> Invitation {
    Invitation {
        id: InvitationId::generate(at(i64::from(number)), &mut rand::rng()),
        workspace_id: by.workspace_id,
        email: email.parse().unwrap(),
        role: Role::Agent,
        token: LinkHash([number; 32]),
        created_by: Some(by.user.id),
        made_with: None,
        is_mailed: false,
        created_at: at(1),
        expires_at: at(expires),
    }
}

async fn has_factor(storage: &Storage, user: &User) -> bool {
    storage.read().await.unwrap().users().get(user.id).await.unwrap().unwrap().has_totp
}

#[tokio::test]
async fn an_invitation_is_accepted_once_and_a_newer_one_replaces_it() {
    for database in Databases::each().await {
        let storage = database.open_at(Arc::new(AtFifty)).await;
        let (workspace, owner) = with_owner(&storage).await;
        let (elsewhere, stranger) = with_owner(&storage).await;
        let [first, second] = [1, 2].map(|number| an_invitation(&owner, number, "ben@example.org", 51));
        let other = an_invitation(&owner, 3, "vera@example.org", 60);
        let expired = an_invitation(&owner, 4, "carl@example.org", 50);
        let theirs = an_invitation(&stranger, 5, "ben@example.org", 60);
        let mut tx = storage.begin().await.unwrap();
        for invitation in [&first, &second, &other, &expired, &theirs] {
            tx.invitations().replace(invitation).await.unwrap();
        }
        let page = tx.invitations().list(workspace.id, None, 9).await.unwrap();
        assert_eq!(page, [second.clone(), other.clone()]);
        assert_eq!(
            tx.invitations().list(workspace.id, Some(second.id), 9).await.unwrap(),
            std::slice::from_ref(&other)
        );
        assert_eq!(tx.invitations().by_token(&first.token).await.unwrap(), None, "replaced");
        assert_eq!(tx.invitations().by_token(&expired.token).await.unwrap(), None);
        assert_eq!(tx.invitations().by_token(&theirs.token).await.unwrap(), Some(theirs.clone()));

        assert_eq!(tx.invitations().take(elsewhere.id, second.id).await.unwrap(), None, "not theirs to take");
        assert_eq!(tx.invitations().take(workspace.id, expired.id).await.unwrap(), None);
        assert_eq!(tx.invitations().take(workspace.id, second.id).await.unwrap(), Some(second.clone()));
        assert_eq!(tx.invitations().take(workspace.id, second.id).await.unwrap(), None);
        assert_eq!(tx.invitations().delete_expired().await.unwrap(), 1);

        // If the user who created the invitation is deleted, the invitation stays valid.
        tx.users().delete(stranger.user.id).await.unwrap();
        let orphan = Invitation { created_by: None, ..theirs };
        assert_eq!(tx.invitations().by_token(&orphan.token).await.unwrap(), Some(orphan));
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn only_the_newest_password_link_works_and_only_once() {
    for database in Databases::each().await {
        let storage = database.open_at(Arc::new(AtFifty)).await;
        let (_, ana) = with_owner(&storage).await;
        let (_, ben) = with_owner(&storage).await;
        let [old, new, late] = [1, 2, 3].map(|byte| LinkHash([byte; 32]));
        let mut tx = storage.begin().await.unwrap();
        tx.password_resets().put(ana.user.id, &old, at(60)).await.unwrap();
        tx.password_resets().put(ana.user.id, &new, at(60)).await.unwrap();
        tx.password_resets().put(ben.user.id, &late, at(50)).await.unwrap();
        assert_eq!(tx.password_resets().take(&old).await.unwrap(), None);
        assert_eq!(tx.password_resets().take(&late).await.unwrap(), None);
        assert!(tx.password_resets().is_good(&new).await.unwrap());
        for bad in [&old, &late] {
            assert!(!tx.password_resets().is_good(bad).await.unwrap());
        }
        assert_eq!(tx.password_resets().take(&new).await.unwrap(), Some(ana.user.id));
        assert_eq!(tx.password_resets().take(&new).await.unwrap(), None);
        assert_eq!(tx.password_resets().delete_expired().await.unwrap(), 1);
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_second_factor_is_prepared_enabled_used_and_removed() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (_, ana) = with_owner(&storage).await;
        let user = ana.user.id;
        let seed = |byte: u8| Secret::new(vec![byte; 20]);
        let mut tx = storage.begin().await.unwrap();
        assert!(tx.second_factors().get(user).await.unwrap().is_none());
        assert!(!tx.second_factors().enable(user).await.unwrap(), "nothing to turn on");
        assert!(tx.second_factors().prepare(user, &seed(1)).await.unwrap());
        assert!(tx.second_factors().prepare(user, &seed(2)).await.unwrap());
        let found = tx.second_factors().get(user).await.unwrap();
        assert!(
            matches!(&found, Some(SecondFactor::Prepared(seed)) if *seed.expose() == [2; 20]),
            "{found:?}"
        );
        assert!(tx.second_factors().enable(user).await.unwrap());
        assert!(!tx.second_factors().enable(user).await.unwrap());
        assert!(!tx.second_factors().prepare(user, &seed(3)).await.unwrap(), "one that is on stays");
        let found = tx.second_factors().get(user).await.unwrap();
        assert!(matches!(&found, Some(SecondFactor::On(seed)) if *seed.expose() == [2; 20]), "{found:?}");

        assert!(tx.second_factors().use_step(user, 7, 8).await.unwrap());
        assert!(!tx.second_factors().use_step(user, 7, 8).await.unwrap());
        assert!(!tx.second_factors().use_step(user, 6, 8).await.unwrap());
        assert!(tx.second_factors().use_step(user, 8, 8).await.unwrap());
        // Step 50 is used while the clock is ahead. After the clock was corrected, step 9 must be accepted.
        assert!(tx.second_factors().use_step(user, 50, 51).await.unwrap());
        assert!(tx.second_factors().use_step(user, 9, 10).await.unwrap());
        assert!(!tx.second_factors().use_step(user, 9, 10).await.unwrap());

        let codes = [1, 2, 3].map(|byte| RecoveryCodeHash([byte; 32]));
        tx.second_factors().set_recovery_codes(user, &codes).await.unwrap();
        assert!(tx.second_factors().use_recovery_code(user, &codes[0]).await.unwrap());
        assert!(!tx.second_factors().use_recovery_code(user, &codes[0]).await.unwrap());
        assert_eq!(tx.second_factors().recovery_codes_left(user).await.unwrap(), 2);
        tx.second_factors().set_recovery_codes(user, &codes[..1]).await.unwrap();
        assert!(!tx.second_factors().use_recovery_code(user, &codes[1]).await.unwrap(), "replaced");
        tx.commit().await.unwrap();
        assert!(has_factor(&storage, &ana.user).await);

        let mut tx = storage.begin().await.unwrap();
        tx.second_factors().remove(user).await.unwrap();
        assert!(tx.second_factors().get(user).await.unwrap().is_none());
        assert_eq!(tx.second_factors().recovery_codes_left(user).await.unwrap(), 0);
        tx.commit().await.unwrap();
        assert!(!has_factor(&storage, &ana.user).await);
    }
}

#[tokio::test]
async fn a_sent_report_is_recorded_once_and_a_change_of_settings_keeps_the_record() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, before) = with_owner(&storage).await;
        let mut tx = storage.begin().await.unwrap();
        assert_eq!(tx.members().workspaces_with_reports().await.unwrap(), []);
        let wanted = Member { reported_until: Some(at(1_000)), ..before.clone() };
        tx.members().update_mails(&before, &wanted).await.unwrap();
        assert_eq!(tx.members().workspaces_with_reports().await.unwrap(), [workspace.id]);
        assert!(tx.members().reported(&wanted, at(2_000)).await.unwrap());
        assert!(!tx.members().reported(&wanted, at(3_000)).await.unwrap(), "another server was first");
        // `wanted` was read before the report was noted, so its `reported_until` is out of date. A change of another
        // setting that is based on `wanted` must not overwrite the stored `reported_until`.
        let quiet = Member { notify: !wanted.notify, ..wanted.clone() };
        tx.members().update_mails(&wanted, &quiet).await.unwrap();
        let now = tx.members().get(workspace.id, before.user.id).await.unwrap().unwrap();
        assert_eq!((now.notify, now.reported_until), (quiet.notify, Some(at(2_000))));
        tx.members().update_mails(&now, &Member { reported_until: None, ..now.clone() }).await.unwrap();
        assert!(!tx.members().reported(&now, at(4_000)).await.unwrap(), "they want none any more");
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn when_a_member_leaves_their_accounts_are_assigned_to_another_member() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, owner) = with_owner(&storage).await;
        let mut ben = an_owner().1;
        (ben.workspace_id, ben.role) = (workspace.id, Role::Agent);
        let account = an_account_of(&workspace, &ben, "Shop");
        let mut tx = storage.begin().await.unwrap();
        add_member(&mut tx, &ben).await;
        tx.accounts().insert(&account).await.unwrap();
        let page = tx.members().list(workspace.id, None, 1).await.unwrap();
        let rest = tx.members().list(workspace.id, Some(page[0].user.id), 9).await.unwrap();
        assert_eq!((page.len(), rest.len()), (1, 1));
        assert!(page[0].user.id < rest[0].user.id);

        assert_eq!(tx.accounts().hand_over(workspace.id, ben.user.id, owner.user.id).await.unwrap(), 1);
        tx.members().delete(workspace.id, ben.user.id).await.unwrap();
        tx.users().delete(ben.user.id).await.unwrap();
        let found = tx.accounts().get(Reach::of(&owner), account.id, "").await.unwrap().unwrap();
        assert_eq!(found.user_id, owner.user.id);
        tx.commit().await.unwrap();
    }
}

/// What the tokens of the CRM say about a user must be kept when the user is deleted.
#[tokio::test]
async fn the_token_times_of_a_crm_user_are_kept_after_the_user_is_deleted() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, owner) = with_owner(&storage).await;
        let (elsewhere, _) = with_owner(&storage).await;
        let (id, external) = (UserId::generate(at(1), &mut rand::rng()), "https://crm|u1".parse().unwrap());
        let mut tx = storage.begin().await.unwrap();
        tx.users().insert_external(id, &external).await.unwrap();
        let mut standings = tx.foreign_standings();
        assert_eq!(standings.get(workspace.id, &external).await.unwrap(), ForeignStanding::default());
        assert_eq!(standings.lock(workspace.id, &external).await.unwrap(), ForeignStanding::default());
        let known = ForeignStanding { changed_at: at(7), seen_at: at(9) };
        standings.update(workspace.id, &external, known).await.unwrap();
        assert_eq!(standings.lock(workspace.id, &external).await.unwrap(), known);
        standings.bar(workspace.id, id, at(20)).await.unwrap();
        standings.bar(workspace.id, owner.user.id, at(20)).await.unwrap();
        tx.users().delete(id).await.unwrap();
        let barred = ForeignStanding { changed_at: at(20), seen_at: at(20) };
        let mut standings = tx.foreign_standings();
        assert_eq!(standings.get(workspace.id, &external).await.unwrap(), barred);
        assert_eq!(standings.get(elsewhere.id, &external).await.unwrap(), ForeignStanding::default());
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn pairing_links_are_deleted_with_the_api_key_that_created_them() {
    for database in Databases::each().await {
        let storage = database.open_at(Arc::new(AtFifty)).await;
        let (workspace, owner) = with_owner(&storage).await;
        let account = an_account_of(&workspace, &owner, "Shop");
        let key = ApiKey {
            id: ApiKeyId::generate(at(1), &mut rand::rng()),
            workspace_id: workspace.id,
            user_id: owner.user.id,
            name: "key".to_owned(),
            scopes: Permission::ALL.into(),
            accounts: None,
            networks: Vec::new(),
            created_at: at(1),
            expires_at: None,
            used_at: None,
        };
        let invitation = Invitation {
            made_with: Some(key.id),
            is_mailed: true,
            ..an_invitation(&owner, 1, "ben@example.org", 60)
        };
        let by_hand = an_invitation(&owner, 2, "vera@example.org", 60);
        let link = PairingLink {
            id: PairingLinkId::generate(at(1), &mut rand::rng()),
            workspace_id: workspace.id,
            account_id: account.id,
            created_by: owner.user.id,
            made_with: Some(key.id),
            token: LinkHash([9; 32]),
            created_at: at(1),
            expires_at: at(60),
            opened_at: None,
            revoked_at: None,
        };
        let mut tx = storage.begin().await.unwrap();
        tx.accounts().insert(&account).await.unwrap();
        tx.api_keys().insert(&key, KeyHash([1; 32])).await.unwrap();
        tx.invitations().replace(&invitation).await.unwrap();
        tx.invitations().replace(&by_hand).await.unwrap();
        tx.pairing_links().insert(&link).await.unwrap();
        assert_eq!(tx.invitations().by_token(&invitation.token).await.unwrap(), Some(invitation.clone()));
        assert_eq!(tx.pairing_links().by_token(&link.token).await.unwrap(), Some(link.clone()));
        assert!(tx.api_keys().delete(Reach::all_of(workspace.id), key.id).await.unwrap());
        assert_eq!(tx.invitations().by_token(&invitation.token).await.unwrap(), None);
        assert_eq!(tx.pairing_links().by_token(&link.token).await.unwrap(), None);
        assert_eq!(tx.invitations().by_token(&by_hand.token).await.unwrap(), Some(by_hand));
        tx.commit().await.unwrap();
    }
}
