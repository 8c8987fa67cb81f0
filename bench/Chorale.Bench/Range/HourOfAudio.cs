using System.Runtime.InteropServices;
using Chorale.Archive.Examine;
using Chorale.Audio.Files;
using Chorale.Audio.Pcm;
using Chorale.Bench.Recorder;
using Chorale.Hub;
using Chorale.Protocol.Chunks;

namespace Chorale.Bench.Range;

/// <summary>60 chunks of 60 s of one run: the same minute of speech again and again, encoded without effort, as it is not what is measured.</summary>
internal static class HourOfAudio
{
    private const int Chunks = 60;
    private const int SecondsEach = 60;

    public static async Task AddAsync(HubHost hub, string recorder, long startUs)
    {
        var minute = MemoryMarshal.AsBytes<short>(Speech.Make(SecondsEach)).ToArray();
        var outputs = Enumerable.Range(0, Chunks).Select(_ => new MemoryStream()).ToList();
        using (var encoder = ChunkEncoders.Create(new EncoderSettings(AudioCodec.Opus, 24_000, Complexity: 0), new PcmFormat(Speech.RateHz, 1, SampleFormat.S16), (_, _) => { }))
        {
            encoder.Begin(outputs[0], []);
            for (var i = 0; i < Chunks; i++)
            {
                if (i > 0) encoder.Cut(outputs[i], []);
                encoder.Write(minute);
            }

            encoder.End();
        }

        var run = Guid.NewGuid();
        const long frames = SecondsEach * Speech.RateHz;
        for (var i = 0; i < Chunks; i++)
        {
            var start = startUs + i * SecondsEach * 1_000_000L;
            var header = new ChunkHeader
            {
                Recorder = recorder, Run = run, Number = i, FirstFrame = i * frames, Frames = frames, RateHz = Speech.RateHz, StartUs = start, State = "ok",
                Levels = new ChunkLevels([-9.5], [-18.2], 0),
            };
            using var file = hub.Store.Receive();
            file.Append(outputs[i].ToArray());
            await hub.Store.AdmitAsync(file, new IncomingChunk { RecorderId = recorder, PointId = recorder, RegisterId = recorder, StartUs = start, Header = header });
        }
    }
}
