using System.Net;
using System.Runtime.InteropServices;
using Chorale.Archive.Examine;
using Chorale.Audio.Files;
using Chorale.Audio.Pcm;
using Chorale.Hub;
using Chorale.Hub.Settings;
using Chorale.Protocol.Chunks;
using Microsoft.Extensions.Logging;

namespace Chorale.TestKit;

/// <summary>A hub on loopback, and chunks put into its archive as if recorders had sent them.</summary>
public sealed class HubArchive : IAsyncDisposable
{
    private readonly TempFolder _folder = new();

    public HubHost Hub { get; private set; } = null!;

    public Uri Address => new(Hub.Addresses[0]);

    public static async Task<HubArchive> StartAsync(ILoggerFactory logs)
    {
        var archive = new HubArchive();
        var settings = new HubSettings { DataFolder = archive._folder["data"], Listen = [new ListenAddress(IPAddress.Loopback, 0)] };
        archive.Hub = await HubHost.StartAsync(settings, TimeProvider.System, logs);
        return archive;
    }

    /// <summary>A run of Opus chunks of a tone that sweeps, without a gap between them.</summary>
    public Task AddRunAsync(string recorder, long startUs, int chunks, int secondsPerChunk) => AddRunAsync(Hub, recorder, startUs, chunks, secondsPerChunk);

    /// <inheritdoc cref="AddRunAsync(string, long, int, int)"/>
    /// <param name="deviceId">Whose chunks they are; null: a recorder's of that name that has no token.</param>
    public static async Task AddRunAsync(HubHost hub, string recorder, long startUs, int chunks, int secondsPerChunk, string? deviceId = null)
    {
        const int rate = 48_000;
        var outputs = Enumerable.Range(0, chunks).Select(_ => new MemoryStream()).ToList();
        using (var encoder = ChunkEncoders.Create(new EncoderSettings(AudioCodec.Opus, 24_000), new PcmFormat(rate, 1, SampleFormat.S16), (_, _) => { }))
        {
            encoder.Begin(outputs[0], []);
            for (var i = 0; i < chunks; i++)
            {
                if (i > 0) encoder.Cut(outputs[i], []);
                encoder.Write(MemoryMarshal.AsBytes<short>(Sweep(i * secondsPerChunk * rate, secondsPerChunk * rate)));
            }

            encoder.End();
        }

        var run = Guid.NewGuid();
        for (var i = 0; i < chunks; i++)
        {
            long frames = secondsPerChunk * rate;
            var start = startUs + i * secondsPerChunk * 1_000_000L;
            var header = new ChunkHeader
            {
                Recorder = recorder, Run = run, Number = i, FirstFrame = i * frames, Frames = frames, RateHz = rate, StartUs = start, State = "ok",
                Levels = new ChunkLevels([-9.5], [-18.2], 0),
            };
            using var file = hub.Store.Receive();
            file.Append(outputs[i].ToArray());
            await hub.Store.AdmitAsync(file, new IncomingChunk { RecorderId = deviceId ?? recorder, PointId = deviceId ?? recorder, RegisterId = deviceId ?? recorder, StartUs = start, Header = header });
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Hub.DisposeAsync();
        _folder.Dispose();
    }

    private static short[] Sweep(int first, int frames) =>
        [.. Enumerable.Range(first, frames).Select(i => (short)(9000 * Math.Sin(i / 48_000.0 * 2 * Math.PI * (300 + 200 * Math.Sin(i / 48_000.0)))))];
}
