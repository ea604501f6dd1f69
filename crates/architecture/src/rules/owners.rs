//! Each heavy dependency has one owner. No other code may name the dependency.

use crate::{Finding, Tree};

/// A dependency, and the code that may name it.
struct Owner {
    /// The names of the dependency's crates in Rust code, separated by spaces.
    crates: &'static str,
    /// The beginnings of the paths of files that may name the dependency, separated by spaces.
    places: &'static str,
    reason: &'static str,
}

impl Owner {
    fn owns(&self, name: &str) -> bool {
        self.crates.split(' ').any(|owned| owned == name)
    }

    fn is_at(&self, path: &str) -> bool {
        self.places.split(' ').any(|place| path.starts_with(place))
    }
}

/// whatsim and the demo's tests are not part of linekeeper, so they may name protocol and web crates freely.
const OWNERS: &[Owner] = &[
    Owner {
        crates: "sqlx rusqlite",
        places: "crates/storage/",
        reason: "only storage knows SQL: add a method to one of its repositories",
    },
    Owner {
        crates: "whatsapp_rust",
        places: "crates/server/src/whatsapp crates/demo/tests/",
        reason: "only server::whatsapp knows the protocol library: its API breaks between minor versions",
    },
    Owner {
        crates: "wacore wacore_binary wacore_noise wacore_libsignal waproto buffa",
        places: "crates/storage/src/session crates/storage/src/testing crates/storage/tests/ crates/storage/examples/ crates/whatsim/ crates/demo/tests/",
        reason: "only the vault's session names the library's store traits; the server reaches them through whatsapp/",
    },
    Owner {
        crates: "axum tower_http utoipa utoipa_axum",
        places: "crates/server/src/http crates/server/src/app.rs crates/server/tests/it/streams.rs crates/whatsim/",
        reason: "only server::http knows the web framework: say it in types of the model",
    },
    Owner {
        crates: "hyper hyper_util",
        places: "crates/server/src/http crates/server/src/whatsapp/network/proxy/ crates/whatsim/ \
                 crates/demo/examples/trial/bench/receiver.rs",
        reason: "only server::http serves over bare HTTP, and only a proxy's CONNECT is asked for with it",
    },
    Owner {
        crates: "tokio_socks",
        places: "crates/server/src/whatsapp/network/proxy/",
        reason: "traffic through a proxy goes through whatsapp::network::proxy, which never falls back to a direct way",
    },
    Owner {
        crates: "aead_stream aes_gcm hkdf",
        places: "crates/storage/src/seal crates/whatsim/",
        reason: "only storage's seal encrypts: two ways to seal are one too many",
    },
    Owner {
        crates: "ciborium zstd",
        places: "crates/storage/src/dump/",
        reason: "only storage's dump knows how a backup's bytes are laid out",
    },
    Owner {
        crates: "object_store",
        places: "crates/server/src/s3.rs crates/server/src/backup/ crates/server/src/media/",
        reason: "only server::s3 knows how a store is reached, and only backup and media keep things there",
    },
    Owner {
        crates: "jsonwebtoken argon2",
        places: "crates/server/src/credentials crates/server/tests/it/foreign_tokens",
        reason: "only server::credentials makes and checks credentials",
    },
    Owner {
        crates: "prometheus_client",
        places: "crates/server/src/telemetry/metrics crates/whatsim/",
        reason: "only telemetry::metrics counts: take a handle of the group that it belongs to",
    },
    Owner {
        crates: "opentelemetry opentelemetry_sdk opentelemetry_otlp opentelemetry_http tracing_opentelemetry",
        places: "crates/server/src/telemetry/traces",
        reason: "only telemetry::traces knows OpenTelemetry: everyone else makes spans of tracing",
    },
    Owner {
        crates: "async_nats lapin",
        places: "crates/server/src/delivery/streams crates/server/tests/it/brokers crates/demo/examples/trial/storm",
        reason: "only delivery::streams speaks to message brokers: they are readers of the log",
    },
    Owner {
        crates: "lettre",
        places: "crates/server/src/delivery/email",
        reason: "only delivery::email speaks to mail servers: put a mail into storage's queue",
    },
    Owner {
        crates: "libc",
        places: "crates/server/src/memory.rs",
        reason: "only server::memory has unsafe code: for anything else of the system take a crate with a safe interface",
    },
    Owner {
        crates: "ipnet",
        places: "crates/model/src/network.rs",
        reason: "only model::network knows how blocks of addresses are written and compared",
    },
    Owner {
        crates: "infer",
        places: "crates/server/src/media/kind.rs",
        reason: "only media::kind tells what a file is",
    },
    Owner {
        crates: "rust_embed",
        places: "crates/server/src/http/routes/dashboard",
        reason: "only the dashboard's routes hold its files",
    },
    Owner {
        crates: "figment",
        places: "crates/server/src/config",
        reason: "only server::config reads configuration; everyone else gets plain data",
    },
    Owner {
        crates: "clap clap_complete clap_mangen",
        places: "crates/server/src/cli crates/server/src/main.rs crates/whatsim/ crates/demo/",
        reason: "only the command line parses arguments",
    },
];

/// Finds files that name a dependency although their paths are not among the owner's `places`.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        let foreign: Vec<&Owner> = OWNERS.iter().filter(|owner| !owner.is_at(&file.path)).collect();
        for path in file.syntax().paths {
            let Some(first) = path.segments.first() else {
                continue;
            };
            if let Some(owner) = foreign.iter().find(|owner| owner.owns(first)) {
                findings.push(Finding::new(file, path.line, format!("names {first}: {}", owner.reason)));
            }
        }
    }
    // Report a `use` that imports several names as one finding.
    findings.dedup();
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_that_names_a_dependency_without_permission_is_reported() {
        let text = "use sqlx::Row;\nfn f() { axum::Router::new(); }\n// whatsapp_rust::Client\n";
        let found = check(&Tree::with("crates/server/src/accounts/actor.rs", text));
        assert_eq!(found.iter().map(|finding| finding.line).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(check(&Tree::with("crates/server/src/http/router.rs", "use axum::Router;")), []);
        assert_eq!(check(&Tree::with("crates/storage/src/db.rs", "#[sqlx(x)] struct S;")), []);
    }
}
