use crate::contacts::person;
use crate::world::{letter, stage};
use crm::Error;
use model::contact::{AddressForm, ContactField, DetailForm, DetailKind};
use model::inbox::{ArchiveFilter, ArchiveShow, MessageFilter};
use model::mail_account::FolderRole;
use model::sender::SenderForm;
use model::work::{Act, TaskForm, Which};

/// [SEC-03] Mallory has a company of her own and knows every id of Alice's. To her none of them is there.
#[tokio::test]
async fn a_second_company_sees_nothing_of_the_first() {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let mallory = stage.register("Mallory", "Mala").await;
    let jan = alice.add_contact(person("Jan", "Bakker", "jan@bakker.example")).await.unwrap();
    let tag = alice.tag_contact(jan, "geheim".into()).await.unwrap();
    let detail = alice.open_contact(jan).await.unwrap().details[0].id;
    let address = alice.add_address(jan, AddressForm { city: "Deventer".into(), ..AddressForm::default() }).await.unwrap();
    let mailbox = stage.mailbox(&alice).await;
    mailbox.deliver(FolderRole::Inbox, letter("jan@bakker.example", "alice@alfa.example", "vraag")).await;
    let message = alice.list_messages(MessageFilter::default(), None).await.unwrap().rows[0].id;
    let act = alice.act(Which::These(vec![message]), Act::Highlight(true)).await.unwrap().act.unwrap();
    let note = alice.add_note(message, "geheim".into()).await.unwrap();
    let task = alice.add_task(TaskForm { title: "geheim".into(), contact: Some(jan), ..TaskForm::default() }).await.unwrap();
    let alias = {
        let form = SenderForm { account: mailbox.account.id, address: "geheim@alfa.example".into(), name: String::new() };
        alice.add_sender(form, |_, _| (String::new(), String::new())).await.unwrap()
    };
    let kind = alice.list_contact_types().await.unwrap()[0].id;
    let own = mallory.add_contact(person("Eve", "", "")).await.unwrap();

    macro_rules! absent {
        ($($asked:expr;)*) => {$(
            assert!(matches!($asked.await, Err(Error::NotFound | Error::Invalid(_))), "{}", stringify!($asked));
        )*};
    }
    absent! {
        mallory.open_contact(jan);
        mallory.change_contact(jan, ContactField::Note, "x".into());
        mallory.set_contact_type(own, kind);
        mallory.set_contact_active(jan, false);
        mallory.set_employer(jan, None, false);
        mallory.delete_contact(jan);
        mallory.restore_contact(jan);
        mallory.new_employee(jan);
        mallory.add_detail(jan, DetailForm { kind: DetailKind::Social, label: String::new(), value: "x".into() });
        mallory.change_detail(detail, DetailForm { kind: DetailKind::Social, label: String::new(), value: "x".into() });
        mallory.remove_detail(detail);
        mallory.add_address(jan, AddressForm { city: "x".into(), ..AddressForm::default() });
        mallory.change_address(address, AddressForm { city: "x".into(), ..AddressForm::default() });
        mallory.remove_address(address);
        mallory.tag_contact(jan, "x".into());
        mallory.untag_contact(jan, tag.id);
        mallory.rename_tag(tag.id, "x".into());
        mallory.remove_tag(tag.id);
        mallory.open_message(message);
        mallory.raw_message(message);
        mallory.mark_read(vec![message], true);
        mallory.finish(vec![message], true);
        mallory.delete_messages(vec![message]);
        mallory.restore_messages(vec![message]);
        mallory.act(Which::These(vec![message]), Act::Finish(true));
        mallory.undo_act(act);
        mallory.list_notes(message);
        mallory.add_note(message, "x".into());
        mallory.remove_note(note);
        mallory.add_task(TaskForm { title: "x".into(), message: Some(message), ..TaskForm::default() });
        mallory.add_task(TaskForm { title: "x".into(), contact: Some(jan), ..TaskForm::default() });
        mallory.set_task_done(task, true);
        mallory.remove_task(task);
        mallory.link_message(message, own);
        mallory.unlink_message(message, jan);
        mallory.unknown_sender(message, "jan@bakker.example".into());
        mallory.list_archive(ArchiveFilter { contact: jan, show: ArchiveShow::All, employees: true }, None);
        mallory.add_sender(SenderForm { account: mailbox.account.id, address: "m@mala.example".into(), name: String::new() }, |_, _| unreachable!());
        mallory.send_sender_code(alias, |_, _| unreachable!());
        mallory.verify_sender(alias, "000000");
        mallory.rename_sender(alias, "x".into());
        mallory.remove_sender(alias);
        mallory.sync_now(mailbox.account.id);
        mallory.remove_mail_account(mailbox.account.id);
    }
    let seen = mallory.changes_after(0).await.unwrap();
    assert!(seen.iter().all(|change| ![jan.0, message.0, tag.id.0].contains(&change.id)));
    assert_eq!(alice.open_contact(jan).await.unwrap().tags.len(), 1, "and nothing of Alice's was touched");
    stage.close().await;
}
