using Chorale.Archive.Range;
using Chorale.Audio.Files;

namespace Chorale.Tests.Archive.Range;

public sealed class RangeExportTests : IDisposable
{
    private const long Second = RangeRig.Second;
    private const long T0 = RangeRig.T0;
    private readonly RangeRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData(AudioCodec.Wav, AudioCodec.Wav, 16_000)]
    [InlineData(AudioCodec.Flac, AudioCodec.Flac, 44_100)]
    [InlineData(AudioCodec.Flac, AudioCodec.Wav, 48_000)]
    public async Task Any_frames_of_a_lossless_run_come_back_bit_by_bit(AudioCodec stored, AudioCodec format, int rate)
    {
        var samples = _rig.AddRun(stored, rate, T0, [rate, rate / 3 + 1, 2 * rate, 777, rate + 5], seed: 1);
        var random = new Random(5);
        for (var round = 0; round < 60; round++)
        {
            var (from, to) = TwoFrames(random, samples.Length);
            var (heard, _, _) = await _rig.ReadAsync(T0 + RangeRig.Us(from, rate), T0 + RangeRig.Us(to, rate), format, GapFill.Silence);
            Assert.Equal(samples[from..to].Select(s => s / 32768f), heard);
        }
    }

    [Fact]
    public async Task Any_frames_of_an_opus_run_are_copied_as_packets_and_decode_to_exactly_those_frames()
    {
        _rig.AddRun(AudioCodec.Opus, 48_000, T0, [96_000, 48_001, 100_003, 48_960, 150_007], seed: 2);
        var whole = _rig.DecodeFiles(AudioCodec.Opus);
        Assert.Equal(442_971, whole.Length);
        var random = new Random(6);
        for (var round = 0; round < 120; round++)
        {
            var (from, to) = TwoFrames(random, whole.Length);
            if (to - from < 960) continue;
            var (heard, export, _) = await _rig.ReadAsync(T0 + RangeRig.Us(from, 48_000), T0 + RangeRig.Us(to, 48_000), AudioCodec.Opus, GapFill.Silence);
            Assert.True(export.Copies, $"{from}-{to} was encoded again");
            Assert.Equal(to - from, heard.Length);
            AssertAligned(whole[from..to], heard, loss: 0.08); // a decoder that starts in the middle needs a moment
        }
    }

    [Fact]
    public async Task A_player_begins_before_all_is_looked_at_and_its_stream_ends_whole_where_a_later_chunk_does_not_join()
    {
        _rig.AddRun(AudioCodec.Opus, 48_000, T0, [96_000, 48_001, 100_003, 48_960, 150_007], seed: 2);
        var whole = await PlayAsync();
        Assert.Equal(442_971, whole.Length);

        await File.WriteAllBytesAsync(Path.Combine(_rig.Folder, "3.audio"), new byte[1000]);
        var heard = await PlayAsync();
        Assert.Equal(96_000 + 48_001 + 100_003, heard.Length);
        Assert.Equal(whole.Take(heard.Length), heard);
        var (all, export, _) = await _rig.ReadAsync(T0, T0 + RangeRig.Us(442_971, 48_000), AudioCodec.Opus, GapFill.Silence);
        Assert.False(export.Copies); // a file has everything, with silence for what cannot be read
        Assert.Equal(442_971, all.Length);

        async Task<float[]> PlayAsync()
        {
            var request = new RangeRequest("mic", T0, T0 + RangeRig.Us(442_971, 48_000), AudioCodec.Opus, GapFill.Skip);
            var playing = RangeExport.PrepareToPlay(_rig.Index, _rig.Folder, request, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, CancellationToken.None);
            Assert.True(playing.Copies);
            using var stream = new MemoryStream();
            await playing.WriteAsync(stream, CancellationToken.None);
            stream.Position = 0;
            return RangeRig.Decode(stream);
        }
    }

    [Theory]
    [InlineData(44_100)]
    [InlineData(16_000)]
    public async Task Opus_from_rates_it_does_not_have_joins_too(int rate)
    {
        _rig.AddRun(AudioCodec.Opus, rate, T0, [rate, rate + 1, 2 * rate - 7, rate + 333], seed: 3);
        var whole = _rig.DecodeFiles(AudioCodec.Opus);
        var (heard, export, _) = await _rig.ReadAsync(T0, T0 + RangeRig.Us(5 * rate + 327, rate), AudioCodec.Opus, GapFill.Silence);
        Assert.True(export.Copies);
        Assert.Equal(((5L * rate + 327) * 48_000 + rate - 1) / rate, heard.Length);
        Assert.True(RangeRig.Error(whole, heard) < 1e-6);
    }

    [Fact]
    public async Task Runs_gaps_and_formats_mixed_keep_every_sound_at_its_time()
    {
        var first = _rig.AddRun(AudioCodec.Wav, 16_000, T0, [16_000, 16_000], seed: 4);
        _rig.AddRun(AudioCodec.Opus, 48_000, T0 + 4 * Second, [48_000, 48_000, 48_000], seed: 5, without: 1);
        var last = _rig.AddRun(AudioCodec.Flac, 48_000, T0 + 8 * Second, [48_000], seed: 6);
        var opus = _rig.DecodeFiles(AudioCodec.Opus);

        foreach (var format in Enum.GetValues<AudioCodec>())
        {
            var (heard, export, _) = await _rig.ReadAsync(T0 - Second, T0 + 10 * Second, format, GapFill.Silence);
            var loss = format == AudioCodec.Opus ? 0.25 : 0.001; // a shift of one frame would be 0.2 and more at once, see below
            Assert.False(export.Copies);
            Assert.Equal(11 * 48_000, heard.Length);
            Assert.All(heard[..47_000], s => Assert.True(Math.Abs(s) < 0.01));
            var sixteen = Enumerable.Range(0, first.Length).Select(i => first[i] / 32768f).ToArray();
            var thirds = Enumerable.Range(0, first.Length).Select(i => heard[48_000 + 3 * i]).ToArray();
            AssertAligned(sixteen[100..^100], thirds[100..^100], loss + 0.02); // the filter's transition band alone is 0.035 of this noise; a frame of 16 kHz off is 0.55
            AssertAligned(opus[..48_000], heard[240_000..288_000], loss);
            Assert.All(heard[289_000..335_000], s => Assert.True(Math.Abs(s) < 0.01));
            AssertAligned(opus[48_000..], heard[336_000..384_000], loss);
            AssertAligned([.. last.Select(s => s / 32768f)], heard[432_000..480_000], loss);

            var (skipped, _, _) = await _rig.ReadAsync(T0 - Second, T0 + 10 * Second, format, GapFill.Skip);
            Assert.Equal(5 * 48_000, skipped.Length);
        }
    }

    [Fact]
    public async Task A_file_that_is_gone_or_torn_is_silence_and_what_follows_stays_on_its_time()
    {
        var samples = _rig.AddRun(AudioCodec.Flac, 48_000, T0, [48_000, 48_000, 48_000, 48_000], seed: 7);
        var paths = _rig.Index.Read(c => RangeSql.Chunks(c, "mic", T0, T0 + 4 * Second)).Select(c => Path.Combine(_rig.Folder, c.Path)).ToList();
        File.Delete(paths[1]);
        await using (var torn = new FileStream(paths[2], FileMode.Open)) torn.SetLength(torn.Length / 2);

        var (heard, _, _) = await _rig.ReadAsync(T0, T0 + 4 * Second, AudioCodec.Wav, GapFill.Silence);

        Assert.Equal(4 * 48_000, heard.Length);
        Assert.All(heard[48_000..96_000], s => Assert.Equal(0, s));
        Assert.Equal(samples[144_000..].Select(s => s / 32768f), heard[144_000..]);
    }

    [Fact]
    public async Task An_opus_chunk_that_does_not_join_its_neighbour_is_encoded_again_not_joined_wrongly()
    {
        _rig.AddRun(AudioCodec.Opus, 48_000, T0, [48_000, 48_000, 48_000], seed: 8);
        var paths = _rig.Index.Read(c => RangeSql.Chunks(c, "mic", T0, T0 + 3 * Second)).Select(c => Path.Combine(_rig.Folder, c.Path)).ToList();
        using (var other = new RangeRig())
        {
            other.AddRun(AudioCodec.Opus, 48_000, T0, [48_000, 48_000, 48_000], seed: 9);
            File.Copy(Path.Combine(other.Folder, "1.audio"), paths[1], overwrite: true);
        }

        var (heard, export, _) = await _rig.ReadAsync(T0, T0 + 3 * Second, AudioCodec.Opus, GapFill.Silence);

        Assert.False(export.Copies);
        Assert.Equal(144_000, heard.Length);
    }

    [Fact]
    public async Task Who_goes_away_ends_the_work()
    {
        _rig.AddRun(AudioCodec.Wav, 48_000, T0, [480_000], seed: 10);
        var export = RangeExport.Prepare(
            _rig.Index, _rig.Folder, new RangeRequest("mic", T0, T0 + 10 * Second, AudioCodec.Flac, GapFill.Skip),
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, CancellationToken.None);
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => export.WriteAsync(new MemoryStream(), cancel.Token));
    }

    /// <summary>Right where it should be, and clearly worse one frame to either side.</summary>
    private static void AssertAligned(float[] expected, float[] actual, double loss)
    {
        var error = RangeRig.Error(expected, actual);
        Assert.True(error < loss + 0.02, $"error {error:0.000}");
        Assert.True(error < RangeRig.Error(expected.AsSpan(1), actual.AsSpan(0, actual.Length - 1)));
        Assert.True(error < RangeRig.Error(expected.AsSpan(0, expected.Length - 1), actual.AsSpan(1)));
    }

    private static (int From, int To) TwoFrames(Random random, int frames)
    {
        var (a, b) = (random.Next(frames + 1), random.Next(frames + 1));
        return a == b ? (0, frames) : (Math.Min(a, b), Math.Max(a, b));
    }
}
