//! The part of the story in which Alice signs in at her provider's page.

use crate::world::{NOON, id};
use crm::ports::{SignInRow, Tx};
use model::mail_account::{AccountKind, Security, ServerSettings};
use model::sign_in::{Issuer, SignInFault, SignInFaultKind};
use model::{MailAccountId, SignInId};

fn sign_in(n: u64, until: i64) -> SignInRow {
    SignInRow {
        id: id(n),
        owner: id(1),
        session_hash: vec![7; 32],
        state_hash: vec![u8::try_from(n).unwrap(); 32],
        issuer: Issuer::Microsoft,
        kind: AccountKind::Office365,
        address: "alice@sells.example".into(),
        account: None,
        server: None,
        sealed: vec![0, 255, 1],
        back: false,
        fault: None,
        expires_at: NOON.plus_seconds(until),
    }
}

pub(crate) async fn sign_ins(tx: &mut dyn Tx) {
    let server = ServerSettings {
        login: "alice".into(),
        host: "imap.sells.example".into(),
        port: 143,
        security: Security::StartTls,
        trusted_certificate: None,
    };
    let first = SignInRow { account: Some(id(1)), server: Some(server), ..sign_in(1, 60) };
    tx.put_sign_in(&first).await.unwrap();
    tx.put_sign_in(&sign_in(2, 120)).await.unwrap();
    assert_eq!(tx.find_sign_in(id(1)).await.unwrap().as_ref(), Some(&first));
    assert_eq!(tx.find_sign_in(id(9)).await.unwrap(), None);

    // Back in another session, with another state, too late: no. Once in time, and never again.
    assert_eq!(tx.take_sign_in(&[1; 32], &[8; 32], NOON).await.unwrap(), None);
    assert_eq!(tx.take_sign_in(&[9; 32], &[7; 32], NOON).await.unwrap(), None);
    assert_eq!(tx.take_sign_in(&[1; 32], &[7; 32], NOON.plus_seconds(60)).await.unwrap(), None);
    let taken = tx.take_sign_in(&[1; 32], &[7; 32], NOON).await.unwrap();
    assert_eq!(taken, Some(SignInRow { back: true, ..first.clone() }));
    assert_eq!(tx.take_sign_in(&[1; 32], &[7; 32], NOON).await.unwrap(), None);

    let fault = SignInFault { kind: SignInFaultKind::Denied, said: "é".into() };
    let ended = SignInRow { back: true, sealed: vec![], fault: Some(fault), expires_at: NOON.plus_seconds(600), ..first };
    tx.put_sign_in(&ended).await.unwrap();
    assert_eq!(tx.find_sign_in(id(1)).await.unwrap(), Some(ended));
    tx.remove_sign_ins(NOON.plus_seconds(120)).await.unwrap();
    assert_eq!(tx.find_sign_in(id(2)).await.unwrap(), None, "it took too long");
    tx.remove_sign_in(id(1)).await.unwrap();
    assert_eq!(tx.find_sign_in(id::<SignInId>(1)).await.unwrap(), None);

    let account: MailAccountId = id(1);
    assert_eq!(tx.find_grant(account).await.unwrap(), None);
    tx.set_grant(account, Some(&[1, 0, 255])).await.unwrap();
    let row = tx.find_mail_account(account).await.unwrap().unwrap();
    tx.put_mail_account(&row).await.unwrap();
    assert_eq!(tx.find_grant(account).await.unwrap(), Some(vec![1, 0, 255]), "who writes the account leaves it as it is");
    assert!(!tx.replace_grant(account, &[9], &[2]).await.unwrap(), "something else stands there");
    assert!(tx.replace_grant(account, &[1, 0, 255], &[2]).await.unwrap());
    assert_eq!(tx.find_grant(account).await.unwrap(), Some(vec![2]));
    tx.set_grant(account, None).await.unwrap();
    assert!(!tx.replace_grant(account, &[2], &[3]).await.unwrap(), "nothing stands there");
    assert_eq!(tx.find_grant(account).await.unwrap(), None);
    assert_eq!(tx.find_grant(id(9)).await.unwrap(), None);
}
