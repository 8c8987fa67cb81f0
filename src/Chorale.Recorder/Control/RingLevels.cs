using Chorale.Audio.Capture;
using Chorale.Audio.Pcm;
using Chorale.Recorder.Recording;

namespace Chorale.Recorder.Control;

/// <summary>Levels straight from the ring, when somebody asks: nothing is measured while nobody does. Used by one thread.</summary>
internal sealed class RingLevels(RecordingGate gate, TimeProvider time)
{
    private byte[] _buffer = [];

    /// <summary>Levels of the newest <paramref name="length"/>; null while there are no frames. A muted microphone reads as silence.</summary>
    public Levels? Newest(CaptureRing? ring, TimeSpan length)
    {
        if (ring is null) return null;
        var written = ring.WrittenFrames;
        var frames = (int)Math.Min(ring.Format.FramesIn(length), Math.Min(written, ring.CapacityFrames / 2));
        if (frames == 0) return null;
        var meter = new LevelMeter(ring.Format);
        if (gate.MutedUntil(time.GetUtcNow()) is not null) return meter.Snapshot();
        var bytes = frames * ring.Format.BytesPerFrame;
        if (_buffer.Length < bytes) _buffer = new byte[bytes];
        using var reader = ring.OpenReader(written - frames);
        while (reader.Position < written)
        {
            var read = reader.Read(_buffer.AsSpan(0, bytes), TimeSpan.Zero);
            if (read.Kind == RingReadKind.Frames) meter.Add(_buffer.AsSpan(0, read.Frames * ring.Format.BytesPerFrame));
            else if (read.Kind is RingReadKind.Timeout or RingReadKind.Completed) break;
        }

        return meter.Snapshot();
    }
}
