//! Stanzas that no handler knows, counted by their shape. A conformance test fails if there are any.

use crate::codec::NodeRead;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use wacore_binary::Node;

/// How often each shape arrived.
#[derive(Default)]
pub struct Unhandled(Mutex<BTreeMap<String, u64>>);

impl Unhandled {
    /// Counts a stanza.
    pub fn record(&self, node: &Node) {
        let shape = shape(node);
        tracing::warn!(%shape, "unhandled stanza");
        *self.0.lock().entry(shape).or_default() += 1;
    }

    /// All shapes so far, with their counts.
    pub fn list(&self) -> BTreeMap<String, u64> {
        self.0.lock().clone()
    }
}

/// The shape of a stanza, such as `iq[xmlns=w:x type=get] > a, b`. It is what a developer must know to write the
/// handler.
fn shape(node: &Node) -> String {
    let attrs: Vec<String> =
        ["xmlns", "type", "class"].iter().filter_map(|k| Some(format!("{k}={}", node.text(k)?))).collect();
    let children: Vec<&str> = node.all().iter().map(|c| &*c.tag).collect();
    let mut shape = node.tag.to_string();
    if !attrs.is_empty() {
        shape.push_str(&format!("[{}]", attrs.join(" ")));
    }
    if !children.is_empty() {
        shape.push_str(&format!(" > {}", children.join(", ")));
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::node;

    #[test]
    fn unhandled_stanzas_are_counted_by_shape() {
        let unhandled = Unhandled::default();
        let iq = node("iq")
            .attr("xmlns", "w:x")
            .attr("type", "get")
            .attr("id", "1")
            .children([node("a").build()])
            .build();
        unhandled.record(&iq);
        unhandled.record(&iq);
        unhandled.record(&node("call").build());
        let list = unhandled.list();
        assert_eq!(list.get("iq[xmlns=w:x type=get] > a"), Some(&2));
        assert_eq!(list.get("call"), Some(&1));
    }
}
