//! `spindle demo`: a company that looks as if people work in it. Everything goes through the verbs that the rooms use.

use crate::Outcome;
use clap::Args;
use crm::{Client, Crm, Error, Pass, Session};
use model::contact::{AddressForm, ContactForm, ContactKind, DetailForm, DetailKind};
use model::mail_account::{AccountKind, Diagnosis, MailAccountForm, Security, ServerSettings};
use model::registration::{Language, Registration};
use model::{ContactId, Problem};
use serde::Deserialize;
use std::net::IpAddr;
use std::sync::Arc;
use tracing::info;

#[derive(Args)]
pub(crate) struct Options {
    /// The login of the sample company.
    #[arg(long, default_value = "sanne@dijkgraaf.example")]
    email: String,
    #[arg(long, default_value = "Warmtepomp1")]
    password: String,
    /// A mailbox for it: `host:port`, with TLS.
    #[arg(long)]
    imap: Option<String>,
    #[arg(long, default_value = "demo")]
    imap_password: String,
}

/// The sample data; in a file, because it is words and not code.
#[derive(Deserialize)]
struct Sample {
    registration: Registration,
    companies: Vec<Company>,
}

#[derive(Deserialize)]
struct Company {
    name: String,
    kind: String,
    #[serde(default)]
    tags: Vec<String>,
    street: String,
    postcode: String,
    city: String,
    phone: String,
    website: String,
    #[serde(default)]
    people: Vec<Person>,
}

#[derive(Deserialize)]
struct Person {
    first_name: String,
    last_name: String,
    function: String,
    email: String,
    #[serde(default)]
    mobile: String,
    #[serde(default)]
    tags: Vec<String>,
}

pub(crate) async fn fill(crm: &Arc<Crm>, options: Options) -> Outcome {
    let sample: Sample = toml::from_str(include_str!("../demo/company.toml"))?;
    let client = Client { address: IpAddr::from([127, 0, 0, 1]), language: Language::Nl, replaces: None };
    let form = Registration { email: options.email.clone(), password: options.password.clone(), ..sample.registration };
    let session = match crm.register(form, client).await {
        Ok(signed_in) => signed_in.session,
        Err(Error::Invalid(problems)) if problems.iter().any(|invalid| invalid.problem == Problem::EmailInUse) => {
            info!("The sample company is there already");
            return Ok(());
        }
        Err(cause) => return Err(crate::explain("The sample company could not be registered", &cause)),
    };
    for company in &sample.companies {
        add_company(&session, company).await.map_err(|cause| crate::explain("A sample contact was refused", &cause))?;
    }
    if let Some(place) = &options.imap {
        connect(crm, &session, &options, place).await?;
    }
    info!("The sample company is filled; log in as {} with the password {}", options.email, options.password);
    Ok(())
}

async fn add_company(session: &Session, sample: &Company) -> crm::Result<()> {
    let types = session.list_contact_types().await?;
    let type_id = types.iter().find(|kind| kind.key.is_some_and(|key| key.as_str() == sample.kind)).map(|kind| kind.id);
    let address = AddressForm {
        street: sample.street.clone(),
        postcode: sample.postcode.clone(),
        city: sample.city.clone(),
        country: "Nederland".into(),
        ..AddressForm::default()
    };
    let company = session
        .add_contact(ContactForm {
            kind: ContactKind::Company,
            company: sample.name.clone(),
            type_id,
            phone: sample.phone.clone(),
            address: address.clone(),
            ..ContactForm::default()
        })
        .await?;
    session.add_detail(company, DetailForm { kind: DetailKind::Website, label: String::new(), value: sample.website.clone() }).await?;
    tag(session, company, &sample.tags).await?;
    for person in &sample.people {
        let id = session
            .add_contact(ContactForm {
                first_name: person.first_name.clone(),
                last_name: person.last_name.clone(),
                function: person.function.clone(),
                email: person.email.clone(),
                mobile: person.mobile.clone(),
                employer: Some(company),
                type_id,
                address: address.clone(),
                ..ContactForm::default()
            })
            .await?;
        tag(session, id, &person.tags).await?;
    }
    Ok(())
}

async fn tag(session: &Session, contact: ContactId, tags: &[String]) -> crm::Result<()> {
    for name in tags {
        session.tag_contact(contact, name.clone()).await?;
    }
    Ok(())
}

/// The mail itself is fetched by the worker, once the program serves.
async fn connect(crm: &Arc<Crm>, session: &Session, options: &Options, place: &str) -> Outcome {
    struct Nobody;
    #[async_trait::async_trait]
    impl crm::ports::Mailroom for Nobody {
        fn start_check(&self, _: model::CheckId, _: String, _: Result<Pass, Diagnosis>, _: Option<ServerSettings>) {}
        async fn follow(&self, _: model::CheckId, _: u32) -> Option<model::mail_account::Check> {
            None
        }
        fn wake(&self, _: model::CompanyId, _: model::MailAccountId) {}
        fn errands(&self, _: model::CompanyId, _: model::MailAccountId) {}
        async fn build(&self, _: crm::ports::Letterhead) -> crm::Result<crm::ports::Built> {
            Err(Error::bug("Nothing is written here"))
        }
        async fn quotable(&self, _: Vec<u8>, _: bool) -> crm::ports::Quotable {
            crm::ports::Quotable::default()
        }
        async fn enclosed(&self, _: Vec<u8>, _: u32) -> Option<crm::ports::Enclosed> {
            None
        }
        async fn try_sending(&self, _: &ServerSettings, _: &Pass) -> Result<(), Diagnosis> {
            Ok(())
        }
        fn guess_sending(&self, _: &str, incoming: &ServerSettings) -> ServerSettings {
            incoming.clone()
        }
        fn posted(&self, _: model::CompanyId) {}
    }
    crm.hang_mailroom(Arc::new(Nobody));
    let (host, port) = place.rsplit_once(':').ok_or("The mailbox is given as host:port")?;
    let server = ServerSettings {
        login: options.email.clone(),
        host: host.to_owned(),
        port: port.parse()?,
        security: Security::Tls,
        trusted_certificate: None,
    };
    let form = MailAccountForm {
        id: None,
        kind: AccountKind::Imap,
        address: options.email.clone(),
        password: options.imap_password.clone(),
        server: Some(server),
        sign_in: None,
    };
    session.save_mail_account(form).await.map_err(|cause| crate::explain("The sample mailbox was refused", &cause))?;
    Ok(())
}
