using Chorale.Audio.Capture;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Capture;
using Chorale.Recorder.Recording;

namespace Chorale.Recorder.Live;

/// <summary>
/// Lets a microphone be heard that nothing records continuously: while somebody listens, a thread of its own reads the ring from now on and
/// hands frames to <see cref="LiveEncoding"/>. A muted microphone gives nothing.
/// </summary>
internal sealed class LiveRing(string recorder, MicrophoneLoop microphone, RecordingGate gate, LiveDemand demand, LiveEncoding encoding)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    /// <summary>Until it is no longer wanted. Blocks.</summary>
    public void Run(CancellationToken stopping)
    {
        while (demand.IsWanted && !stopping.IsCancellationRequested)
        {
            if (microphone.Ring is { IsCompleted: false } ring) Follow(ring, stopping);
            else stopping.WaitHandle.WaitOne(Poll);
        }
    }

    private void Follow(CaptureRing ring, CancellationToken stopping)
    {
        using var reader = ring.OpenReader(ring.WrittenFrames);
        var buffer = new byte[ring.Format.FramesIn(Poll) * ring.Format.BytesPerFrame];
        ChunkTags? tags = null;
        while (demand.IsWanted && !stopping.IsCancellationRequested && ReferenceEquals(microphone.Ring, ring))
        {
            var read = reader.Read(buffer, Poll);
            if (read.Kind == RingReadKind.Completed) return;
            if (read.Kind != RingReadKind.Frames) continue;
            var at = read.Run!.Clock.At(read.FirstFrame);
            if (gate.MutedUntil(at.Utc) is not null)
            {
                tags = null;
                continue;
            }

            if (tags?.Run != read.Run.Id)
            {
                tags = new ChunkTags
                {
                    Recorder = recorder, Run = read.Run.Id, Number = 0, FirstFrame = read.FirstFrame, RateHz = read.Run.Format.SampleRateHz,
                    StartUs = WallTime.ToMicroseconds(at.Utc), UncertaintyUs = at.UncertaintyUs, RatePpm = at.RatePpm,
                };
            }

            encoding.Post(read.Run, tags, LiveWire.NoFile, read.FirstFrame, buffer.AsSpan(0, read.Frames * read.Run.Format.BytesPerFrame));
        }
    }
}
