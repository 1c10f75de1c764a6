//! What changes a card: PUT and DELETE, for those whose changes come back.

use crate::answer::{self, Answer};
use crate::props::MAX_RESOURCE;
use crate::proto::Precondition;
use crate::proto::demand::Demands;
use crate::resource::Resource;
use crate::{Refusal, card};
use crm::vcard::{Flaw, Sheet};
use crm::{Claim, Error, Phone, Put, Unwritten};
use http::{HeaderMap, StatusCode, header};
use model::UserId;

/// It stands in an index, and in every list.
const NAME: usize = 255;

pub(crate) async fn put(phone: Phone, name: &str, headers: &HeaderMap, body: &[u8]) -> Answer {
    if name.len() > NAME || name.contains(['/', '\\']) || matches!(name, "." | "..") {
        return Err(Refusal::BadRequest);
    }
    if !is_vcard(headers) {
        return Err(Refusal::Failed(Precondition::carddav("supported-address-data")));
    }
    if body.len() > MAX_RESOURCE {
        return Err(Refusal::Failed(Precondition::carddav("max-resource-size")));
    }
    let user = phone.user();
    let text = std::str::from_utf8(body).map_err(|_| Refusal::NoCard)?;
    let sheet = Sheet::read(text).map_err(|flaw| match flaw {
        Flaw::Malformed => Refusal::NoCard,
        Flaw::Version => Refusal::Failed(Precondition::carddav("supported-address-data")),
        Flaw::TooMuch => Refusal::Failed(Precondition::carddav("max-resource-size")),
        // In these words DAVx5 puts its copy back, and goes on with the next.
        Flaw::Group => Refusal::Failed(Precondition::need_privileges(&Resource::Book.href(user), "POST")),
    })?;
    let demands = Demands::read(headers, user, name)?;
    let claim = Claim { holds: &|there| demands.hold(there), seen: demands.name_a_card() };
    match phone.put(name, &sheet, text, &claim).await {
        Ok((Put::Added, etag)) => answer::written(StatusCode::CREATED, etag.as_deref()),
        Ok((Put::Changed, etag)) => answer::written(StatusCode::NO_CONTENT, etag.as_deref()),
        Err(why) => Err(refusal(why, user, &Resource::Card(name.to_owned()).href(user), "PUT")),
    }
}

pub(crate) async fn delete(phone: Phone, name: &str, headers: &HeaderMap) -> Answer {
    let user = phone.user();
    let demands = Demands::read(headers, user, name)?;
    let claim = Claim { holds: &|there| demands.hold(there), seen: true };
    phone.hide(name, &claim).await.map_err(|why| refusal(why, user, &Resource::Book.href(user), "DELETE"))?;
    Ok(answer::plain(StatusCode::NO_CONTENT))
}

/// `href`: what this method needs a privilege of.
fn refusal(why: Unwritten, user: UserId, href: &str, method: &str) -> Refusal {
    match why {
        Unwritten::Stale => Refusal::Stale,
        Unwritten::Nameless | Unwritten::Error(Error::Invalid(_)) => Refusal::NoCard,
        Unwritten::UidTaken(name) => Refusal::Failed(Precondition::at("no-uid-conflict", &Resource::Card(name).href(user))),
        Unwritten::Error(Error::Denied) => Refusal::Failed(Precondition::need_privileges(href, method)),
        Unwritten::Error(error) => error.into(),
    }
}

/// By any of the names that vCards travel under; who names none sends one.
fn is_vcard(headers: &HeaderMap) -> bool {
    const NAMES: [&str; 3] = [card::MEDIA_TYPE, "text/x-vcard", "text/directory"];
    headers.get(header::CONTENT_TYPE).is_none_or(|value| {
        let kind = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
        NAMES.iter().any(|name| kind.eq_ignore_ascii_case(name))
    })
}
