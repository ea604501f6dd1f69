//! Measures how many messages a second the simulator relays. Phones write to each other, with real encryption, all
//! in this process.
//!
//! `cargo run -p whatsim --example load -- [phones] [messages each]`
#![expect(clippy::print_stdout, reason = "a measurement is for people to read")]

use std::time::Instant;
use tokio::task::JoinSet;
use whatsim::{NewPhone, Server};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u32>());
    let phones = arguments.next().transpose()?.unwrap_or(50);
    let each = arguments.next().transpose()?.unwrap_or(400);
    let server = Server::builder().start().await?;
    let numbers: Result<Vec<String>, _> =
        (0..phones).map(|_| server.phones().create(NewPhone::default()).map(|phone| phone.number)).collect();
    let numbers = numbers?;
    let begun = Instant::now();
    let mut sending = JoinSet::new();
    for (index, from) in numbers.iter().enumerate() {
        let (phones, from) = (server.phones(), from.clone());
        let to = numbers[(index + 1) % numbers.len()].clone();
        sending.spawn(async move { phones.send_texts(&from, &to, "message", each).await.map(drop) });
    }
    while let Some(sent) = sending.join_next().await {
        sent??;
    }
    let sent = begun.elapsed();
    let total = u64::from(phones) * u64::from(each);
    let arrived = |number: &String| server.phones().get(number).map(|phone| phone.delivered);
    while numbers.iter().map(arrived).sum::<Result<u64, _>>()? < total {
        tokio::task::yield_now().await;
    }
    let all = begun.elapsed();
    println!("{total} messages of {phones} phones: sent in {sent:.1?}, decrypted and receipted in {all:.1?}");
    println!("{:.0} messages a second, with as many receipts", total as f64 / all.as_secs_f64());
    server.shutdown().await;
    Ok(())
}
