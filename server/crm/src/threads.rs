//! Conversations: what belongs together, and what its reader says does not.

use crate::ports::Tx;
use crate::{Error, Result, Session};
use model::inbox::{Conversation, MovedMessages, Place};
use model::{MessageId, Right, ThreadId};

/// Messages of one conversation that are listed; the newest of more.
const LISTED: i64 = 500;

impl Session {
    /// The conversation that a message stands in, oldest first. Of a colleague's only what the archives hold.
    pub async fn open_conversation(&self, id: MessageId) -> Result<Conversation> {
        let mut tx = self.read().await?;
        let asked = self.readable(&mut *tx, id).await?;
        let mine = asked.owner == self.user.id;
        let Some(thread) = tx.thread_of(id).await? else {
            return Ok(Conversation { thread: None, messages: vec![self.row(asked)], left_out: 0, mine });
        };
        let (records, left_out) = tx.list_thread(thread, LISTED).await?;
        let mut messages = Vec::with_capacity(records.len());
        let mut found = false;
        for record in records {
            let here = record.id == id;
            found |= here;
            let out = matches!(record.place, Place::Trash | Place::Spam) && record.place != asked.place;
            // What a colleague marked as private stays his, also in the middle of a conversation.
            let shared = !record.private || self.sees_private().is_none();
            if here || (!out && (mine || (shared && tx.is_linked(record.id).await?))) {
                messages.push(self.row(record));
            }
        }
        if !found {
            // Older than all that are listed.
            messages.insert(0, self.row(asked));
        }
        Ok(Conversation { thread: Some(thread), messages, left_out: u32::try_from(left_out).unwrap_or(u32::MAX), mine })
    }

    /// Makes a conversation of its own of this message and all that came after it.
    pub async fn split_conversation(&self, id: MessageId) -> Result<MovedMessages> {
        let mut tx = self.write().await?;
        let from = self.own_thread(&mut *tx, id).await?;
        let (records, _) = tx.list_thread(from, i64::MAX).await?;
        let at = records.iter().position(|record| record.id == id).ok_or(Error::NotFound)?;
        if at == 0 {
            // There is nothing before it to be split from.
            return Ok(MovedMessages { messages: Vec::new(), from });
        }
        let messages: Vec<_> = records[at..].iter().map(|record| record.id).collect();
        tx.move_to_thread(&messages, self.crm.new_id(), true).await?;
        tx.commit().await?;
        Ok(MovedMessages { messages, from })
    }

    /// Puts the whole conversations of these messages into that of the first.
    pub async fn merge_conversations(&self, ids: Vec<MessageId>) -> Result<Vec<MovedMessages>> {
        let Some((first, others)) = ids.split_first() else { return Ok(Vec::new()) };
        let mut tx = self.write().await?;
        let into = self.own_thread(&mut *tx, *first).await?;
        let mut moved = Vec::new();
        for id in others {
            let from = self.own_thread(&mut *tx, *id).await?;
            // Also where two of them stood in one conversation: the first took the other along.
            if from == into {
                continue;
            }
            let (records, _) = tx.list_thread(from, i64::MAX).await?;
            let messages: Vec<_> = records.iter().map(|record| record.id).collect();
            tx.move_to_thread(&messages, into, true).await?;
            moved.push(MovedMessages { messages, from });
        }
        tx.commit().await?;
        Ok(moved)
    }

    /// Undoes a split or a merge.
    pub async fn move_back(&self, moved: Vec<MovedMessages>) -> Result<()> {
        let mut tx = self.write().await?;
        for MovedMessages { messages, from } in moved {
            for id in &messages {
                self.own_thread(&mut *tx, *id).await?;
            }
            tx.move_to_thread(&messages, from, false).await?;
        }
        tx.commit().await
    }

    /// Conversations are their reader's: nobody else takes them apart.
    async fn own_thread(&self, tx: &mut dyn Tx, id: MessageId) -> Result<ThreadId> {
        self.demand(Right::UseMail)?;
        let record = tx.find_message(id).await?.filter(|record| record.owner == self.user.id).ok_or(Error::NotFound)?;
        tx.thread_of(record.id).await?.ok_or(Error::NotFound)
    }
}
