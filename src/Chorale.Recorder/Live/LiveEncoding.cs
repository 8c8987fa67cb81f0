using System.Threading.Channels;
using Chorale.Audio.Capture;
using Chorale.Audio.Files;
using Chorale.Audio.Pcm;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Live;

/// <summary>
/// Encodes Opus for listening where the recording does not: chunks of FLAC and WAV, or a microphone that nothing records. It has a thread of its
/// own while frames come, and cuts where the recording cuts, so that each stream stands for one chunk.
/// </summary>
internal sealed class LiveEncoding(LiveWindow window, TimeProvider time, ILogger log)
{
    /// <summary>Pieces of at most 100 ms: what a busy machine may make us wait.</summary>
    private const int PiecesMax = 40;

    /// <summary>So long without a frame, and the thread ends; the next frame begins another.</summary>
    private static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(2);

    private static readonly EncoderSettings Mono = new(AudioCodec.Opus, 32_000);
    private static readonly EncoderSettings Stereo = new(AudioCodec.Opus, 56_000);

    private readonly Channel<Piece> _pieces = Channel.CreateBounded<Piece>(
        new BoundedChannelOptions(PiecesMax) { SingleWriter = true, SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private int _isRunning;
    private long _dropped;

    /// <summary>Frames that came faster than they could be encoded.</summary>
    public long DroppedFrames => Volatile.Read(ref _dropped);

    /// <summary>Never waits: what does not fit is a hole in what is heard.</summary>
    /// <param name="of">Codec of the file that these frames go into, or <see cref="LiveWire.NoFile"/>.</param>
    public void Post(CaptureRun run, ChunkTags tags, string of, long firstFrame, ReadOnlySpan<byte> interleaved)
    {
        if (!_pieces.Writer.TryWrite(new Piece(run, tags, of, firstFrame, interleaved.ToArray())))
            Interlocked.Add(ref _dropped, interleaved.Length / run.Format.BytesPerFrame);
        if (Interlocked.CompareExchange(ref _isRunning, 1, 0) != 0) return;
        try
        {
            new Thread(Work) { Name = "live-encoding", IsBackground = true }.Start();
        }
        catch (OutOfMemoryException) // what .NET calls it when the system gives no more threads: the recording goes on without being heard
        {
            Volatile.Write(ref _isRunning, 0);
        }
    }

    private void Work()
    {
        try
        {
            using var line = new Line(window);
            while (Next() is { } piece) line.Take(piece);
            line.End();
        }
        catch (Exception e) // the thread's boundary: nobody's recording depends on it, the next frame begins anew
        {
            Log.EncodingFailed(log, e.Message);
        }
        finally
        {
            Volatile.Write(ref _isRunning, 0);
        }
    }

    private Piece? Next()
    {
        var begun = time.GetTimestamp();
        while (true)
        {
            if (_pieces.Reader.TryRead(out var piece)) return piece;
            var left = IdleMax - time.GetElapsedTime(begun);
            if (left <= TimeSpan.Zero) return null;
            using var patience = new CancellationTokenSource(left, time);
            try
            {
                _pieces.Reader.WaitToReadAsync(patience.Token).AsTask().GetAwaiter().GetResult();
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }
    }

    private sealed record Piece(CaptureRun Run, ChunkTags Tags, string Of, long FirstFrame, byte[] Bytes);

    /// <summary>One encoder at a time, for frames that follow each other.</summary>
    private sealed class Line(LiveWindow window) : IDisposable
    {
        private IChunkEncoder? _encoder;
        private CaptureRun? _run;
        private ChunkTags? _tags;
        private long _nextFrame;

        public void Take(Piece piece)
        {
            var format = piece.Run.Format;
            if (_encoder is not null && (piece.Run.Id != _run!.Id || piece.FirstFrame != _nextFrame)) End();
            if (_encoder is null)
            {
                var input = format with { Channels = Math.Min(2, format.Channels) };
                _encoder = ChunkEncoders.Create(input.Channels == 1 ? Mono : Stereo, input, static (_, _) => { });
                _encoder.Begin(new PageStream(window), TagsOf(piece));
            }
            else if (!ReferenceEquals(_tags, piece.Tags))
            {
                _encoder.Cut(new PageStream(window), TagsOf(piece));
            }

            (_run, _tags, _nextFrame) = (piece.Run, piece.Tags, piece.FirstFrame + piece.Bytes.Length / format.BytesPerFrame);
            _encoder.Write(format.Channels <= 2 ? piece.Bytes : FirstTwo(piece.Bytes, format));
        }

        public void End()
        {
            _encoder?.End();
            Dispose();
        }

        public void Dispose()
        {
            _encoder?.Dispose();
            _encoder = null;
        }

        /// <summary>The chunk's, but for where this stream really begins.</summary>
        private static AudioTag[] TagsOf(Piece piece)
        {
            var at = piece.Run.Clock.At(piece.FirstFrame);
            var tags = piece.FirstFrame == piece.Tags.FirstFrame ? piece.Tags : piece.Tags with
            {
                FirstFrame = piece.FirstFrame, StartUs = WallTime.ToMicroseconds(at.Utc), UncertaintyUs = at.UncertaintyUs, RatePpm = at.RatePpm, GapBefore = null,
            };
            return [.. tags.ToPairs().Select(p => new AudioTag(p.Key, p.Value)), new AudioTag(LiveWire.OfTag, piece.Of)];
        }

        private static byte[] FirstTwo(byte[] interleaved, PcmFormat format)
        {
            var (from, to) = (format.BytesPerFrame, format.BytesPerFrame / format.Channels * 2);
            var two = new byte[interleaved.Length / from * to];
            for (var frame = 0; frame < interleaved.Length / from; frame++) interleaved.AsSpan(frame * from, to).CopyTo(two.AsSpan(frame * to));
            return two;
        }
    }

    private sealed class PageStream(LiveWindow window) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => window.Add(buffer);

        public override void Write(byte[] buffer, int offset, int count) => window.Add(buffer.AsSpan(offset, count));
    }
}
