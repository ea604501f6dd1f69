//! All operations of the API. The line of an operation says who may call the operation, on which resource, with which
//! body, and which result to expect when there are no phones.

/// Who may call an operation.
#[derive(Debug, Clone, Copy)]
pub enum Access {
    /// Everybody: callers without a credential, with a valid credential, and with an invalid credential.
    Open,
    /// Everybody who has a credential.
    Anybody,
    /// A person who signed in. API keys are refused.
    Person,
    /// Every caller that has this permission.
    May(&'static str),
    /// Callers with one of these permissions.
    MayOneOf(&'static [&'static str]),
    /// A person who signed in and has this permission. API keys are refused.
    PersonWhoMay(&'static str),
}

/// The resource that the operation acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    None,
    Account,
    /// An account, and a member to whom the account is not shared yet.
    Share,
    PairingLink,
    /// The workspace of the caller. A caller of another workspace gets `404`.
    Workspace,
    /// A member of the workspace.
    Member,
    /// An invitation to the workspace.
    Invitation,
    /// A webhook of the workspace.
    Webhook,
    /// A sign-in of the caller.
    SignIn,
}

impl Thing {
    pub const fn not_found(self) -> &'static str {
        match self {
            Self::None => "",
            // The server first checks whether the caller can access the account. So the error names the account.
            Self::Account | Self::Share | Self::PairingLink => "account_not_found",
            Self::Workspace => "workspace_not_found",
            Self::Member => "member_not_found",
            Self::Invitation => "invitation_not_found",
            Self::Webhook => "webhook_not_found",
            Self::SignIn => "sign_in_not_found",
        }
    }
}

/// An operation of the API: who may call it, on what, and with which result.
#[derive(Debug)]
pub struct Operation {
    pub id: &'static str,
    pub access: Access,
    pub thing: Thing,
    /// The body as JSON, in which `{id}` stands for the id of the requested resource. Empty if there is no body.
    pub body: &'static str,
    /// The expected status, followed by the error code if the operation is refused.
    pub done: &'static str,
    /// The refusal for a key that is limited to some accounts, if there is no other reason to refuse the key.
    pub to_listing_keys: Option<&'static str>,
    /// The permissions that this operation gives to a member or to a new key.
    pub gives: Gift,
    /// The answer to an Admin, if an Admin gets another answer than an Owner.
    pub to_admins: Option<&'static str>,
    /// Whether the operation leaves an audit entry if it succeeds.
    pub audited: Audited,
}

/// The permissions that an operation gives to somebody.
#[derive(Debug, Clone, Copy)]
pub enum Gift {
    Nothing,
    /// The operation gives these permissions to a member. Unlike a key, a member has no limits of network or time.
    ToMember(&'static [&'static str]),
    /// The operation gives these permissions to a new key, which also gets the limits of the key that creates it.
    ToKey(&'static [&'static str]),
}

/// Whether a call by an Owner leaves an audit entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audited {
    Yes,
    /// The call leaves no entry, for this reason.
    No(&'static str),
}

const READS: Audited = Audited::No("it reads");

const fn open(id: &'static str, body: &'static str, done: &'static str, audited: Audited) -> Operation {
    Operation { access: Access::Open, body, audited, ..line(id, "", done) }
}

const fn line(id: &'static str, permission: &'static str, done: &'static str) -> Operation {
    Operation {
        id,
        access: Access::May(permission),
        thing: Thing::None,
        body: "",
        done,
        to_listing_keys: None,
        gives: Gift::Nothing,
        to_admins: None,
        audited: READS,
    }
}

const fn on_account(id: &'static str, permission: &'static str, done: &'static str) -> Operation {
    Operation { thing: Thing::Account, ..line(id, permission, done) }
}

const fn on_webhook(id: &'static str, done: &'static str) -> Operation {
    Operation { thing: Thing::Webhook, ..line(id, "webhooks:manage", done) }
}

const fn person(id: &'static str, body: &'static str, done: &'static str, audited: Audited) -> Operation {
    Operation { access: Access::Person, body, audited, ..line(id, "", done) }
}

const fn about(thing: Thing, operation: Operation) -> Operation {
    Operation { thing, ..operation }
}

const fn gives(permissions: &'static [&'static str], operation: Operation) -> Operation {
    Operation { gives: Gift::ToMember(permissions), ..operation }
}

const fn writes(operation: Operation, body: &'static str) -> Operation {
    Operation { body, audited: Audited::Yes, ..operation }
}

const fn invite(body: &'static str) -> Operation {
    writes(line("invite", "members:manage", "201"), body)
}

const ASSERTION: &str = r#"{ "id": "AQID", "rawId": "AQID", "type": "public-key",
    "response": { "clientDataJSON": "e30", "authenticatorData": "AAAA", "signature": "AAAA" } }"#;
/// The permissions of each role. `AGENT_TO_ADMIN` has the permissions that an Admin has and an Agent does not have.
/// `AGENT_TO_OWNER` has the permissions that an Owner has and an Agent does not have.
const VIEWER: &[&str] = &["whatsapp:read"];
const AGENT: &[&str] = &["whatsapp:read", "messages:send", "messages:read"];
const ADMIN: &[&str] = &[
    "whatsapp:read",
    "whatsapp:connect",
    "whatsapp:disconnect",
    "whatsapp:update",
    "messages:send",
    "messages:read",
    "webhooks:manage",
    "keys:manage",
    "audit:read",
    "members:manage",
];
const OWNER: &[&str] = &[
    "whatsapp:read",
    "whatsapp:connect",
    "whatsapp:disconnect",
    "whatsapp:update",
    "whatsapp:delete",
    "messages:send",
    "messages:read",
    "webhooks:manage",
    "keys:manage",
    "audit:read",
    "members:manage",
    "workspace:manage",
];
const AGENT_TO_ADMIN: &[&str] = &[
    "whatsapp:connect",
    "whatsapp:disconnect",
    "whatsapp:update",
    "webhooks:manage",
    "keys:manage",
    "audit:read",
    "members:manage",
];
const AGENT_TO_OWNER: &[&str] = &[
    "whatsapp:connect",
    "whatsapp:disconnect",
    "whatsapp:update",
    "whatsapp:delete",
    "webhooks:manage",
    "keys:manage",
    "audit:read",
    "members:manage",
    "workspace:manage",
];
const SECRET: &str = r#"{ "session": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }"#;
const PROOF: &str = r#"{ "password": "correct horse battery", "code": "123456" }"#;
const NO_LINK: Audited = Audited::No("no link has that token");
const NOT_PREPARED: Audited = Audited::No("there is no second factor");
const ABSENT: Audited = Audited::No("nobody has the id that is asked for");
const NOT_LINKED: Audited = Audited::No("the account is linked to no phone");
const NOT_SHOWN: Audited = Audited::No("nothing is open that it could change");

/// All operations.
pub static OPERATIONS: &[Operation] = &[
    open(
        "setUp",
        r#"{ "token": "x", "email": "eve@example.org", "password": "correct horse battery" }"#,
        "409 already_set_up",
        Audited::No("there is an Owner"),
    ),
    open(
        "signIn",
        r#"{ "email": "ana@example.org", "password": "correct horse battery" }"#,
        "200",
        Audited::Yes,
    ),
    open(
        "refresh",
        "",
        "401 sign_in_required",
        Audited::No("it goes on with a sign-in that stands there already"),
    ),
    open("signOut", "", "204", Audited::No("without a cookie nothing ends")),
    Operation { access: Access::Anybody, ..line("me", "", "200") },
    person("updateMe", r#"{ "weeklyReport": true }"#, "200", Audited::Yes),
    // All users in these tests have the same password as the Owner.
    person(
        "changePassword",
        r#"{ "currentPassword": "correct horse battery", "newPassword": "staple correct horse" }"#,
        "204",
        Audited::Yes,
    ),
    open(
        "forgotPassword",
        r#"{ "email": "ana@example.org" }"#,
        "409 mail_not_configured",
        Audited::No("this server sends no mail"),
    ),
    open(
        "resetPassword",
        r#"{ "token": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "newPassword": "staple correct horse" }"#,
        "404 reset_link_invalid",
        NO_LINK,
    ),
    person("prepareTotp", r#"{ "password": "correct horse battery" }"#, "200", Audited::Yes),
    person("enableTotp", r#"{ "code": "123456" }"#, "409 totp_not_enabled", NOT_PREPARED),
    person("disableTotp", PROOF, "409 totp_not_enabled", NOT_PREPARED),
    person("replaceRecoveryCodes", PROOF, "409 totp_not_enabled", NOT_PREPARED),
    person("listSignIns", "", "200", READS),
    person("endOtherSignIns", "", "204", Audited::No("there is no other sign-in")),
    about(Thing::SignIn, person("endSignIn", "", "204", Audited::Yes)),
    open(
        "openInvitation",
        r#"{ "token": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }"#,
        "404 invitation_invalid",
        READS,
    ),
    open(
        "acceptInvitation",
        r#"{ "token": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "password": "correct horse battery" }"#,
        "404 invitation_invalid",
        NO_LINK,
    ),
    line("listInvitations", "members:manage", "200"),
    gives(VIEWER, invite(r#"{ "email": "new@example.org", "role": "viewer" }"#)),
    gives(AGENT, invite(r#"{ "email": "new@example.org", "role": "agent" }"#)),
    gives(ADMIN, invite(r#"{ "email": "new@example.org", "role": "admin" }"#)),
    Operation {
        to_admins: Some("403 owner_needed"),
        ..gives(OWNER, invite(r#"{ "email": "new@example.org", "role": "owner" }"#))
    },
    about(Thing::Invitation, writes(line("revokeInvitation", "members:manage", "204"), "")),
    line("listMembers", "members:manage", "200"),
    about(Thing::Member, line("showMember", "members:manage", "200")),
    about(Thing::Member, writes(line("updateMember", "members:manage", "200"), r#"{ "role": "viewer" }"#)),
    gives(
        AGENT_TO_ADMIN,
        about(Thing::Member, writes(line("updateMember", "members:manage", "200"), r#"{ "role": "admin" }"#)),
    ),
    Operation {
        to_admins: Some("403 owner_needed"),
        ..gives(
            AGENT_TO_OWNER,
            about(
                Thing::Member,
                writes(line("updateMember", "members:manage", "200"), r#"{ "role": "owner" }"#),
            ),
        )
    },
    about(Thing::Member, writes(line("removeMember", "members:manage", "204"), "")),
    Operation { access: Access::Anybody, ..line("listWorkspaces", "", "200") },
    Operation {
        access: Access::PersonWhoMay("workspace:manage"),
        ..writes(line("createWorkspace", "", "201"), r#"{ "name": "Second" }"#)
    },
    Operation { access: Access::Anybody, ..about(Thing::Workspace, line("showWorkspace", "", "200")) },
    about(
        Thing::Workspace,
        writes(line("updateWorkspace", "workspace:manage", "200"), r#"{ "name": "Renamed" }"#),
    ),
    // The workspace has accounts, so it cannot be deleted. Other tests cover deleting a workspace.
    Operation {
        access: Access::PersonWhoMay("workspace:manage"),
        audited: Audited::No("it has accounts"),
        ..about(Thing::Workspace, line("deleteWorkspace", "", "409 workspace_not_empty"))
    },
    about(Thing::Workspace, person("enterWorkspace", "", "200", Audited::No("they work there already"))),
    writes(line("createApiKey", "keys:manage", "201"), r#"{ "name": "CRM" }"#),
    Operation {
        gives: Gift::ToKey(&["messages:send"]),
        ..writes(
            line("createApiKey", "keys:manage", "201"),
            r#"{ "name": "CRM", "scopes": ["messages:send"] }"#,
        )
    },
    line("listApiKeys", "keys:manage", "200"),
    // The requested id belongs to no key and no member. Other tests cover what these operations do.
    line("showApiKey", "keys:manage", "404 api_key_not_found"),
    Operation {
        body: r#"{ "name": "CRM" }"#,
        audited: ABSENT,
        ..line("updateApiKey", "keys:manage", "404 api_key_not_found")
    },
    Operation { audited: ABSENT, ..line("deleteApiKey", "keys:manage", "404 api_key_not_found") },
    on_account("listShares", "whatsapp:update", "200"),
    Operation { audited: ABSENT, ..on_account("shareAccount", "whatsapp:update", "404 member_not_found") },
    gives(AGENT, about(Thing::Share, writes(line("shareAccount", "whatsapp:update", "204"), ""))),
    Operation { audited: ABSENT, ..on_account("unshareAccount", "whatsapp:update", "404 member_not_found") },
    Operation {
        to_listing_keys: Some("403 limited_to_accounts"),
        ..writes(line("connect", "whatsapp:connect", "201"), r#"{ "displayName": "Shop" }"#)
    },
    Operation {
        thing: Thing::Account,
        ..writes(line("connect", "whatsapp:connect", "200"), r#"{ "accountId": "{id}" }"#)
    },
    writes(on_account("disconnect", "whatsapp:disconnect", "200"), ""),
    on_account("qrCode", "whatsapp:connect", "409 qr_not_requested"),
    line("listAccounts", "whatsapp:read", "200"),
    on_account("showAccount", "whatsapp:read", "200"),
    writes(on_account("updateAccount", "whatsapp:update", "200"), r#"{ "displayName": "Desk" }"#),
    writes(on_account("testProxy", "whatsapp:update", "200"), r#"{ "proxy": "socks5://127.0.0.1:1" }"#),
    writes(on_account("deleteAccount", "whatsapp:delete", "204"), ""),
    Operation { audited: NOT_LINKED, ..on_account("pauseAccount", "whatsapp:disconnect", "409 not_linked") },
    Operation { audited: NOT_LINKED, ..on_account("resumeAccount", "whatsapp:connect", "409 not_linked") },
    on_account("accountPicture", "whatsapp:read", "404 picture_not_found"),
    on_account("accountDevices", "whatsapp:read", "409 not_connected"),
    on_account("pairingCode", "whatsapp:connect", "409 code_not_requested"),
    // The requested code is for a number other than the account's, so that the test does not wait for WhatsApp.
    Operation {
        body: r#"{ "phoneNumber": "+15550000000" }"#,
        audited: NOT_SHOWN,
        ..on_account("requestPairingCode", "whatsapp:connect", "400 validation_failed")
    },
    on_account("passkey", "whatsapp:connect", "409 passkey_not_asked"),
    Operation {
        body: ASSERTION,
        audited: NOT_SHOWN,
        ..on_account("answerPasskey", "whatsapp:connect", "409 passkey_not_asked")
    },
    Operation {
        audited: NOT_SHOWN,
        ..on_account("confirmPasskey", "whatsapp:connect", "409 passkey_not_asked")
    },
    on_account("listPairingLinks", "whatsapp:connect", "200"),
    writes(on_account("createPairingLink", "whatsapp:connect", "201"), ""),
    Operation {
        thing: Thing::PairingLink,
        audited: Audited::Yes,
        ..line("revokePairingLink", "whatsapp:connect", "204")
    },
    open(
        "openPairing",
        r#"{ "token": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }"#,
        "404 pairing_link_invalid",
        NOT_SHOWN,
    ),
    open("pairingState", SECRET, "404 pairing_link_invalid", READS),
    open("newPairingWindow", SECRET, "404 pairing_link_invalid", NOT_SHOWN),
    open(
        "pairingPageCode",
        r#"{ "session": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "phoneNumber": "+15551234567" }"#,
        "404 pairing_link_invalid",
        NOT_SHOWN,
    ),
    on_account("accountHealth", "whatsapp:read", "200"),
    on_account("accountHealthHistory", "whatsapp:read", "200"),
    on_account("accountTimeline", "whatsapp:read", "200"),
    on_account("listMessages", "messages:read", "200"),
    Operation {
        body: r#"{ "to": "+15550000000", "type": "text", "text": { "body": "hello" } }"#,
        audited: NOT_LINKED,
        ..on_account("sendMessage", "messages:send", "409 not_linked")
    },
    Operation {
        body: r#"{ "messages": [{ "to": "+15550000000", "type": "text", "text": { "body": "hello" } }] }"#,
        audited: NOT_LINKED,
        ..on_account("sendMessages", "messages:send", "409 not_linked")
    },
    on_account("showMessage", "messages:read", "404 message_not_found"),
    Operation { audited: ABSENT, ..on_account("cancelMessage", "messages:send", "404 message_not_found") },
    Operation { audited: ABSENT, ..on_account("retryMessage", "messages:send", "404 message_not_found") },
    on_account("listReceipts", "messages:read", "404 message_not_found"),
    on_account("showQueue", "messages:read", "200"),
    Operation {
        body: "{}",
        audited: Audited::No("a file alone tells nobody anything"),
        ..on_account("uploadMedia", "messages:send", "201")
    },
    on_account("showMedia", "messages:read", "404 media_not_found"),
    Operation { audited: ABSENT, ..on_account("linkMedia", "messages:read", "404 media_not_found") },
    on_account("listChats", "messages:read", "200"),
    on_account("showChat", "messages:read", "404 chat_not_found"),
    Operation {
        body: r#"{ "messageId": "{id}" }"#,
        audited: ABSENT,
        ..on_account("markChatRead", "messages:send", "404 chat_not_found")
    },
    on_account("listContacts", "messages:read", "200"),
    on_account("showContact", "messages:read", "404 contact_not_found"),
    Operation {
        body: r#"{ "numbers": ["+15550000000"] }"#,
        audited: NOT_LINKED,
        ..on_account("checkContacts", "messages:send", "409 not_connected")
    },
    Operation { audited: ABSENT, ..on_account("eraseContact", "whatsapp:delete", "404 contact_not_found") },
    line("accountsAnalytics", "whatsapp:read", "200"),
    on_account("accountAnalytics", "whatsapp:read", "200"),
    line("messagesAnalytics", "messages:read", "200"),
    Operation {
        access: Access::MayOneOf(&["whatsapp:read", "messages:read"]),
        ..line("listEvents", "", "200")
    },
    Operation {
        access: Access::MayOneOf(&["whatsapp:read", "messages:read"]),
        ..line("streamEvents", "", "200")
    },
    line("listWebhooks", "webhooks:manage", "200"),
    gives(
        &["webhooks:manage"],
        writes(
            line("createWebhook", "webhooks:manage", "201"),
            r#"{ "url": "https://crm.example.org/hook" }"#,
        ),
    ),
    on_webhook("showWebhook", "200"),
    writes(on_webhook("updateWebhook", "200"), r#"{ "description": "CRM" }"#),
    writes(on_webhook("deleteWebhook", "204"), ""),
    writes(on_webhook("rotateWebhookSecret", "200"), ""),
    writes(on_webhook("testWebhook", "200"), ""),
    writes(on_webhook("pauseWebhook", "200"), ""),
    writes(on_webhook("resumeWebhook", "200"), ""),
    writes(on_webhook("replayWebhook", "202"), r#"{ "after": 0 }"#),
    on_webhook("listWebhookDeliveries", "200"),
    on_webhook("showWebhookDelivery", "404 delivery_not_found"),
    Operation { audited: ABSENT, ..on_webhook("replayWebhookDelivery", "404 delivery_not_found") },
    line("listAudit", "audit:read", "200"),
    open("openapi", "", "200", READS),
    open("healthz", "", "200", READS),
    open("readyz", "", "200", READS),
];
