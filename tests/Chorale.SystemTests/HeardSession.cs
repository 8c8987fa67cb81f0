using System.Security.Cryptography;
using Chorale.Fleet;
using Chorale.Fleet.Commands;
using Chorale.Fleet.Sessions;
using Chorale.Hub;
using Chorale.Protocol;

namespace Chorale.SystemTests;

/// <summary>A recording of three modules: <c>hall</c> and <c>stage</c> heard one sound at paces of their own, the file of <c>cellar</c> never came.</summary>
internal static class HeardSession
{
    /// <param name="files">A folder of <see cref="Hub.Settings.HubSettings.RecordingFolders"/>.</param>
    public static void Add(HubHost hub, TempFolder files, string id, int seconds, int rateHz)
    {
        var zero = new DateTimeOffset(2026, 1, 5, 10, 0, 0, TimeSpan.Zero);
        SessionModule Module(string name, double first, double ppm)
        {
            var file = $"recording_{id}_{name}.wav";
            HeardSound.WriteWav(files[file], rateHz, HeardSound.Hear(HeardSound.Tones, 1 + first, ppm, rateHz, 0, seconds * rateHz));
            return new SessionModule
            {
                Module = new ModuleId(name), Verdict = Verdict.Confirmed, IsSynchronised = true, FirstFrameUtc = zero.AddSeconds(1).AddMicroseconds(Math.Round(first * 1e6)), UncertaintyUs = 310, ClockSource = "agreeing",
                RatePpm = ppm, SampleRateHz = rateHz, Channels = 1, Frames = seconds * rateHz, Files = [file], CompletedAt = zero,
                Sha256 = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(files[file]))),
            };
        }

        var session = new SessionManifest
        {
            SessionId = id, RecordingId = id, State = SessionState.Complete, CreatedAt = zero, StartAt = zero.AddSeconds(1), DurationSeconds = seconds - 2, SpreadUs = 12_346, SpreadUncertaintyUs = 620,
            Modules =
            [
                Module("hall", 0, 40), Module("stage", 0.012346, -25),
                new SessionModule { Module = new ModuleId("cellar"), Verdict = Verdict.Confirmed, FirstFrameUtc = zero.AddSeconds(1), Files = ["recording_cellar.wav"], CompletedAt = zero },
            ],
        };
        hub.Fleet.Store.Save([], [session], WallTime.ToMicroseconds(zero));
    }
}
