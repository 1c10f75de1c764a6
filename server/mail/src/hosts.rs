//! Manners towards the servers of others: so many connections to one host, so many logins in a second, all users together.
//!
//! Providers lock out an address that knocks too often, and then nobody's mail comes. Whoever waits for a connection to a host
//! rings those who only idle there: one of them gives its place up and comes back later.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

/// After a complaint logins come this much slower.
const SLOWED: u32 = 10;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostLimits {
    pub logins_per_second: u32,
    pub connections: usize,
    /// Hosts that take fewer connections from one address, by the end of their name.
    pub narrow: BTreeMap<String, usize>,
}

impl Default for HostLimits {
    fn default() -> Self {
        let narrow = [("mail.yahoo.com", 4), ("mail.aol.com", 4)];
        Self { logins_per_second: 20, connections: 200, narrow: narrow.map(|(host, most)| (host.to_owned(), most)).into() }
    }
}

impl HostLimits {
    fn connections(&self, host: &str) -> usize {
        let narrow = self.narrow.iter().find(|(end, _)| host.ends_with(end.as_str())).map(|(_, most)| *most);
        narrow.unwrap_or(self.connections).clamp(1, Semaphore::MAX_PERMITS)
    }
}

#[derive(Debug, Default)]
pub struct Hosts {
    limits: HostLimits,
    known: Mutex<HashMap<String, Arc<Host>>>,
}

#[derive(Debug)]
struct Host {
    seats: Arc<Semaphore>,
    bucket: Mutex<Bucket>,
    /// Who waits for a seat, and the bell they ring.
    waiting: AtomicUsize,
    wanted: Notify,
}

/// Somebody waits for a seat; whoever gives up or gets one rings for those who still wait.
struct Waiting<'a>(&'a Host);

impl<'a> Waiting<'a> {
    fn begin(host: &'a Host) -> Self {
        host.waiting.fetch_add(1, Ordering::SeqCst);
        host.wanted.notify_one();
        Self(host)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.0.waiting.fetch_sub(1, Ordering::SeqCst) > 1 {
            self.0.wanted.notify_one();
        }
    }
}

/// A bucket of tokens, kept as the moment the next one is due (the generic cell rate algorithm).
#[derive(Debug)]
struct Bucket {
    due: Instant,
    slow_until: Instant,
}

/// The right to one connection, for as long as it is kept.
#[derive(Debug)]
pub struct Seat {
    host: Arc<Host>,
    _permit: OwnedSemaphorePermit,
}

impl Seat {
    /// Comes when somebody waits in vain for a connection to this host.
    pub async fn is_wanted(&self) {
        self.host.wanted.notified().await;
    }
}

impl Hosts {
    pub fn new(limits: HostLimits) -> Self {
        Self { limits, known: Mutex::default() }
    }

    fn host(&self, name: &str) -> Arc<Host> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(name.to_lowercase()).or_insert_with_key(|name| {
            let now = Instant::now();
            Arc::new(Host {
                seats: Arc::new(Semaphore::new(self.limits.connections(name))),
                bucket: Mutex::new(Bucket { due: now, slow_until: now }),
                waiting: AtomicUsize::new(0),
                wanted: Notify::new(),
            })
        }))
    }

    /// Waits for a place and for a turn to log in.
    pub async fn enter(&self, name: &str) -> Seat {
        let host = self.host(name);
        let seats = Arc::clone(&host.seats);
        let permit = match Arc::clone(&seats).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let _waiting = Waiting::begin(&host);
                seats.acquire_owned().await.expect("nobody closes it")
            }
        };
        let turn = self.turn(&host);
        sleep_until(turn).await;
        Seat { host, _permit: permit }
    }

    fn turn(&self, host: &Host) -> Instant {
        let now = Instant::now();
        let mut bucket = host.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let pace = Duration::from_secs(1) / self.limits.logins_per_second.max(1);
        let (pace, burst) = if bucket.slow_until > now { (pace * SLOWED, Duration::ZERO) } else { (pace, Duration::from_secs(1) - pace) };
        let due = bucket.due.max(now);
        bucket.due = due + pace;
        due.checked_sub(burst).map_or(now, |turn| turn.max(now))
    }

    /// The host complained: for this long everybody knocks more slowly.
    pub fn slow_down(&self, name: &str, during: Duration) {
        let host = self.host(name);
        let mut bucket = host.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.slow_until = bucket.slow_until.max(Instant::now() + during);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(logins_per_second: u32, connections: usize) -> Hosts {
        Hosts::new(HostLimits { logins_per_second, connections, ..HostLimits::default() })
    }

    /// A burst of one second's worth at once, the rest at the pace; another host does not wait.
    #[tokio::test]
    async fn logins_come_at_a_pace() {
        let hosts = hosts(20, 100);
        let begun = Instant::now();
        let mut seats = Vec::new();
        for _ in 0..30 {
            seats.push(hosts.enter("imap.example").await);
        }
        assert!(begun.elapsed() >= Duration::from_millis(450), "{:?}", begun.elapsed());
        let turns: Vec<_> = (0..20).map(|_| hosts.turn(&hosts.host("imap.other.example"))).collect();
        assert!(turns.iter().all(|turn| turn.elapsed() < Duration::from_secs(60)), "another host has a bucket of its own");
        let now = Instant::now();
        assert!(turns.iter().all(|turn| *turn <= now));
    }

    #[tokio::test]
    async fn a_host_that_complains_is_spared() {
        let hosts = hosts(20, 100);
        hosts.slow_down("IMAP.example", Duration::from_secs(300));
        let begun = Instant::now();
        let host = hosts.host("imap.example");
        let last = (0..6).map(|_| hosts.turn(&host)).last().expect("six");
        assert!(last >= begun + Duration::from_millis(2_400), "{:?}", last - begun);
    }

    /// Who waits rings one of those who sit idle, and gets its place.
    #[tokio::test]
    async fn who_idles_gives_way() {
        let hosts = Arc::new(hosts(100, 2));
        let (first, second) = (hosts.enter("imap.example").await, hosts.enter("imap.example").await);
        let waiting = {
            let hosts = Arc::clone(&hosts);
            tokio::spawn(async move { hosts.enter("imap.example").await })
        };
        tokio::select! {
            () = first.is_wanted() => drop(first),
            () = second.is_wanted() => drop(second),
        }
        waiting.await.expect("it got in");
    }

    #[test]
    fn narrow_hosts() {
        let limits = HostLimits::default();
        assert_eq!(limits.connections("imap.mail.yahoo.com"), 4);
        assert_eq!(limits.connections("imap.example"), 200);
    }
}
