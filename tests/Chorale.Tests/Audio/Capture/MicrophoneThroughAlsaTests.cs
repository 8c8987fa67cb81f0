using System.Diagnostics;
using Chorale.Audio.Capture;
using Chorale.Audio.Pcm;

namespace Chorale.Tests.Audio.Capture;

/// <summary>The whole road with real parts: libasound, its PulseAudio plugin, a PulseAudio server, the capture thread.</summary>
public sealed class MicrophoneThroughAlsaTests
{
    [Fact]
    public async Task Two_seconds_of_a_microphone_arrive_in_about_two_seconds()
    {
        await using var microphone = await VirtualMicrophone.StartAsync();
        microphone.PlayTone();
        await using var capture = new MicrophoneCapture(new CaptureRequest(microphone.Device, 48_000, 1), new CaptureInputs(TimeProvider.System), TimeProvider.System);
        capture.Start();
        var ring = await capture.Ring.WaitAsync(Wait.Patience);
        using var reader = ring.OpenReader(0);

        var watch = Stopwatch.StartNew();
        var heard = Listen.Frames(reader, ring, 96_000, TimeSpan.FromSeconds(20));

        Assert.Equal(96_000, heard.Frames);
        Assert.True(watch.Elapsed > TimeSpan.FromSeconds(1.2), $"frames came faster than the world: {watch.Elapsed}");
        Assert.True(heard.Peak > 0.05, $"nothing of the tone was heard: peak {heard.Peak}");
        Assert.Equal(CaptureState.Running, capture.Status.State);
        Assert.Equal(new PcmFormat(48_000, 1, SampleFormat.S16), ring.Format);
    }

    [Fact]
    public async Task A_microphone_that_is_pulled_and_plugged_in_again_goes_on_in_a_new_run_with_the_gap_counted()
    {
        await using var microphone = await VirtualMicrophone.StartAsync();
        await using var capture = new MicrophoneCapture(new CaptureRequest(microphone.Device, 48_000, 1), new CaptureInputs(TimeProvider.System), TimeProvider.System);
        capture.Start();
        var ring = await capture.Ring.WaitAsync(Wait.Patience);
        await Wait.Until("a second was captured", () => capture.Status.FramesCaptured > 48_000);

        await microphone.UnplugAsync();
        await Wait.Until("the loss was noticed", () => capture.Status.State == CaptureState.Lost);
        var unplugged = Stopwatch.StartNew();
        await Wait.Until("three seconds are missing", () => unplugged.Elapsed > TimeSpan.FromSeconds(3));
        await microphone.PlugAsync();
        var plugged = Stopwatch.StartNew();
        await Wait.Until("frames come again", () => capture.Status.State == CaptureState.Running);

        // 2 s are promised; ten times that is the most a busy machine may make of it.
        Assert.True(plugged.Elapsed < TimeSpan.FromSeconds(20), $"resumed after {plugged.Elapsed}");
        TestContext.Current.SendDiagnosticMessage("resumed {0:0.00} s after the plug", plugged.Elapsed.TotalSeconds);
        var run = capture.Status.Run!;
        Assert.Equal(RunBreak.DeviceLost, run.Break);
        Assert.InRange(run.LostFrames, 48_000 * 2.5, 48_000 * 30);
        Assert.Equal(1, capture.Status.DeviceLosses);
        Assert.Equal(run.LostFrames, capture.Status.LostFrames);
    }
}

internal static class Listen
{
    public readonly record struct Heard(long Frames, double Peak);

    /// <summary>Reads frames of 16 bit until so many have come.</summary>
    public static Heard Frames(RingReader reader, CaptureRing ring, long frames, TimeSpan limit)
    {
        var buffer = new byte[4_800 * ring.Format.BytesPerFrame];
        var watch = Stopwatch.StartNew();
        long got = 0;
        var peak = 0;
        while (got < frames)
        {
            if (watch.Elapsed > limit) throw new TimeoutException($"only {got} of {frames} frames came");
            var want = (int)Math.Min(frames - got, 4_800);
            var read = reader.Read(buffer.AsSpan(0, want * ring.Format.BytesPerFrame), TimeSpan.FromSeconds(1));
            if (read.Kind != RingReadKind.Frames) continue;
            foreach (var sample in System.Runtime.InteropServices.MemoryMarshal.Cast<byte, short>(buffer.AsSpan(0, read.Frames * ring.Format.BytesPerFrame)))
                peak = Math.Max(peak, Math.Abs((int)sample));
            got += read.Frames;
        }

        return new Heard(got, peak / 32768.0);
    }
}
