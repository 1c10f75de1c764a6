//! What the contacts room asks of the server: one verb each.

use crate::Fault;
#[cfg(feature = "ssr")]
use crate::session::session;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::contact::{
    AddressForm, ContactCard, ContactField, ContactFilter, ContactForm, ContactRef, ContactRow, ContactType, DetailForm, Tag, TagUse,
};
use model::inbox::{ArchiveFilter, ArchiveRow, UnknownSender};
use model::{AddressId, ContactId, ContactTypeId, Cursor, DetailId, MessageId, Page, TagId};

#[server(input = GetUrl)]
pub async fn list_contacts(filter: ContactFilter, after: Option<Cursor>) -> Result<Page<ContactRow>, Fault> {
    Ok(session().await?.list_contacts(filter, after).await?)
}

#[server(input = GetUrl)]
pub async fn count_contacts(filter: ContactFilter) -> Result<i64, Fault> {
    Ok(session().await?.count_contacts(filter).await?)
}

#[server(input = GetUrl)]
pub async fn open_contact(id: ContactId) -> Result<ContactCard, Fault> {
    Ok(session().await?.open_contact(id).await?)
}

/// The card and the top of its archive, in one go.
#[server(input = GetUrl)]
pub async fn open_card(filter: ArchiveFilter) -> Result<(ContactCard, Page<ArchiveRow>), Fault> {
    let session = session().await?;
    Ok((session.open_contact(filter.contact).await?, session.list_archive(filter, None).await?))
}

#[server(input = GetUrl)]
pub async fn list_archive(filter: ArchiveFilter, after: Option<Cursor>) -> Result<Page<ArchiveRow>, Fault> {
    Ok(session().await?.list_archive(filter, after).await?)
}

#[server(input = GetUrl)]
pub async fn suggest_contacts(typed: String, companies_only: bool) -> Result<Vec<ContactRef>, Fault> {
    Ok(session().await?.suggest_contacts(typed, companies_only).await?)
}

#[server(input = GetUrl)]
pub async fn new_employee(company: ContactId) -> Result<ContactForm, Fault> {
    Ok(session().await?.new_employee(company).await?)
}

#[server(input = GetUrl)]
pub async fn open_unknown_sender(message: MessageId, address: String) -> Result<UnknownSender, Fault> {
    Ok(session().await?.unknown_sender(message, address).await?)
}

/// What was typed before, where a browser without the program sent a form that was refused.
#[server(input = GetUrl)]
pub async fn recall_contact_form() -> Result<Option<ContactForm>, Fault> {
    Ok(crate::session::recall_form())
}

/// On to the card when it is there; back to the form, filled in as it was, when it is refused.
#[server]
pub async fn add_contact(form: ContactForm) -> Result<ContactId, Fault> {
    crate::session::remember_form(&form);
    let id = session().await?.add_contact(form).await?;
    crate::session::forget_form();
    leptos_axum::redirect(&format!("/contacts/{id}"));
    Ok(id)
}

#[server]
pub async fn change_contact(id: ContactId, field: ContactField, value: String) -> Result<String, Fault> {
    Ok(session().await?.change_contact(id, field, value).await?)
}

#[server]
pub async fn set_contact_type(id: ContactId, type_id: ContactTypeId) -> Result<ContactTypeId, Fault> {
    Ok(session().await?.set_contact_type(id, type_id).await?)
}

#[server]
pub async fn set_contact_active(id: ContactId, active: bool) -> Result<(), Fault> {
    Ok(session().await?.set_contact_active(id, active).await?)
}

#[server]
pub async fn set_employer(id: ContactId, employer: Option<ContactId>, copy_address: bool) -> Result<Option<ContactId>, Fault> {
    Ok(session().await?.set_employer(id, employer, copy_address).await?)
}

#[server]
pub async fn delete_contact(id: ContactId) -> Result<(), Fault> {
    Ok(session().await?.delete_contact(id).await?)
}

#[server]
pub async fn restore_contact(id: ContactId) -> Result<(), Fault> {
    Ok(session().await?.restore_contact(id).await?)
}

#[server]
pub async fn add_detail(contact: ContactId, form: DetailForm) -> Result<DetailId, Fault> {
    Ok(session().await?.add_detail(contact, form).await?)
}

#[server]
pub async fn change_detail(id: DetailId, form: DetailForm) -> Result<DetailForm, Fault> {
    Ok(session().await?.change_detail(id, form).await?)
}

#[server]
pub async fn remove_detail(id: DetailId) -> Result<DetailForm, Fault> {
    Ok(session().await?.remove_detail(id).await?)
}

/// A letter came back from this address, and somebody says that it works all the same; or (`false`) that it did come back.
#[server]
pub async fn settle_bounce(id: DetailId, settled: bool) -> Result<(), Fault> {
    Ok(session().await?.settle_bounce(id, settled).await?)
}

#[server]
pub async fn add_address(contact: ContactId, form: AddressForm) -> Result<AddressId, Fault> {
    Ok(session().await?.add_address(contact, form).await?)
}

#[server]
pub async fn change_address(id: AddressId, form: AddressForm) -> Result<AddressForm, Fault> {
    Ok(session().await?.change_address(id, form).await?)
}

#[server]
pub async fn remove_address(id: AddressId) -> Result<AddressForm, Fault> {
    Ok(session().await?.remove_address(id).await?)
}

#[server(input = GetUrl)]
pub async fn list_contact_types() -> Result<Vec<ContactType>, Fault> {
    Ok(session().await?.list_contact_types().await?)
}

#[server]
pub async fn add_contact_type(name: String) -> Result<ContactTypeId, Fault> {
    Ok(session().await?.add_contact_type(name).await?)
}

#[server]
pub async fn rename_contact_type(id: ContactTypeId, name: String) -> Result<(), Fault> {
    Ok(session().await?.rename_contact_type(id, name).await?)
}

#[server]
pub async fn remove_contact_type(id: ContactTypeId) -> Result<(), Fault> {
    Ok(session().await?.remove_contact_type(id).await?)
}

#[server(input = GetUrl)]
pub async fn list_tags() -> Result<Vec<TagUse>, Fault> {
    Ok(session().await?.list_tags().await?)
}

#[server]
pub async fn tag_contact(contact: ContactId, name: String) -> Result<Tag, Fault> {
    Ok(session().await?.tag_contact(contact, name).await?)
}

#[server]
pub async fn untag_contact(contact: ContactId, tag: TagId) -> Result<(), Fault> {
    Ok(session().await?.untag_contact(contact, tag).await?)
}

#[server]
pub async fn rename_tag(id: TagId, name: String) -> Result<(), Fault> {
    Ok(session().await?.rename_tag(id, name).await?)
}

#[server]
pub async fn remove_tag(id: TagId) -> Result<(), Fault> {
    Ok(session().await?.remove_tag(id).await?)
}
