//! Malformed ids in paths, for every id in the path of every route.

use super::target::{Target, with_ids};

const NO_IDS: [&str; 18] = [
    "x",
    "0",
    "%00",
    "%0d%0ax-evil:%201",
    "%ff%fe",
    "%c0%ae%c0%ae",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "..%5c..%5c",
    "%25%33%30",
    "%F0%9F%98%80",
    "'%20OR%20'1'='1",
    "%3Cscript%3E",
    "null",
    "-1",
    "%7B01890a5d-ac96-774b-bcce-b302099a8057%7D",
    "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057",
    "01890a5dac96774bbcceb302099a8057",
    "01890a5d-ac96-774b-bcce-b302099a8057%20",
];

#[tokio::test]
async fn malformed_ids_are_refused_by_every_route() {
    let target = Target::new().await;
    let before = target.state().await;
    let long = "a".repeat(8_000);
    for route in target.routes().iter().filter(|route| route.path.contains('{')) {
        for id in NO_IDS.into_iter().chain([long.as_str()]) {
            let head = target.head(&route.method, &with_ids(&route.path, id));
            let body = if route.fields.is_some() { "content-type: application/json\r\n" } else { "" };
            let asked = format!("{head}{body}content-length: 2\r\n\r\n{{}}");
            let answer = target.exchange(asked.as_bytes()).await.unwrap();
            let what = format!("{:.60} to {route:?}", id);
            target.assert_refused(&answer, &what);
            assert_eq!(answer.json()["code"], "invalid_id", "{what}");
            assert!(answer.headers.get("x-evil").is_none(), "{what}");
        }
        // These ids contain parts of a path. The server must refuse them too.
        for path in
            [with_ids(&route.path, ""), with_ids(&route.path, "../x"), with_ids(&route.path, "x/../y")]
        {
            let asked = format!("{}content-length: 0\r\n\r\n", target.head(&route.method, &path));
            target.assert_refused(&target.exchange(asked.as_bytes()).await.unwrap(), &path);
        }
    }
    assert_eq!(target.state().await, before);
}
