//! A mail leaves the queue when the mail server has accepted it, or when a day of attempts is over.

use std::time::Duration;

use linekeeper::delivery::email::{Mailer, Queue, Sender};
use linekeeper_model::clock::Clock as _;
use linekeeper_model::id::MailId;
use linekeeper_model::mail::{Mail, Subject};
use linekeeper_model::secret::Secret;
use linekeeper_storage::QueuedMail;
use linekeeper_testbed::MailServer;

use crate::app::App;

const MINUTE: Duration = Duration::from_secs(60);

/// Starts a worker that sends mails to `url`.
fn worker(app: &App, url: &str) -> Mailer {
    let mailer = Mailer::on();
    let sender = Sender::new(&Secret::new(url.to_owned()), "linekeeper <alerts@example.org>").unwrap();
    let queue =
        Queue { storage: app.storage.clone(), clock: app.clock.clone(), sender, mailer: mailer.clone() };
    app.lifecycle.spawn("mail queue", queue.run(app.lifecycle.stopping().clone()));
    mailer
}

async fn write(app: &App, to: &str, subject: &str, text: &str) -> MailId {
    let mail = Mail { to: to.parse().unwrap(), subject: Subject::new(subject), text: text.to_owned() };
    let id = MailId::generate(app.clock.now(), &mut rand::rng());
    let mut tx = app.storage.begin().await.unwrap();
    tx.mail().insert(id, &mail).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// Waits until the next mail in the queue is as wanted, and returns it. `None` stands for an empty queue.
async fn until(app: &App, wanted: impl Fn(Option<&QueuedMail>) -> bool) -> Option<QueuedMail> {
    let look = async {
        loop {
            let next = app.storage.read().await.unwrap().mail().next().await.unwrap();
            if wanted(next.as_ref()) {
                return next;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(MINUTE, look).await.expect("the queue comes to that")
}

#[tokio::test]
async fn a_mail_arrives_unchanged() {
    let app = App::new().await;
    let mut server = MailServer::with_password("ana@example.org", "s3cr%t: é").await.unwrap();
    let url =
        format!("smtp://ana%40example.org:s3cr%25t%3A%20%C3%A9@127.0.0.1:{}/desk.example.org", server.port);
    let mailer = worker(&app, &url);
    let hostile = "Café\r\nBcc: eve@example.org\r\n\r\nx";
    let text = "Olá,\n.\nhttps://example.org/join#token=abc\nQUIT\n";
    let id = write(&app, "ben@example.org", hostile, text).await;
    mailer.wake();
    let mail = server.next().await.unwrap();
    assert_eq!(
        (mail.from.as_str(), mail.to.as_slice()),
        ("alerts@example.org", &["ben@example.org".to_owned()][..])
    );
    assert_eq!(mail.text, text);
    let headers: Vec<&str> = mail.headers.keys().map(String::as_str).collect();
    let expected = [
        "auto-submitted",
        "content-transfer-encoding",
        "content-type",
        "date",
        "from",
        "message-id",
        "mime-version",
        "subject",
        "to",
    ];
    assert_eq!(headers, expected);
    assert_eq!(mail.headers["subject"], "Café Bcc: eve@example.org x");
    assert_eq!(mail.headers["message-id"], format!("<{id}@example.org>"));
    assert_eq!(mail.headers["from"], "linekeeper <alerts@example.org>");
    until(&app, |next| next.is_none()).await;
    assert!(server.rest().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_mail_waits_until_the_mail_server_is_reachable_again() {
    let app = App::new().await;
    let mut server = MailServer::start().await.unwrap();
    let url = server.url();
    server.stop().await.unwrap();
    write(&app, "ana@example.org", "first", "1").await;
    let second = write(&app, "ben@example.org", "second", "2").await;
    let mailer = worker(&app, &url);
    // Waits until the worker has tried the first mail once: then the second one is next in the queue.
    until(&app, |next| next.is_some_and(|next| next.id == second)).await;
    let mut server = server.return_to_work().await.unwrap();
    app.clock.advance(MINUTE);
    mailer.wake();
    let mut subjects = [server.next().await.unwrap(), server.next().await.unwrap()]
        .map(|mail| mail.headers["subject"].clone());
    subjects.sort();
    assert_eq!(subjects, ["first", "second"]);
    until(&app, |next| next.is_none()).await;
    assert!(server.rest().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_refused_mail_delays_no_other_mail_and_is_given_up_after_a_day() {
    let app = App::new().await;
    let mut server = MailServer::start().await.unwrap();
    write(&app, "nobody@example.org", "refused", "x").await;
    write(&app, "ana@example.org,eve@example.org", "two at once", "x").await;
    write(&app, "ben@example.org", "taken", "x").await;
    let mailer = worker(&app, &server.url());
    assert_eq!(server.next().await.unwrap().headers["subject"], "taken");
    let mut tries = 1;
    let has_hope = |mail: &QueuedMail| mail.next_try_at <= mail.created_at + 24 * 60 * MINUTE;
    while let Some(left) =
        until(&app, |next| next.is_none_or(|next| next.attempts == tries && has_hope(next))).await
    {
        app.clock.advance(Duration::try_from(left.next_try_at.duration_since(app.clock.now())).unwrap());
        mailer.wake();
        tries += 1;
    }
    assert_eq!(tries, 18, "a minute, two, four, .. two hours, for a day");
    assert!(server.rest().await.unwrap().is_empty());
}

#[tokio::test]
async fn no_mail_is_sent_to_a_server_that_lacks_the_required_tls() {
    let app = App::new().await;
    let server = MailServer::with_password("ana", "hunter2").await.unwrap();
    write(&app, "ben@example.org", "secret", "x").await;
    // The mail server offers no TLS. An attacker on the network could remove the offer in the same way.
    worker(&app, &format!("smtp://ana:hunter2@127.0.0.1:{}?tls=required", server.port));
    until(&app, |next| next.is_some_and(|next| next.attempts == 1)).await;
    app.lifecycle.stop();
    assert!(app.lifecycle.drained().await);
    assert!(server.rest().await.unwrap().is_empty());
}
