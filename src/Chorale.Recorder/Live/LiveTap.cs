using Chorale.Audio.Capture;
using Chorale.Audio.Files;
using Chorale.Protocol.Chunks;

namespace Chorale.Recorder.Live;

/// <summary>
/// Where the recording thread lets others listen along: pages of Opus chunks as they are, frames of other formats for an encoder of their
/// own. Nothing here waits or throws; while nobody listens it costs a comparison.
/// </summary>
internal sealed class LiveTap(LiveWindow window, LiveEncoding encoding)
{
    /// <summary>What the encoder of a chunk shall write to instead of its file: the file first, then whoever listens.</summary>
    public Stream Tee(Stream file, AudioCodec codec) => codec == AudioCodec.Opus ? new TeeStream(file, window) : file;

    /// <summary>Frames of a chunk that is written as FLAC or WAV.</summary>
    /// <param name="tags">Of the chunk they go into; the same object for all of its frames.</param>
    public void Frames(CaptureRun run, ChunkTags tags, AudioCodec codec, long firstFrame, ReadOnlySpan<byte> interleaved)
    {
        if (codec != AudioCodec.Opus && window.IsOpen) encoding.Post(run, tags, codec.ToString().ToLowerInvariant(), firstFrame, interleaved);
    }

    /// <summary>
    /// A page that could not be written is told to nobody: what the hub holds of a chunk is never more than the file holds.
    /// libopusenc gives one whole page a call.
    /// </summary>
    private sealed class TeeStream(Stream file, LiveWindow window) : Stream
    {
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => file.Length;
        public override long Position { get => file.Position; set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            file.Write(buffer);
            window.Add(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
        public override void Flush() => file.Flush();
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
