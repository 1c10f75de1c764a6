//! Signing in: the endpoint that hands out tokens, and mail servers that take a provider's word or do not.

use crate::bench::{Dovecot, OnlyHere};
use crm::ports::{Issuers, SignInErrand};
use crm::{Pass, Secret};
use mail::hosts::HostLimits;
use mail::imap::{DialError, Imap, log_in};
use mail::oauth::{Registered, Registration};
use mail::reach::{Network, Policy};
use mail::send::Submission;
use model::mail_account::{DiagnosisKind, Security, ServerSettings};
use model::sign_in::{Issuer, SignInFaultKind};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const SOON: Duration = crate::bench::SOON;

// ---------------------------------------------------------------------------------------------------------------
// The endpoint

type Asked = Arc<Mutex<Vec<HashMap<String, String>>>>;

/// Answers each form that is posted to it with the next of these pages; the last one again and again.
async fn endpoint(pages: &'static [(u16, &'static str)]) -> (String, CertificateDer<'static>, Asked) {
    let key = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let certificate = key.cert.der().clone();
    let secret = PrivateKeyDer::try_from(key.signing_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate.clone()], secret).expect("they fit");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let asked = Asked::default();
    let heard = Arc::clone(&asked);
    tokio::spawn(async move {
        let mut pages = pages.iter().peekable();
        while let Ok((tcp, _)) = listener.accept().await {
            let Ok(tls) = acceptor.accept(tcp).await else { continue };
            let mut stream = BufReader::new(tls);
            let mut length = 0;
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line).await.unwrap_or_default() == 0 || line == "\r\n" {
                    break;
                }
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a number");
                }
            }
            let mut form = vec![0; length];
            stream.read_exact(&mut form).await.expect("a form");
            let form = String::from_utf8(form).expect("text");
            heard.lock().expect("whole").push(form.split('&').filter_map(|pair| pair.split_once('=')).map(own).collect());
            let (status, page) = if pages.len() > 1 { pages.next().expect("one more") } else { pages.peek().copied().expect("the last") };
            let elsewhere = if *status == 307 { format!("Location: https://localhost:{port}/elsewhere\r\n") } else { String::new() };
            let head = format!("HTTP/1.1 {status} x\r\n{elsewhere}Content-Length: {}\r\nConnection: close\r\n\r\n", page.len());
            _ = stream.write_all(format!("{head}{page}").as_bytes()).await;
            _ = stream.shutdown().await;
        }
    });
    (format!("https://localhost:{port}/token"), certificate, asked)
}

fn own((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.replace("%3A", ":").replace("%2F", "/").replace('+', " "))
}

fn registered(url: &str, certificate: &CertificateDer<'static>, issuer: Issuer) -> Registered {
    let network = Network::with_names(Arc::new(OnlyHere), Policy { allow_private: true }, std::slice::from_ref(certificate), 443);
    let registration = Registration {
        issuer,
        client_id: "spindle".to_owned(),
        client_secret: Some(Secret::new("client-geheim")),
        authorize_url: None,
        token_url: Some(url.to_owned()),
    };
    Registered::new(network.expect("a network"), "https://crm.example/oauth/callback".to_owned(), vec![registration])
}

/// [EML-06, EML-07, EML-08] The page asks for what mail takes, with PKCE, and names where to come back to.
#[tokio::test]
async fn the_page_of_a_provider() {
    let (url, certificate, _) = endpoint(&[(200, "")]).await;
    let errand = SignInErrand { state: Secret::new("st&te"), challenge: "digest".to_owned(), hint: "a+b@firma.example".to_owned() };
    let microsoft = registered(&url, &certificate, Issuer::Microsoft);
    assert_eq!(microsoft.page(Issuer::Google, &errand), None);
    let page = microsoft.page(Issuer::Microsoft, &errand).expect("registered");
    for part in [
        "https://login.microsoftonline.com/common/oauth2/v2.0/authorize?",
        "client_id=spindle&response_type=code",
        "redirect_uri=https%3A%2F%2Fcrm.example%2Foauth%2Fcallback",
        "outlook.office.com%2FIMAP.AccessAsUser.All",
        "SMTP.Send+offline_access",
        "state=st%26te",
        "code_challenge=digest&code_challenge_method=S256",
        "login_hint=a%2Bb%40firma.example",
        "prompt=select_account",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let page = registered(&url, &certificate, Issuer::Google).page(Issuer::Google, &errand).expect("registered");
    for part in
        ["https://accounts.google.com/o/oauth2/v2/auth?", "scope=https%3A%2F%2Fmail.google.com%2F", "access_type=offline", "prompt=consent"]
    {
        assert!(page.contains(part), "{part} in {page}");
    }
}

/// [EML-06] A code is exchanged with its verifier; the name comes out of the id token, what is renewed repeats its scope.
#[tokio::test]
async fn codes_and_tokens() {
    // {"email":"jan@firma.example"}
    const GOOD: &str = r#"{"access_token":"a1","refresh_token":"r1","expires_in":4000,"scope":"openid https://outlook.office365.com/IMAP.AccessAsUser.All","id_token":"e30.eyJlbWFpbCI6ImphbkBmaXJtYS5leGFtcGxlIn0.x"}"#;
    let (url, certificate, asked) = endpoint(&[(200, GOOD), (200, r#"{"access_token":"a2"}"#)]).await;
    let registered = registered(&url, &certificate, Issuer::Microsoft);
    let tokens = registered.exchange(Issuer::Microsoft, &Secret::new("c1"), &Secret::new("v1")).await.expect("tokens");
    assert_eq!((tokens.access.reveal(), tokens.seconds, tokens.name.as_str()), ("a1", 4000, "jan@firma.example"));
    assert_eq!(tokens.refresh, Some(Secret::new("r1")));
    let tokens = registered.renew(Issuer::Microsoft, &Secret::new("r1")).await.expect("tokens");
    assert_eq!((tokens.access.reveal(), tokens.refresh), ("a2", None));
    let asked = asked.lock().expect("whole");
    let said = |at: usize, name: &str| asked[at].get(name).cloned().unwrap_or_default();
    assert_eq!(said(0, "grant_type"), "authorization_code");
    assert_eq!((said(0, "code"), said(0, "code_verifier")), ("c1".to_owned(), "v1".to_owned()));
    assert_eq!((said(0, "client_id"), said(0, "client_secret")), ("spindle".to_owned(), "client-geheim".to_owned()));
    assert_eq!(said(0, "redirect_uri"), "https://crm.example/oauth/callback");
    assert_eq!((said(1, "grant_type"), said(1, "refresh_token")), ("refresh_token".to_owned(), "r1".to_owned()));
    assert!(said(1, "scope").contains("IMAP.AccessAsUser.All"), "AADSTS900144 otherwise");
}

/// [EML-17] Only the provider's own words are a refusal: a server in trouble, or somebody's page in between, is a bad day.
#[tokio::test]
async fn refusals_and_bad_days() {
    let cases: [(&'static [(u16, &'static str)], SignInFaultKind); 9] = [
        (&[(400, r#"{"error":"invalid_grant","error_description":"AADSTS700082: expired due to inactivity"}"#)], SignInFaultKind::Lapsed),
        (&[(401, r#"{"error":"invalid_client","error_description":"AADSTS7000222"}"#)], SignInFaultKind::Misconfigured),
        (&[(400, r#"{"error":"temporarily_unavailable"}"#)], SignInFaultKind::Away),
        (&[(400, "<html>proxy</html>")], SignInFaultKind::Away),
        (&[(200, "<html>log in to the hotel</html>")], SignInFaultKind::Away),
        (&[(500, r#"{"error":"invalid_grant"}"#)], SignInFaultKind::Away),
        (&[(429, "")], SignInFaultKind::Away),
        // It is not carried on to where an answer points.
        (&[(307, ""), (200, r#"{"access_token":"stolen","refresh_token":"r"}"#)], SignInFaultKind::Away),
        (&[(200, r#"{"access_token":"a\r\nb","refresh_token":"r"}"#)], SignInFaultKind::Away),
    ];
    for (pages, kind) in cases {
        let (url, certificate, _) = endpoint(pages).await;
        let renewed = registered(&url, &certificate, Issuer::Google).renew(Issuer::Google, &Secret::new("r")).await;
        assert_eq!(renewed.expect_err("no token").kind, kind, "{pages:?}");
    }
    // Mail was not ticked.
    let (url, certificate, _) = endpoint(&[(200, r#"{"access_token":"a","refresh_token":"r","scope":"openid email"}"#)]).await;
    let exchanged = registered(&url, &certificate, Issuer::Google).exchange(Issuer::Google, &Secret::new("c"), &Secret::new("v")).await;
    assert_eq!(exchanged.expect_err("of no use").kind, SignInFaultKind::NoAccess);
    // Nobody there; and an address that the operator does not let this server connect to.
    let closed = format!("https://localhost:{}/token", crate::bench::free_port());
    let away = registered(&closed, &certificate, Issuer::Google).renew(Issuer::Google, &Secret::new("r")).await;
    assert_eq!(away.expect_err("nobody").kind, SignInFaultKind::Away);
    let guarded = Network::with_names(Arc::new(OnlyHere), Policy::default(), &[certificate], 443).expect("a network");
    assert_eq!(guarded.post(&url, &[("a", "b")]).await, None);
    assert_eq!(guarded.post("https://127.0.0.1:1/token", &[("a", "b")]).await, None);
}

// ---------------------------------------------------------------------------------------------------------------
// Mail servers

/// Says each of these when the line before it has come, and keeps what came.
async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, said: &[&str]) -> Vec<String> {
    let mut stream = BufReader::new(stream);
    let mut heard = Vec::new();
    for answer in said {
        if !heard.is_empty() || !answer.starts_with(['*', '2']) {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or_default() == 0 {
                return heard;
            }
            heard.push(line.trim_end().to_owned());
        } else {
            heard.push(String::new());
        }
        let tag = heard.last().and_then(|line| line.split(' ').next()).unwrap_or_default().to_owned();
        stream.write_all(answer.replace("{T}", &tag).as_bytes()).await.expect("sent");
        stream.flush().await.expect("sent");
    }
    heard
}

fn server(port: u16) -> ServerSettings {
    ServerSettings {
        login: "jan@firma.example".to_owned(),
        host: "localhost".to_owned(),
        port,
        security: Security::Plain,
        trusted_certificate: None,
    }
}

// user=jan@firma.example^Aauth=Bearer tok^A^A
const WORDS: &str = "dXNlcj1qYW5AZmlybWEuZXhhbXBsZQFhdXRoPUJlYXJlciB0b2sBAQ==";
// The challenge below is {"status":"401","schemes":"Bearer"}.

async fn imap(said: &'static [&'static str]) -> (Result<(), DialError>, Vec<String>) {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let talk = tokio::spawn(converse(theirs, said));
    let mut imap = Imap::greet(Box::new(ours), SOON).await.expect("greeted");
    let outcome = log_in(&mut imap, &server(143), &Pass::Token(Secret::new("tok"))).await;
    drop(imap);
    (outcome, talk.await.expect("it ended"))
}

/// [EML-06, EML-08] IMAP: with the command or after it, whichever the server can; a challenge is read and answered with nothing.
#[tokio::test]
async fn imap_takes_a_token() {
    const QUICK: &str = "* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR] hi\r\n";
    const SLOW: &str = "* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2] hi\r\n";
    const IN: &str = "{T} OK [CAPABILITY IMAP4rev1] in\r\n";
    let (outcome, heard) = imap(&[QUICK, IN]).await;
    outcome.expect("let in");
    assert_eq!(heard[1], format!("s1 AUTHENTICATE XOAUTH2 {WORDS}"));

    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let talk = tokio::spawn(converse(theirs, &[SLOW, "+ \r\n", "s1 OK [CAPABILITY IMAP4rev1] in\r\n"]));
    let mut client = Imap::greet(Box::new(ours), SOON).await.expect("greeted");
    log_in(&mut client, &server(143), &Pass::Token(Secret::new("tok"))).await.expect("let in");
    assert_eq!(talk.await.expect("it ended")[1..], ["s1 AUTHENTICATE XOAUTH2".to_owned(), WORDS.to_owned()]);

    let (outcome, heard) = imap(&[QUICK, "+ eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiQmVhcmVyIn0=\r\n", "s1 NO AUTHENTICATE failed.\r\n"]).await;
    assert_eq!(heard[2], "", "an empty line ends it");
    let told = outcome.expect_err("refused").diagnosis(&server(143));
    assert_eq!((told.kind, told.said.as_str()), (DiagnosisKind::SignInRefused, "AUTHENTICATE failed. (401)"));

    for (answer, kind) in [
        ("{T} NO [UNAVAILABLE] Temporary authentication failure.\r\n", DiagnosisKind::TryLater),
        ("{T} BAD User is authenticated but not connected.\r\n", DiagnosisKind::NoMailbox),
        ("{T} NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)\r\n", DiagnosisKind::SignInRefused),
    ] {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let talk = tokio::spawn(async move { converse(theirs, &[QUICK, answer]).await });
        let mut client = Imap::greet(Box::new(ours), SOON).await.expect("greeted");
        let refused = log_in(&mut client, &server(143), &Pass::Token(Secret::new("tok"))).await.expect_err("refused");
        assert_eq!(refused.diagnosis(&server(143)).kind, kind, "{answer}");
        talk.await.expect("it ended");
    }
    // One that never comes to an end is left.
    let (outcome, heard) = imap(&[QUICK, "+ e30=\r\n", "+ e30=\r\n"]).await;
    assert!(outcome.is_err());
    assert_eq!(heard.len(), 3);
    // One that takes passwords only is not handed a token.
    let (outcome, heard) = imap(&["* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\r\n"]).await;
    assert_eq!(outcome.expect_err("not offered").diagnosis(&server(143)).kind, DiagnosisKind::SignInRefused);
    assert_eq!(heard.len(), 1);
}

async fn smtp(said: &'static [&'static str]) -> (Option<DiagnosisKind>, Vec<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let talk = tokio::spawn(async move { converse(listener.accept().await.expect("somebody").0, said).await });
    let network = Network::with_names(Arc::new(OnlyHere), Policy { allow_private: true }, &[], 443).expect("a network");
    let tried = Submission::new(network, HostLimits::default()).try_sending(&server(port), &Pass::Token(Secret::new("tok"))).await;
    (tried.err().map(|diagnosis| diagnosis.kind), talk.await.expect("it ended"))
}

/// [EML-06, EML-08, EML-24] SMTP: likewise, and a refusal is told apart from sending that is switched off.
#[tokio::test]
async fn smtp_takes_a_token() {
    const HELLO: &str = "250-mail.test\r\n250 AUTH LOGIN XOAUTH2\r\n";
    let (told, heard) = smtp(&["220 hi\r\n", HELLO, "235 2.7.0 in\r\n"]).await;
    assert_eq!((told, heard[2].as_str()), (None, format!("AUTH XOAUTH2 {WORDS}").as_str()));
    let (told, heard) = smtp(&["220 hi\r\n", HELLO, "334 \r\n", "235 2.7.0 in\r\n"]).await;
    assert_eq!((told, heard[3].as_str()), (None, WORDS));
    let refused =
        &["220 hi\r\n", HELLO, "334 eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiQmVhcmVyIn0=\r\n", "535 5.7.3 Authentication unsuccessful\r\n"];
    let (told, heard) = smtp(refused).await;
    assert_eq!((told, heard[3].as_str()), (Some(DiagnosisKind::SignInRefused), ""));
    let (told, _) =
        smtp(&["220 hi\r\n", HELLO, "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox.\r\n"])
            .await;
    assert_eq!(told, Some(DiagnosisKind::SendingDisabled));
    let (told, heard) = smtp(&["220 hi\r\n", "250 AUTH PLAIN\r\n"]).await;
    assert_eq!((told, heard.len()), (Some(DiagnosisKind::SendingDisabled), 2), "another token would not be taken either");
}

/// [EML-06] A real server that asks the provider about each token.
#[tokio::test]
async fn dovecot_takes_a_token() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                let (mut line, mut length) = (String::new(), 0);
                while stream.read_line(&mut line).await.unwrap_or_default() > 2 {
                    if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap_or_default();
                    }
                    line.clear();
                }
                let mut form = vec![0; length];
                stream.read_exact(&mut form).await.unwrap_or_default();
                let good = String::from_utf8_lossy(&form).contains("token=good");
                let page = format!(r#"{{"active":{good},"username":"alice@test.example"}}"#);
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    page.len()
                );
                _ = stream.write_all(format!("{head}{page}").as_bytes()).await;
            });
        }
    });
    let folder = tempfile::tempdir().expect("a temp folder");
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("others may enter");
    let file = folder.path().join("oauth2.conf");
    let config = format!(
        "introspection_mode = post\nintrospection_url = http://127.0.0.1:{port}/introspect\nusername_attribute = username\n\
         username_format = %u\nactive_attribute = active\nactive_value = true\n"
    );
    std::fs::write(&file, config).expect("written");
    let extra = format!(
        "auth_mechanisms = plain login xoauth2\npassdb {{\n driver = oauth2\n mechanisms = xoauth2\n args = {}\n}}\n",
        file.display()
    );
    let dovecot = Dovecot::start_with(&extra).await;
    let token = |token: &str| Pass::Token(Secret::new(token));
    let mut imap = dovecot.dialer().dial(&dovecot.server("alice"), &token("good")).await.expect("let in");
    imap.examine("INBOX", None).await.expect("opened");
    imap.logout().await;
    let Err(refused) = dovecot.dialer().dial(&dovecot.server("alice"), &token("bad")).await else { panic!("let in") };
    assert_eq!(refused.diagnosis(&dovecot.server("alice")).kind, DiagnosisKind::SignInRefused);
}
