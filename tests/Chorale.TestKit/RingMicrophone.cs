using System.Runtime.InteropServices;
using Chorale.Audio.Capture;
using Chorale.Audio.Pcm;

namespace Chorale.TestKit;

/// <summary>
/// A microphone that the test plays by hand straight into a ring: every frame carries its own number, so that loss and order can be
/// proved in what was recorded. Mono S16; frame n of the whole life has the value n modulo 65 521 (a prime) minus 32 760.
/// </summary>
public sealed class RingMicrophone
{
    private readonly ManualTime _time;
    private long _frames;
    private RunClock? _clock;
    private long _runStart;

    public RingMicrophone(ManualTime time, int sampleRateHz = 8000, int ringSeconds = 10)
    {
        _time = time;
        Ring = new CaptureRing(new PcmFormat(sampleRateHz, 1, SampleFormat.S16), ringSeconds * sampleRateHz);
    }

    public CaptureRing Ring { get; }

    /// <summary>Frames played so far, in all runs.</summary>
    public long Frames => _frames;

    public static short ValueOf(long frame) => (short)(frame % 65_521 - 32_760);

    public CaptureRun StartRun(RunBreak why = RunBreak.Opened, long lostFrames = 0)
    {
        if (lostFrames > 0) _time.Advance(Ring.Format.DurationOf(lostFrames));
        _clock = new RunClock(Ring.Format.SampleRateHz, _time.TimestampFrequency);
        _runStart = _frames;
        var run = new CaptureRun(Guid.NewGuid(), _frames, Ring.Format, _clock, why, lostFrames, "ring microphone");
        Ring.StartRun(run);
        return run;
    }

    /// <summary>Plays <paramref name="frames"/> frames in periods of 20 ms, moving time with them.</summary>
    public void Play(int frames)
    {
        var period = Ring.Format.SampleRateHz / 50;
        var samples = new short[period];
        while (frames > 0)
        {
            var n = Math.Min(period, frames);
            for (var i = 0; i < n; i++) samples[i] = ValueOf(_frames + i);
            _time.Advance(Ring.Format.DurationOf(n));
            _frames += n;
            _clock!.Observe(_frames - _runStart, _time.GetTimestamp(), _time.GetUtcNow());
            Ring.Write(MemoryMarshal.AsBytes(samples.AsSpan(0, n)));
            frames -= n;
        }
    }
}
