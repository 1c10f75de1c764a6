//! Meetings that messages ask for, and what was said to them.

use super::{Tx, err, index_key, unknown};
use crate::Db;
use async_trait::async_trait;
use crm::Result;
use crm::ports::{AnswerRow, Meetings, NewMessage};
use model::inbox::{ChangeKind, Entity, Place};
use model::nature::{Answer, Notice};
use model::{MailAccountId, MessageId, UserId};
use sqlx::{QueryBuilder, query, query_scalar};

impl Tx {
    /// Of new messages.
    pub(super) async fn insert_notices(&mut self, added: &[(&NewMessage, i64, Place)]) -> Result<()> {
        let rows: Vec<_> = added.iter().filter_map(|(new, ..)| Some((new, new.parsed.notice.as_ref()?))).collect();
        for chunk in rows.chunks(super::LIST) {
            let mut insert = QueryBuilder::<Db>::new(
                "INSERT INTO notices (message_id, owner_id, uid, recurrence, organizer_key, sequence, stamp, cancels) ",
            );
            insert.push_values(chunk, |mut row, (new, notice)| {
                row.push_bind(new.id.0)
                    .push_bind(new.owner.0)
                    .push_bind(index_key(&notice.uid))
                    .push_bind(index_key(&notice.recurrence))
                    .push_bind(index_key(&notice.organizer))
                    .push_bind(notice.sequence)
                    .push_bind(notice.stamp)
                    .push_bind(notice.cancels);
            });
            insert.build().persistent(false).execute(&mut *self.inner).await.map_err(err)?;
        }
        Ok(())
    }
}

#[async_trait]
impl Meetings for Tx {
    async fn newer_notice(&mut self, owner: UserId, notice: &Notice) -> Result<Option<bool>> {
        // Calling it off needs no new number, and programs give it none.
        query_scalar!(
            r#"SELECT n.cancels AS "cancels!: bool"
             FROM notices n
             JOIN messages m ON m.id = n.message_id AND m.place NOT IN ('spam', 'removed')
             WHERE n.owner_id = $1 AND n.uid = $2 AND n.recurrence IN ($3, '') AND n.organizer_key = $4
                 AND (n.sequence > $5 OR (n.sequence = $5 AND (n.stamp > $6 OR (n.cancels AND n.stamp = $6))))
             ORDER BY n.sequence DESC, n.stamp DESC, n.cancels DESC LIMIT 1"#,
            owner.0,
            index_key(&notice.uid),
            index_key(&notice.recurrence),
            index_key(&notice.organizer),
            notice.sequence,
            notice.stamp
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)
    }

    async fn add_meeting_answer(&mut self, row: &AnswerRow, notice: &Notice) -> Result<()> {
        query!(
            "INSERT INTO meeting_answers (message_id, account_id, uid, recurrence, organizer_key, sequence, answer, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            row.message.0,
            row.account.0,
            index_key(&notice.uid),
            index_key(&notice.recurrence),
            index_key(&notice.organizer),
            notice.sequence,
            row.answer.as_str(),
            row.at.0
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        let owner = query_scalar!("SELECT owner_id FROM messages WHERE id = $1", row.invitation.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        if let Some(owner) = owner {
            self.note_of(UserId(owner), Entity::Message, row.invitation.0, ChangeKind::Changed);
        }
        Ok(())
    }

    async fn meeting_answer(&mut self, account: MailAccountId, notice: &Notice) -> Result<Option<(MessageId, Answer)>> {
        let row = query!(
            r#"SELECT a.message_id AS "message_id!", a.answer AS "answer!"
               FROM meeting_answers a
               JOIN messages m ON m.id = a.message_id
               WHERE a.account_id = $1 AND a.uid = $2 AND a.recurrence = $3 AND a.organizer_key = $4 AND a.sequence = $5
                   AND (m.deleted_at IS NULL OR m.written IS NULL OR m.written <> 'waiting')
               ORDER BY a.at DESC, a.message_id DESC LIMIT 1"#,
            account.0,
            index_key(&notice.uid),
            index_key(&notice.recurrence),
            index_key(&notice.organizer),
            notice.sequence
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        row.map(|row| Ok((row.message_id.into(), Answer::from_word(&row.answer).ok_or_else(unknown("meeting_answers.answer"))?)))
            .transpose()
    }
}
