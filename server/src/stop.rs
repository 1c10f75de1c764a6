//! Ctrl-C and the service manager's TERM: finish what is at hand, then stop.

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
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("Stopping");
        stopping.cancel();
    });
}
