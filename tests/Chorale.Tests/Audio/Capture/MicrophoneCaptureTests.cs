using System.Diagnostics;
using Chorale.Audio.Capture;
using Chorale.Audio.Pcm;

namespace Chorale.Tests.Audio.Capture;

/// <summary>The supervision, with a microphone that does as it is told and time that moves when it is told to.</summary>
public sealed class MicrophoneCaptureTests
{
    private static readonly PcmFormat Format = new(48_000, 1, SampleFormat.S16);
    private static readonly CaptureRequest Request = new("test", 48_000, 1);

    [Fact]
    public async Task An_absent_device_is_tried_again_after_2_4_8_to_60_seconds_and_found_when_it_comes()
    {
        var time = new ManualTime();
        var inputs = new ScriptedInputs(time) { Absence = "not there" };
        await using var capture = new MicrophoneCapture(Request, inputs, time);
        capture.Start();
        foreach (var seconds in new[] { 2, 4, 8, 16, 32, 60, 60 })
        {
            var change = await NextAsync(capture);
            Assert.Equal(CaptureChangeKind.OpenFailed, change.Kind);
            Assert.Equal(TimeSpan.FromSeconds(seconds), change.RetryAfter);
            await PassAsync(time, inputs, change.RetryAfter);
        }

        await NextAsync(capture);
        Assert.Equal(CaptureState.Opening, capture.Status.State);
        Assert.Equal("not there", capture.Status.LastError);
        Assert.False(capture.Ring.IsCompleted);

        // It appears: within one probe, not after the minute it would have waited.
        inputs.Absence = null;
        inputs.Give(960);
        await PassAsync(time, inputs, TimeSpan.FromSeconds(1));
        var ring = await capture.Ring.WaitAsync(Wait.Patience);
        await Wait.Until("frames come", () => ring.WrittenFrames == 960);
        Assert.Equal(RunBreak.Opened, capture.Status.Run!.Break);
        Assert.Equal(0, capture.Status.LostFrames);
    }

    [Fact]
    public async Task An_overrun_begins_a_new_run_and_the_frames_lost_are_those_the_clock_missed()
    {
        var time = new ManualTime();
        var inputs = new ScriptedInputs(time);
        await using var capture = new MicrophoneCapture(Request, inputs, time);
        capture.Start();
        for (var i = 0; i < 200; i++) inputs.Give(960, after: TimeSpan.FromMilliseconds(20));
        inputs.Give(new CaptureRead(CaptureReadKind.Xrun, 0, 0, "overrun"), after: TimeSpan.FromMilliseconds(700));
        inputs.Give(960, after: TimeSpan.FromMilliseconds(20));
        inputs.Give(960, after: TimeSpan.FromMilliseconds(20));
        var ring = await capture.Ring.WaitAsync(Wait.Patience);
        await Wait.Until("all was read", () => ring.WrittenFrames == 202 * 960);

        var run = capture.Status.Run!;
        Assert.Equal(RunBreak.Xrun, run.Break);
        Assert.Equal(200 * 960, run.StartPosition);
        Assert.InRange(run.LostFrames, 33_600 - 2, 33_600 + 2); // 700 ms at 48 kHz
        Assert.Equal(1, capture.Status.Xruns);
        Assert.Equal(run.LostFrames, capture.Status.LostFrames);
        Assert.Equal(202 * 960, capture.Status.FramesCaptured);
    }

    [Fact]
    public async Task What_the_device_itself_counted_as_lost_is_believed()
    {
        var time = new ManualTime();
        var inputs = new ScriptedInputs(time);
        await using var capture = new MicrophoneCapture(Request, inputs, time);
        capture.Start();
        inputs.Give(960, after: TimeSpan.FromMilliseconds(20));
        inputs.Give(new CaptureRead(CaptureReadKind.Xrun, 960, 1_234), after: TimeSpan.FromMilliseconds(20));
        var ring = await capture.Ring.WaitAsync(Wait.Patience);
        await Wait.Until("all was read", () => ring.WrittenFrames == 2 * 960);
        Assert.Equal(1_234, capture.Status.Run!.LostFrames);
    }

    [Fact]
    public async Task Frames_that_a_device_lost_without_a_word_become_a_gap_of_the_right_length()
    {
        var time = new ManualTime();
        var inputs = new ScriptedInputs(time);
        await using var capture = new MicrophoneCapture(Request, inputs, time);
        for (var i = 0; i < 1_000; i++) inputs.Give(960, after: TimeSpan.FromMilliseconds(20));
        inputs.Give(960, after: TimeSpan.FromMilliseconds(3_020));
        for (var i = 0; i < 1_000; i++) inputs.Give(960, after: TimeSpan.FromMilliseconds(20));
        capture.Start();
        var ring = await capture.Ring.WaitAsync(Wait.Patience);
        await Wait.Until("all was read", () => ring.WrittenFrames == 2_001 * 960);
        Assert.Equal(RunBreak.Xrun, capture.Status.Run!.Break);
        Assert.Equal(1, capture.Status.Xruns);
        Assert.InRange(capture.Status.LostFrames, 3 * 48_000 - 480, 3 * 48_000 + 480);
    }

    [Fact]
    public async Task A_reader_that_was_held_up_and_catches_up_has_lost_nothing()
    {
        var time = new ManualTime();
        var inputs = new ScriptedInputs(time);
        await using var capture = new MicrophoneCapture(Request, inputs, time);
        for (var i = 0; i < 1_000; i++) inputs.Give(960, after: TimeSpan.FromMilliseconds(20));
        inputs.Give(960, after: TimeSpan.FromMilliseconds(3_020));
        for (var i = 0; i < 150; i++) inputs.Give(960);
        for (var i = 0; i < 1_000; i++) inputs.Give(960, after: TimeSpan.FromMilliseconds(20));
        capture.Start();
        var ring = await capture.Ring.WaitAsync(Wait.Patience);
        await Wait.Until("all was read", () => ring.WrittenFrames == 2_151 * 960);
        Assert.Equal(RunBreak.Opened, capture.Status.Run!.Break);
        Assert.Equal(0, capture.Status.LostFrames);
    }

    [Fact]
    public async Task A_lost_device_that_comes_back_goes_on_in_the_same_ring_with_the_gap_as_long_as_it_was()
    {
        var time = new ManualTime();
        var inputs = new ScriptedInputs(time);
        await using var capture = new MicrophoneCapture(Request, inputs, time);
        capture.Start();
        for (var i = 0; i < 200; i++) inputs.Give(960, after: TimeSpan.FromMilliseconds(20));
        inputs.Absence = "pulled";
        inputs.Give(new CaptureRead(CaptureReadKind.Lost, 0, 0, "gone"));
        Assert.Equal(CaptureChangeKind.Opened, (await NextAsync(capture)).Kind);
        Assert.Equal(CaptureChangeKind.DeviceLost, (await NextAsync(capture)).Kind);
        Assert.Equal(CaptureChangeKind.OpenFailed, (await NextAsync(capture)).Kind); // a proven device is tried again at once
        Assert.Equal(CaptureState.Lost, capture.Status.State);
        time.Step(TimeSpan.FromHours(1)); // the wall clock has no say in how long the gap is
        await PassAsync(time, inputs, TimeSpan.FromSeconds(1));
        inputs.Absence = null;
        inputs.Give(960, after: TimeSpan.FromMilliseconds(20));
        await PassAsync(time, inputs, TimeSpan.FromSeconds(1));
        var opened = await NextAsync(capture);

        Assert.Equal(CaptureChangeKind.Opened, opened.Kind);
        Assert.Equal(RunBreak.DeviceLost, opened.Run!.Break);
        Assert.InRange(opened.LostFrames, 96_000 - 2, 96_000 + 2);
        Assert.Equal(1, capture.Status.DeviceLosses);
        Assert.Equal(200 * 960, opened.Run.StartPosition);
    }

    [Fact]
    public async Task A_device_that_is_open_and_silent_is_restarted_and_after_three_times_reported()
    {
        var time = new ManualTime();
        var inputs = new ScriptedInputs(time);
        await using var capture = new MicrophoneCapture(Request, inputs, time);
        capture.Start();
        inputs.Give(960, after: TimeSpan.FromMilliseconds(20));
        Assert.Equal(CaptureChangeKind.Opened, (await NextAsync(capture)).Kind);
        for (var restart = 1; restart <= 3; restart++)
        {
            Assert.False(capture.Status.IsSilentDevice);
            inputs.Give(0, after: TimeSpan.FromSeconds(31));
            var change = await NextAsync(capture);
            Assert.Equal(CaptureChangeKind.NoFrames, change.Kind);
            if (restart < 3) await PassAsync(time, inputs, TimeSpan.FromSeconds(2 << (restart - 1)));
        }

        Assert.Equal(CaptureChangeKind.SilentDevice, (await NextAsync(capture)).Kind);
        Assert.True(capture.Status.IsSilentDevice);
        Assert.Equal(CaptureState.Lost, capture.Status.State);
        Assert.True(capture.Status.SinceLastFrames > TimeSpan.FromSeconds(90));
    }

    [Fact]
    public async Task What_can_never_work_fails_once_and_says_what_can()
    {
        var inputs = new ScriptedInputs(TimeProvider.System) { Refusal = "cannot give 7 Hz; it can give 48000" };
        await using var capture = new MicrophoneCapture(Request, inputs, TimeProvider.System);
        capture.Start();
        var error = await Assert.ThrowsAsync<CaptureException>(() => capture.Ring.WaitAsync(Wait.Patience));
        Assert.Contains("it can give 48000", error.Message);
        await capture.Completion.WaitAsync(Wait.Patience);
        Assert.Equal(CaptureState.Failed, capture.Status.State);
    }

    [Fact]
    public async Task A_device_that_comes_back_as_another_is_not_recorded_into_the_same_ring()
    {
        var time = new ManualTime();
        var inputs = new ScriptedInputs(time);
        await using var capture = new MicrophoneCapture(Request, inputs, time);
        capture.Start();
        inputs.Give(960);
        await NextAsync(capture);
        inputs.Format = Format with { SampleRateHz = 44_100 };
        inputs.Give(new CaptureRead(CaptureReadKind.Lost, 0));
        Assert.Equal(CaptureChangeKind.DeviceLost, (await NextAsync(capture)).Kind);
        await PassAsync(time, inputs, TimeSpan.FromSeconds(2));
        var change = await NextAsync(capture);
        Assert.Equal(CaptureChangeKind.OpenFailed, change.Kind);
        Assert.Contains("44100 Hz", change.Detail);
        Assert.Equal(CaptureState.Lost, capture.Status.State);
    }

    [Fact]
    public async Task Stopping_ends_the_ring_with_everything_that_was_read()
    {
        var inputs = new ScriptedInputs(TimeProvider.System);
        var capture = new MicrophoneCapture(Request, inputs, TimeProvider.System);
        capture.Start();
        inputs.Give(960);
        var ring = await capture.Ring.WaitAsync(Wait.Patience);
        using var reader = ring.OpenReader(0);
        await Wait.Until("the frames are there", () => ring.WrittenFrames == 960);
        var watch = Stopwatch.StartNew();
        await capture.DisposeAsync();
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20));
        var buffer = new byte[4_096];
        Assert.Equal(RingReadKind.RunStarted, reader.Read(buffer, TimeSpan.Zero).Kind);
        Assert.Equal(960, reader.Read(buffer, TimeSpan.Zero).Frames);
        Assert.Equal(RingReadKind.Completed, reader.Read(buffer, TimeSpan.Zero).Kind);
        Assert.Equal(CaptureState.Ended, capture.Status.State);
        Assert.True(inputs.IsClosed);
    }

    [Fact]
    public async Task A_capture_that_never_started_or_never_opened_can_be_stopped()
    {
        var never = new MicrophoneCapture(Request, new ScriptedInputs(TimeProvider.System), TimeProvider.System);
        await never.DisposeAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => never.Ring);
        var waiting = new MicrophoneCapture(Request, new ScriptedInputs(TimeProvider.System) { Absence = "absent" }, TimeProvider.System);
        waiting.Start();
        await NextAsync(waiting);
        await waiting.DisposeAsync();
        await waiting.Completion.WaitAsync(Wait.Patience);
        await Assert.ThrowsAsync<TaskCanceledException>(() => waiting.Ring);
    }

    [Fact]
    public async Task Nothing_is_allocated_from_one_period_to_the_next()
    {
        // What a period allocates shows in every pass; a lock that was contended for the first time shows in one.
        var least = long.MaxValue;
        for (var pass = 0; pass < 4 && least > 0; pass++) least = Math.Min(least, await AllocatedInSteadyStateAsync());
        Assert.Equal(0, least);
    }

    private static async Task<long> AllocatedInSteadyStateAsync()
    {
        var inputs = new ScriptedInputs(TimeProvider.System);
        await using var capture = new MicrophoneCapture(Request, inputs, TimeProvider.System);
        for (var i = 0; i < 5_000; i++) inputs.Give(960);
        capture.Start();
        var ring = await capture.Ring.WaitAsync(Wait.Patience);
        await Wait.Until("all was read", () => ring.WrittenFrames == 5_000 * 960);
        // The first 20 s of frames open a run and use for the first time in the process what is made once; everything after them counts.
        return inputs.AllocatedBetweenReads(from: 1_000);
    }

    private static async Task<CaptureChange> NextAsync(MicrophoneCapture capture)
    {
        using var patience = new CancellationTokenSource(Wait.Patience);
        return await capture.Changes.ReadAsync(patience.Token);
    }

    /// <summary>Lets so much time pass for a thread that sleeps in pieces of a second, one piece after the other.</summary>
    private static async Task PassAsync(ManualTime time, ScriptedInputs inputs, TimeSpan span)
    {
        for (var passed = TimeSpan.Zero; passed < span; passed += TimeSpan.FromSeconds(1))
        {
            using var patience = new CancellationTokenSource(Wait.Patience);
            await time.TimerArmedAsync(patience.Token);
            var probes = inputs.Probes;
            time.Advance(TimeSpan.FromSeconds(1));
            await Wait.Until("the thread has woken up and looked", () => inputs.Probes > probes);
        }
    }

    private sealed class ScriptedInputs(TimeProvider time) : ICaptureInputs, ICaptureSource
    {
        private readonly System.Collections.Concurrent.BlockingCollection<(CaptureRead Read, TimeSpan After)> _script = [];
        private readonly long[] _allocated = new long[100_000];
        private int _reads;
        private int _probes;
        private volatile string? _absence;

        public string? Absence { get => _absence; set => _absence = value; }

        public string? Refusal { get; init; }

        public PcmFormat Format { get; set; } = MicrophoneCaptureTests.Format;

        public int Probes => Volatile.Read(ref _probes);

        public bool IsClosed { get; private set; }

        public int PeriodFrames => 960;

        public string Description => "test microphone";

        public bool IsPaced => true;

        public void Give(int frames, TimeSpan after = default) => Give(new CaptureRead(CaptureReadKind.Frames, frames), after);

        public void Give(CaptureRead read, TimeSpan after = default) => _script.Add((read, after));

        public long AllocatedBetweenReads(int from) => _allocated[_reads - 1] - _allocated[from];

        public ICaptureSource Open(CaptureRequest request)
        {
            if (Refusal is { } refusal) throw new CaptureException(refusal, isTransient: false);
            if (Absence is { } absence) throw new CaptureException(absence, isTransient: true);
            return this;
        }

        public bool? IsPresent(CaptureRequest request)
        {
            Interlocked.Increment(ref _probes);
            return Absence is null;
        }

        public CaptureRead Read(Span<byte> destination)
        {
            _allocated[_reads++] = GC.GetAllocatedBytesForCurrentThread();
            if (!_script.TryTake(out var next, 20)) return new CaptureRead(CaptureReadKind.Frames, 0);
            if (next.After > TimeSpan.Zero) ((ManualTime)time).Advance(next.After);
            destination.Clear();
            return next.Read;
        }

        public void Dispose() => IsClosed = true;
    }
}
