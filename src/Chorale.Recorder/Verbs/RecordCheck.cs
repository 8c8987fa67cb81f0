using System.Runtime.CompilerServices;
using Chorale.Audio.Capture;
using Chorale.Audio.Files;
using Chorale.Audio.Pcm;
using Chorale.Recorder.Recording;
using Chorale.Recorder.Settings;

namespace Chorale.Recorder.Verbs;

/// <summary>The part of <c>check --record</c>: a few seconds through the real microphone, encoder and decoder, with the level, played back.</summary>
internal static class RecordCheck
{
    private const string Area = "recording";
    private static readonly TimeSpan OpenPatience = TimeSpan.FromSeconds(10);
    private static readonly string[] Players = ["paplay", "aplay", "ffplay"];

    public static async IAsyncEnumerable<CheckStep> RunAsync(
        RecorderSettings settings, TimeSpan length, [EnumeratorCancellation] CancellationToken stopping)
    {
        var folder = Directory.CreateTempSubdirectory("chorale-check-").FullName;
        try
        {
            RecordingResult? result = null;
            CheckStep? failure = null;
            try
            {
                result = await RecordAsync(settings, length, folder, stopping);
            }
            catch (Exception e) when (e is CaptureException or TimeoutException or IOException or ArgumentException or DllNotFoundException)
            {
                failure = new CheckStep(Area, "record", CheckResult.Failed, e.Message);
            }

            if (result is null)
            {
                yield return failure!;
                yield break;
            }

            yield return new CheckStep(Area, "record", CheckResult.Ok, $"{result.Sidecar.TotalFrames} frames, {result.Sidecar.DurationSeconds:0.00} s from {result.Sidecar.Device.Name}");
            yield return Level(result);
            yield return Decode(result);
            yield return await PlayAsync(settings, result.Path, stopping);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<RecordingResult> RecordAsync(RecorderSettings settings, TimeSpan length, string folder, CancellationToken stopping)
    {
        var time = TimeProvider.System;
        await using var capture = new MicrophoneCapture(settings.Capture.ToRequest(), new CaptureInputs(time), time);
        capture.Start();
        CaptureRing ring;
        try
        {
            ring = await capture.Ring.WaitAsync(OpenPatience, stopping);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"the microphone is not there: {capture.Status.LastError}");
        }

        var request = new RecordingRequest("check", settings.Id.Value, length, folder, settings.Recording.ToEncoder(), settings.Capture.Device, settings.Spool.SyncInterval);
        var recording = new RequestedRecording(request, ring, new RecordingGate(RecordingSchedule.Always), time);
        await using var early = stopping.Register(recording.Stop);
        return await Task.Factory.StartNew(() => recording.Run(0), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .WaitAsync(length + OpenPatience, CancellationToken.None);
    }

    private static CheckStep Level(RecordingResult result)
    {
        if (result.Sidecar.Levels is not { } levels) return new CheckStep(Area, "level", CheckResult.Failed, "no frame came");
        var text = string.Join("; ", levels.PeakDbfs.Select((peak, c) => $"channel {c + 1}: peak {peak:0.0} dBFS, RMS {levels.RmsDbfs[c]:0.0} dBFS"));
        // -60 dBFS is a peak of 0.001: under it no living room was ever seen.
        return levels.PeakDbfs.Max() < -60
            ? new CheckStep(Area, "level", CheckResult.Failed, text, "a living room is never that quiet: cable, mute switch, gain, the right input?")
            : levels.ClippedSamples > 0
                ? new CheckStep(Area, "level", CheckResult.Warning, $"{text}; {levels.ClippedSamples} samples at full scale", "turn the gain down")
                : new CheckStep(Area, "level", CheckResult.Ok, text);
    }

    private static CheckStep Decode(RecordingResult result)
    {
        using var reader = AudioFileReader.Open(result.Path);
        var samples = new float[reader.Format.SampleRateHz * reader.Format.Channels];
        long frames = 0;
        for (int read; (read = reader.Read(samples)) > 0;) frames += read;
        return new CheckStep(Area, "encode and decode", frames == reader.Frames ? CheckResult.Ok : CheckResult.Failed,
            $"{Path.GetFileName(result.Path)}, {new FileInfo(result.Path).Length} bytes, {frames} frames at {reader.Format.SampleRateHz} Hz come back");
    }

    private static async Task<CheckStep> PlayAsync(RecorderSettings settings, string path, CancellationToken stopping)
    {
        var search = SettingsInput.ProcessEnvironment().GetValueOrDefault("PATH", "").Split(Path.PathSeparator);
        var player = Players.SelectMany(p => search.Select(f => Path.Combine(f, p))).FirstOrDefault(File.Exists);
        if (player is null) return new CheckStep(Area, "play back", CheckResult.Skipped, "no player (paplay, aplay or ffplay)");
        if (Path.GetFileName(player) == "aplay" && settings.Recording.Codec != AudioCodec.Wav)
            return new CheckStep(Area, "play back", CheckResult.Skipped, "aplay plays WAV only; install pulseaudio-utils or ffmpeg to hear it");
        string[] arguments = Path.GetFileName(player) == "ffplay" ? ["-nodisp", "-autoexit", "-loglevel", "error", path] : [path];
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(player, arguments) { RedirectStandardError = true });
        var said = await process!.StandardError.ReadToEndAsync(stopping);
        await process.WaitForExitAsync(stopping);
        return process.ExitCode == 0
            ? new CheckStep(Area, "play back", CheckResult.Ok, $"played by {Path.GetFileName(player)}: did you hear it?")
            : new CheckStep(Area, "play back", CheckResult.Skipped, $"{Path.GetFileName(player)}: {said.Trim()}");
    }
}
