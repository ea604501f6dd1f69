//! The commands: their output, and their exit codes.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::app::PASSWORD;
use crate::process::{Program, run};

const CREATE_OWNER: [&str; 5] = ["owner", "create", "--email", "Ana@example.org", "--password-stdin"];
const CREATE_KEY: [&str; 6] = ["api-key", "create", "--email", "ana@example.org", "--name", "crm"];

#[test]
fn the_owner_can_be_created_only_once() {
    let program = Program::new();
    let weak = program.run(&CREATE_OWNER, "short\n");
    assert_eq!(
        (weak.code, weak.err.as_str()),
        (1, "linekeeper: the password must have at least 12 characters\n")
    );
    let none = program.run(&CREATE_OWNER, "");
    assert_eq!((none.code, none.err.as_str()), (1, "linekeeper: standard input must hold the password\n"));
    let made = program.run(&CREATE_OWNER, &format!("{PASSWORD}\n"));
    assert_eq!((made.code, made.out.as_str()), (0, "ana@example.org is the Owner.\n"), "{}", made.err);
    let again = program.run(&CREATE_OWNER, PASSWORD);
    assert_eq!((again.code, again.err.as_str()), (1, "linekeeper: there is an Owner already\n"));
    assert_eq!(again.out, "");
}

#[test]
fn creating_an_api_key_prints_only_the_key() {
    let program = Program::new();
    let nobody = program.run(&CREATE_KEY, "");
    assert_eq!((nobody.code, nobody.err.as_str()), (1, "linekeeper: there is no user ana@example.org\n"));
    assert_eq!(program.run(&CREATE_OWNER, PASSWORD).code, 0);
    let made =
        program.run(&[&CREATE_KEY[..], &["--scopes", "whatsapp:read", "--expires-in", "90d"]].concat(), "");
    assert_eq!((made.code, made.err.as_str()), (0, ""));
    let key = made.out.strip_suffix('\n').unwrap();
    assert!(key.starts_with("lk_") && key.len() == 46, "{key}");
    let limits = ["--networks", "192.0.2.0/24,::1"];
    assert_eq!(program.run(&[&CREATE_KEY[..], &limits].concat(), "").code, 0);
    let nobodys = "01890a5d-ac96-774b-bcce-b302099a8057";
    let foreign = program.run(&[&CREATE_KEY[..], &["--accounts", nobodys]].concat(), "");
    let reason = format!("linekeeper: ana@example.org reaches no account {nobodys}\n");
    assert_eq!((foreign.code, foreign.err), (1, reason));
    let unknown = program.run(&[&CREATE_KEY[..], &["--scopes", "everything"]].concat(), "");
    assert!(unknown.code == 2 && unknown.err.contains("whatsapp:read"), "{unknown:?}");
}

#[test]
fn workspace_names_are_set_only_by_the_command_line_and_the_configuration() {
    let program = Program::new();
    assert_eq!(program.run(&CREATE_OWNER, PASSWORD).code, 0);
    let list = || program.run(&["workspace", "list"], "").out;
    let id = list().split('\t').next().unwrap().to_owned();
    assert_eq!(list(), format!("{id}\t-\tMy workspace\n"));
    let set = |value: &[&str]| {
        program.run(&[&["workspace", "set-external-id", "--workspace", &id], value].concat(), "")
    };
    let named = set(&["--external-id", "tenant-7"]);
    assert_eq!(
        (named.code, named.out),
        (0, format!("Tokens that name tenant-7 mean {id} now.\n")),
        "{}",
        named.err
    );
    assert_eq!(list(), format!("{id}\ttenant-7\tMy workspace\n"));
    let told = program.run(&["audit", "show", "--workspace", &id], "").out;
    assert!(told.contains("workspace.updated") && told.contains("commandLine"), "{told}");
    assert_eq!(set(&["--external-id", "tenant-7"]).code, 0);
    assert_eq!(program.run(&["audit", "show", "--workspace", &id], "").out, told, "nothing changed");
    let like_an_id = set(&["--external-id", "01890a5d-ac96-774b-bcce-b302099a8057"]);
    assert!(like_an_id.code == 2 && like_an_id.err.contains("must not look like the id"), "{like_an_id:?}");
    assert_eq!(set(&[]).code, 2, "say which, or none");
    let nobodys =
        ["workspace", "set-external-id", "--workspace", "01890a5d-ac96-774b-bcce-b302099a8057", "--none"];
    let nobodys = program.run(&nobodys, "");
    let reason = "linekeeper: there is no workspace 01890a5d-ac96-774b-bcce-b302099a8057\n";
    assert_eq!((nobodys.code, nobodys.err.as_str()), (1, reason));
    assert_eq!(set(&["--none"]).out, format!("{id} has no external id now.\n"));
    assert_eq!(list(), format!("{id}\t-\tMy workspace\n"));
}

#[test]
fn an_unusable_configuration_exits_with_64() {
    let program = Program::new();
    for (variable, value) in [
        ("LINEKEEPER_LISTEN", "nowhere"),
        ("ENCRYPTION_KEY", "your-32-character-encryption-key"),
        ("LINEKEEPER_LOG", "linekeeper=loud"),
        ("LINEKEEPER_LOG", "inof"),
        ("AUTH_JWT_WORKSPACES", "tenant-7"),
        ("AUTH_JWT_WORKSPACES", "tenant-7=acme"),
        ("AUTH_JWT_WORKSPACES", "=01890a5d-ac96-774b-bcce-b302099a8057"),
        (
            "AUTH_JWT_WORKSPACES",
            "a=01890a5d-ac96-774b-bcce-b302099a8057,b=01890a5d-ac96-774b-bcce-b302099a8057",
        ),
        ("LINEKEEPER_PUBLIC_URL", "https://example.org/whatsapp"),
        ("LINEKEEPER_PUBLIC_URL", "ftp://example.org"),
        ("DATABASE_URL", "postgres://linekeeper:pass/word@127.0.0.1/linekeeper"),
        ("SMTP_URL", "smtps://alerts:pass/word@smtp.example.org"),
        ("SMTP_FROM", "alerts@example.org"),
        ("S3_ENDPOINT", "s3.example.org"),
        ("AUTH_JWT_JWKS_URL", "crm.example.org/keys"),
        ("WHATSAPP_ENDPOINT", "web.whatsapp.com"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
    ] {
        let mut command = program.command(&["serve"]);
        command.env(variable, value);
        if variable == "SMTP_URL" {
            command.env("SMTP_FROM", "alerts@example.org");
        }
        let ended = run(command, "");
        assert_eq!(ended.code, 64, "{variable}: {}", ended.err);
        assert!(ended.err.contains(variable), "{}", ended.err);
    }
    assert_eq!(
        program
            .run(&["--config", "nowhere.toml", "api-key", "create", "--email", "a@b", "--name", "x"], "")
            .code,
        64
    );
}

/// The configured address has no database. The commands must say so at once: unlike `serve`, a command does not wait
/// for its database.
#[test]
fn a_command_says_why_postgresql_cannot_be_reached() {
    let program = Program::new();
    // Nothing listens on port 9 of this machine.
    let database = [
        ("DATABASE_URL", "postgres://linekeeper:hunter2@127.0.0.1:9/linekeeper"),
        ("ENCRYPTION_KEY", "8f1d6f0c5b7e4a3928d1c0b9a8f7e6d5c4b3a291807f6e5d4c3b2a1908f7e6d5"),
    ];
    for arguments in [&["user", "list"][..], &["doctor", "--offline", "--listen", "127.0.0.1:0"]] {
        let mut command = program.command(arguments);
        command.envs(database);
        let ended = run(command, "");
        let said = format!("{}{}", ended.out, ended.err);
        assert!(ended.code == 1 && said.contains("127.0.0.1:9: Connection refused"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn an_unknown_variable_is_reported() {
    let program = Program::new();
    let mut command = program.command(&["--listen", "127.0.0.1:0", "doctor", "--offline"]);
    command.env("WHATSAPP_MAX_CONECTIONS", "5");
    let ended = run(command, "");
    assert!(ended.out.contains("did you mean WHATSAPP_MAX_CONNECTIONS?"), "{}", ended.out);
}

#[test]
fn a_closed_output_pipe_causes_no_error_message() {
    let program = Program::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = program.command(&["version"]);
    let ended = command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped()).output().unwrap();
    assert_eq!((ended.status.code(), String::from_utf8(ended.stderr).unwrap().as_str()), (Some(141), ""));
}

#[test]
fn version_prints_the_version() {
    let program = Program::new();
    let ended = program.run(&["version"], "");
    let lines: Vec<&str> = ended.out.lines().collect();
    let [version, compiler, platform] = lines[..] else { panic!("{}", ended.out) };
    let commit = version.strip_prefix(concat!("linekeeper ", env!("CARGO_PKG_VERSION"), " (")).unwrap();
    let commit = commit.strip_suffix(')').unwrap();
    let hash = commit.strip_suffix("-dirty").unwrap_or(commit);
    assert!(commit == "unknown" || hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{commit}");
    assert!(compiler.starts_with("rustc ") && platform.contains("-linux-"), "{}", ended.out);
    assert_eq!(program.run(&["--version"], "").out, ended.out);
    assert_eq!(program.run(&["-V"], "").out.trim_end(), version);
}

#[test]
fn each_shell_gets_its_completion_script() {
    let program = Program::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ended = program.run(&["completions", shell], "");
        assert_eq!(ended.code, 0, "{shell}: {}", ended.err);
        for word in ["api-key", "data-dir", "completions"] {
            assert!(ended.out.contains(word), "{shell}: {word}");
        }
        assert_eq!(program.run(&["completions", shell], "").out, ended.out, "{shell}: the same each time");
    }
    assert_eq!(program.run(&["completions", "dos"], "").code, 2);
}

#[test]
fn bash_accepts_the_completion_script() {
    let program = Program::new();
    let script = program.run(&["completions", "bash"], "").out;
    let mut bash = std::process::Command::new("bash");
    bash.args([
        "--norc",
        "-c",
        "source /dev/stdin; COMP_WORDS=(linekeeper api-k); COMP_CWORD=1;
        _linekeeper linekeeper api-k linekeeper; echo ${COMPREPLY[@]}",
    ]);
    let ended = crate::process::run(bash, &script);
    assert_eq!((ended.code, ended.out.trim()), (0, "api-key"), "{}", ended.err);
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let program = Program::new();
    let page = program.run(&["man"], "");
    assert_eq!((page.code, page.out.contains(".TH linekeeper 1")), (0, true), "{}", page.out);
    let folder = program.data_dir().join("man");
    let written = program.run(&["man", "--folder", folder.to_str().unwrap()], "");
    assert_eq!((written.code, written.out.as_str()), (0, ""), "{}", written.err);
    let mut pages: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    for expected in ["linekeeper.1", "linekeeper-serve.1", "linekeeper-api-key-create.1", "linekeeper-man.1"]
    {
        assert!(pages.iter().any(|page| page == expected), "{expected} is not among {pages:?}");
    }
    assert!(!std::fs::read_to_string(folder.join("linekeeper-serve.1")).unwrap().is_empty());
}

#[test]
fn the_doctor_finds_nothing_wrong_with_a_new_installation() {
    let program = Program::new();
    let ended = program.run(&["--listen", "127.0.0.1:0", "doctor", "--offline"], "");
    assert_eq!(ended.code, 0, "{}", ended.out);
    assert!(ended.out.lines().count() >= 6 && !ended.out.contains("fail  "), "{}", ended.out);
    assert!(!program.data_dir().join("data").exists(), "a look makes nothing");
}

#[test]
fn the_doctor_says_how_to_repair_a_problem() {
    let program = Program::new();
    assert_eq!(program.run(&CREATE_OWNER, PASSWORD).code, 0);
    let doctor = ["--listen", "127.0.0.1:0", "doctor", "--offline"];
    let healthy = program.run(&doctor, "");
    assert!(healthy.code == 0 && healthy.out.contains("opens with the encryption key"), "{}", healthy.out);

    let mut other_key = program.command(&doctor);
    other_key.env("ENCRYPTION_KEY", "8f1d6f0c5b7e4a3928d1c0b9a8f7e6d5c4b3a291807f6e5d4c3b2a1908f7e6d5");
    let other_key = run(other_key, "");
    assert_eq!(other_key.code, 1);
    assert!(other_key.out.contains("fail  vault"), "{}", other_key.out);

    std::fs::rename(program.data_dir().join("data/encryption.key"), program.data_dir().join("away")).unwrap();
    let lost = program.run(&doctor, "");
    assert_eq!(lost.code, 1);
    assert!(lost.out.contains("Put that file back from your backup"), "{}", lost.out);

    let bad = program.run(&["--config", "nowhere.toml", "doctor"], "");
    assert!(bad.code == 1 && bad.out.starts_with("fail  configuration"), "{bad:?}");
}

#[tokio::test]
async fn an_unreachable_database_is_not_mistaken_for_a_new_installation() {
    let program = Program::new();
    assert_eq!(program.run(&CREATE_OWNER, PASSWORD).code, 0);
    let data = program.data_dir().join("data");
    let keys = linekeeper_storage::KeyRing::of_file_or_new(data.join("encryption.key"), Vec::new()).unwrap();
    let options = linekeeper_storage::StorageOptions {
        database: linekeeper_storage::Database::Sqlite { path: data.join("linekeeper.db") },
        sessions_dir: data.join("sessions"),
        keys,
        holder: "test".to_owned(),
    };
    let clock = std::sync::Arc::new(linekeeper_model::clock::SystemClock);
    let storage = linekeeper_storage::Storage::open(options, clock).await.unwrap();
    let account =
        linekeeper_model::id::AccountId::generate(linekeeper_model::Timestamp::UNIX_EPOCH, &mut rand::rng());
    drop(storage.vault().take(account).await.unwrap());
    storage.close().await;
    std::fs::rename(data.join("linekeeper.db"), program.data_dir().join("away.db")).unwrap();
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["user", "list"], &CREATE_OWNER] {
        let refused = program.run(arguments, PASSWORD);
        assert!(
            refused.code == 1 && refused.err.contains("linekeeper.db is missing or empty"),
            "{refused:?}"
        );
    }
    let doctor = program.run(&["--listen", "127.0.0.1:0", "doctor", "--offline"], "");
    assert!(doctor.code == 1 && doctor.out.contains("fail  database"), "{}", doctor.out);
    // Now both the database and the master key are missing. The server creates no new key, because a new key could not
    // decrypt the sessions in the vault.
    std::fs::rename(data.join("encryption.key"), program.data_dir().join("away.key")).unwrap();
    let refused = program.run(&["serve", "--listen", "127.0.0.1:0"], "");
    assert!(refused.code == 64 && !data.join("encryption.key").exists(), "{refused:?}");
    assert!(!data.join("linekeeper.db").exists());
}

#[test]
fn the_link_command_needs_an_api_key_and_a_running_server() {
    let program = Program::new();
    let no_key = program.run(&["link"], "");
    assert!(no_key.code == 1 && no_key.err.contains("LINEKEEPER_API_KEY"), "{no_key:?}");
    let no_number = program.run(&["link", "--method", "code", "--api-key-stdin"], "lk_x\n");
    assert!(no_number.code == 1 && no_number.err.contains("give --phone"), "{no_number:?}");
    // Nothing listens on port 9 of this machine.
    let nobody = program.run(&["link", "--server", "http://127.0.0.1:9", "--api-key-stdin"], "lk_x\n");
    assert!(nobody.code == 1 && nobody.err.contains("is `linekeeper serve` running?"), "{nobody:?}");
}

/// Runs a server from its first start to its second, over a real socket.
#[tokio::test]
async fn a_server_is_set_up_used_and_restarted() {
    linekeeper::whatsapp::install_crypto_provider();
    let program = Program::new();
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured(rustls::ClientConfig::clone(&linekeeper::whatsapp::client_config()))
        .no_proxy()
        .build()
        .unwrap();

    let first = Serving::start(&program);
    let link = first.line("/setup#token=");
    let (base, token) = link.trim().split_once("/setup#token=").unwrap();
    let owner = json!({ "token": token, "email": "ana@example.org", "password": PASSWORD });
    let session = http.post(format!("{base}/api/v1/setup")).json(&owner).send().await.unwrap();
    assert_eq!(session.status(), 201);
    let session: Value = session.json().await.unwrap();
    // Commands work while the server runs.
    let key = program.run(&CREATE_KEY, "");
    assert_eq!(key.code, 0, "{}", key.err);
    let me =
        http.get(format!("{base}/api/v1/auth/me")).header("x-api-key", key.out.trim()).send().await.unwrap();
    assert_eq!(me.json::<Value>().await.unwrap()["user"], session["user"]);
    let doctor = program.run(&["--listen", base.strip_prefix("http://").unwrap(), "doctor", "--offline"], "");
    assert!(doctor.code == 0 && doctor.out.contains("linekeeper answers on"), "{}", doctor.out);
    let rival = program.run(&["--listen", "127.0.0.1:0", "serve"], "");
    assert!(rival.code == 1 && rival.err.contains("already serves the data directory"), "{rival:?}");
    first.stop();

    let second = Serving::start(&program);
    let listens = second.line("listens on");
    let base = listens.trim().rsplit_once(' ').unwrap().1;
    let token = session["accessToken"].as_str().unwrap();
    let me = http.get(format!("{base}/api/v1/auth/me")).bearer_auth(token).send().await.unwrap();
    assert_eq!(me.status(), 200, "the signing key survives a restart");
    let refused = http.post(format!("{base}/api/v1/setup")).json(&owner).send().await.unwrap();
    assert_eq!(refused.status(), 409);
    assert!(!second.stop().contains("#token="), "no link where there is an Owner");
}

#[tokio::test]
async fn a_refused_token_of_the_crm_leaves_a_log_line() {
    linekeeper::whatsapp::install_crypto_provider();
    let program = Program::new();
    let mut command = program.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.envs([
        ("AUTH_JWT_ISSUER", "https://crm.example.org"),
        ("AUTH_JWT_AUDIENCE", "linekeeper"),
        ("AUTH_JWT_SECRET", "correct horse battery staple, and more"),
        ("LINEKEEPER_COLOUR", "blue"),
    ]);
    let serving = Serving::of(command.stderr(Stdio::piped()));
    let base = serving.line("listens on").trim().rsplit_once(' ').unwrap().1.to_owned();
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured(rustls::ClientConfig::clone(&linekeeper::whatsapp::client_config()))
        .no_proxy()
        .build()
        .unwrap();
    let me = format!("{base}/api/v1/auth/me");
    // The header is {"alg":"HS256"} and the body {"iss":"https://crm.example.org"}. The signature was not made
    // with the configured secret.
    let token = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwczovL2NybS5leGFtcGxlLm9yZyJ9.c2lnbmF0dXJl";
    assert_eq!(http.get(me).bearer_auth(token).send().await.unwrap().status(), 401);
    let log = serving.log();
    assert!(
        log.contains("a token of the CRM was refused") && log.contains("its signature is wrong"),
        "{log}"
    );
    assert!(!log.contains("eyJ"), "{log}");
    assert!(log.contains("LINEKEEPER_COLOUR is not known"), "{log}");
}

/// A running `serve` process.
struct Serving {
    child: std::process::Child,
    out: std::cell::RefCell<BufReader<std::process::ChildStdout>>,
}

impl Serving {
    fn start(program: &Program) -> Self {
        Self::of(program.command(&["serve", "--listen", "127.0.0.1:0"]).stderr(Stdio::null()))
    }

    fn of(command: &mut std::process::Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap()).into();
        Self { child, out }
    }

    /// The next line of the server's output that contains `text`.
    fn line(&self, text: &str) -> String {
        let mut line = String::new();
        while self.out.borrow_mut().read_line(&mut line).unwrap() > 0 {
            if line.contains(text) {
                return line;
            }
            line.clear();
        }
        panic!("it ended without a line with {text}");
    }

    /// Stops the server and returns its log.
    fn log(mut self) -> String {
        let mut stderr = self.child.stderr.take().unwrap();
        let reading = std::thread::spawn(move || {
            let mut log = String::new();
            std::io::Read::read_to_string(&mut stderr, &mut log).unwrap();
            log
        });
        self.stop();
        reading.join().unwrap()
    }

    /// Stops the server and returns the rest of its output.
    fn stop(mut self) -> String {
        let id = self.child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut *self.out.borrow_mut(), &mut rest).unwrap();
        rest
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Kill the process even if the test fails.
        let _ended_already = self.child.kill();
    }
}
