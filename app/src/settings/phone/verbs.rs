use crate::Fault;
#[cfg(feature = "ssr")]
use crate::session::session;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::phone_sync::{PhoneSync, Pick, SyncChoice};
use model::{ContactId, DevicePasswordId};
use serde::{Deserialize, Serialize};

/// The page: what is set, and what to type on a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    pub sync: PhoneSync,
    /// What browsers call the server.
    pub address: String,
    pub qr: super::qr::Code,
}

#[cfg(feature = "ssr")]
fn address() -> String {
    expect_context::<crate::Address>().0
}

#[server(input = Json)]
pub async fn open_phone_sync() -> Result<Shown, Fault> {
    let address = address();
    Ok(Shown { sync: session().await?.phone_sync().await?, qr: super::qr::draw(&format!("{address}/settings/phone")), address })
}

#[server(input = Json)]
pub async fn turn_phone_sync_on() -> Result<(), Fault> {
    Ok(session().await?.turn_phone_sync_on(&address()).await?)
}

#[server(input = Json)]
pub async fn turn_phone_sync_off() -> Result<(), Fault> {
    Ok(session().await?.turn_phone_sync_off().await?)
}

#[server(input = Json)]
pub async fn set_two_way(on: bool) -> Result<(), Fault> {
    Ok(session().await?.set_two_way(on).await?)
}

#[server(input = Json)]
pub async fn send_phone_letter() -> Result<(), Fault> {
    Ok(session().await?.send_phone_letter().await?)
}

/// Answers the choice before.
#[server(input = Json)]
pub async fn choose_for_phone(choice: SyncChoice) -> Result<SyncChoice, Fault> {
    Ok(session().await?.choose_for_phone(choice, &address()).await?)
}

#[server(input = Json)]
pub async fn pick_for_phone(contact: ContactId, pick: Pick) -> Result<(), Fault> {
    Ok(session().await?.pick_for_phone(contact, pick).await?)
}

/// Answers the password, this once.
#[server(input = Json)]
pub async fn add_device_password(label: String) -> Result<String, Fault> {
    Ok(session().await?.add_device_password(label).await?.reveal().to_owned())
}

#[server(input = Json)]
pub async fn remove_device_password(id: DevicePasswordId) -> Result<(), Fault> {
    Ok(session().await?.remove_device_password(id).await?)
}
