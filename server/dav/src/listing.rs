//! Answers about many cards, written while they are sent: whatever the size of the book, one page of rows is in memory.

use crate::Refusal;
use crate::answer::{self, Answer};
use crate::filter::{Filter, Wanted};
use crate::props::{self, Shape};
use crate::proto::ask::{Changes, Multiget, Props, Query};
use crate::proto::write;
use crate::resource::{Resource, card_href};
use axum::body::Bytes;
use crm::{Phone, Result, SyncToken};
use futures::{Stream, stream};
use std::collections::{HashMap, HashSet};
use std::mem;

/// Addresses of a multiget that are looked up at once.
const AT_ONCE: usize = 500;

/// Chunks until there is none. The first is fetched before the answer begins, so that what fails fails with a status.
trait Pages: Send + 'static {
    fn next(&mut self, out: &mut Vec<u8>) -> impl Future<Output = Result<bool>> + Send;
}

async fn stream_pages<P: Pages>(minimal: bool, mut pages: P, mut first: Vec<u8>) -> Answer {
    let more = pages.next(&mut first).await?;
    if !more {
        return Ok(answer::multistatus(minimal, first));
    }
    Ok(answer::streamed(minimal, rest(pages, first)))
}

fn rest<P: Pages>(pages: P, first: Vec<u8>) -> impl Stream<Item = Result<Bytes>> + Send + 'static {
    stream::try_unfold((pages, first, true), async |(mut pages, mut chunk, mut more)| {
        if chunk.is_empty() && more {
            more = pages.next(&mut chunk).await?;
        }
        if chunk.is_empty() {
            return Ok(None);
        }
        Ok(Some((Bytes::from(mem::take(&mut chunk)), (pages, chunk, more))))
    })
}

/// `PROPFIND`, depth 1, of the book: itself and all its members.
pub(crate) async fn members(phone: Phone, wanted: &Props, minimal: bool) -> Answer {
    let mut out = write::open();
    props::write(&phone, &Resource::Book, wanted, minimal, &mut out);
    let shape = Shape::of_cards(&phone, wanted, false, minimal);
    stream_pages(minimal, Members { phone, shape, after: 0 }, out).await
}

struct Members {
    phone: Phone,
    shape: Shape,
    after: i64,
}

impl Pages for Members {
    async fn next(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        let rows = self.phone.cards_after(self.after, false, false).await?;
        let Some(last) = rows.last() else {
            write::close(out);
            return Ok(false);
        };
        self.after = last.seq;
        for row in &rows {
            self.shape.write(row, &Wanted::All, out);
        }
        Ok(true)
    }
}

/// What changed since a token, or everything.
pub(crate) async fn changes(phone: Phone, asked: Changes, minimal: bool) -> Answer {
    let after = match asked.token.as_str() {
        "" => None,
        text => Some(SyncToken::read(text).filter(|token| phone.knows(token)).ok_or(Refusal::Token)?.seq),
    };
    let shape = Shape::of_cards(&phone, &asked.props, true, minimal);
    let text = asked.props.with_data();
    let book = Resource::Book.href(phone.user());
    let pages = Log {
        token: phone.token(),
        book,
        shape,
        text,
        data: asked.data,
        after: after.unwrap_or(0),
        all: after.is_none(),
        left: asked.limit,
        phone,
    };
    stream_pages(minimal, pages, write::open()).await
}

struct Log {
    phone: Phone,
    shape: Shape,
    book: String,
    text: bool,
    data: Wanted,
    after: i64,
    /// From the beginning: what has left was never there.
    all: bool,
    /// How many may still be told.
    left: Option<usize>,
    token: SyncToken,
}

impl Log {
    fn finish(&self, truncated: bool, out: &mut Vec<u8>) {
        if truncated {
            write::truncated(out, &self.book);
        }
        // After a cut the token stands for exactly what was told, so nothing is ever passed over.
        let seq = if truncated { self.after } else { self.token.seq };
        let token = SyncToken { seq, ..self.token.clone() };
        write::put(out, &format!("<D:sync-token>{token}</D:sync-token>"));
        write::close(out);
    }
}

impl Pages for Log {
    async fn next(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        let rows = self.phone.cards_after(self.after, !self.all, self.text).await?;
        if rows.is_empty() {
            self.finish(false, out);
            return Ok(false);
        }
        let mut served = 0;
        for row in &rows {
            if self.left == Some(0) {
                self.phone.served(served);
                self.finish(true, out);
                return Ok(false);
            }
            if row.deleted {
                write::gone(out, &card_href(&self.book, &row.name));
            } else {
                self.shape.write(row, &self.data, out);
                served += usize::from(self.text);
            }
            self.left = self.left.map(|left| left - 1);
            self.after = row.seq;
        }
        self.phone.served(served);
        Ok(true)
    }
}

/// These cards, and a 404 for each address that is none.
pub(crate) async fn multiget(phone: Phone, asked: Multiget, minimal: bool) -> Answer {
    let mut seen = HashSet::with_capacity(asked.hrefs.len());
    let user = phone.user();
    let wanted: Vec<_> = asked
        .hrefs
        .into_iter()
        .map(|href| match Resource::find(Resource::path_of(&href), user) {
            Some(Resource::Card(name)) => Sought::Card(name),
            _ => Sought::Nothing(href),
        })
        // Asked for twice, answered once.
        .filter(|sought| seen.insert(sought.clone()))
        .collect();
    let shape = Shape::of_cards(&phone, &asked.props, true, minimal);
    let pages = Gathered {
        book: Resource::Book.href(user),
        phone,
        shape,
        text: asked.props.with_data(),
        data: asked.data,
        wanted: wanted.into_iter(),
    };
    stream_pages(minimal, pages, write::open()).await
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Sought {
    Card(String),
    /// As it was sent.
    Nothing(String),
}

struct Gathered {
    phone: Phone,
    shape: Shape,
    book: String,
    text: bool,
    data: Wanted,
    wanted: std::vec::IntoIter<Sought>,
}

impl Pages for Gathered {
    async fn next(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        let page: Vec<_> = self.wanted.by_ref().take(AT_ONCE).collect();
        let names: Vec<_> = page
            .iter()
            .filter_map(|sought| match sought {
                Sought::Card(name) => Some(name.clone()),
                Sought::Nothing(_) => None,
            })
            .collect();
        let rows = if names.is_empty() { Vec::new() } else { self.phone.cards_named(&names, self.text).await? };
        if self.text {
            self.phone.served(rows.len());
        }
        let rows: HashMap<_, _> = rows.iter().map(|row| (row.name.as_str(), row)).collect();
        for sought in &page {
            match sought {
                Sought::Card(name) => match rows.get(name.as_str()) {
                    Some(row) => self.shape.write(row, &self.data, out),
                    None => write::gone(out, &card_href(&self.book, name)),
                },
                Sought::Nothing(href) => {
                    let mut escaped = String::with_capacity(href.len());
                    write::escape_into(&mut escaped, href);
                    write::gone(out, &escaped);
                }
            }
        }
        let more = self.wanted.len() > 0;
        if !more {
            write::close(out);
        }
        Ok(more)
    }
}

/// The cards that a filter lets through. Any depth is taken: Apple sends none.
pub(crate) async fn query(mut phone: Phone, asked: Query, resource: Resource, minimal: bool) -> Answer {
    let shape = Shape::of_cards(&phone, &asked.props, true, minimal);
    let text = asked.props.with_data();
    if let Resource::Card(name) = &resource {
        let mut out = write::open();
        for row in phone.cards_named(std::slice::from_ref(name), true).await? {
            if asked.filter.lets_through(&row.vcard) {
                shape.write(&row, &asked.data, &mut out);
                phone.served(usize::from(text));
            }
        }
        write::close(&mut out);
        return Ok(answer::multistatus(minimal, out));
    }
    let pages = Sieve {
        book: resource.href(phone.user()),
        phone,
        shape,
        text,
        data: asked.data,
        filter: asked.filter,
        left: asked.limit,
        after: 0,
    };
    stream_pages(minimal, pages, write::open()).await
}

struct Sieve {
    phone: Phone,
    shape: Shape,
    book: String,
    text: bool,
    data: Wanted,
    filter: Filter,
    left: Option<usize>,
    after: i64,
}

impl Pages for Sieve {
    async fn next(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        loop {
            let rows = self.phone.cards_after(self.after, false, self.text || !self.filter.is_empty()).await?;
            let Some(last) = rows.last() else {
                write::close(out);
                return Ok(false);
            };
            self.after = last.seq;
            let mut written = 0;
            for row in rows.iter().filter(|row| self.filter.lets_through(&row.vcard)) {
                if self.left == Some(0) {
                    write::truncated(out, &self.book);
                    write::close(out);
                    return Ok(false);
                }
                self.left = self.left.map(|left| left - 1);
                self.shape.write(row, &self.data, out);
                written += 1;
            }
            if written > 0 {
                self.phone.served(if self.text { written } else { 0 });
                return Ok(true);
            }
        }
    }
}
