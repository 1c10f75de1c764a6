//! Mail accounts: checking settings, saving them, seeing how far a sync has come.

use crate::ports::{AccountRow, FolderRow, Want};
use crate::{Error, Pass, Result, Secret, Session};
use model::inbox::MessageFilter;
use model::mail_account::{
    AccountState, Check, Diagnosis, FolderHealth, FolderProgress, FolderRole, GMAIL_DAILY_BYTES, MailAccountForm, MailAccountRow,
    MailHealth, ServerSettings, StuckErrand, StuckWhy, WaitingMail, WaitingReason, Wish,
};
use model::outgoing::SendingServer;
use model::sign_in::Issuer;
use model::{CheckId, FolderId, Invalid, MailAccountId, Problem, Right};

/// Of what waits or is stuck so much is shown: more is no list, but an outage.
const SHOWN: usize = 100;
const SHOWN_SQL: i64 = 100;

impl Session {
    /// Tries the settings, or looks for them when there are none. Followed with `follow_mail_check`.
    pub async fn start_mail_check(&self, form: MailAccountForm) -> Result<CheckId> {
        self.demand(Right::UseMail)?;
        let problems = form.problems();
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        self.crm.count("check", &self.user.id.to_string(), self.crm.world.limits.checks_per_user).await?;
        let (issuer, pass) = self.pass_of(&form).await?;
        let check = self.crm.new_id();
        let (mailroom, address) = (self.crm.mailroom()?, form.address.trim().to_owned());
        // Who lets in knows where: nothing has to be looked for.
        let server = form.server.map(tidy).or_else(|| mailroom.guess_incoming(issuer?, &address));
        mailroom.start_check(check, address, pass, server);
        Ok(check)
    }

    /// Answers when there is news, or when the check is over. Only who knows the id, which was drawn for its starter, can ask.
    pub async fn follow_mail_check(&self, check: CheckId, seen: u32) -> Result<Check> {
        self.demand(Right::UseMail)?;
        self.crm.mailroom()?.follow(check, seen).await.ok_or(Error::NotFound)
    }

    /// `Opslaan`. Wrong settings may be saved too (EML-19): the account then shows what is wrong with it.
    pub async fn save_mail_account(&self, form: MailAccountForm) -> Result<MailAccountId> {
        self.demand(Right::UseMail)?;
        let mut problems = form.problems();
        if form.server.is_none() {
            problems.push(Invalid::new("host", Problem::Missing));
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let server = tidy(form.server.clone().unwrap_or_default());
        let kept = match form.id {
            Some(id) if form.password.is_empty() => Some(self.own_account(id).await?),
            _ => None,
        };
        let password = match &kept {
            Some(row) => self.office.key.open(&row.sealed_password, row.id.0.as_bytes())?,
            None => Secret::new(form.password.clone()),
        };
        let id = form.id.unwrap_or_else(|| self.crm.new_id());
        let signed_in = match form.sign_in {
            Some(sign_in) => Some(self.grant_of_sign_in(sign_in, id).await?),
            None => None,
        };
        let mut tx = self.write().await?;
        let mine = tx.list_mail_accounts(Some(self.user.id)).await?;
        let address = form.address.trim().to_owned();
        let same = |row: &AccountRow| row.address.eq_ignore_ascii_case(&address) && Some(row.id) != form.id;
        if mine.iter().any(same) {
            return Err(Error::invalid("address", Problem::AlreadyThere));
        }
        let most = self.crm.world.limits.edition.mail_accounts();
        let before = match form.id {
            Some(id) => Some(mine.into_iter().find(|row| row.id == id).ok_or(Error::NotFound)?),
            None if mine.len() >= most => {
                return Err(Error::invalid("address", Problem::TooManyAccounts(u8::try_from(most).unwrap_or(u8::MAX))));
            }
            None => None,
        };
        let row = AccountRow {
            id,
            owner: self.user.id,
            kind: form.kind,
            address,
            server,
            sealed_password: self.office.key.seal(&password, id.0.as_bytes(), self.crm.dice())?,
            issuer: signed_in.as_ref().map(|(issuer, _)| *issuer).or(kept.and_then(|row| row.issuer)),
            connected: before.as_ref().is_some_and(|row| row.connected),
            // New settings are innocent until tried.
            diagnosis: None,
            last_ok_at: before.and_then(|row| row.last_ok_at),
            next_try_at: None,
            noticed_at: None,
        };
        tx.put_mail_account(&row).await?;
        match (form.sign_in, signed_in) {
            (Some(sign_in), Some((_, grant))) => {
                tx.set_grant(id, Some(&grant)).await?;
                tx.remove_sign_in(sign_in).await?;
            }
            // A password was typed: what the provider once gave is of no more use.
            _ if row.issuer.is_none() => tx.set_grant(id, None).await?,
            _ => {}
        }
        tx.commit().await?;
        self.crm.mailroom()?.wake(self.office.id, id);
        Ok(id)
    }

    /// The user's own accounts, with how far each folder has come.
    pub async fn list_mail_accounts(&self) -> Result<Vec<MailAccountRow>> {
        self.demand(Right::UseMail)?;
        let mut tx = self.read().await?;
        let mut rows = Vec::new();
        for account in tx.list_mail_accounts(Some(self.user.id)).await? {
            let counts = tx.folder_counts(account.id).await?;
            let mut folders = Vec::new();
            let mut complete = true;
            for folder in tx.list_folders(account.id).await?.into_iter().filter(|folder| folder.role.is_followed()) {
                let (done, retry) =
                    counts.iter().find(|(id, ..)| *id == folder.id).map_or((0, 0), |(_, locations, retries)| (*locations, *retries));
                complete &= folder.is_complete() || folder.total == 0;
                let total = folder.total - folder.left_out;
                folders.push(FolderProgress {
                    id: folder.id,
                    role: folder.role,
                    name: folder.name,
                    done: count(done.min(total)),
                    total: count(total),
                    retry: count(retry),
                });
            }
            folders.sort_by_key(|folder| folder.role);
            complete &= folders.iter().any(|folder| folder.role == FolderRole::Inbox);
            let state = match self.crm.stall(account.id).or(account.diagnosis) {
                Some(diagnosis) => AccountState::Failing(diagnosis),
                None if !account.connected => AccountState::New,
                None if complete => AccountState::UpToDate,
                None => AccountState::Fetching,
            };
            rows.push(MailAccountRow {
                id: account.id,
                kind: account.kind,
                address: account.address,
                server: account.server,
                issuer: account.issuer,
                state,
                folders,
                last_ok: account.last_ok_at.map(|at| self.civil(at)),
                rests: !complete && tx.spent(account.id, self.crm.now().days()).await? >= GMAIL_DAILY_BYTES,
            });
        }
        Ok(rows)
    }

    /// The archives of contacts keep what was fetched; the mailbox at the provider is not touched.
    pub async fn remove_mail_account(&self, id: MailAccountId) -> Result<()> {
        self.own_account(id).await?;
        let mut tx = self.write().await?;
        tx.remove_mail_account(id).await?;
        tx.commit().await?;
        self.crm.mailroom()?.wake(self.office.id, id);
        Ok(())
    }

    /// Everything that can be said of how the mailbox fares.
    pub async fn mail_health(&self, id: MailAccountId) -> Result<MailHealth> {
        let account = self.own_account(id).await?;
        let mut tx = self.read().await?;
        let counts = tx.folder_counts(id).await?;
        let mut health = MailHealth { next_try: account.next_try_at.map(|at| self.civil(at)), ..MailHealth::default() };
        for folder in tx.list_folders(id).await? {
            let done = counts.iter().find(|(of, ..)| *of == folder.id).map_or(0, |(_, locations, _)| *locations);
            let total = folder.total - folder.left_out;
            for retry in tx.list_retries(folder.id).await?.into_iter().take(SHOWN.saturating_sub(health.waiting.len())) {
                health.waiting.push(WaitingMail {
                    folder: folder.name.clone(),
                    number: count(retry.uid),
                    attempts: count(retry.attempts),
                    reason: WaitingReason::from_word(&retry.reason),
                });
            }
            health.folders.push(FolderHealth {
                id: folder.id,
                name: folder.name,
                role: folder.role,
                chosen: folder.chosen,
                done: count(done.min(total)),
                total: count(total),
                left_out: count(folder.left_out),
                resync: folder.resync,
            });
        }
        health.folders.sort_by_key(|folder| folder.role);
        let newest = MessageFilter { account: Some(id), ..MessageFilter::default() };
        health.last_message = tx.list_messages(self.user.id, &newest, None, 1).await?.first().map(|message| self.civil(message.at));
        let stuck = tx.failed_errands(id, SHOWN_SQL).await?;
        health.stuck = stuck
            .into_iter()
            .map(|errand| StuckErrand {
                message: errand.message,
                subject: errand.subject,
                wish: match errand.want {
                    Want::Read(true) => Wish::Read,
                    Want::Read(false) => Wish::Unread,
                    Want::Move(role) => Wish::MoveTo(role),
                    Want::Keep => Wish::Keep,
                },
                why: StuckWhy::from_word(errand.reason),
            })
            .collect();
        Ok(health)
    }

    /// Everything in this folder is compared with the server anew: what was missed comes, what is known is recognised.
    pub async fn resync_folder(&self, account: MailAccountId, folder: FolderId) -> Result<()> {
        self.own_folder(account, folder).await?;
        let mut tx = self.write().await?;
        tx.ask_resync(folder).await?;
        tx.commit().await?;
        self.crm.mailroom()?.wake(self.office.id, account);
        Ok(())
    }

    /// Says which of the server's folders is which, where its names mislead. The one that was it before is nothing special then.
    pub async fn choose_folder(&self, account: MailAccountId, folder: FolderId, role: FolderRole) -> Result<()> {
        let chosen = self.own_folder(account, folder).await?;
        if !FolderRole::CHOOSABLE.contains(&role) || chosen.role == FolderRole::Inbox {
            return Err(Error::invalid("role", Problem::Unknown));
        }
        let mut tx = self.write().await?;
        for other in tx.list_folders(account).await?.into_iter().filter(|other| other.role == role && other.id != folder) {
            tx.set_folder_role(other.id, FolderRole::Other, false).await?;
        }
        tx.set_folder_role(folder, role, true).await?;
        tx.commit().await?;
        self.crm.mailroom()?.wake(self.office.id, account);
        Ok(())
    }

    async fn own_folder(&self, account: MailAccountId, folder: FolderId) -> Result<FolderRow> {
        self.own_account(account).await?;
        let folders = self.read().await?.list_folders(account).await?;
        folders.into_iter().find(|one| one.id == folder).ok_or(Error::NotFound)
    }

    /// Looks at the mailbox now, and tries again what was given up.
    pub async fn sync_now(&self, id: MailAccountId) -> Result<()> {
        let row = self.own_account(id).await?;
        if row.diagnosis.is_some() {
            // The owner acted: an account that had given up is tried again.
            let mut tx = self.write().await?;
            tx.put_mail_account(&AccountRow { diagnosis: None, next_try_at: None, noticed_at: None, ..row }).await?;
            tx.commit().await?;
        }
        let mut tx = self.write().await?;
        tx.retry_errands(id, self.crm.now()).await?;
        tx.commit().await?;
        self.crm.mailroom()?.wake(self.office.id, id);
        Ok(())
    }

    /// The outgoing server of a mailbox.
    pub async fn sending_server(&self, account: MailAccountId) -> Result<SendingServer> {
        let row = self.own_account(account).await?;
        Ok(match self.read().await?.sending_server(account).await? {
            Some(settings) => SendingServer { settings, chosen: true },
            None => SendingServer { settings: self.crm.mailroom()?.guess_sending(&row.address, &row.server), chosen: false },
        })
    }

    /// Tries the outgoing server and keeps it; what is wrong with it is answered, and kept all the same when the owner is `sure`.
    pub async fn change_sending(&self, account: MailAccountId, settings: ServerSettings, sure: bool) -> Result<Option<Diagnosis>> {
        let row = self.own_account(account).await?;
        let wrong = settings.problems();
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        self.crm.count("check", &self.user.id.to_string(), self.crm.world.limits.checks_per_user).await?;
        let settings = tidy(settings);
        let wrong = match self.crm.pass(&self.office, &row, None).await? {
            Ok(pass) => self.crm.mailroom()?.try_sending(&settings, &pass).await.err(),
            Err(diagnosis) => Some(diagnosis),
        };
        if wrong.is_none() || sure {
            let mut tx = self.write().await?;
            tx.set_sending_server(account, &settings).await?;
            tx.commit().await?;
        }
        Ok(wrong)
    }

    pub(crate) async fn own_account(&self, id: MailAccountId) -> Result<AccountRow> {
        self.demand(Right::UseMail)?;
        let row = self.read().await?.find_mail_account(id).await?;
        row.filter(|row| row.owner == self.user.id).ok_or(Error::NotFound)
    }

    /// What is to be tried: the sign-in that was just made, the password typed, or what is stored of the account being mended. With who
    /// lets in, where that is a provider.
    async fn pass_of(&self, form: &MailAccountForm) -> Result<(Option<Issuer>, std::result::Result<Pass, Diagnosis>)> {
        if let Some(sign_in) = form.sign_in {
            let (issuer, pass) = self.pass_of_sign_in(sign_in).await?;
            return Ok((Some(issuer), Ok(pass)));
        }
        match form.id {
            Some(id) if form.password.is_empty() => {
                let row = self.own_account(id).await?;
                let pass = self.crm.pass(&self.office, &row, None).await?;
                Ok((row.issuer, pass))
            }
            _ => Ok((None, Ok(Secret::new(form.password.clone()).into()))),
        }
    }
}

fn tidy(server: ServerSettings) -> ServerSettings {
    ServerSettings { login: server.login.trim().to_owned(), host: server.host.trim().to_lowercase(), ..server }
}

fn count(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}
