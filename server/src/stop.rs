//! Ctrl-C and the service manager's TERM: finish what is at hand, then stop. Asked a second time, stop at once: a crash loses nothing either.

use tokio_util::sync::CancellationToken;

pub(crate) fn on_signal(stopping: CancellationToken) {
    tokio::spawn(async move {
        let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(terminate) => terminate,
            Err(cause) => {
                tracing::warn!("TERM cannot be listened for: {cause}");
                return;
            }
        };
        for asked in 0.. {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            if asked > 0 {
                tracing::warn!("Stopping at once");
                std::process::exit(1);
            }
            tracing::info!("Stopping");
            stopping.cancel();
        }
    });
}
