using System.Diagnostics;
using System.Runtime.InteropServices;
using Chorale.Audio.Capture;
using Chorale.Audio.Capture.Devices;
using Chorale.Audio.Pcm;

namespace Chorale.Tests.Audio.Capture;

/// <summary>The test signal, ffmpeg, PortAudio and the list of devices.</summary>
public sealed class OtherSourcesTests
{
    private static readonly CaptureInputs Inputs = new(TimeProvider.System);

    [Theory]
    [InlineData(SampleFormat.S16, 48_000, 2)]
    [InlineData(SampleFormat.S24, 16_000, 1)]
    [InlineData(SampleFormat.S32, 8_000, 1)]
    [InlineData(SampleFormat.F32, 96_000, 3)]
    public void The_test_signal_is_never_taken_for_a_dead_microphone_and_never_clips(SampleFormat sampleFormat, int rate, int channels)
    {
        var time = new ManualTime(new DateTimeOffset(2026, 1, 5, 10, 0, 57, 300, TimeSpan.Zero));
        using var source = new CaptureInputs(time).Open(new CaptureRequest("tone:", rate, channels, sampleFormat, TimeSpan.FromMilliseconds(100)));
        Assert.Equal(new PcmFormat(rate, channels, sampleFormat), source.Format);
        var buffer = new byte[source.PeriodFrames * source.Format.BytesPerFrame];
        var policy = new DeadMicrophonePolicy();
        for (var period = 0; period < 120; period++)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            Assert.Equal(source.PeriodFrames, source.Read(buffer).Frames);
            var meter = new LevelMeter(source.Format);
            meter.Add(buffer);
            var levels = meter.Snapshot();
            Assert.InRange(levels.Peak, 0.05, 0.95);
            Assert.Equal(0, levels.ClippedSamples);
            Assert.Equal(MicrophoneVerdict.Alive, policy.Add(levels.Peak, TimeSpan.FromMilliseconds(100)));
        }
    }

    [Fact]
    public void The_test_signal_keeps_the_pace_of_the_world_however_late_it_is_read()
    {
        var time = new ManualTime();
        using var source = new CaptureInputs(time).Open(new CaptureRequest("tone:", 48_000, 1));
        var buffer = new byte[source.PeriodFrames * source.Format.BytesPerFrame];
        long frames = 0;
        foreach (var lateness in new[] { 100, 3, 40_000, 7, 1_000 })
        {
            time.Advance(TimeSpan.FromMilliseconds(lateness));
            // What is due comes at once; then nothing until the next period is due.
            for (var due = (long)(time.GetElapsedTime(TimeSpan.TicksPerDay).TotalMilliseconds / 20) * 960; frames < due;) frames += source.Read(buffer).Frames;
        }

        Assert.Equal(41_110 / 20 * 960, frames);
    }

    [Fact]
    public void Ffmpeg_gives_what_a_stream_holds_and_dies_when_the_source_is_closed()
    {
        var mark = $"mark{Guid.NewGuid():N}";
        using var folder = new TempFolder();
        Run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration=60", "-c:a", "pcm_s16le", folder[$"{mark}.wav"]);
        var source = Inputs.Open(new CaptureRequest($"async:file://{folder[$"{mark}.wav"]}", 48_000, 2));
        try
        {
            Assert.Equal(new PcmFormat(48_000, 2, SampleFormat.S16), source.Format);
            var buffer = new byte[source.PeriodFrames * source.Format.BytesPerFrame];
            long frames = 0;
            var peak = 0;
            for (var watch = Stopwatch.StartNew(); frames < 24_000 && watch.Elapsed < TimeSpan.FromSeconds(30);)
            {
                var read = source.Read(buffer);
                Assert.Equal(CaptureReadKind.Frames, read.Kind);
                frames += read.Frames;
                foreach (var sample in MemoryMarshal.Cast<byte, short>(buffer.AsSpan(0, read.Frames * 4))) peak = Math.Max(peak, Math.Abs((int)sample));
            }

            Assert.InRange(frames, 24_000, 30_000);
            Assert.True(peak > 2_000);
            Assert.NotEmpty(ProcessesWith(mark));
        }
        finally
        {
            source.Dispose();
        }

        AssertGone(mark);
    }

    [Fact]
    public void Ffmpeg_that_cannot_open_its_stream_is_a_lost_device_with_the_reason_but_without_the_password()
    {
        using var source = Inputs.Open(new CaptureRequest("http://user:secret@127.0.0.1:1/stream", 48_000, 1));
        var buffer = new byte[source.PeriodFrames * source.Format.BytesPerFrame];
        CaptureRead read = default;
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Wait.Patience && read.Kind != CaptureReadKind.Lost;) read = source.Read(buffer);
        Assert.Equal(CaptureReadKind.Lost, read.Kind);
        Assert.DoesNotContain("secret", read.Detail);
        Assert.DoesNotContain("secret", source.Description);
        Assert.Contains("127.0.0.1:1", read.Detail);
    }

    [Fact]
    public async Task The_list_of_devices_has_the_microphone_and_what_to_write_for_it()
    {
        await using var microphone = await VirtualMicrophone.StartAsync(sampleRateHz: 44_100);
        var watch = Stopwatch.StartNew();
        var listing = DeviceCatalog.List(withPortAudio: false);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20));
        var found = Assert.Single(listing.Devices, d => d.Device == microphone.Device);
        Assert.Equal("pulse", found.BackEnd);
        Assert.Equal(microphone.SourceName, found.Name);
        Assert.Equal([44_100], found.RatesHz);
        Assert.Equal([1], found.Channels);
        Assert.Contains(listing.Devices, d => d.Device == $"pulse:{microphone.SinkName}.monitor" && d.Note == "hears what this machine plays");
    }

    [Fact]
    public async Task A_microphone_can_be_recorded_through_PortAudio_by_part_of_its_name()
    {
        await using var microphone = await VirtualMicrophone.StartAsync();
        microphone.PlayTone();
        var there = DeviceCatalog.List().Devices.Where(d => d.BackEnd == "portaudio").ToArray();
        Assert.SkipWhen(there.Length == 0, "PortAudio sees no input here");
        using var source = Inputs.Open(new CaptureRequest("portaudio:pulse", 48_000, 1));
        var buffer = new byte[source.PeriodFrames * source.Format.BytesPerFrame];
        long frames = 0;
        for (var watch = Stopwatch.StartNew(); frames < 24_000 && watch.Elapsed < TimeSpan.FromSeconds(30);)
        {
            var read = source.Read(buffer);
            Assert.True(read.Kind is CaptureReadKind.Frames or CaptureReadKind.Xrun, read.Detail);
            frames += read.Frames;
        }

        Assert.True(frames >= 24_000, $"only {frames} frames came");
        var error = Assert.Throws<CaptureException>(() => Inputs.Open(new CaptureRequest("portaudio:no such thing", 48_000, 1)));
        Assert.True(error.IsTransient);
        Assert.Contains("pulse", error.Message);
    }

    [Fact]
    public async Task A_file_read_fast_comes_whole_and_exact_then_ends()
    {
        using var folder = new TempFolder();
        Noise.WriteWav(folder["noise.wav"], seconds: 30);
        var expected = File.ReadAllBytes(folder["noise.wav"]).AsSpan(44).ToArray();
        await using var capture = new MicrophoneCapture(new CaptureRequest($"file:{folder["noise.wav"]}?fast", 48_000, 1), Inputs, TimeProvider.System);
        capture.Start();
        var ring = await capture.Ring.WaitAsync(Wait.Patience);
        using var reader = ring.OpenReader(0);
        var heard = new MemoryStream();
        var buffer = new byte[19_200];
        RingRead read;
        while ((read = reader.Read(buffer, TimeSpan.FromSeconds(10))).Kind != RingReadKind.Completed)
        {
            Assert.True(read.Kind is RingReadKind.Frames or RingReadKind.RunStarted, $"{read.Kind}");
            if (read.Kind == RingReadKind.Frames) heard.Write(buffer, 0, read.Frames * 2);
        }

        Assert.True(expected.AsSpan().SequenceEqual(heard.GetBuffer().AsSpan(0, (int)heard.Length)));
        Assert.Equal(CaptureState.Ended, capture.Status.State);
    }

    [Fact]
    public void A_file_goes_round_without_a_gap_at_the_pace_of_the_world()
    {
        using var folder = new TempFolder();
        Noise.WriteWav(folder["noise.wav"], seconds: 1);
        var expected = MemoryMarshal.Cast<byte, short>(File.ReadAllBytes(folder["noise.wav"]).AsSpan(44)).ToArray();
        var time = new ManualTime();
        using var source = new CaptureInputs(time).Open(new CaptureRequest($"file:{folder["noise.wav"]}", 48_000, 2, Period: TimeSpan.FromMilliseconds(70)));
        var buffer = new byte[source.PeriodFrames * 4];
        Assert.Equal(0, source.Read(buffer).Frames);
        time.Advance(TimeSpan.FromSeconds(3.5));
        for (var frame = 0; frame < 3 * 48_000; frame += source.PeriodFrames)
        {
            Assert.Equal(source.PeriodFrames, source.Read(buffer).Frames);
            var samples = MemoryMarshal.Cast<byte, short>(buffer);
            for (var i = 0; i < source.PeriodFrames; i++) Assert.Equal((expected[(frame + i) % 48_000], expected[(frame + i) % 48_000]), (samples[2 * i], samples[2 * i + 1]));
        }
    }

    [Fact]
    public void A_file_that_cannot_be_played_says_why()
    {
        using var folder = new TempFolder();
        Assert.True(Assert.Throws<CaptureException>(() => Inputs.Open(new CaptureRequest($"file:{folder["none.wav"]}", 48_000, 1))).IsTransient);
        File.WriteAllText(folder["text.wav"], "not audio at all");
        Assert.False(Assert.Throws<CaptureException>(() => Inputs.Open(new CaptureRequest($"file:{folder["text.wav"]}", 48_000, 1))).IsTransient);
        Noise.WriteWav(folder["noise.wav"], seconds: 1);
        var error = Assert.Throws<CaptureException>(() => Inputs.Open(new CaptureRequest($"file:{folder["noise.wav"]}?fast", 16_000, 1)));
        Assert.Contains("it can give 48000 Hz", error.Message);
        using var resampled = Inputs.Open(new CaptureRequest($"file:{folder["noise.wav"]}", 16_000, 1));
        Assert.Equal(16_000, resampled.Format.SampleRateHz);
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private static void AssertGone(string mark)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(20);)
        {
            if (ProcessesWith(mark).Count == 0) return;
        }

        Assert.Empty(ProcessesWith(mark));
    }

    private static List<string> ProcessesWith(string mark)
    {
        var found = new List<string>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            try
            {
                var line = File.ReadAllText(Path.Combine(folder, "cmdline"));
                if (line.Contains(mark, StringComparison.Ordinal)) found.Add(line);
            }
            catch (IOException)
            {
                // Not a process, or no longer one.
            }
        }

        return found;
    }
}
