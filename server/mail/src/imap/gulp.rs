//! Large reads below the encryption, which by itself asks the system for four kilobytes at a time.

use super::Wire;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Two records of TLS.
const GULP: usize = 32 << 10;

/// Reads ahead while much comes, and holds nothing while little does: most connections wait.
pub(super) struct Gulp {
    wire: Wire,
    /// Empty while little comes.
    ahead: Vec<u8>,
    at: usize,
    end: usize,
}

impl Gulp {
    pub(super) fn new(wire: Wire) -> Self {
        Self { wire, ahead: Vec::new(), at: 0, end: 0 }
    }
}

impl AsyncRead for Gulp {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.ahead.is_empty() {
            ready!(Pin::new(&mut this.wire).poll_read(cx, into))?;
            if into.remaining() == 0 {
                this.ahead = vec![0; GULP];
            }
            return Poll::Ready(Ok(()));
        }
        if this.at == this.end {
            let mut gulp = ReadBuf::new(&mut this.ahead);
            ready!(Pin::new(&mut this.wire).poll_read(cx, &mut gulp))?;
            (this.at, this.end) = (0, gulp.filled().len());
        }
        let taken = into.remaining().min(this.end - this.at);
        into.put_slice(&this.ahead[this.at..this.at + taken]);
        this.at += taken;
        if this.at == this.end && into.remaining() > 0 {
            this.ahead = Vec::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Gulp {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.wire).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// [SYN-01] Nothing is lost or turned round between large and small reads.
    #[tokio::test]
    async fn what_goes_in_comes_out() {
        let (near, mut far) = tokio::io::duplex(48 << 10);
        let sent: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
        let copy = sent.clone();
        let writer = tokio::spawn(async move {
            for (turn, piece) in copy.chunks(70_001).enumerate() {
                let (few, many) = piece.split_at(turn * 3);
                far.write_all(few).await?;
                far.write_all(many).await?;
            }
            io::Result::Ok(())
        });
        let mut gulp = Gulp::new(Box::new(near));
        let mut got = Vec::new();
        let mut room = [0; 4_096];
        for turn in 0.. {
            let room = &mut room[..[4_096, 5, 1_000][turn % 3]];
            match gulp.read(room).await.expect("read") {
                0 => break,
                read => got.extend_from_slice(&room[..read]),
            }
        }
        writer.await.expect("no panic").expect("all written");
        assert_eq!(got, sent);
        assert!(gulp.ahead.is_empty(), "nothing more came");
    }
}
