using System.Text;
using Chorale.Show.Scenes;

namespace Chorale.Tests.Scenes;

public sealed class SceneFolderTests : IDisposable
{
    private const string Good = """[{"timestamp":1,"topic":"room1/light","message":"ON"}]""";
    private readonly TempFolder _temp = new();
    private readonly ManualTime _time = new();

    private string Folder => _temp["room1/scenes"];

    [Fact]
    public void Of_many_authors_who_read_the_same_version_one_writes_and_the_others_are_told()
    {
        var folder = With(("intro", Good));
        var seen = folder.Bytes("intro")!;
        var written = 0;
        Parallel.For(0, 16, i =>
        {
            var mine = Encoding.UTF8.GetBytes(Good.Replace("\"timestamp\":1", $"\"timestamp\":{i + 2}", StringComparison.Ordinal));
            if (folder.TrySave("intro", mine, there => there is not null && there.AsSpan().SequenceEqual(seen))) Interlocked.Increment(ref written);
        });
        Assert.Equal(1, written);
        Assert.Single(folder.Versions("intro"));
    }

    [Fact]
    public void A_scene_is_found_with_and_without_its_extension()
    {
        var folder = With(("intro", Good));
        Assert.Equal("intro", folder.Open("intro")!.Scene!.Id);
        Assert.Equal("intro", folder.Open("intro.json")!.Scene!.Id);
        Assert.Null(folder.Open("intro2"));
        Assert.Equal(Good, Encoding.UTF8.GetString(folder.Bytes("intro")!));
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("../secret.json")]
    [InlineData("..")]
    [InlineData("/etc/passwd")]
    [InlineData("sub/intro")]
    [InlineData("..\\secret")]
    [InlineData("intro\n")]
    [InlineData("intro\0.json")]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData(".json")]
    [InlineData(".hidden")]
    [InlineData("intro.json/../../secret")]
    public void A_name_that_leads_out_of_the_folder_does_not_exist(string name)
    {
        var folder = With(("intro", Good));
        File.WriteAllText(_temp["room1/secret.json"], Good);
        Directory.CreateDirectory(Path.Combine(Folder, "sub"));
        File.WriteAllText(Path.Combine(Folder, "sub/intro.json"), Good);
        File.WriteAllText(Path.Combine(Folder, ".hidden.json"), Good);
        Assert.Null(folder.Open(name));
        Assert.Null(folder.Bytes(name));
        Assert.Throws<ArgumentException>(() => folder.Save(name, Encoding.UTF8.GetBytes(Good)));
        Assert.Empty(folder.Versions(name));
        Assert.Equal(["intro"], folder.List().Select(e => e.Name));
    }

    [Fact]
    public void A_link_out_of_the_folder_is_no_scene_and_is_never_written_through()
    {
        var folder = With(("intro", Good));
        File.WriteAllText(_temp["secret.json"], Good);
        File.CreateSymbolicLink(Path.Combine(Folder, "out.json"), _temp["secret.json"]);
        File.CreateSymbolicLink(Path.Combine(Folder, "circle.json"), Path.Combine(Folder, "circle.json"));
        File.CreateSymbolicLink(Path.Combine(Folder, "inside.json"), Path.Combine(Folder, "intro.json"));
        Assert.Null(folder.Open("out"));
        Assert.Null(folder.Open("circle"));
        Assert.NotNull(folder.Open("inside")!.Scene);
        Assert.Equal(["inside", "intro"], folder.List().Select(e => e.Name));
        Assert.Throws<ArgumentException>(() => folder.Save("out", "[]"u8));
        Assert.Equal(Good, File.ReadAllText(_temp["secret.json"]));
    }

    [Fact]
    public void The_list_tells_problems_and_reads_a_file_again_only_when_it_changed()
    {
        var asked = 0;
        var folder = With(("bad", "[{}]"), ("intro", Good));
        var counted = new SceneFolder(Folder, _time, () =>
        {
            asked++;
            return new SceneCheckContext { RoomId = "room2" };
        });
        Assert.Equal([("bad", 3, 0), ("intro", 0, 1)], counted.List().Select(e => (e.Name, e.Errors, e.Warnings)));
        Assert.Equal(2, asked);
        counted.List();
        Assert.Equal(2, asked);
        File.WriteAllText(Path.Combine(Folder, "bad.json"), Good + " ");
        Assert.Equal([("bad", 0, 1), ("intro", 0, 1)], counted.List().Select(e => (e.Name, e.Errors, e.Warnings)));
        Assert.Equal(3, asked);
        File.Delete(Path.Combine(Folder, "bad.json"));
        Assert.Equal(["intro"], folder.List().Select(e => e.Name));
        Assert.Empty(new SceneFolder(_temp["nowhere"], _time).List());
    }

    [Fact]
    public void Saving_keeps_what_was_there_and_the_newest_fifty_of_it()
    {
        var folder = With(("intro", "[0]"));
        for (var i = 1; i <= 60; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            folder.Save("intro.json", Encoding.UTF8.GetBytes($"[{i}]"));
        }

        folder.Save("intro", "[60]"u8); // nothing new, nothing kept
        Assert.Equal("[60]", Encoding.UTF8.GetString(folder.Bytes("intro")!));
        Assert.Equal(SceneFolder.VersionsMax, folder.Versions("intro").Count);
        Assert.Equal(("[59]", "[10]"), (File.ReadAllText(folder.Versions("intro")[0]), File.ReadAllText(folder.Versions("intro")[^1])));
        Assert.Empty(Directory.EnumerateFiles(Folder, "*.part", SearchOption.AllDirectories));
        Assert.Single(folder.List());
    }

    [Fact]
    public void A_file_that_is_too_long_is_neither_saved_nor_read_whole()
    {
        var folder = With(("huge", ""));
        File.WriteAllBytes(Path.Combine(Folder, "huge.json"), new byte[10_000_000]);
        Assert.Equal(SceneLimits.FileBytesMax + 1, folder.Bytes("huge")!.Length);
        Assert.Equal("S002", Assert.Single(folder.Open("huge")!.Problems).RuleId);
        Assert.Throws<ArgumentException>(() => folder.Save("x", new byte[SceneLimits.FileBytesMax + 1]));
    }

    public void Dispose() => _temp.Dispose();

    private SceneFolder With(params (string Name, string Json)[] scenes)
    {
        Directory.CreateDirectory(Folder);
        foreach (var (name, json) in scenes) File.WriteAllText(Path.Combine(Folder, name + ".json"), json);
        return new SceneFolder(Folder, _time);
    }
}
