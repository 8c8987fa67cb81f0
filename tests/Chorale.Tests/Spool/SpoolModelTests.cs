using Chorale.Audio.Files;
using Chorale.Audio.Pcm;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Spool;

namespace Chorale.Tests.Spool;

/// <summary>Random histories against a model of a few lines, and spool folders damaged at random.</summary>
public sealed class SpoolModelTests
{
    private sealed record Item(int Number, long First, int Frames);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Whatever_happens_in_whatever_order_the_spool_holds_what_the_model_holds(int seed)
    {
        var random = new Random(seed);
        var root = Directory.CreateDirectory($"/dev/shm/chorale-model-{Guid.NewGuid():N}").FullName;
        try
        {
            using var rig = new SpoolRig(folder: Path.Combine(root, "spool"));
            var (queue, uploaded, quarantined) = (new List<Item>(), new List<Item>(), new List<Item>());
            var (number, frame) = (0, 0L);
            for (var step = 0; step < 120; step++)
            {
                switch (random.Next(10))
                {
                    case < 4:
                        var frames = random.Next(1, 2000);
                        rig.Record(number, frame, frames);
                        queue.Add(new Item(number++, frame, frames));
                        frame += frames;
                        break;
                    case 4 when queue.Count > 0:
                        Assert.Equal(queue[0].Number, rig.Store.NextToSend()!.Number);
                        rig.Store.MarkUploaded(rig.Store.NextToSend()!, "id");
                        uploaded.Add(queue[0]);
                        queue.RemoveAt(0);
                        break;
                    case 5 when queue.Count > 0:
                        rig.Store.Quarantine(rig.Store.NextToSend()!, "422");
                        quarantined.Add(queue[0]);
                        queue.RemoveAt(0);
                        break;
                    case 6 when quarantined.Count > 0:
                        Assert.True(rig.Store.Retry(rig.Store.List(ChunkState.Quarantined)[0]));
                        queue.Add(quarantined[0]);
                        quarantined.RemoveAt(0);
                        break;
                    case 7:
                        var open = rig.Store.Begin(rig.Start(number, frame));
                        var some = random.Next(0, 500);
                        WavBytes.Write(open.Output, open.Start.Tags, some, dataBytes: 0);
                        rig.Crash();
                        if (some > 0) queue.Add(new Item(number, frame, some));
                        (number, frame) = (number + 1, frame + some);
                        break;
                    case 8:
                        rig.Reopen();
                        break;
                    case 9 when uploaded.Count > 0:
                        rig.Store.Retain(RetentionTests.NoLimits with { MaxBytes = 0 });
                        break;
                }

                Assert.Equal(queue.Select(i => (i.Number, (long)i.Frames)), rig.Store.List(ChunkState.Ready).Select(c => (c.Number, c.Frames)));
                Assert.Equal(quarantined.Select(i => i.Number).Order(), rig.Store.List(ChunkState.Quarantined).Select(c => c.Number).Order());
                var ledger = rig.Store.Ledger(DateTimeOffset.UnixEpoch, rig.Time.GetUtcNow());
                Assert.Equal(queue.Concat(uploaded).Concat(quarantined).Sum(i => (long)i.Frames), ledger.RecordedFrames);
                var totals = rig.Store.Totals();
                Assert.Equal((queue.Count, quarantined.Count, 0L), (totals.ReadyChunks, totals.QuarantinedChunks, totals.LostChunks));
            }
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Theory]
    [InlineData(AudioCodec.Wav, 1000)]
    [InlineData(AudioCodec.Opus, 400)]
    public void Of_a_thousand_damaged_spools_every_one_opens_records_and_drains_and_no_audio_is_deleted(AudioCodec codec, int images)
    {
        var root = Directory.CreateDirectory($"/dev/shm/chorale-images-{Guid.NewGuid():N}").FullName;
        try
        {
            var image = codec == AudioCodec.Opus ? MakeOpusImage(root) : MakeImage(root);
            for (var seed = 0; seed < images; seed++)
            {
                try
                {
                    Survive(image, Path.Combine(root, "work"), new Random(seed));
                }
                catch (Exception e)
                {
                    throw new InvalidOperationException($"image {seed}: {e.Message}", e);
                }
            }
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static string MakeImage(string root)
    {
        using var rig = new SpoolRig(folder: Path.Combine(root, "live"));
        for (var i = 0; i < 8; i++) rig.Record(i, i * 400L, 400);
        for (var i = 0; i < 2; i++) rig.Store.MarkUploaded(rig.Store.NextToSend()!, "id");
        rig.Store.Quarantine(rig.Store.NextToSend()!, "422");
        var open = rig.Store.Begin(rig.Start(8, 3200));
        WavBytes.Write(open.Output, open.Start.Tags, 300, dataBytes: 0);
        SpoolRig.CopyLive(rig.Options.Folder, Path.Combine(root, "image"));
        return Path.Combine(root, "image");
    }

    /// <summary>The same from the real encoder: pages, two files open at a cut, the last one in the middle of its zeros.</summary>
    private static string MakeOpusImage(string root)
    {
        using var rig = new SpoolRig(folder: Path.Combine(root, "live"));
        var open = new List<OpenChunk>();
        using var encoder = ChunkEncoders.Create(new EncoderSettings(AudioCodec.Opus, 24_000), new PcmFormat(8000, 1, SampleFormat.S16), (stream, frames) =>
        {
            var chunk = open.Find(c => c.Output == stream)!;
            rig.Store.Seal(chunk, new ChunkFacts(frames, null, null, null));
        });
        for (var i = 0; i < 9; i++)
        {
            var chunk = rig.Store.Begin(rig.Start(i, i * 2000L, AudioCodec.Opus));
            open.Add(chunk);
            AudioTag[] tags = [.. chunk.Start.Tags.ToPairs().Select(t => new AudioTag(t.Key, t.Value))];
            if (i == 0) encoder.Begin(chunk.Output, tags);
            else encoder.Cut(chunk.Output, tags);
            encoder.Write(WavBytes.Samples(i * 2000L, 2000));
        }

        for (var i = 0; i < 2; i++) rig.Store.MarkUploaded(rig.Store.NextToSend()!, "id");
        rig.Store.Quarantine(rig.Store.NextToSend()!, "422");
        SpoolRig.CopyLive(rig.Options.Folder, Path.Combine(root, "image"));
        return Path.Combine(root, "image");
    }

    private static void Survive(string image, string folder, Random random)
    {
        SpoolRig.CopyFolder(image, folder);
        var deletions = 0;
        for (var i = random.Next(1, 5); i > 0; i--) deletions += Damage(folder, random);
        var before = AudioFiles(folder);
        var log = new TestLog();
        var options = new SpoolOptions(folder, null, null, "mic1", TimeZoneInfo.Utc);
        using (var store = SpoolStore.Open(options, new ManualTime(), log))
        {
            Assert.True(store.Recovered.Wait(TimeSpan.FromSeconds(20)));
            var run = Guid.NewGuid();
            var tags = new ChunkTags { Recorder = "mic1", Run = run, Number = 0, FirstFrame = 0, RateHz = 8000, StartUs = 1_767_607_200_000_000 };
            var chunk = store.Begin(new ChunkStart(SpoolStore.IdOf(new RunId(run), 0), tags, AudioCodec.Wav, 1, TimeSpan.FromSeconds(1), 800));
            WavBytes.Write(chunk.Output, tags, 400);
            store.Seal(chunk, new ChunkFacts(400, null, null, null));
            var sent = 0;
            while (store.NextToSend() is { } next)
            {
                store.MarkUploaded(next, "id");
                Assert.True(++sent < 30, "the queue does not end");
            }

            Assert.True(sent >= 1);
            store.Ledger(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddYears(-1));
        }

        // One more was recorded; a part that held nothing may be gone.
        var removed = log.Lines.Count(l => l.Event == "empty_part_removed");
        Assert.InRange(AudioFiles(folder), before + 1 - removed, before + 1);
        Directory.Delete(folder, recursive: true);
        _ = deletions;
    }

    private static int AudioFiles(string folder) =>
        new[] { "outbox", "uploaded", "quarantine" }.Sum(f => Directory.GetFiles(Path.Combine(folder, f)).Length);

    private static int Damage(string folder, Random random)
    {
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".owner", StringComparison.Ordinal) && !f.EndsWith("-shm", StringComparison.Ordinal)).Order().ToArray();
        // Half of the blows fall on the index.
        var index = files.Where(f => f.Contains("audio_queue.db", StringComparison.Ordinal)).ToArray();
        var file = random.Next(2) == 0 && index.Length > 0 ? index[random.Next(index.Length)] : files[random.Next(files.Length)];
        var bytes = File.ReadAllBytes(file);
        switch (random.Next(6))
        {
            case 0:
                File.Delete(file);
                return 1;
            case 1:
                Array.Resize(ref bytes, random.Next(bytes.Length + 1));
                break;
            case 2:
                bytes.AsSpan(random.Next(bytes.Length + 1)).Clear();
                break;
            case 3 when bytes.Length > 0:
                var from = random.Next(bytes.Length);
                random.NextBytes(bytes.AsSpan(from, Math.Min(bytes.Length - from, random.Next(1, 4096))));
                break;
            case 4:
                Array.Resize(ref bytes, bytes.Length + random.Next(1, 5000));
                break;
            default:
                for (var i = random.Next(1, 20); i > 0 && bytes.Length > 0; i--) bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                break;
        }

        File.WriteAllBytes(file, bytes);
        return 0;
    }
}
