using Chorale.Audio.Files;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Spool;
using Chorale.Tests.Spool;
using Microsoft.Extensions.Logging.Abstractions;

// Records into the spool named by the first argument until it is killed. A line "RUN FRAMES" says: so many frames of the run have been
// given to the spool, so a kill from here on must not lose them.
const int rateHz = 8000;
const int blockFrames = 160; // 20 ms
const int syncEvery = 5;     // 100 ms
using var store = SpoolStore.Open(new SpoolOptions(args[0], null, null, "mic1", TimeZoneInfo.Utc), TimeProvider.System, NullLogger.Instance);
using var output = Console.OpenStandardOutput();
var run = Guid.NewGuid();
var startUs = WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow().AddMinutes(-10));
var captured = 0L;
for (var number = 0; ; number++)
{
    var tags = new ChunkTags
    {
        Recorder = "mic1", Run = run, Number = number, FirstFrame = captured, RateHz = rateHz, StartUs = startUs + captured * 1_000_000 / rateHz,
    };
    var chunk = store.Begin(new ChunkStart(SpoolStore.IdOf(new RunId(run), number), tags, AudioCodec.Wav, 1, TimeSpan.FromSeconds(1), 16_000));
    WavBytes.Write(chunk.Output, tags, 0, dataBytes: 0);
    var blocks = 10 + number % 20;
    for (var block = 0; block < blocks; block++)
    {
        chunk.Output.Write(WavBytes.Samples(captured, blockFrames));
        if (block % syncEvery == syncEvery - 1) chunk.Output.Flush();
        captured += blockFrames;
        output.Write(System.Text.Encoding.ASCII.GetBytes($"{run} {captured}\n"));
    }

    WavBytes.Finish(chunk.Output, tags, blocks * blockFrames);
    store.Seal(chunk, new ChunkFacts(blocks * blockFrames, null, null, null));
}
