//! TERM ends it, whatever its clients do.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Long enough for every grace the program gives, short enough for a service manager.
const SOON: Duration = Duration::from_secs(45);

struct Running {
    id: u32,
    ended: Receiver<bool>,
    address: String,
    _data: TempDir,
}

fn serve() -> Running {
    let data = tempfile::tempdir().expect("a temp folder");
    let site = data.path().join("site");
    std::fs::create_dir_all(site.join("pkg")).expect("made");
    let assets = r#"{"css":"/pkg/a.css","js":"/pkg/a.js","wasm":"/pkg/a.wasm","font":"/pkg/a.woff2","icons":"/pkg/a.svg"}"#;
    std::fs::write(site.join("assets.json"), assets).expect("written");
    let mut child = Command::new(env!("CARGO_BIN_EXE_spindle"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data.path())
        .arg("--site")
        .arg(&site)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("it says where it listens");
    let address = line.trim().strip_prefix("listening on http://").expect("it listens").to_owned();
    let id = child.id();
    let (end, ended) = mpsc::channel();
    std::thread::spawn(move || end.send(child.wait().is_ok_and(|status| status.success())));
    Running { id, ended, address, _data: data }
}

impl Running {
    fn connect(&self, said: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.write_all(said.as_bytes()).expect("sent");
        stream
    }

    fn kill(&self, signal: &str) -> bool {
        Command::new("kill").args([signal, &self.id.to_string()]).status().expect("kill is there").success()
    }

    /// Answers how long it took to end, and whether it ended well.
    fn terminate(self) -> (Duration, bool) {
        let asked = Instant::now();
        assert!(self.kill("-TERM"));
        match self.ended.recv_timeout(SOON) {
            Ok(well) => (asked.elapsed(), well),
            Err(_) => {
                self.kill("-KILL");
                panic!("it did not end");
            }
        }
    }
}

#[test]
fn term_ends_it_whatever_clients_do() {
    let running = serve();
    let silent = running.connect("");
    let half_a_head = running.connect("GET / HTTP/1.1\r\nHost: localhost\r\nAcc");
    let half_a_body =
        running.connect("POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{");
    let mut kept = running.connect("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let mut answer = [0; 12];
    kept.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 204");
    let (took, well) = running.terminate();
    assert!(well, "it ended in good order after {took:?}");
    drop((silent, half_a_head, half_a_body, kept));
}

#[test]
fn term_ends_it_at_once_when_nobody_is_there() {
    let running = serve();
    let (took, well) = running.terminate();
    assert!(well && took < Duration::from_secs(5), "{took:?}");
}
