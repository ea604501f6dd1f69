//! Name and picture of a phone.

use crate::http::Sim;
use serde_json::json;

#[tokio::test]
async fn a_picture_is_served_until_it_changes() {
    let sim = Sim::start().await;
    sim.post("/admin/phones", json!({ "number": "4915550001", "name": "Ann" })).await;
    let path = "/admin/phones/4915550001/profile";
    assert_eq!(sim.get(path).await.body, json!({ "name": "Ann", "about": "", "picture": null }));

    // The text "picture" in base64.
    let set = sim.post(path, json!({ "name": "Ann B.", "picture": "cGljdHVyZQ==" })).await;
    assert_eq!((set.status, &set.body["name"]), (200, &json!("Ann B.")));
    assert_eq!(set.body["picture"]["bytes"], 7);
    assert_eq!(sim.get(path).await.body, set.body);
    let url = set.body["picture"]["url"].as_str().unwrap();
    let file = url.strip_prefix(&sim.server.http_url()).unwrap();
    assert_eq!(sim.exchange("GET", file, "").await, (200, "picture".to_owned()));
    let preview = file.replace("/image", "/preview");
    assert_eq!(sim.exchange("GET", &preview, "").await, (200, "picture".to_owned()));
    sim.get(&file.replace("/image", "/fresco")).await.refuses(404, "picture_not_found", "picture");

    let renamed = sim.post(path, json!({ "name": "Ann" })).await;
    assert_eq!(renamed.body["picture"], set.body["picture"], "what is not named stays");
    let taken_away = sim.post(path, json!({ "picture": null })).await;
    assert_eq!(taken_away.body, json!({ "name": "Ann", "about": "", "picture": null }));
    sim.get(file).await.refuses(404, "picture_not_found", "picture");
}

#[tokio::test]
async fn invalid_profiles_are_refused() {
    let sim = Sim::start().await;
    sim.post("/admin/phones", json!({ "number": "4915550001", "name": "Ann" })).await;
    let path = "/admin/phones/4915550001/profile";
    for (body, field) in [
        (json!({ "name": "" }), "name"),
        (json!({ "name": "x".repeat(26) }), "name"),
        (json!({ "picture": "?" }), "picture"),
        (json!({ "picture": "" }), "picture"),
        (json!({ "picture": 5 }), "picture"),
        (json!({ "about": "x" }), "about"),
    ] {
        sim.post(path, body).await.refuses(400, "invalid_field", field);
    }
    sim.get("/admin/phones/4915550009/profile").await.refuses(404, "phone_not_found", "4915550009");
    assert_eq!(sim.get(path).await.body, json!({ "name": "Ann", "about": "", "picture": null }));
}
