//! Address books of phones: members and their numbers, cards written once, devices.
//!
//! A transaction that changes what may stand on a card says so with `stale`; as it commits, `settle` writes those cards anew and gives
//! a number to each member that changed, entered or left. Nothing is left for later, so a kill leaves no phone behind.

use super::contacts::{RefSql, employer_name, kind};
use super::{LIST, Tx, err, push_list, unknown};
use crate::Db;
use async_trait::async_trait;
use crm::ports::{BookRow, CardRow, Cards, CardsAsked, Contacts, DeviceMark, DeviceRow, WrittenRow};
use crm::{Error, Result, vcard};
use model::contact::{Address, AddressForm, Contact, ContactRef, Detail, DetailKind};
use model::fold::fold;
use model::inbox::{ChangeKind, Entity};
use model::phone_sync::{Deed, DeviceError, Pick, SyncChoice};
use model::{BookId, ContactId, DevicePasswordId, Moment, UserId};
use sqlx::{QueryBuilder, Row, query, query_as, query_scalar};
use std::collections::{BTreeSet, HashMap, HashSet};
use uuid::Uuid;

struct BookSql {
    id: Uuid,
    user_id: Uuid,
    epoch: String,
    seq: i64,
    choice: String,
    address: String,
    logins: i64,
    two_way: bool,
    enabled_at: i64,
}

impl BookSql {
    fn row(self) -> Result<BookRow> {
        Ok(BookRow {
            id: self.id.into(),
            user: self.user_id.into(),
            epoch: self.epoch,
            seq: self.seq,
            choice: serde_json::from_str(&self.choice).map_err(|error| Error::internal("A choice cannot be read", error))?,
            address: self.address,
            logins: self.logins,
            two_way: self.two_way,
            enabled_at: Moment(self.enabled_at),
        })
    }
}

/// `FROM … WHERE …` of the contacts that a user carries along.
fn push_choice(query: &mut QueryBuilder<Db>, user: UserId, choice: &SyncChoice) {
    query
        .push(" FROM contacts c LEFT JOIN dav_picks p ON p.contact_id = c.id AND p.user_id = ")
        .push_bind(user.0)
        .push(" WHERE c.deleted_at IS NULL AND c.active AND (p.chosen IS NULL OR p.chosen) AND (p.chosen IS NOT NULL");
    if choice.everyone {
        query.push(" OR c.active");
    }
    if !choice.types.is_empty() {
        query.push(" OR c.type_id IN ");
        push_list(query, choice.types.iter().map(|id| id.0));
    }
    if !choice.tags.is_empty() {
        query.push(" OR EXISTS (SELECT 1 FROM contact_tags ct WHERE ct.contact_id = c.id AND ct.tag_id IN ");
        push_list(query, choice.tags.iter().map(|id| id.0));
        query.push(")");
    }
    if choice.mine {
        query.push(" OR c.added_by = ").push_bind(user.0);
    }
    query.push(")");
}

/// The cards of these names. `CROSS JOIN` has SQLite look up the names first, and not walk through the whole book for ten of them.
pub(crate) fn named_query(book: BookId, names: &[String], text: bool) -> QueryBuilder<Db> {
    let mut find = columns("d.name", text);
    find.push(
        " FROM dav_cards d CROSS JOIN dav_members m LEFT JOIN dav_names n ON n.book_id = m.book_id AND n.contact_id = m.contact_id
         WHERE m.contact_id = d.contact_id AND NOT m.deleted AND n.name IS NULL AND m.book_id = ",
    );
    find.push_bind(book.0).push(" AND d.name IN ");
    push_names(&mut find, names);
    find
}

/// Those that a device of this book named so.
pub(crate) fn renamed_query(book: BookId, names: &[String], text: bool) -> QueryBuilder<Db> {
    let mut find = columns("n.name", text);
    find.push(
        " FROM dav_names n CROSS JOIN dav_members m CROSS JOIN dav_cards d
         WHERE m.book_id = n.book_id AND m.contact_id = n.contact_id AND NOT m.deleted AND d.contact_id = n.contact_id AND n.book_id = ",
    );
    find.push_bind(book.0).push(" AND n.name IN ");
    push_names(&mut find, names);
    find
}

fn columns(name: &str, text: bool) -> QueryBuilder<Db> {
    let mut find = QueryBuilder::<Db>::new("SELECT m.contact_id, ");
    find.push(name).push(", d.etag, ").push(if text { "d.vcard" } else { "''" }).push(", d.bytes, d.revised_at, m.seq");
    find
}

/// `(a, b, c)`. The list is not empty.
fn push_names(query: &mut QueryBuilder<Db>, names: &[String]) {
    query.push("(");
    let mut list = query.separated(", ");
    for name in names {
        list.push_bind(name.clone());
    }
    query.push(")");
}

/// A card as it is kept.
struct Kept {
    etag: String,
    revised_at: i64,
}

impl Tx {
    /// What stands on the card of this contact, or who carries it along, may be another now.
    pub(super) fn stale(&mut self, contact: Uuid) {
        self.stale.insert(contact);
    }

    /// Just before the commit: cards anew, and a number for each member they concern.
    pub(super) async fn settle(&mut self) -> Result<()> {
        let stale: Vec<_> = std::mem::take(&mut self.stale).into_iter().collect();
        if stale.is_empty() {
            return Ok(());
        }
        let books = self.list_books().await?;
        for ids in stale.chunks(LIST) {
            let mut choices = Vec::with_capacity(books.len());
            let mut wanted = BTreeSet::new();
            for book in &books {
                let chosen = self.chosen(book.user, &book.choice, Some(ids)).await?;
                wanted.extend(chosen.iter().copied());
                choices.push(chosen);
            }
            let Some(first) = books.first() else { return Ok(()) };
            let changed = self.write_cards(&wanted, &first.address).await?;
            for (book, chosen) in books.iter().zip(choices) {
                let members = self.members(book.id, Some(ids)).await?;
                self.number(book.id, &chosen, &members, &changed).await?;
            }
        }
        Ok(())
    }

    async fn find_cards(&mut self, mut find: QueryBuilder<Db>, found: &mut Vec<CardRow>) -> Result<()> {
        let rows: Vec<(Uuid, String, String, String, i64, i64, i64)> =
            find.build_query_as().fetch_all(&mut *self.inner).await.map_err(err)?;
        found.extend(rows.into_iter().map(|(contact, name, etag, vcard, bytes, revised_at, seq)| CardRow {
            contact: contact.into(),
            name,
            etag,
            vcard,
            bytes,
            revised_at: Moment(revised_at),
            seq,
            deleted: false,
        }));
        Ok(())
    }

    /// Whom the choice takes in, of these or of all.
    async fn chosen(&mut self, user: UserId, choice: &SyncChoice, among: Option<&[Uuid]>) -> Result<BTreeSet<Uuid>> {
        let mut find = QueryBuilder::<Db>::new("SELECT c.id AS id");
        push_choice(&mut find, user, choice);
        if let Some(ids) = among {
            find.push(" AND c.id IN ");
            push_list(&mut find, ids.iter().copied());
        }
        let ids: Vec<Uuid> = find.build_query_scalar().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)?;
        Ok(ids.into_iter().collect())
    }

    /// Members, of these or of all, and whether they have left.
    async fn members(&mut self, book: BookId, among: Option<&[Uuid]>) -> Result<HashMap<Uuid, bool>> {
        let mut find = QueryBuilder::<Db>::new("SELECT contact_id, deleted FROM dav_members WHERE book_id = ");
        find.push_bind(book.0);
        if let Some(ids) = among {
            find.push(" AND contact_id IN ");
            push_list(&mut find, ids.iter().copied());
        }
        let rows: Vec<(Uuid, bool)> = find.build_query_as().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)?;
        Ok(rows.into_iter().collect())
    }

    /// A number for each member that entered, left, or whose card changed. Only those: the phones fetch what has one.
    async fn number(
        &mut self,
        book: BookId,
        chosen: &BTreeSet<Uuid>,
        members: &HashMap<Uuid, bool>,
        changed: &HashSet<Uuid>,
    ) -> Result<()> {
        let here = |id: &Uuid| members.get(id).is_some_and(|deleted| !deleted);
        let mut moved: Vec<(Uuid, bool)> = chosen.iter().filter(|id| !here(id) || changed.contains(id)).map(|id| (*id, false)).collect();
        moved.extend(members.iter().filter(|(id, deleted)| !**deleted && !chosen.contains(id)).map(|(id, _)| (*id, true)));
        if moved.is_empty() {
            return Ok(());
        }
        moved.sort_unstable();
        // Row by row of UPDATE … RETURNING, so that numbers follow the order of commits and no reader skips one.
        let last = query_scalar!(
            r#"UPDATE dav_books SET seq = seq + $2 WHERE id = $1 RETURNING seq AS "seq!: i64""#,
            book.0,
            super::count(moved.len())
        )
        .fetch_one(&mut *self.inner)
        .await
        .map_err(err)?;
        let mut seq = last - super::count(moved.len());
        for chunk in moved.chunks(LIST) {
            let mut insert = QueryBuilder::<Db>::new("INSERT INTO dav_members (book_id, contact_id, seq, deleted) ");
            insert.push_values(chunk, |mut row, (contact, deleted)| {
                seq += 1;
                row.push_bind(book.0).push_bind(*contact).push_bind(seq).push_bind(*deleted);
            });
            insert.push(" ON CONFLICT (book_id, contact_id) DO UPDATE SET seq = excluded.seq, deleted = excluded.deleted");
            insert.build().persistent(false).execute(&mut *self.inner).await.map_err(err)?;
        }
        Ok(())
    }

    /// Writes the cards of these contacts anew; answers those that are not what they were.
    async fn write_cards(&mut self, contacts: &BTreeSet<Uuid>, address: &str) -> Result<HashSet<Uuid>> {
        let contacts: Vec<_> = contacts.iter().copied().collect();
        let mut changed = HashSet::new();
        for ids in contacts.chunks(LIST) {
            let kept = self.kept(ids).await?;
            let mut fresh = Vec::new();
            for source in self.sources(ids, address).await? {
                let id = source.contact.id.0;
                if let Some(kept) = kept.get(&id)
                    && vcard::etag(&vcard::render(&source, Moment(kept.revised_at))) == kept.etag
                {
                    continue;
                }
                let card = vcard::render(&source, self.at);
                fresh.push((id, vcard::etag(&card), card));
            }
            if fresh.is_empty() {
                continue;
            }
            let at = self.at.0;
            let mut insert = QueryBuilder::<Db>::new("INSERT INTO dav_cards (contact_id, name, etag, bytes, revised_at, vcard) ");
            insert.push_values(&fresh, |mut row, (id, etag, card)| {
                row.push_bind(*id)
                    .push_bind(vcard::name(ContactId(*id)))
                    .push_bind(etag.clone())
                    .push_bind(super::count(card.len()))
                    .push_bind(at)
                    .push_bind(card.clone());
            });
            insert.push(
                " ON CONFLICT (contact_id) DO UPDATE SET
                     etag = excluded.etag,
                     bytes = excluded.bytes,
                     revised_at = excluded.revised_at,
                     vcard = excluded.vcard",
            );
            insert.build().persistent(false).execute(&mut *self.inner).await.map_err(err)?;
            changed.extend(fresh.into_iter().map(|(id, ..)| id));
        }
        Ok(changed)
    }

    async fn kept(&mut self, ids: &[Uuid]) -> Result<HashMap<Uuid, Kept>> {
        let mut find = QueryBuilder::<Db>::new("SELECT contact_id, etag, revised_at FROM dav_cards WHERE contact_id IN ");
        push_list(&mut find, ids.iter().copied());
        let rows: Vec<(Uuid, String, i64)> = find.build_query_as().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)?;
        Ok(rows.into_iter().map(|(id, etag, revised_at)| (id, Kept { etag, revised_at })).collect())
    }

    /// All that stands on these cards, in six queries whatever their number.
    async fn sources(&mut self, ids: &[Uuid], address: &str) -> Result<Vec<vcard::Source>> {
        let mut find = QueryBuilder::<Db>::new(
            "SELECT c.id AS id, c.kind AS kind, c.first_name AS first_name, c.last_name AS last_name, c.company AS company,
                 c.function AS function, c.type_id AS type_id, c.note AS note,
                 e.kind AS employer_kind, e.first_name AS employer_first, e.last_name AS employer_last, e.company AS employer_company
             FROM contacts c LEFT JOIN contacts e ON e.id = c.employer_id WHERE c.id IN ",
        );
        push_list(&mut find, ids.iter().copied());
        let rows = find.build().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)?;
        let mut details = self.details_of(ids).await?;
        let mut addresses = self.addresses_of(ids).await?;
        let mut tags = self.tags_on(ids).await?;
        let mut kept = self.kept_lines(ids).await?;
        rows.into_iter()
            .map(|row| {
                let id: Uuid = row.try_get("id").map_err(err)?;
                let word: String = row.try_get("kind").map_err(err)?;
                let employer = employer_name(&row)?;
                let (uid, kept) = kept.remove(&id).unwrap_or_else(|| (id.to_string(), String::new()));
                Ok(vcard::Source {
                    contact: Contact {
                        id: id.into(),
                        kind: kind(&word)?,
                        first_name: row.try_get("first_name").map_err(err)?,
                        last_name: row.try_get("last_name").map_err(err)?,
                        company: row.try_get("company").map_err(err)?,
                        function: row.try_get("function").map_err(err)?,
                        employer: None,
                        type_id: row.try_get::<Uuid, _>("type_id").map_err(err)?.into(),
                        active: true,
                        note: row.try_get("note").map_err(err)?,
                    },
                    employer,
                    details: details.remove(&id).unwrap_or_default(),
                    addresses: addresses.remove(&id).unwrap_or_default(),
                    tags: tags.remove(&id).unwrap_or_default(),
                    address: address.to_owned(),
                    uid,
                    kept,
                })
            })
            .collect()
    }

    /// What devices wrote of these: UID and lines.
    async fn kept_lines(&mut self, ids: &[Uuid]) -> Result<HashMap<Uuid, (String, String)>> {
        let mut find = QueryBuilder::<Db>::new("SELECT contact_id, uid, lines FROM dav_kept WHERE contact_id IN ");
        push_list(&mut find, ids.iter().copied());
        let rows: Vec<(Uuid, String, String)> = find.build_query_as().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)?;
        Ok(rows.into_iter().map(|(id, uid, lines)| (id, (uid, lines))).collect())
    }

    async fn details_of(&mut self, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<Detail>>> {
        let mut find = QueryBuilder::<Db>::new("SELECT contact_id, id, kind, label, value FROM contact_details WHERE contact_id IN ");
        push_list(&mut find, ids.iter().copied());
        find.push(" ORDER BY contact_id, position, id");
        let rows: Vec<(Uuid, Uuid, String, String, String)> =
            find.build_query_as().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)?;
        let mut found: HashMap<Uuid, Vec<Detail>> = HashMap::new();
        for (contact, id, word, label, value) in rows {
            let kind = DetailKind::from_word(&word).ok_or_else(unknown("contact_details.kind"))?;
            found.entry(contact).or_default().push(Detail { id: id.into(), kind, label, value });
        }
        Ok(found)
    }

    async fn addresses_of(&mut self, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<Address>>> {
        let mut find = QueryBuilder::<Db>::new(
            "SELECT contact_id, id, label, street, postcode, city, state, country FROM contact_addresses WHERE contact_id IN ",
        );
        push_list(&mut find, ids.iter().copied());
        find.push(" ORDER BY contact_id, position, id");
        let rows = find.build().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)?;
        let mut found: HashMap<Uuid, Vec<Address>> = HashMap::new();
        for row in rows {
            let text = |column: &str| row.try_get::<String, _>(column).map_err(err);
            let form = AddressForm {
                label: text("label")?,
                street: text("street")?,
                postcode: text("postcode")?,
                city: text("city")?,
                state: text("state")?,
                country: text("country")?,
            };
            let (contact, id): (Uuid, Uuid) = (row.try_get("contact_id").map_err(err)?, row.try_get("id").map_err(err)?);
            found.entry(contact).or_default().push(Address { id: id.into(), form });
        }
        Ok(found)
    }

    async fn tags_on(&mut self, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<String>>> {
        let mut find = QueryBuilder::<Db>::new(
            "SELECT ct.contact_id, t.name FROM contact_tags ct JOIN tags t ON t.id = ct.tag_id WHERE ct.contact_id IN ",
        );
        push_list(&mut find, ids.iter().copied());
        find.push(" ORDER BY ct.contact_id, t.name_key");
        let rows: Vec<(Uuid, String)> = find.build_query_as().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)?;
        let mut found: HashMap<Uuid, Vec<String>> = HashMap::new();
        for (contact, name) in rows {
            found.entry(contact).or_default().push(name);
        }
        Ok(found)
    }
}

#[async_trait]
impl Cards for Tx {
    async fn find_book(&mut self, user: UserId) -> Result<Option<BookRow>> {
        query_as!(
            BookSql,
            "SELECT id, user_id, epoch, seq, choice, address, logins, two_way, enabled_at FROM dav_books WHERE user_id = $1",
            user.0
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?
        .map(BookSql::row)
        .transpose()
    }

    async fn list_books(&mut self) -> Result<Vec<BookRow>> {
        query_as!(BookSql, "SELECT id, user_id, epoch, seq, choice, address, logins, two_way, enabled_at FROM dav_books ORDER BY id")
            .fetch_all(&mut *self.inner)
            .await
            .map_err(err)?
            .into_iter()
            .map(BookSql::row)
            .collect()
    }

    async fn put_book(&mut self, row: &BookRow) -> Result<()> {
        let choice = serde_json::to_string(&row.choice).map_err(|error| Error::internal("A choice cannot be written", error))?;
        query!(
            "INSERT INTO dav_books (id, user_id, epoch, choice, address, logins, two_way, enabled_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (id) DO UPDATE SET
                 epoch = excluded.epoch,
                 choice = excluded.choice,
                 address = excluded.address,
                 logins = excluded.logins,
                 two_way = excluded.two_way",
            row.id.0,
            row.user.0,
            row.epoch,
            choice,
            row.address,
            row.logins,
            row.two_way,
            row.enabled_at.0
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        let chosen = self.chosen(row.user, &row.choice, None).await?;
        let members = self.members(row.id, None).await?;
        // All of them: while no book had it, nobody kept a card up to date; and the links on it may begin otherwise now.
        let changed = self.write_cards(&chosen, &row.address).await?;
        self.number(row.id, &chosen, &members, &changed).await?;
        self.note_of(row.user, Entity::PhoneSync, row.id.0, ChangeKind::Changed);
        Ok(())
    }

    async fn set_two_way(&mut self, user: UserId, on: bool) -> Result<()> {
        let book = query_scalar!("UPDATE dav_books SET two_way = $2 WHERE user_id = $1 RETURNING id", user.0, on)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?
            .ok_or(Error::NotFound)?;
        self.note_of(user, Entity::PhoneSync, book, ChangeKind::Changed);
        Ok(())
    }

    async fn remove_book(&mut self, user: UserId) -> Result<()> {
        let gone = query_scalar!("DELETE FROM dav_books WHERE user_id = $1 RETURNING id", user.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        if let Some(id) = gone {
            self.note_of(user, Entity::PhoneSync, id, ChangeKind::Removed);
        }
        Ok(())
    }

    async fn forget_logins(&mut self, user: UserId) -> Result<()> {
        let book = query_scalar!("UPDATE dav_books SET logins = logins + 1 WHERE user_id = $1 RETURNING id", user.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        if let Some(id) = book {
            self.note_of(user, Entity::PhoneSync, id, ChangeKind::Changed);
        }
        Ok(())
    }

    async fn count_choice(&mut self, user: UserId, choice: &SyncChoice) -> Result<i64> {
        let mut find = QueryBuilder::<Db>::new("SELECT COUNT(*)");
        push_choice(&mut find, user, choice);
        find.build_query_scalar().persistent(false).fetch_one(&mut *self.inner).await.map_err(err)
    }

    async fn set_pick(&mut self, user: UserId, contact: ContactId, pick: Pick) -> Result<()> {
        match pick {
            Pick::Unsaid => {
                query!("DELETE FROM dav_picks WHERE user_id = $1 AND contact_id = $2", user.0, contact.0).execute(&mut *self.inner).await
            }
            said => {
                query!(
                    "INSERT INTO dav_picks (user_id, contact_id, chosen) VALUES ($1, $2, $3)
                     ON CONFLICT (user_id, contact_id) DO UPDATE SET chosen = excluded.chosen",
                    user.0,
                    contact.0,
                    said == Pick::Chosen
                )
                .execute(&mut *self.inner)
                .await
            }
        }
        .map_err(err)?;
        self.stale(contact.0);
        let kind = if pick == Pick::Hidden { ChangeKind::Removed } else { ChangeKind::Changed };
        self.note_of(user, Entity::PhoneSync, contact.0, kind);
        Ok(())
    }

    async fn list_picks(&mut self, user: UserId, chosen: bool) -> Result<Vec<ContactRef>> {
        let rows = query_as!(
            RefSql,
            "SELECT c.id, c.kind, c.first_name, c.last_name, c.company FROM dav_picks p JOIN contacts c ON c.id = p.contact_id
             WHERE p.user_id = $1 AND p.chosen = $2 AND c.deleted_at IS NULL",
            user.0,
            chosen
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        let mut picks = rows.into_iter().map(RefSql::contact).collect::<Result<Vec<_>>>()?;
        picks.sort_by_cached_key(|contact| (fold(&contact.name), contact.id));
        Ok(picks)
    }

    async fn list_cards(&mut self, book: BookId, asked: CardsAsked) -> Result<Vec<CardRow>> {
        let rows = query!(
            r#"SELECT m.contact_id, COALESCE(n.name, d.name) AS "name!: String", d.etag,
                   CASE WHEN $4 THEN d.vcard ELSE '' END AS "vcard!: String", d.bytes, d.revised_at, m.seq, m.deleted
               FROM dav_members m JOIN dav_cards d ON d.contact_id = m.contact_id
               LEFT JOIN dav_names n ON n.book_id = m.book_id AND n.contact_id = m.contact_id
               WHERE m.book_id = $1 AND m.seq > $2 AND (NOT m.deleted OR $3)
               ORDER BY m.seq LIMIT $5"#,
            book.0,
            asked.after,
            asked.deleted,
            asked.text,
            asked.limit
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(rows
            .into_iter()
            .map(|row| CardRow {
                contact: row.contact_id.into(),
                name: row.name,
                etag: row.etag,
                bytes: row.bytes,
                vcard: row.vcard,
                revised_at: Moment(row.revised_at),
                seq: row.seq,
                deleted: row.deleted,
            })
            .collect())
    }

    async fn cards_named(&mut self, book: BookId, names: &[String], text: bool) -> Result<Vec<CardRow>> {
        let mut found = Vec::with_capacity(names.len());
        for names in names.chunks(LIST) {
            self.find_cards(named_query(book, names, text), &mut found).await?;
        }
        // Few books hold cards that a device named, and those who ask mostly know what is there.
        let here: HashSet<_> = found.iter().map(|row| row.name.as_str()).collect();
        let missing: Vec<_> = names.iter().filter(|name| !here.contains(name.as_str())).cloned().collect();
        for names in missing.chunks(LIST) {
            self.find_cards(renamed_query(book, names, text), &mut found).await?;
        }
        Ok(found)
    }

    async fn count_cards(&mut self, book: BookId) -> Result<i64> {
        query_scalar!(r#"SELECT COUNT(*) AS "count!: i64" FROM dav_members WHERE book_id = $1 AND NOT deleted"#, book.0)
            .fetch_one(&mut *self.inner)
            .await
            .map_err(err)
    }

    async fn card_name(&mut self, book: BookId, contact: ContactId) -> Result<Option<(String, bool)>> {
        let row = query!(
            r#"SELECT COALESCE(n.name, d.name) AS "name!: String", m.deleted
               FROM dav_members m JOIN dav_cards d ON d.contact_id = m.contact_id
               LEFT JOIN dav_names n ON n.book_id = m.book_id AND n.contact_id = m.contact_id
               WHERE m.book_id = $1 AND m.contact_id = $2"#,
            book.0,
            contact.0
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(row.map(|row| (row.name, row.deleted)))
    }

    async fn name_card(&mut self, book: BookId, contact: ContactId, name: &str) -> Result<()> {
        query!("DELETE FROM dav_names WHERE book_id = $1 AND (contact_id = $2 OR name = $3)", book.0, contact.0, name)
            .execute(&mut *self.inner)
            .await
            .map_err(err)?;
        if name != vcard::name(contact) {
            query!("INSERT INTO dav_names (book_id, contact_id, name) VALUES ($1, $2, $3)", book.0, contact.0, name)
                .execute(&mut *self.inner)
                .await
                .map_err(err)?;
        }
        Ok(())
    }

    async fn contact_of_uid(&mut self, uid: &str) -> Result<Option<ContactId>> {
        let known =
            query_scalar!("SELECT contact_id FROM dav_kept WHERE uid = $1", uid).fetch_optional(&mut *self.inner).await.map_err(err)?;
        let id = match known {
            Some(id) => Some(id),
            None => Uuid::try_parse(uid).ok(),
        };
        let Some(id) = id else { return Ok(None) };
        Ok(self.contact_ref(id.into()).await?.map(|contact| contact.id))
    }

    async fn card_source(&mut self, contact: ContactId, address: &str) -> Result<Option<vcard::Source>> {
        Ok(self.sources(&[contact.0], address).await?.pop())
    }

    async fn keep_lines(&mut self, contact: ContactId, uid: &str, kept: &str) -> Result<()> {
        query!(
            "INSERT INTO dav_kept (contact_id, uid, lines) VALUES ($1, $2, $3)
             ON CONFLICT (contact_id) DO UPDATE SET uid = excluded.uid, lines = excluded.lines",
            contact.0,
            uid,
            kept
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        self.stale(contact.0);
        self.note(Entity::Contact, contact.0, ChangeKind::Changed);
        Ok(())
    }

    async fn list_written(&mut self, user: UserId, limit: i64) -> Result<Vec<WrittenRow>> {
        let rows = query!(
            r#"SELECT w.entity AS "entity!", w.kind AS "kind!", w.at AS "at!", w.device AS "device!", w.device_password_id AS "password?",
                   c.id AS "id!", c.kind AS "contact_kind!", c.first_name AS "first_name!", c.last_name AS "last_name!",
                   c.company AS "company!", c.deleted_at AS "deleted_at?", p.chosen AS "chosen?"
               FROM changes w JOIN contacts c ON c.id = w.id LEFT JOIN dav_picks p ON p.contact_id = c.id AND p.user_id = w.actor_id
               WHERE w.actor_id = $1 AND w.device IS NOT NULL AND (w.entity = 'contact' OR w.kind = 'removed')
               ORDER BY w.seq DESC LIMIT $2"#,
            user.0,
            limit
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        rows.into_iter()
            .map(|row| {
                let deed = match (row.entity.as_str(), row.kind.as_str()) {
                    ("contact", "added") => Deed::Added,
                    ("contact", _) => Deed::Changed,
                    _ => Deed::Hidden,
                };
                let contact = RefSql {
                    id: row.id,
                    kind: row.contact_kind,
                    first_name: row.first_name,
                    last_name: row.last_name,
                    company: row.company,
                };
                Ok(WrittenRow {
                    contact: contact.contact()?,
                    deed,
                    at: Moment(row.at),
                    device: DeviceMark { password: row.password.map(DevicePasswordId), family: row.device },
                    hidden: row.chosen == Some(false) && row.deleted_at.is_none(),
                })
            })
            .collect()
    }

    async fn put_device(&mut self, book: BookId, row: &DeviceRow) -> Result<()> {
        let owner =
            query_scalar!("SELECT user_id FROM dav_books WHERE id = $1", book.0).fetch_optional(&mut *self.inner).await.map_err(err)?;
        let Some(owner) = owner else { return Ok(()) };
        let (error, error_at) = row.error.map(|(error, at)| (error.as_str(), at.0)).unwrap_or_default();
        query!(
            "INSERT INTO dav_devices (book_id, password_id, family, agent, seen_at, cards, error, error_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (book_id, password_id, family) DO UPDATE SET
                 agent = excluded.agent,
                 seen_at = excluded.seen_at,
                 cards = excluded.cards,
                 error = excluded.error,
                 error_at = excluded.error_at",
            book.0,
            row.password.map(|id| id.0).unwrap_or_default(),
            row.family,
            row.agent,
            row.seen_at.0,
            row.cards,
            error,
            error_at
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        self.note_of(UserId(owner), Entity::PhoneSync, book.0, ChangeKind::Changed);
        Ok(())
    }

    async fn list_devices(&mut self, book: BookId) -> Result<Vec<DeviceRow>> {
        let rows = query!(
            "SELECT password_id, family, agent, seen_at, cards, error, error_at FROM dav_devices
             WHERE book_id = $1 ORDER BY seen_at DESC, family",
            book.0
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        rows.into_iter()
            .map(|row| {
                let error = match row.error.as_str() {
                    "" => None,
                    word => Some((DeviceError::from_word(word).ok_or_else(unknown("dav_devices.error"))?, Moment(row.error_at))),
                };
                Ok(DeviceRow {
                    password: Some(DevicePasswordId(row.password_id)).filter(|id| !id.0.is_nil()),
                    family: row.family,
                    agent: row.agent,
                    seen_at: Moment(row.seen_at),
                    cards: row.cards,
                    error,
                })
            })
            .collect()
    }
}
