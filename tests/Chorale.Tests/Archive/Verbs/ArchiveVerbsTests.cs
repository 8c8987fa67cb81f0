using System.CommandLine;
using System.Text.Json;
using Chorale.Protocol.Chunks;
using Chorale.Tests.Archive.Range;
using Chorale.Tests.Hub;
using Microsoft.Data.Sqlite;

namespace Chorale.Tests.Archive.Verbs;

/// <summary><c>chorale archive</c> over the folder of a hub that has stopped, or that runs.</summary>
public sealed class ArchiveVerbsTests : IAsyncLifetime
{
    private const long T0 = 1_767_614_400L * 1_000_000; // 2026-01-05 12:00 UTC
    private readonly TempFolder _folder = new();

    public async ValueTask InitializeAsync()
    {
        await using var hub = await TestHub.StartAsync(folder: _folder);
        await HubArchive.AddRunAsync(hub.Host, "kitchen", T0, chunks: 3, secondsPerChunk: 2);
        await HubArchive.AddRunAsync(hub.Host, "hall", T0 + 60_000_000, chunks: 1, secondsPerChunk: 2);
        hub.Host.Index.Write((c, t) =>
        {
            Dapper.SqlMapper.Execute(c, "UPDATE recorders SET name = 'Café [main]' WHERE recorder_id = 'hall'", null, t);
            Chorale.Archive.Index.RecorderSql.AddGap(c, t, "kitchen", new GapEntry(T0 + 6_000_000, T0 + 7_000_000, 48_000, "xrun"));
        });
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void Ls_lists_recorders_and_what_there_is_of_a_time()
    {
        var (code, output, error) = Run("ls");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("kitchen", output, StringComparison.Ordinal);
        Assert.Contains("Café [main]", output, StringComparison.Ordinal);

        (code, output, _) = Run("ls", "--recorder", "kitchen", "--from", "2026-01-05T12:00:00Z", "--to", "2026-01-05T12:00:10Z");
        Assert.Equal(0, code);
        Assert.Contains("3 chunks", output, StringComparison.Ordinal);
        Assert.Contains("gap: xrun", output, StringComparison.Ordinal);

        var told = JsonDocument.Parse(Run("ls", "--from", "2026-01-05T12:00:00Z", "--to", "2026-01-05T12:02:00Z", "--json").Output).RootElement;
        Assert.Equal(["hall", "kitchen"], told.GetProperty("recorders").EnumerateArray().Select(r => r.GetProperty("recorder").GetString()));
        Assert.Equal(2, JsonDocument.Parse(Run("ls", "--json").Output).RootElement.GetArrayLength());
    }

    [Theory]
    [InlineData("opus", "ogg", true)]
    [InlineData("flac", "flac", false)]
    [InlineData("wav", "wav", false)]
    public void Export_writes_exactly_the_frames_asked_for_and_says_how(string format, string suffix, bool copied)
    {
        var path = _folder["out." + suffix];
        var (code, output, error) = Run(
            "export", "--recorder", "kitchen", "--from", "2026-01-05T12:00:00.5Z", "--to", "2026-01-05T12:00:05.25Z", "--format", format, "-o", path, "--json");
        Assert.Equal((0, ""), (code, error));
        var told = JsonDocument.Parse(output).RootElement;
        Assert.Equal((copied, 228_000L), (told.GetProperty("copied").GetBoolean(), told.GetProperty("frames").GetInt64()));
        using var file = File.OpenRead(path);
        Assert.Equal(228_000, RangeRig.Decode(file).Length);
        Assert.False(File.Exists(path + ".part"));
    }

    [Fact]
    public void Without_an_end_an_export_ends_with_the_audio_not_with_silence_up_to_now()
    {
        var path = _folder["rest.wav"];
        Assert.Equal(0, Run("export", "--recorder", "kitchen", "--from", "2026-01-05T12:00:04Z", "--format", "wav", "-o", path).Code);
        using var file = File.OpenRead(path);
        Assert.Equal(2 * 48_000, RangeRig.Decode(file).Length);
    }

    [Fact]
    public void The_folder_of_chorale_up_will_do()
    {
        var bundle = Directory.CreateDirectory(_folder["bundle"]).FullName;
        foreach (var file in Directory.GetFiles(_folder.Path, "archive.db*"))
        {
            Directory.CreateDirectory(Path.Combine(bundle, "hub"));
            File.Copy(file, Path.Combine(bundle, "hub", Path.GetFileName(file)));
        }

        var (code, output, error) = Run(["ls"], bundle);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("kitchen", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recorder_is_found_by_its_name_too()
    {
        var path = _folder["hall.wav"];
        Assert.Equal(0, Run("export", "--recorder", "Café [main]", "--from", "2026-01-05T12:01:00Z", "--to", "2026-01-05T12:01:01Z", "--format", "wav", "-o", path).Code);
        using var file = File.OpenRead(path);
        Assert.Equal(48_000, RangeRig.Decode(file).Length);
    }

    [Theory]
    [InlineData(64, "--recorder 'cellar': there is no such recorder; there are Café [main] (hall), kitchen", "ls", "--recorder", "cellar", "--from", "2026-01-05T12:00:00Z")]
    [InlineData(64, "--recorder is missing", "export", "--from", "2026-01-05T12:00:00Z")]
    [InlineData(64, "--from 'noon'", "export", "--recorder", "kitchen", "--from", "noon")]
    [InlineData(64, "must be later than", "export", "--recorder", "kitchen", "--from", "2026-01-05T12:00:00Z", "--to", "2026-01-05T11:00:00Z")]
    [InlineData(64, "allowed are opus, flac, wav", "export", "--recorder", "kitchen", "--from", "2026-01-05T12:00:00Z", "--format", "mp3")]
    [InlineData(64, "allowed are silence, skip", "export", "--recorder", "kitchen", "--from", "2026-01-05T12:00:00Z", "--gaps", "none")]
    [InlineData(1, "no audio of 'kitchen' in this period", "export", "--recorder", "kitchen", "--from", "2026-01-04T12:00:00Z", "--to", "2026-01-04T13:00:00Z")]
    [InlineData(1, "no audio of 'kitchen' in this period", "play", "--recorder", "kitchen", "--from", "2026-01-04T12:00:00Z", "--to", "2026-01-04T13:00:00Z")]
    public void What_cannot_be_done_names_the_value_and_what_is_allowed(int exit, string text, params string[] arguments)
    {
        var (code, _, error) = Run(arguments);
        Assert.Equal(exit, code);
        Assert.Contains(text, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_an_archive_is_said_and_nothing_is_made_in_it()
    {
        using var empty = new TempFolder();
        var (code, _, error) = Run(["check", "--repair"], empty.Path);
        Assert.Equal(66, code);
        Assert.Contains("there is no archive", error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(empty.Path));
    }

    [Fact]
    public async Task Check_repair_brings_every_chunk_back_after_the_index_is_gone_under_its_own_name_and_id()
    {
        string device;
        await using (var hub = await TestHub.StartAsync(folder: _folder))
        {
            // Unlike the chunks above these come over the wire, with tags, from a device whose id is no part of the file.
            device = TestHub.DeviceId;
            var agent = new RecorderAgentClient(hub.IssueDevice());
            for (var i = 0; i < 4; i++)
            {
                var tags = new ChunkTags
                {
                    Recorder = "shop", Run = Guid.Parse("00000000-0000-0000-0000-0000000000f1"), Number = i, FirstFrame = i * 480_000L, RateHz = 48_000,
                    StartUs = T0 + i * 10_000_000L, GapBefore = i == 2 ? new GapEntry(T0 + 19_000_000, T0 + 20_000_000, 48_000, "muted") : null,
                };
                var file = OggChunk.Make(10, seed: i + 1, tags: tags.ToPairs().Select(p => $"{p.Key}={p.Value}"));
                Assert.Equal(200, (await RawHttp.SendAsync(hub.Url, agent.Request(file, $"2026-01-05T12:00:{i}0", $"2026-01-05T12:00:{i + 1}0"))).Status);
            }

            await RawHttp.SendAsync(hub.Url, agent.Request(OggChunk.Make(60, seed: 50), "2026-01-05T13:00:00", "2026-01-05T13:01:00")); // from a foreign client
        }

        var before = Rows();
        SqliteConnection.ClearAllPools();
        foreach (var file in Directory.EnumerateFiles(_folder.Path, "archive.db*")) File.Delete(file);

        var (code, output, _) = Run("check");
        Assert.Equal(1, code);
        Assert.Contains("--repair makes one", output, StringComparison.Ordinal);
        (code, output, _) = Run("check", "--repair", "--json");
        Assert.Equal(0, code);
        Assert.True(JsonDocument.Parse(output).RootElement.GetProperty("sound").GetBoolean());
        (code, output, _) = Run("check");
        Assert.Equal((0, "9 files, 9 rows, 0 findings, 0 open"), (code, output.Trim()));

        var after = Rows();
        Assert.Equal(before.Select(r => (r.Id, r.Path, r.StartUs)), after.Select(r => (r.Id, r.Path, r.StartUs)));
        Assert.Equal(5, after.Count(r => r.Recorder == device)); // the foreign one too: no other device stands at that place
        var told = JsonDocument.Parse(Run("ls", "--recorder", "shop", "--from", "2026-01-05T12:00:00Z", "--to", "2026-01-05T12:01:00Z", "--json").Output).RootElement;
        Assert.Contains("muted", told.ToString(), StringComparison.Ordinal);

        // The recorder whose receipt was lost sends once more: the same chunk, not a second one.
        await using var again = await TestHub.StartAsync(folder: _folder);
        Assert.Equal(9, again.Chunks().Count);
    }

    [Fact]
    public void Check_names_what_is_wrong_and_repair_takes_away_only_rows()
    {
        var files = Directory.GetFiles(_folder["audio"], "*.ogg", SearchOption.AllDirectories);
        File.Delete(files[0]);
        File.WriteAllText(files[1] + ".txt", "not ours");
        var bytes = File.ReadAllBytes(files[1]);
        bytes[^20] ^= 1;
        File.WriteAllBytes(files[1], bytes);

        var (code, output, _) = Run("check");
        Assert.Equal(1, code);
        Assert.Contains("FileMissing: " + Path.GetRelativePath(_folder.Path, files[0]), output, StringComparison.Ordinal);
        Assert.Contains("Changed: " + Path.GetRelativePath(_folder.Path, files[1]), output, StringComparison.Ordinal);
        Assert.Contains(".txt: no audio in it", output, StringComparison.Ordinal);
        Assert.Contains("Changed", Run("check").Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Changed", Run("check", "--quick").Output, StringComparison.Ordinal); // sizes are the same

        (code, output, _) = Run("check", "--repair");
        Assert.Equal(1, code); // what was changed cannot be made good
        Assert.Contains("row taken away, the timeline says damaged", output, StringComparison.Ordinal);
        Assert.Equal(4, Directory.GetFiles(_folder["audio"], "*", SearchOption.AllDirectories).Length);
        Assert.DoesNotContain("FileMissing", Run("check").Output, StringComparison.Ordinal);
    }

    private List<(string Id, string Recorder, string Path, long StartUs)> Rows()
    {
        using var index = Chorale.Archive.Index.ArchiveIndex.Open(_folder.Path);
        return index.Read(c => Dapper.SqlMapper.Query<(string, string, string, long)>(
            c, "SELECT chunk_id, recorder_id, path, start_us FROM chunks ORDER BY start_us, chunk_id").ToList());
    }

    private (int Code, string Output, string Error) Run(params string[] arguments) => Run(arguments, _folder.Path);

    private static (int Code, string Output, string Error) Run(string[] arguments, string folder)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = ChoraleCommand.Create().Parse(["archive", .. arguments, "--data", folder]).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
